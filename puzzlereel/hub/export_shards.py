"""Layouts of few large files, which are read from front to back: what a trainer streams.

webdataset   <puzzle>/<split>/<puzzle>-<split>-00000.tar    three files a level: <name>.mp4, <name>.png, <name>.json
parquet      <puzzle>/<split>-00000-of-00002.parquet        a row a level: its columns, the film's bytes among them

Both are planned first: how many levels go into each shard follows from the sizes of their files. So a shard that is
there under its name is whole and the right one, and an export that was stopped goes on behind it. The same levels give
the same bytes: a member of a tar has no owner and no time, and a row group ends by the count and size of its rows.
"""

import io
import json
import os
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from puzzlereel.files import whole
from puzzlereel.hub.dataset import BadDataset
from puzzlereel.hub.export_entries import Entry, Part, Source, entries_of, film_of, film_size
from puzzlereel.hub.export_files import Report

Plan: TypeAlias = Mapping[str, list[int]]
"""How many levels each shard of a part holds, by the part's name."""
GROUP, GROUP_BYTES = 100, 100 * 10**6
"""The most rows of a row group of parquet, and the bytes of films and frames at which it ends sooner."""
BLOCK = tarfile.BLOCKSIZE
"""The bytes of a member's head in a tar file, and what its size is rounded up to."""
TYPES = b"huggingface"
"""The key of a schema's metadata under which the Hub's loader finds the types of the columns."""


@dataclass(frozen=True)
class Shards:
    """A layout of shards."""

    name: Callable[[Part, int, int], str]
    """What the shard of that number is called, of so many."""
    size: Callable[[Entry], int]
    """The bytes that a level takes."""
    write: Callable[[Path, Part, Iterable[Entry]], None]
    """Write one shard."""


def plan_of(source: Source, layout: Shards, most: int) -> Plan:
    """Shards of levels of at most so many bytes together, but for those that a single level fills."""
    return {part.name: list(_counts(map(layout.size, entries_of(part)), most)) for part in source.parts}


def _counts(sizes: Iterable[int], most: int) -> Iterator[int]:
    """How many of the sizes go into each shard, in their order."""
    count = filled = 0
    for size in sizes:
        if count and filled + size > most:
            yield count
            count = filled = 0
        count, filled = count + 1, filled + size
    if count:
        yield count


def names_of(part: Part, layout: Shards, plan: Plan) -> list[str]:
    """What the shards of a part are called, relative to the folder of the export."""
    total = len(plan[part.name])
    return [layout.name(part, index, total) for index in range(total)]


def write_shards(source: Source, out: Path, layout: Shards, plan: Plan, report: Report) -> None:
    """Write those shards of the plan that are not there yet."""
    for part in source.parts:
        entries = entries_of(part)
        for name, count in zip(names_of(part, layout, plan), plan[part.name], strict=True):
            few = _told(islice(entries, count), report)
            if (out / name).is_file():
                for _ in few:
                    pass
            else:
                with whole(out / name, alone=True) as unfinished:
                    layout.write(unfinished, part, few)
                    _to_disk(unfinished)
            report.file(out / name)


def _told(entries: Iterator[Entry], report: Report) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        report.level()


def _to_disk(path: Path) -> None:
    """Wait until the file is there for good, so that not even a power cut leaves half of it under its name."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _tar_size(entry: Entry) -> int:
    sizes = (film_size(entry), len(entry.first_frame), len(_json(entry)))
    return sum(BLOCK + -(-size // BLOCK) * BLOCK for size in sizes)


def _json(entry: Entry) -> bytes:
    try:
        return json.dumps(entry.columns, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise BadDataset(f"expected columns of text and numbers for {entry.identity}, got: {error}") from None


def _write_tar(path: Path, part: Part, entries: Iterable[Entry]) -> None:
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for entry in entries:
            for ending, content in (
                ("mp4", film_of(entry)),
                ("png", entry.first_frame),
                ("json", _json(entry)),
            ):
                member = tarfile.TarInfo(f"{entry.name}.{ending}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))


def _row_size(entry: Entry) -> int:
    return film_size(entry) + len(entry.first_frame) + sum(len(str(value)) for value in entry.columns.values())


def _write_parquet(path: Path, part: Part, entries: Iterable[Entry]) -> None:
    """Films and frames as they are, text and numbers in few bytes, and an index of the pages for whoever seeks."""
    import pyarrow
    import pyarrow.parquet as parquet

    schema = _schema(part)
    words = [field.name for field in schema if not pyarrow.types.is_nested(field.type)]
    with parquet.ParquetWriter(
        path,
        schema,
        compression=dict.fromkeys(words, "snappy"),
        use_dictionary=words,
        write_statistics=words,
        write_page_index=True,
    ) as writer:
        for rows in _groups(entries):
            writer.write_table(pyarrow.Table.from_pylist(rows, schema))


def _groups(entries: Iterable[Entry]) -> Iterator[list[dict[str, Any]]]:
    """The rows of one row group after the other."""
    rows: list[dict[str, Any]] = []
    filled = 0
    for entry in entries:
        film, frame = film_of(entry), entry.first_frame
        if rows and (len(rows) == GROUP or filled + len(film) + len(frame) > GROUP_BYTES):
            yield rows
            rows, filled = [], 0
        rows.append(_row(entry, film))
        filled += len(film) + len(frame)
    if rows:
        yield rows


def _row(entry: Entry, film: bytes) -> dict[str, Any]:
    return {
        **entry.columns,
        "first_frame": {"bytes": entry.first_frame, "path": f"{entry.name}.png"},
        "video": {"bytes": film, "path": f"{entry.name}.mp4"},
    }


def _schema(part: Part) -> Any:
    """The columns of the data set, the first frame and the film as the last of them; the Hub's types beside them."""
    import pyarrow

    files = pyarrow.struct({"bytes": pyarrow.binary(), "path": pyarrow.string()})
    kinds = {"first_frame": "Image", "video": "Video"}
    fields = {field.name: field.type for field in part.schema if field.name not in ("file_name", *kinds)}
    try:
        known = json.loads((part.schema.metadata or {})[TYPES])["info"]["features"]
        features = {name: known[name] for name in fields} | {name: {"_type": kind} for name, kind in kinds.items()}
    except (KeyError, TypeError, ValueError, RecursionError):
        raise BadDataset(f"expected the types of the columns, found none in {part.metadata}") from None
    told = json.dumps({"info": {"features": features}})
    return pyarrow.schema(fields | dict.fromkeys(kinds, files), metadata={TYPES: told})


TAR = Shards(lambda part, index, _: f"{part.name}/{part.puzzle}-{part.split}-{index:05}.tar", _tar_size, _write_tar)
PARQUET = Shards(lambda part, index, total: f"{part.name}-{index:05}-of-{total:05}.parquet", _row_size, _write_parquet)
