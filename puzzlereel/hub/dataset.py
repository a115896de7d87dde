"""A data set on disk: what `generate` writes and `score` reads.

DIR/README.md                               the card, with the configs that the Hub's viewer and loader use
DIR/manifest.json                           versions, options, and the SHA-256 of every file but build.json
DIR/<puzzle>/<split>/metadata.parquet       one row a level, the first frame as a PNG among its columns
DIR/<puzzle>/<split>/videos/<name>.mp4      the film of the reference solution; <name> is the id with dashes
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias

from puzzlereel import __version__
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.puzzles.ids import SPLITS, LevelId, UnknownId, parse_id
from puzzlereel.puzzles.registry import PUZZLES

MANIFEST = "manifest.json"
PARTS = [f"{puzzle}/{split}" for puzzle in PUZZLES for split in SPLITS]
SCHEMA_VERSION = 1
HEX = re.compile(r"[0-9a-f]{64}")


Progress: TypeAlias = Callable[[int, int], None]
"""What long work tells: how much is done, and of how much."""


class BadDataset(PuzzlereelError):
    """A folder that is no data set, or one of another version."""


@dataclass(frozen=True)
class Row:
    """One level of a data set."""

    id: str
    puzzle: str
    tier: str
    split: str
    prompt: str
    level: str
    """The text that the puzzle's `parse` takes."""
    solution: str
    """The moves of the reference solution, as the puzzle's `read_moves` takes them."""
    skin: str
    style: str
    width: int
    height: int
    fps: int
    n_frames: int
    generator_version: str
    video: str
    """Where the film is, relative to the data set's folder."""


@dataclass(frozen=True)
class Dataset:
    folder: Path
    version: str
    """The version of the benchmark that made it."""
    manifest_sha256: str
    rows: tuple[Row, ...]
    levels_sha256: str
    """As the manifest says it of all rows but for what encoders made of them: data sets that share it ask the same."""


def film_name(identity: LevelId) -> str:
    """The file name of a level's film, in data sets and submissions alike."""
    return str(identity).replace("/", "-") + ".mp4"


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


def open_dataset(folder: Path) -> Dataset:
    """The data set in a folder; BadDataset where there is none, or one of another version of the benchmark."""
    manifest = manifest_of_this_version(folder)
    rows = [row for part in manifest["parts"] for row in _rows(folder, part, manifest["files"])]
    levels = manifest.get("levels_sha256")
    if not isinstance(levels, str) or not HEX.fullmatch(levels):
        raise BadDataset(f"expected the manifest of a data set, got none with 'levels_sha256' in {folder / MANIFEST}")
    return Dataset(folder, __version__, sha256_of(folder / MANIFEST), tuple(rows), levels)


def manifest_of_this_version(folder: Path) -> dict[str, Any]:
    """The manifest of a data set; BadDataset where there is none, or one of another version of the benchmark."""
    manifest = read_manifest(folder)
    if manifest["benchmark_version"] != __version__:
        was = manifest["benchmark_version"][:40]
        raise BadDataset(f"expected a data set of puzzlereel {__version__}, got one of {was!r} in {folder}")
    return manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a data set, its keys and their types checked; BadDataset where it is none."""
    path = folder / MANIFEST
    if not path.is_file():
        raise BadDataset(f"expected a data set with a {MANIFEST}, found none in {folder}")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadDataset(f"expected the manifest of a data set, got {str(error)[:100]} in {path}") from None
    for key, kind in (("benchmark_version", str), ("parts", list), ("files", dict)):
        if not isinstance(manifest, dict) or not isinstance(manifest.get(key), kind):
            raise BadDataset(f"expected the manifest of a data set, got none with {key!r} in {path}")
    return dict(manifest)


def metadata_of(folder: Path, part: str, files: Mapping[str, Any]) -> Path:
    """The file of the rows of one `<puzzle>/<split>`; BadDataset where it is not the manifest's."""
    name = f"{part}/metadata.parquet"
    path = folder / name
    if not path.is_file():
        raise BadDataset(f"expected the levels of a data set, found no file {path}")
    if sha256_of(path) != files.get(name):
        raise BadDataset(f"expected the levels that {MANIFEST} has the SHA-256 of, got others in {path}")
    return path


def _rows(folder: Path, part: Any, files: Mapping[str, Any]) -> list[Row]:
    """The rows of one `<puzzle>/<split>`; every path in them is built from an id that is known to be one."""
    import pyarrow.parquet as parquet

    if part not in PARTS:
        raise BadDataset(f"expected parts like maze/test, got {part!r} in {folder / MANIFEST}")
    path = metadata_of(folder, part, files)
    columns = [field.name for field in fields(Row) if field.name != "video"]
    try:
        table = parquet.read_table(path, columns=columns)
        return [Row(**row, video=f"{part}/videos/{film_name(parse_id(row['id']))}") for row in table.to_pylist()]
    except (OSError, ValueError, TypeError, UnknownId) as error:
        raise BadDataset(f"expected the levels of a data set in {path}, got: {str(error).splitlines()[0]}") from None
