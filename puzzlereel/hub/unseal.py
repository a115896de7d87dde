"""Open a sealed test set: is the opening what was published, and where do the films of a sealed round belong?

PUBLIC + opening.json ──► complaints, each with the name of its row; none where every row is the one committed to
videos/maze/maze-easy-test-sealed-0007.mp4 ──► videos/maze/maze-easy-test-8305529471.mp4, where `score` looks for it
"""

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from puzzlereel.files import link_or_copy
from puzzlereel.hub.dataset import PARTS, Progress, film_name, read_manifest
from puzzlereel.hub.opening import (
    HEX,
    PUBLISHED,
    BadSeal,
    OpenedRow,
    check_name,
    commitment_of,
    faults_of,
    read_opening,
    read_told,
    root_of,
)
from puzzlereel.hub.seal import COMMITMENTS
from puzzlereel.puzzles.ids import parse_id

FILM = re.compile(r"([a-z]+-[a-z]+-[a-z]+-sealed-[0-9]{4,10})((?:(?:__|\.)s[0-9]{1,6})?\.[a-z0-9]{3,4})")
"""A film of a sealed round: the name of its row, and which sample it is if there are more than one."""


class Unsealed(NamedTuple):
    """What came of opening a sealed test set."""

    root: str
    """The root over the commitments that are published."""
    rows: Sequence[OpenedRow]
    complaints: Sequence[str]
    """What does not match, each with the name of the row where there is one; empty where all is as committed."""


class Renamed(NamedTuple):
    """A submission's copy under the names that `score` looks for."""

    films: int
    left_out: Sequence[str]
    """The files that belong to no row of the sealed set."""


def unseal(public: Path, opening: Path, *, root: str | None = None, progress: Progress | None = None) -> Unsealed:
    """All that does not match between a sealed test set, its opening, and the root that was published elsewhere.

    BadSeal where one of them cannot be read at all, or is of another version.
    """
    opened = read_opening(opening)
    told = read_told(public / COMMITMENTS, "the commitments of a sealed test set", "commitments", dict)
    commitments = _commitments(told["commitments"], public / COMMITMENTS)
    published = list(_published(public))
    complaints = list(_about_names(opened.rows, commitments, published))
    by_name = {row["name"]: row for row in published}
    for done, row in enumerate(opened.rows, start=1):
        found = _about_row(row, by_name.get(row["name"]), commitments.get(row["name"]))
        complaints += [f"{row['name']}: {complaint}" for complaint in found]
        if progress:
            progress(done, len(opened.rows))
    given = {COMMITMENTS: told["root"], "the opening": opened.root, "--root": (root or root_of(commitments)).lower()}
    for where, stated in given.items():
        if stated != root_of(commitments):
            complaints.append(f"the root of the commitments is {root_of(commitments)}, {where} has {stated!r:.80}")
    return Unsealed(root_of(commitments), opened.rows, complaints)


def _commitments(told: Mapping[str, Any], path: Path) -> dict[str, str]:
    """The commitments by name; BadSeal where there are none, or they are none."""
    if not told:
        raise BadSeal(f"expected the commitments of a sealed test set, got none in {path}")
    for name, commitment in told.items():
        check_name(name, path)
        if not isinstance(commitment, str) or not HEX.fullmatch(commitment):
            raise BadSeal(f"expected a commitment of 64 hex digits for {name}, got {commitment!r:.80} in {path}")
    return dict(told)


def _published(public: Path) -> Iterator[dict[str, Any]]:
    """The rows as they were published, part by part; BadSeal where they cannot be read."""
    import pyarrow.parquet as parquet

    columns = [*PUBLISHED, "first_frame", "commitment"]
    for part in read_manifest(public)["parts"]:
        if part not in PARTS:
            raise BadSeal(f"expected parts like maze/test, got {part!r:.80} in {public}")
        path = public / part / "metadata.parquet"
        try:
            for row in parquet.read_table(path, columns=columns).to_pylist():
                check_name(row["name"], path)
                yield {**row, "first_frame": bytes(row["first_frame"]["bytes"]), "part": part}
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise BadSeal(f"expected the rows of a sealed test set in {path}, got: {error!s:.100}") from None


def _about_names(
    rows: Sequence[OpenedRow], commitments: Mapping[str, str], published: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """Names that are missing, too many, given twice, or out of their order."""
    sides = {
        "opened": [row["name"] for row in rows],
        "committed to": list(commitments),
        "published": [row["name"] for row in published],
    }
    everywhere = {name: side for side, names in sides.items() for name in names}
    for side, names in sides.items():
        yield from (f"{name}: {side} {times} times" for name, times in Counter(names).items() if times > 1)
        yield from (f"{name}: {everywhere[name]}, but not {side}" for name in sorted(set(everywhere) - set(names)))
    parts = [[row["name"] for row in published if row["part"] == part] for part in PARTS]
    for side, names in (("opened", sides["opened"]), *(("published", part) for part in parts)):
        yield from (f"{late}: {side} after {early}" for early, late in pairwise(names) if late < early)


def _about_row(row: OpenedRow, published: Mapping[str, Any] | None, commitment: str | None) -> Iterator[str]:
    """What does not match about one opened row."""
    found = commitment_of(row)
    if commitment is not None and commitment != found:
        yield f"the row opened has the commitment {found[:12]}…, {COMMITMENTS} has {commitment[:12]}…"
    if published is not None:
        if published["commitment"] != found:
            yield f"the row opened has the commitment {found[:12]}…, the row published has another"
        for name in PUBLISHED:
            if published[name] != row[name]:
                yield f"the {name} opened is {row[name]!r:.60}, the one published is {published[name]!r:.60}"
        if published["part"] != f"{row['puzzle']}/{row['split']}":
            yield f"it was published in {published['part']}"
    yield from faults_of(row, None if published is None else published["first_frame"])


def rename(submission: Path, out: Path, rows: Sequence[OpenedRow]) -> Renamed:
    """Copy a submission whose films have sealed names to a new folder where they have the names of their ids.

    Films are linked where the system can do that, and copied otherwise. Only plain files in `videos/<puzzle>` are
    taken: whatever a link leads to stays where it is.
    """
    description = submission / "submission.yaml"
    if not is_plain(description):
        raise BadSeal(f"expected a submission with a submission.yaml, found none in {submission}")
    target = out.resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadSeal(f"expected a new or empty folder for the renamed films, found something in {out}")
    if target.is_relative_to(submission.resolve()):
        raise BadSeal(f"expected a folder apart from the submission, got {out} for {submission}")
    folder = target.with_name(f".{target.name}.part")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copyfile(description, folder / description.name)
    ids = {row["name"]: parse_id(row["id"]) for row in rows}
    films, left_out = 0, []
    for path in _files(submission / "videos"):
        match = FILM.fullmatch(path.name)
        identity = ids.get(match[1]) if match else None
        home = submission / "videos" / identity.puzzle if identity else None
        if match is None or identity is None or path.parent != home or not is_plain(path):
            left_out.append(path.relative_to(submission).as_posix())
            continue
        film = folder / "videos" / identity.puzzle / f"{Path(film_name(identity)).stem}{match[2]}"
        film.parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(path, film)
        films += 1
    if target.exists():
        target.rmdir()
    folder.replace(target)
    return Renamed(films, sorted(left_out))


def is_plain(path: Path) -> bool:
    """Whether it is a regular file itself, and no link to one."""
    return path.is_file() and not path.is_symlink()


def _files(folder: Path) -> Iterator[Path]:
    """All that stands below a folder, links not followed, but for the folders themselves."""
    if folder.is_symlink():
        yield folder
        return
    for place, folders, names in os.walk(folder):
        yield from (Path(place, name) for name in [*names, *folders] if name in names or Path(place, name).is_symlink())
