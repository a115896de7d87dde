"""Build a data set: levels, films, first frames, metadata, card, manifest.

    DIR/build.json       the options, written down first: the same command goes on where a build was stopped
    DIR/build/*.parquet  rows of finished batches, until the metadata is written from them
    DIR/…                what a data set is; the manifest is last

A batch is so many levels in a row of one puzzle and tier. It is a function of the options alone, so that any number of
processes and machines may make batches, in any order and more than once, with the same result.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from puzzlereel import __version__
from puzzlereel.cluster import ENGINES
from puzzlereel.files import Busy, alone_with, create_whole, whole, write_whole
from puzzlereel.hub.card import write_card
from puzzlereel.hub.dataset import MANIFEST, PARTS, SCHEMA_VERSION, BadDataset, Progress, read_manifest, sha256_of
from puzzlereel.hub.options import Kind, Options, check_options, check_secret, identity_of
from puzzlereel.hub.rows import Record, film_of, make_level, read_rows, write_rows
from puzzlereel.hub.summary import Summary
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.puzzles.ids import parse_id

OPTIONS, BATCHES = "build.json", "build"
FILM = re.compile(r"[a-z]+/[a-z]+/videos/[a-z0-9-]+\.mp4", re.ASCII)
"""What the name of a film in a manifest looks like."""
MOST_REPEATS = 20
"""A kind of level is given up when so many levels are repeats for each one that was wanted."""
LONGEST_BATCH, LEAST_BATCHES = 500, 64
"""The most levels of a batch, and into how many batches a kind is cut at least, while there are so many levels."""


class Batch(NamedTuple):
    kind: Kind
    first: int
    last: int
    """The first number after those of the batch."""

    @property
    def name(self) -> str:
        return f"{self.kind.puzzle}-{self.kind.tier}-{self.first}-{self.last}.parquet"


class Shard(NamedTuple):
    """One of so many equal shares of the work."""

    number: int
    of: int


def build(
    out: Path,
    options: Options,
    *,
    secret: bytes = b"",
    workers: int = 1,
    engine: str = "local",
    shard: Shard | None = None,
    progress: Progress | None = None,
) -> int | None:
    """Build the data set in a folder, or go on with it; how many levels it has.

    With a shard, only that share of the first `count` levels of each kind is filmed, and the answer is None: the data
    set is finished by a build without one. A build that is refused before anything was made leaves nothing behind.
    """
    check_options(options)
    check_secret(options, secret)
    if engine not in ENGINES:
        raise BadDataset(f"expected an engine of {', '.join(ENGINES)}, got {engine!r}")
    out = out.resolve()
    is_new = not out.exists()
    begin(out, options)
    try:
        with alone_with(out / OPTIONS, shared=shard is not None):
            begin(out, options)  # once more, since another build may have begun meanwhile
            return _build(out, options, secret, workers, engine, shard, progress)
    except PuzzlereelError:
        _withdraw(out, options)
        if is_new:
            _rmdir(out)
        raise


def _build(
    out: Path,
    options: Options,
    secret: bytes,
    workers: int,
    engine: str,
    shard: Shard | None,
    progress: Progress | None,
) -> int | None:
    """As `build`, in a folder that was begun and in which no one else builds."""
    if (out / MANIFEST).is_file():
        if shard is not None:
            return None
        if _mend(out, options, workers, engine):
            shutil.rmtree(out / BATCHES, ignore_errors=True)  # left where the last build was killed at its very end
            return options.count * len(options.kinds)
    tried: dict[Kind, list[Batch]] = {kind: [] for kind in options.kinds}
    while batches := list(_next(out, options, tried)):
        chosen = batches if shard is None else batches[shard.number :: shard.of]
        missing = [batch for batch in chosen if not _is_done(out, batch)]
        done, total = 0, sum(batch.last - batch.first for batch in missing)
        for batch, made in ENGINES[engine](partial(make_batch, out, options, secret), missing, workers):
            if made is None:
                raise BadDataset(f"a worker died twice over {batch.name}; the same command goes on from there")
            done += made
            if progress:
                progress(done, total)
        if shard is not None:
            return None
        for batch in batches:
            tried[batch.kind].append(batch)
    return _finish(out, options, tried)


def begin(out: Path, options: Options) -> None:
    """Write the options down; BadDataset where they cannot be, or the folder holds something else."""
    begun = out / OPTIONS
    wanted = {
        "benchmark_version": __version__,
        "written_with": {name: version(name) for name in ("av", "pillow")},
        **json.loads(json.dumps(asdict(options))),
    }
    others = out.is_dir() and any(path.suffix != ".part" for path in out.iterdir())  # looked for before the options
    was: dict[str, Any] = {}
    if not begun.exists():
        if others:
            raise BadDataset(f"expected an empty folder or a data set, found other files in {out}")
    elif "benchmark_version" not in (was := _options_of(begun)):
        raise BadDataset(f"expected the options of a build, got something else in {begun}")
    elif (name := next((name for name in wanted if was.get(name) != wanted[name]), "")) and _has_begun(out):
        raise BadDataset(f"expected the {name} {was.get(name)!r} with which {out} was begun, got {wanted[name]!r}")
    if was != wanted:
        _write_options(out, wanted, was)
    for puzzle in options.puzzles:
        (out / puzzle / options.split / "videos").mkdir(parents=True, exist_ok=True)


def _write_options(out: Path, wanted: Mapping[str, Any], was: Mapping[str, Any]) -> None:
    """Write options down for the first time, or in the place of those with which nothing was made.

    Busy where another build works with these; of two that begin at once the second one keeps what the first one wrote.
    """
    begun, text = out / OPTIONS, json.dumps(wanted, indent=2) + "\n"
    if not was:
        with suppress(FileExistsError):
            create_whole(begun, text)
        return
    with alone_with(begun, shared=False):
        write_whole(begun, text)


def _withdraw(out: Path, options: Options) -> None:
    """Take away what `begin` wrote, unless something has been made since or another process is at work there."""
    with suppress(Busy), alone_with(out / OPTIONS, shared=False):
        if not _has_begun(out):
            (out / OPTIONS).unlink()
            for puzzle in options.puzzles:
                for folder in (out / puzzle / options.split / "videos", out / puzzle / options.split, out / puzzle):
                    _rmdir(folder)


def _rmdir(folder: Path) -> None:
    """Remove a folder that is empty; any other stays."""
    with suppress(OSError):
        folder.rmdir()


def _has_begun(out: Path) -> bool:
    """Whether something has been made in a folder."""
    return (out / BATCHES).exists() or any(out.glob("*/*/videos/*.mp4"))


def _options_of(begun: Path) -> dict[str, Any]:
    """The options that a build was begun with."""
    try:
        return dict(json.loads(begun.read_text(encoding="utf-8")))
    except (ValueError, TypeError, RecursionError):
        raise BadDataset(f"expected the options of a build, got something else in {begun}") from None


def _next(out: Path, options: Options, tried: Mapping[Kind, Sequence[Batch]]) -> Iterator[Batch]:
    """The batches to make next: of each kind as many levels as there are too few that no tier before it has."""
    for puzzle in options.puzzles:
        seen: set[bytes] = set()
        for kind in (kind for kind in options.kinds if kind.puzzle == puzzle):
            first = tried[kind][-1].last if tried[kind] else 0
            missing = options.count - sum(1 for _ in _distinct(out, tried[kind], seen, ["form_sha256"]))
            if missing and first > MOST_REPEATS * options.count + 100:
                raise BadDataset(
                    f"expected {options.count} different {kind.puzzle} {kind.tier} levels,"
                    f" found {options.count - missing} in {first}"
                )
            size = max(1, min(LONGEST_BATCH, options.count // LEAST_BATCHES))
            last = first + missing
            yield from (Batch(kind, start, min(start + size, last)) for start in range(first, last, size))


def make_batch(out: Path, options: Options, secret: bytes, batch: Batch) -> int:
    """Film the levels of a batch and write their rows down; how many they are."""
    identities = [identity_of(batch.kind, options.split, n, secret) for n in range(batch.first, batch.last)]
    rows = [make_level(out, options, identity) for identity in identities]
    write_rows(out / BATCHES / batch.name, rows, list(rows[0]))
    return len(rows)


def _is_done(out: Path, batch: Batch) -> bool:
    """Whether the rows of a batch are there, and all its films as they say; films that are not are taken away."""
    path, done = out / BATCHES / batch.name, True
    try:
        rows = list(read_rows(path, ["id", "video_sha256"]))
    except (OSError, ValueError):
        return False
    for row in rows:
        film = film_of(out, parse_id(row["id"]))
        if not (film.is_file() and sha256_of(film) == row["video_sha256"]):
            film.unlink(missing_ok=True)
            done = False
    return done


def _distinct(
    out: Path,
    batches: Iterable[Batch],
    seen: set[bytes],
    columns: Sequence[str] | None = None,
    repeats: set[str] | None = None,
) -> Iterator[Record]:
    """The rows of some batches without those whose form was seen before, whose ids go to `repeats`."""
    for batch in batches:
        for row in read_rows(out / BATCHES / batch.name, columns):
            form = bytes.fromhex(row["form_sha256"])[:16]
            if form not in seen:
                seen.add(form)
                yield row
            elif repeats is not None:
                repeats.add(row["id"])


def told_of(row: Record) -> bytes:
    """A row but for what encoders made of it: the same whatever they were."""
    told = {name: value for name, value in row.items() if name not in ("first_frame", "video_sha256")}
    return json.dumps(told, sort_keys=True).encode() + b"\n"


class Ledger:
    """What is noted of each row on its way into the metadata, in memory that does not grow with them."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.levels = hashlib.sha256()
        """Of what `told_of` leaves of all rows."""
        self.summary = Summary()

    def note(self, row: Record) -> Record:
        self.levels.update(told_of(row))
        self.summary.add(row, film_of(self.out, parse_id(row["id"])).stat().st_size)
        return row


def _finish(out: Path, options: Options, tried: Mapping[Kind, Sequence[Batch]]) -> int:
    """Write the metadata, drop the films of repeats, write the card, last the manifest; how many levels there are."""
    ledger, names = Ledger(out), list[str]()
    for puzzle in options.puzzles:
        repeats, seen = set[str](), set[bytes]()
        batches = [tried[kind] for kind in options.kinds if kind.puzzle == puzzle]
        rows = (ledger.note(row) for some in batches for row in _distinct(out, some, seen, None, repeats))
        names.append(f"{puzzle}/{options.split}/metadata.parquet")
        write_rows(out / names[-1], rows, list(next(read_rows(out / BATCHES / batches[0][0].name))))
        kept = {row["id"] for row in read_rows(out / names[-1], ["id"]) if row["id"] in repeats}
        for name in repeats - kept:  # a secret may draw an id twice
            film_of(out, parse_id(name)).unlink(missing_ok=True)
    dropped = {"/".join((*kind, options.split)): batches[-1].last - options.count for kind, batches in tried.items()}
    parts = [part for part in PARTS if part in ledger.summary.parts]
    for folder in (out, out / "card", *(out / part for part in parts), *(out / part / "videos" for part in parts)):
        for draft in folder.glob(".*.part"):  # of builds that were killed
            draft.unlink()
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "benchmark_version": __version__,
        "options": asdict(options),
        "parts": parts,
        "levels": ledger.summary.levels,
        "repeats_dropped": dropped,
        "levels_sha256": ledger.levels.hexdigest(),
    }
    names += write_card(out, ledger.summary, dropped)
    _write_manifest(out, manifest, names)
    shutil.rmtree(out / BATCHES)
    return ledger.summary.levels


def _write_manifest(out: Path, head: Mapping[str, Any], names: Sequence[str]) -> None:
    """Write the manifest with the SHA-256 of some files and of every film, as the metadata has it, one by one."""
    with whole(out / MANIFEST) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(head, indent=2).removesuffix("\n}") + ',\n  "files": {')
        for number, name in enumerate(sorted(names)):
            file.write("," * bool(number) + f'\n    "{name}": "{sha256_of(out / name)}"')
        for part in head["parts"]:
            for row in read_rows(out / part / "metadata.parquet", ["file_name", "video_sha256"]):
                file.write(f',\n    "{part}/{row["file_name"]}": "{row["video_sha256"]}"')
        file.write("\n  }\n}\n")


def _mend(out: Path, options: Options, workers: int, engine: str) -> bool:
    """Make the films of a finished data set again that are not what its manifest says; False where more is wrong."""
    try:
        files = read_manifest(out)["files"]
    except BadDataset:
        (out / MANIFEST).unlink()
        return False
    wrong = {name for name, digest in files.items() if not _is(out, name, digest)}
    if not all(FILM.fullmatch(name) for name in wrong):
        (out / MANIFEST).unlink()
        for path in out.glob("*/*/videos/*.mp4"):
            if path.relative_to(out).as_posix() in wrong:
                path.unlink()
        return False
    lost = []
    for puzzle in options.puzzles if wrong else ():
        part = f"{puzzle}/{options.split}"
        for row in read_rows(out / part / "metadata.parquet", ["id", "file_name", "video_sha256"]):
            if f"{part}/{row['file_name']}" in wrong:
                lost.append(parse_id(row["id"]))
                film_of(out, lost[-1]).unlink(missing_ok=True)
    for identity, _ in ENGINES[engine](partial(make_level, out, options), lost, workers):
        name = film_of(out, identity).relative_to(out).as_posix()
        if not _is(out, name, files[name]):
            raise BadDataset(f"expected to make {name} again as it was, got another film")
    return True


def _is(out: Path, name: str, digest: str) -> bool:
    """Whether a file of a manifest is what it says."""
    return (out / name).is_file() and sha256_of(out / name) == digest
