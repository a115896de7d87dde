"""The card of a data set: what the Hub shows, and how its loader finds the films."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from puzzlereel import __version__

SPLIT_NAMES = {"train": "train", "val": "validation", "test": "test"}
"""What the Hub calls our splits."""
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def card_of(
    options: Mapping[str, Any], parts: Mapping[str, Sequence[Mapping[str, Any]]], repeats: Mapping[str, int]
) -> str:
    """The README.md of a data set: YAML for the Hub, then text for people."""
    count = sum(map(len, parts.values()))
    head = {
        "license": "apache-2.0",
        "task_categories": ["image-to-video"],
        "tags": ["video", "reasoning", "puzzles", "benchmark", "puzzlereel"],
        "pretty_name": "puzzlereel",
        "size_categories": [next((name for most, name in SIZES if count < most), "n>1M")],
        "configs": [{"config_name": part.split("/")[0], "data_files": [_files(part)]} for part in parts],
    }
    lines = [
        "# puzzlereel data set",
        "",
        f"{count} levels with the films of their solutions, made by puzzlereel {__version__}. Each row has the first"
        " frame and the prompt that a video model gets, the level and its solution as text, and the film of it.",
        "",
        "```python",
        "from datasets import Video, load_dataset",
        f'rows = load_dataset("DIR", "{next(iter(parts)).split("/")[0]}").cast_column("video", Video(decode=False))',
        "```",
        "",
        "| puzzle | tier | levels | moves, least to most | repeats dropped |",
        "|---|---|---|---|---|",
        *_counts(parts, repeats),
        "",
        f"Films: {options['frames']} frames of {options['height']}x{options['width']} at {options['fps']} a second,"
        f" style `{options['style']}`, skin `{options['skin']}`. `manifest.json` has the SHA-256 of every file.",
    ]
    return f"---\n{yaml.safe_dump(head, sort_keys=False)}---\n\n" + "\n".join(lines) + "\n"


def _files(part: str) -> dict[str, Any]:
    """The two patterns, and no others, from which the loader learns that the folder holds videos."""
    split = SPLIT_NAMES[part.split("/")[1]]
    return {"split": split, "path": [f"{part}/metadata.parquet", f"{part}/videos/*.mp4"]}


def _counts(parts: Mapping[str, Sequence[Mapping[str, Any]]], repeats: Mapping[str, int]) -> list[str]:
    lines = []
    for kind, dropped in repeats.items():
        puzzle, tier, split = kind.split("/")
        moves = [row["moves"] for row in parts[f"{puzzle}/{split}"] if row["tier"] == tier]
        lines.append(f"| {puzzle} | {tier} | {len(moves)} | {min(moves)} to {max(moves)} | {dropped} |")
    return lines
