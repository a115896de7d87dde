"""The card of an export: where the Hub's loader finds the levels, and how a trainer does."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from puzzlereel import __version__
from puzzlereel.hub.card import SPLIT_NAMES, size_category
from puzzlereel.hub.export_entries import Part, Source
from puzzlereel.puzzles.registry import PUZZLES

ALL = "default"
"""What the configuration is called that has every puzzle."""
PATTERNS: Mapping[str, Mapping[str, str]] = {
    "videorlvr": {ALL: "{split}/metadata_all.csv", "puzzle": "{split}/metadata_{puzzle}.csv"},
    "webdataset": {ALL: "*/{split}/*.tar", "puzzle": "{puzzle}/{split}/*.tar"},
    "parquet": {ALL: "*/{split}-*.parquet", "puzzle": "{puzzle}/{split}-*.parquet"},
}
"""The files of a split in each layout, of all puzzles and of one."""
LOADING = {
    "videorlvr": """\
Each split is a folder with the columns `video,prompt,input_image` that DiffSynth-Studio's trainers read:

```
--dataset_base_path DIR/{split} --dataset_metadata_path DIR/{split}/metadata_{puzzle}.csv \\
--data_file_keys video,input_image --extra_inputs input_image
```

`datasets.load_dataset("DIR", "{puzzle}")` gives the same rows; the paths in them start from the split's folder.""",
    "webdataset": """\
Tar files with `<name>.mp4`, `<name>.png` (the first frame) and `<name>.json` (all else) for each level, to be streamed:

```python
from datasets import load_dataset
rows = load_dataset("DIR", "{puzzle}", split="{hub_split}", streaming=True).decode(False)
film, prompt = (row := next(iter(rows)))["mp4"]["bytes"], row["json"]["prompt"]
```""",
    "parquet": """\
Parquet with the films inside, in row groups of at most 100 levels and with an index of the pages, to be streamed:

```python
from datasets import load_dataset
rows = load_dataset("DIR", "{puzzle}", split="{hub_split}", streaming=True).decode(False)
film, prompt = (row := next(iter(rows)))["video"]["bytes"], row["prompt"]
```""",
}
"""How the levels of each layout are read."""


def card_of(source: Source, layout: str) -> str:
    """The README.md of an export: YAML for the Hub, then text for people."""
    first = source.parts[0]
    names = {"puzzle": first.puzzle, "split": first.split, "hub_split": SPLIT_NAMES[first.split]}
    head = {
        "license": "apache-2.0",
        "task_categories": ["image-to-video"],
        "tags": ["video", "reasoning", "puzzles", "benchmark", "puzzlereel", layout],
        "pretty_name": "puzzlereel",
        "size_categories": [size_category(source.count)],
        "configs": list(_configs(source, layout)),
    }
    lines = [
        "# puzzlereel data set",
        "",
        f"{source.count} levels with the films of their solutions, made by puzzlereel {__version__} and exported in the"
        f" layout `{layout}`. `SHA256SUMS` has the checksum of every file, for `sha256sum --check`.",
        "",
        LOADING[layout].format_map(names),
        "",
        "| puzzle | split | levels |",
        "|---|---|---|",
        *(f"| {part.puzzle} | {part.split} | {part.count} |" for part in source.parts),
    ]
    return f"---\n{yaml.safe_dump(head, sort_keys=False)}---\n\n" + "\n".join(lines) + "\n"


def _configs(source: Source, layout: str) -> Iterator[dict[str, Any]]:
    """Every puzzle together, then each one."""
    patterns = PATTERNS[layout]
    splits = list(dict.fromkeys(part.split for part in source.parts))
    yield {
        "config_name": ALL,
        "data_files": [{"split": SPLIT_NAMES[split], "path": patterns[ALL].format(split=split)} for split in splits],
    }
    for puzzle in PUZZLES:
        if ours := [part for part in source.parts if part.puzzle == puzzle]:
            yield {"config_name": puzzle, "data_files": [_files(part, patterns["puzzle"]) for part in ours]}


def _files(part: Part, pattern: str) -> dict[str, str]:
    return {"split": SPLIT_NAMES[part.split], "path": pattern.format(puzzle=part.puzzle, split=part.split)}
