"""Sealed test sets: first frames and prompts for everyone now, levels and solutions for everyone later.

DATA ── seal ──┬─► PUBLIC/<puzzle>/<split>/metadata.parquet   a row a level: name, prompt, first frame, commitment
               ├─► PUBLIC/commitments.json                    name → SHA-256(salt ‖ row), and the root over all of them
               └─► opening.json, kept by whoever sealed       the rows with their ids, levels, solutions and salts

A commitment hides its row, since nobody guesses 32 random bytes, and binds to it, since nobody finds a second row with
the same SHA-256. Every row has a random salt of its own: one row can be shown alone, and says nothing of the others.
The rows of a tier stand in the order of their salts, which is as good as shuffled, so names tell nothing either.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from puzzlereel import __version__
from puzzlereel.hub.dataset import MANIFEST, PARTS, Progress, Row, open_dataset, read_manifest, sha256_of
from puzzlereel.hub.opening import (
    COMMITTED,
    GUESSABLE,
    PUBLISHED,
    SCHEMA_VERSION,
    BadSeal,
    OpenedRow,
    Opening,
    commitment_of,
    faults_of,
    read_opening,
    root_of,
)
from puzzlereel.hub.rows import write_rows
from puzzlereel.hub.sealed_card import sealed_card_of
from puzzlereel.puzzles.ids import parse_id

COMMITMENTS = "commitments.json"


class Seal(NamedTuple):
    """What was sealed."""

    root: str
    """What to publish: it commits to every row."""
    rows: int
    guessable: int
    """How many ids have an index so small that anyone may have made the level before."""


def seal(data: Path, out: Path, opening: Path, *, progress: Progress | None = None) -> Seal:
    """Seal a data set into a new folder, and write its opening first, so that no seal is ever without one.

    An opening that is there already must be this data set's: the same seal is then made again. BadSeal otherwise, and
    where a row is not what its id says. All first frames are in memory at once: test sets have thousands of rows.
    """
    _check_places(data, out, opening)
    rows = list(open_dataset(data).rows)
    frames = dict(_first_frames(data))
    if not rows or len(frames) != len(rows) or {row.id for row in rows} != set(frames):
        raise BadSeal(f"expected a data set with levels, every id once, got {len(rows)} rows in {data}")
    earlier = read_opening(opening) if opening.exists() else None
    salts = {row.id: secrets.token_hex(32) for row in rows} if earlier is None else _salts(earlier.rows, rows, opening)
    opened = _named(rows, salts, frames)
    for done, row in enumerate(opened, start=1):
        for fault in faults_of(row, frames[row["id"]]):
            raise BadSeal(f"expected rows that can be opened later, got {row['id']}: {fault}")
        if progress:
            progress(done, len(opened))
    commitments = {row["name"]: commitment_of(row) for row in opened}
    sealed = Opening(root_of(commitments), opened)
    if earlier is None:
        _write_opening(opening, sealed)
    elif earlier != sealed:
        raise BadSeal(f"expected the opening of {data}, got that of other levels in {opening}")
    _write_public(out, opened, frames, commitments)
    return Seal(sealed.root, len(opened), sum(parse_id(row.id).index < GUESSABLE for row in rows))


def _check_places(data: Path, out: Path, opening: Path) -> None:
    """Refuse places where secrets would be published with the rest, or something would be written over."""
    private, public, secret = data.resolve(), out.resolve(), opening.resolve()
    if secret.is_relative_to(public):
        raise BadSeal(f"expected an opening outside of what is published, got {opening} inside {out}")
    if private.is_relative_to(public) or public.is_relative_to(private):
        raise BadSeal(f"expected a folder apart from the data set, got {out} for {data}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadSeal(f"expected a new or empty folder to publish, found something in {out}")
    if opening.exists() and not opening.is_file():
        raise BadSeal(f"expected a file for the opening, found something else at {opening}")


def _first_frames(data: Path) -> Iterator[tuple[str, bytes]]:
    """The first frame of every level, by its id."""
    import pyarrow.parquet as parquet

    for part in read_manifest(data)["parts"]:
        for row in parquet.read_table(data / part / "metadata.parquet", columns=["id", "first_frame"]).to_pylist():
            yield row["id"], row["first_frame"]["bytes"]


def _salts(earlier: Sequence[OpenedRow], rows: Sequence[Row], opening: Path) -> dict[str, str]:
    """The salts of an earlier opening of the same levels; BadSeal where it opens others."""
    salts = {row["id"]: row["salt"] for row in earlier}
    if set(salts) != {row.id for row in rows}:
        raise BadSeal(f"expected an opening of the same levels or none, got that of others in {opening}")
    return salts


def _named(rows: Sequence[Row], salts: Mapping[str, str], frames: Mapping[str, bytes]) -> list[OpenedRow]:
    """The rows as they are committed to, each under its sealed name, in the order of names."""
    kinds = defaultdict[str, list[Row]](list)
    for row in sorted(rows, key=lambda row: salts[row.id]):
        kinds[f"{row.puzzle}-{row.tier}-{row.split}"].append(row)
    opened = []
    for kind, members in kinds.items():
        digits = max(4, len(str(len(members) - 1)))
        for place, row in enumerate(members):
            known = {
                "name": f"{kind}-sealed-{place:0{digits}}",
                "first_frame_sha256": hashlib.sha256(frames[row.id]).hexdigest(),
                "salt": salts[row.id],
            }
            opened.append({name: known.get(name) or getattr(row, name) for name in (*COMMITTED, "salt")})
    return sorted(opened, key=lambda row: row["name"])


def _write_opening(path: Path, opening: Opening) -> None:
    """Write the opening whole or not at all, for the eyes of its owner only, and on the disk before anything else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.unlink(missing_ok=True)
    told = {"schema_version": SCHEMA_VERSION, "benchmark_version": __version__, **opening._asdict()}
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(told, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _write_public(
    out: Path, opened: Sequence[OpenedRow], frames: Mapping[str, bytes], commitments: Mapping[str, str]
) -> None:
    """Write the folder that is published, which appears whole or not at all."""
    target = out.resolve()
    folder = target.with_name(f".{target.name}.part")
    shutil.rmtree(folder, ignore_errors=True)
    parts = [part for part in PARTS if any(part == f"{row['puzzle']}/{row['split']}" for row in opened)]
    for part in parts:
        rows = [row for row in opened if part == f"{row['puzzle']}/{row['split']}"]
        (folder / part).mkdir(parents=True)
        _write_rows(folder / part / "metadata.parquet", rows, frames, commitments)
    root = root_of(commitments)
    head = {"schema_version": SCHEMA_VERSION, "benchmark_version": __version__}
    _write_json(folder / COMMITMENTS, {**head, "root": root, "commitments": commitments})
    (folder / "README.md").write_text(sealed_card_of(opened, parts, root), encoding="utf-8", newline="\n")
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    files = {name: sha256_of(folder / name) for name in names}
    _write_json(folder / MANIFEST, {**head, "sealed": root, "parts": parts, "files": files})
    if target.exists():
        target.rmdir()
    folder.replace(target)


def _write_json(path: Path, told: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8", newline="\n")


def _write_rows(
    path: Path, rows: Sequence[OpenedRow], frames: Mapping[str, bytes], commitments: Mapping[str, str]
) -> None:
    """One parquet file of what is published of each row, and of nothing else."""
    told = [
        {name: row[name] for name in PUBLISHED}
        | {"first_frame": {"bytes": frames[row["id"]], "path": None}, "commitment": commitments[row["name"]]}
        for row in rows
    ]
    write_rows(path, told, list(told[0]))
