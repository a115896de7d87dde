"""The card of a data set: what the Hub shows, how its loader finds the films, and the pictures that go with it.

DIR/README.md           YAML for the Hub (configs, columns, sizes), then text, tables and code for people
DIR/card/levels.png     first frames: a row a puzzle, a column a tier
DIR/card/moves.png      how long the solutions are

What it says of a puzzle is what the puzzle says of itself, in the first sentences of its module, of its `generate` and
of its `search`.
"""

import inspect
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from puzzlereel import __version__
from puzzlereel.files import whole, write_whole
from puzzlereel.hub.summary import Counts, Section, Summary
from puzzlereel.puzzles.core import Puzzle
from puzzlereel.puzzles.ids import SPLITS
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.picture import Still, write_sheet

SPLIT_NAMES = {"train": "train", "val": "validation", "test": "test"}
"""What the Hub calls our splits."""
TAGS = ("video", "reasoning", "puzzles", "benchmark", "puzzlereel")
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
ALL = "all"
"""The config that has every puzzle, and the one that is loaded where none is named."""
LEVELS, MOVES = "card/levels.png", "card/moves.png"
TEXT = """\
# puzzlereel data set

{levels} levels with the films of their solutions, made by puzzlereel {version}. Each row has the first frame and the
prompt that a video model gets, the level and its solution as text, and the film of it: {formats}.

![The first frame of a level of each puzzle and tier]({picture})

| puzzle | tier | split | levels | moves: least | median | most | boards | film bytes | repeats dropped |
|---|---|---|---|---|---|---|---|---|---|
{table}

Skins: {skins}. Styles: {styles}. A repeat is a level that is another one of its split turned, mirrored or recoloured.

![How many solutions have how many moves]({plot})

## Load

`DIR` is this folder, or its name on the Hub. Films are files; PyAV decodes them.

```python
import av
from datasets import Video, load_dataset

rows = load_dataset("DIR", "{config}", split="{split}").cast_column("video", Video(decode=False))
with av.open(rows[0]["video"]["path"]) as film:
    frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
print(rows[0]["prompt"], len(frames), frames[0].shape)
```

Row by row, without a download first:

```python
import av
import fsspec
from datasets import load_dataset

for row in load_dataset("DIR", "{config}", split="{split}", streaming=True).decode(False):
    with fsspec.open(row["video"]["path"], "rb") as file, av.open(file) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
```

## How the levels were made

{puzzles}

The id of a level is the seed of everything random about it: `{id}` is the same level on every machine. Its split is a
property of the level itself, the same for all its rotations, reflections, recolourings and swaps of start and goal: the
hash of what these have in common falls to {shares}.
So no level of one split is a level of another in another guise, whoever made how many of them where.

## Checksums

`manifest.json` has the SHA-256 of every other file of the set. `puzzlereel generate --check DIR` compares them, and
judges every film by its level. Without puzzlereel, in this folder:

```sh
jq -r '.files | to_entries[] | "\\(.value)  \\(.key)"' manifest.json | sha256sum --check --quiet
```
"""


def write_card(out: Path, summary: Summary, repeats: Mapping[str, int]) -> list[str]:
    """Write the card and its pictures into a data set whose metadata is written; the names of the files.

    `repeats` says how many levels were dropped, by `<puzzle>/<tier>/<split>`. The same levels give the same bytes.
    """
    from puzzlereel.renderers.plots import plot_moves

    stills: dict[str, list[Still]] = {}
    moves: dict[tuple[str, str], Counter[int]] = {}
    for section, counts in summary.sections.items():
        row = f"{PUZZLES[section.puzzle].title}, {section.split}"
        stills.setdefault(row, []).append(Still(counts.picture, f"{row}, {section.tier}"))
        moves[row, section.tier] = counts.moves
    with whole(out / LEVELS) as draft:
        write_sheet(draft, list(stills.values()))
    with whole(out / MOVES) as draft:
        plot_moves(moves, draft)
    write_whole(out / "README.md", card_of(out, summary, repeats))
    return ["README.md", LEVELS, MOVES]


def card_of(out: Path, summary: Summary, repeats: Mapping[str, int]) -> str:
    """The README.md of a data set: YAML for the Hub, then text for people."""
    every = list(summary.sections.values())
    section = next(iter(summary.sections))
    shares = [f"{SPLIT_NAMES[split]} for {len(buckets)} %" for split, buckets in SPLITS.items()]
    text = TEXT.format(
        levels=f"{summary.levels:,}",
        version=__version__,
        formats=" or ".join(
            f"{found.frames} frames of {found.height}x{found.width} at {found.fps} a second"
            for found in _all(counts.formats for counts in every)
        ),
        picture=LEVELS,
        table="\n".join(
            _line(section, counts, repeats.get(str(section), 0)) for section, counts in summary.sections.items()
        ),
        skins=_listed(counts.skins for counts in every),
        styles=_listed(counts.styles for counts in every),
        plot=MOVES,
        config=section.puzzle,
        split=SPLIT_NAMES[section.split],
        puzzles="\n".join(about(PUZZLES[puzzle]) for puzzle in _puzzles(summary)),
        id=f"{section}/17",
        shares=f"{', '.join(shares[:-1])} and {shares[-1]}",
    )
    return f"---\n{yaml.safe_dump(_head(out, summary), sort_keys=False)}---\n\n{text}"


def _head(out: Path, summary: Summary) -> dict[str, Any]:
    """What the Hub and its loader read."""
    return {
        "license": "apache-2.0",
        "language": ["en"],
        "task_categories": ["image-to-video"],
        "tags": [*TAGS],
        "pretty_name": "puzzlereel",
        "size_categories": [size_category(summary.levels)],
        "configs": [
            {"config_name": name, "data_files": _files(parts)} | ({"default": True} if name == ALL else {})
            for name, parts in _configs(summary).items()
        ],
        "dataset_info": [_info(out, name, parts, summary) for name, parts in _configs(summary).items()],
    }


def _configs(summary: Summary) -> dict[str, list[str]]:
    """The parts of each config: one with all puzzles, and one a puzzle."""
    own = {puzzle: [part for part in summary.parts if part.startswith(f"{puzzle}/")] for puzzle in _puzzles(summary)}
    return {ALL: [*summary.parts], **own}


def size_category(count: int) -> str:
    """What the Hub calls a data set of so many rows."""
    return next((name for most, name in SIZES if count < most), "n>1M")


def _files(parts: Sequence[str]) -> list[dict[str, Any]]:
    """For each split the two patterns a part, and no others, from which the loader learns that folders hold videos."""
    patterns: dict[str, list[str]] = {}
    for part in parts:
        split = SPLIT_NAMES[part.split("/")[1]]
        patterns.setdefault(split, []).extend((f"{part}/metadata.parquet", f"{part}/videos/*.mp4"))
    return [{"split": split, "path": paths} for split, paths in patterns.items()]


def _info(out: Path, name: str, parts: Sequence[str], summary: Summary) -> dict[str, Any]:
    """The columns and sizes of one config; the loader counts the rows and refuses a set that has lost some."""
    splits: dict[str, dict[str, Any]] = {}
    for part in parts:
        sections, split = summary.parts[part], SPLIT_NAMES[part.split("/")[1]]
        told = splits.setdefault(split, {"name": split, "num_bytes": 0, "num_examples": 0})
        films = sum(summary.sections[section].film_bytes for section in sections)
        told["num_bytes"] += (out / part / "metadata.parquet").stat().st_size + films
        told["num_examples"] += sum(summary.sections[section].levels for section in sections)
    size = sum(split["num_bytes"] for split in splits.values())
    return {
        "config_name": name,
        "features": _columns(out / parts[0] / "metadata.parquet"),
        "splits": [*splits.values()],
        "download_size": size,
        "dataset_size": size,
    }


def _columns(path: Path) -> list[dict[str, str]]:
    """The columns as the loader gives them, read from the metadata that the parquet file has for it."""
    import pyarrow.parquet as parquet

    told = json.loads(parquet.read_schema(path).metadata[b"huggingface"])["info"]["features"]
    columns = [{"name": "video", "dtype": "video"}]
    for name, feature in told.items():
        if name != "file_name":
            columns.append({"name": name, "dtype": feature.get("dtype") or feature["_type"].lower()})
    return columns


def _puzzles(summary: Summary) -> list[str]:
    return list(dict.fromkeys(section.puzzle for section in summary.sections))


def _all(counts: Iterable[Counter[Any]]) -> list[Any]:
    """All that was counted, in the order in which it came."""
    return list(dict.fromkeys(one for counter in counts for one in counter))


def _listed(counts: Iterable[Counter[str]]) -> str:
    return ", ".join(f"`{name}`" for name in _all(counts))


def _line(section: Section, counts: Counts, repeats: int) -> str:
    """The table's line of one section."""
    boards = [
        f"{rows}x{columns}" for rows, columns in sorted(counts.boards, key=lambda board: (board[0] * board[1], board))
    ]
    cells: Sequence[object] = (
        *section,
        f"{counts.levels:,}",
        min(counts.moves),
        f"{counts.median_moves:g}",
        max(counts.moves),
        boards[0] if len(boards) == 1 else f"{boards[0]} to {boards[-1]}",
        f"{counts.film_bytes:,}",
        repeats,
    )
    return f"| {' | '.join(map(str, cells))} |"


def about(puzzle: Puzzle) -> str:
    """What a puzzle says of itself: its rule, how its levels are made, and what is proven of their solutions."""
    rule = first_paragraph(sys.modules[puzzle.generate.__module__]).removeprefix(f"{puzzle.title}: ")
    made, proven = first_paragraph(puzzle.generate), first_paragraph(puzzle.search)
    return f"- **{puzzle.title}**: {rule} A level: {_lower(made)} Its solution: {_lower(proven)}"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def first_paragraph(thing: object) -> str:
    """The first paragraph of a docstring on one line; empty where there is none."""
    return " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())
