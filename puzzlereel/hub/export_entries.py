"""What an export reads of a data set: its parts, their rows in batches, their films, and none of it on trust.

manifest.json ──► parts ──► metadata.parquet, as the manifest has its SHA-256 ──► one Entry a row ──► its film

Names come from ids alone, a film is the one whose SHA-256 its row has, and of a part no more than a batch is in memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from puzzlereel.hub.dataset import (
    MANIFEST,
    PARTS,
    BadDataset,
    film_name,
    manifest_of_this_version,
    metadata_of,
    sha256_of,
)
from puzzlereel.puzzles.ids import LevelId, UnknownId, parse_id
from puzzlereel.renderers.video import MOST_FILE

NEEDED = ("id", "prompt", "first_frame", "video_sha256")
"""The columns without which there is nothing to export."""
BATCH, BUFFER = 100, 2**16
"""Rows that are in memory at once, and bytes of a column that are read at once."""


@dataclass(frozen=True)
class Part:
    """The levels of one puzzle and split."""

    folder: Path
    """The data set's folder."""
    puzzle: str
    split: str
    count: int
    schema: Any
    """The columns of its metadata.parquet, as pyarrow tells them."""

    @property
    def name(self) -> str:
        return f"{self.puzzle}/{self.split}"

    @property
    def metadata(self) -> Path:
        return self.folder / self.name / "metadata.parquet"


@dataclass(frozen=True)
class Source:
    """A data set to be exported."""

    folder: Path
    manifest_sha256: str
    parts: tuple[Part, ...]

    @property
    def count(self) -> int:
        return sum(part.count for part in self.parts)


@dataclass(frozen=True)
class Entry:
    """One level of a data set."""

    identity: LevelId
    prompt: str
    first_frame: bytes
    """A PNG file."""
    film: Path
    video_sha256: str
    columns: dict[str, Any]
    """What its row says, but for the place of the film and the first frame."""

    @property
    def name(self) -> str:
        """What its files are called, without an ending."""
        return film_name(self.identity).removesuffix(".mp4")


def open_source(folder: Path) -> Source:
    """The data set in a folder, its rows unread; BadDataset where there is none, or not one of this version."""
    manifest = manifest_of_this_version(folder)
    parts = manifest["parts"]
    if strange := [part for part in parts if part not in PARTS or parts.count(part) > 1]:
        raise BadDataset(f"expected parts like maze/test, each once, got {strange[0]!r} in {folder / MANIFEST}")
    if not parts:
        raise BadDataset(f"expected a data set with levels, found none in {folder / MANIFEST}")
    ordered = sorted(parts, key=PARTS.index)
    return Source(folder, sha256_of(folder / MANIFEST), tuple(_part(folder, part, manifest) for part in ordered))


def _part(folder: Path, name: str, manifest: dict[str, Any]) -> Part:
    """The part of that name, if its rows are those that the manifest tells of and have the columns it takes."""
    import pyarrow.parquet as parquet

    path = metadata_of(folder, name, manifest["files"])
    try:
        with parquet.ParquetFile(path) as file:
            count, schema = file.metadata.num_rows, file.schema_arrow
    except (OSError, ValueError) as error:
        raise BadDataset(f"expected the levels of a data set in {path}, got: {str(error).splitlines()[0]}") from None
    if missing := [column for column in NEEDED if column not in schema.names]:
        raise BadDataset(f"expected the columns {', '.join(NEEDED)}, found no {missing[0]} in {path}")
    puzzle, split = name.split("/")
    return Part(folder, puzzle, split, count, schema)


def entries_of(part: Part) -> Iterator[Entry]:
    """Every level of a part, in the order of its rows; BadDataset at the first that is none."""
    import pyarrow.parquet as parquet

    try:
        with parquet.ParquetFile(part.metadata, buffer_size=BUFFER, pre_buffer=False) as file:
            for batch in file.iter_batches(batch_size=BATCH, use_threads=False):
                for row in batch.to_pylist():
                    yield _entry(part, row)
    except (OSError, ValueError, TypeError, UnknownId) as error:
        said = str(error).splitlines()[0]
        raise BadDataset(f"expected the levels of a data set in {part.metadata}, got: {said}") from None


def _entry(part: Part, row: dict[str, Any]) -> Entry:
    identity = parse_id(row["id"])
    if (identity.puzzle, identity.split) != (part.puzzle, part.split):
        raise BadDataset(f"expected levels of {part.name}, got {identity} in {part.metadata}")
    frame = row["first_frame"]
    frame = frame.get("bytes") if isinstance(frame, dict) else None
    if not isinstance(frame, bytes) or not isinstance(row["prompt"], str):
        raise BadDataset(
            f"expected a prompt and the bytes of a first frame, got none for {identity} in {part.metadata}"
        )
    film = part.folder / part.name / "videos" / film_name(identity)
    columns = {name: value for name, value in row.items() if name not in ("file_name", "first_frame")}
    return Entry(identity, row["prompt"], frame, film, str(row["video_sha256"]), columns)


def film_size(entry: Entry) -> int:
    """The bytes of the film's file; BadDataset where there is none, or it is larger than any film that is read."""
    if not entry.film.is_file():
        raise BadDataset(f"expected the film of {entry.identity}, found none at {entry.film}")
    if (size := entry.film.stat().st_size) > MOST_FILE:
        raise BadDataset(f"expected a film of at most {MOST_FILE} bytes, got {size} in {entry.film}")
    return size


def film_of(entry: Entry) -> bytes:
    """The film's file; BadDataset where it is not the one that the row has the SHA-256 of."""
    from hashlib import sha256

    film_size(entry)
    content = entry.film.read_bytes()
    if sha256(content).hexdigest() != entry.video_sha256:
        raise BadDataset(
            f"expected the film that the row of {entry.identity} has the SHA-256 of, got another in {entry.film}"
        )
    return content
