"""Judge other people's films: a folder in, one file with our verdicts and their metrics out.

films ── layout ──► levels asked for ─┬─ level not told ── first frame ──► recovered, or "not judged" and why
                                      ├─ no film ─────────────────────────► "missing", a failure
                                      └─ judge ───────────────────────────► "judged" or "unreadable", a failure
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from puzzlereel import __version__
from puzzlereel.files import write_whole
from puzzlereel.hub.dataset import sha256_of
from puzzlereel.leaderboard.files import plain, read_json, read_text, unfit
from puzzlereel.leaderboard.importers import miniveo3, videorlvr, vr_bench
from puzzlereel.leaderboard.importers.found import Asked, BadLayout, Folder, NoLevel, level_of_rows
from puzzlereel.leaderboard.importers.judging import Film, Seen, judge_film
from puzzlereel.leaderboard.importers.recover import Shown, recovered
from puzzlereel.leaderboard.importers.rooms import ROOMS, Rooms
from puzzlereel.leaderboard.importers.tables import MISSING, NOT_JUDGED, row_of, totals_of
from puzzlereel.leaderboard.schema import check
from puzzlereel.renderers.skins.file import read_parts, skin_told
from puzzlereel.verifiers.children import Children, Lost
from puzzlereel.verifiers.judge import VERIFIER_VERSION
from puzzlereel.verifiers.verdict import unreadable

Progress: TypeAlias = Callable[[int, int], None]
LAYOUTS: Mapping[str, Callable[[Path, Path], Folder]] = {
    "vr-bench": vr_bench.read_folder,
    "miniveo3": miniveo3.read_folder,
    "videorlvr": videorlvr.read_folder,
}
SCHEMA_VERSION = 1
MOST_STRANGERS = 100
"""How many films that answer no level are listed by name."""


class Job(NamedTuple):
    """A level and one of the films that answer it."""

    asked: Asked
    film: Path | None
    """None where there is none."""


def judge_folder(
    layout: str,
    films: Path,
    out: Path,
    *,
    skins: Mapping[str, str],
    data: Path | None = None,
    levels: Path | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """What came of every level and film of a folder, which is also written to `out`.

    `skins` are names or files by puzzle; `levels` tells levels that the folder does not. BadLayout where the folder is
    laid out otherwise. The same files give the same bytes, with any number of workers.
    """
    source = films if data is None else data
    for folder in (films, source):
        if not folder.is_dir():
            raise BadLayout(f"expected a folder, found none at {folder}")
    told_skins = {puzzle: _skin_told(puzzle, name) for puzzle, name in sorted(skins.items())}
    found = LAYOUTS[layout](films, source)
    with Children(workers) as children:
        told = list(_told(_in_rooms(found.asked, layout, skins), {} if levels is None else read_levels(levels)))
        asked = _recovered(told, source, skins, children)
        seen = _judged(asked, films, source, skins, children, progress)
    jobs = [Job(one, film) for one in asked for film in one.films or (None,)]
    rows = [_row(job, films, seen, layout) for job in jobs]
    results = {
        "schema_version": SCHEMA_VERSION,
        "layout": layout,
        "folder": plain(films.resolve().name),
        "version": __version__,
        "verifier_version": VERIFIER_VERSION,
        "skins": told_skins,
        **totals_of(rows, layout),
        "strangers": {"count": len(found.strangers), "films": list(found.strangers[:MOST_STRANGERS])},
        "rows": rows,
    }
    check(results, "import", where=str(out), error=BadLayout)
    write_whole(out, json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    return results


def _skin_told(puzzle: str, name: str) -> dict[str, str]:
    """What a skin is called, and the SHA-256 of its file if it has one; BadSkin or UnknownSkin where there is none."""
    path = Path(name)
    if puzzle == ROOMS:
        read_parts(path)
        return {"name": path.stem, "sha256": sha256_of(path)}
    return {"name": skin_told(puzzle, name).name} | ({"sha256": sha256_of(path)} if path.suffix == ".json" else {})


def _in_rooms(asked: Sequence[Asked], layout: str, skins: Mapping[str, str]) -> Sequence[Asked]:
    """MiniVeo3's mazes as what its own pictures show, rooms with lines between them, where there is a skin of those."""
    if layout != "miniveo3" or ROOMS not in skins:
        return asked
    return [one._replace(puzzle=ROOMS) for one in asked]


def read_levels(path: Path) -> dict[str, str]:
    """Levels by name, from lines of {"level": NAME, "board": TEXT}; BadFile or BadLayout where a line is none."""
    told = {}
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        where = f"{path}: line {number}"
        row = read_json(line, where=where)
        if (
            not isinstance(row, dict)
            or {*row} != {"level", "board"}
            or not all(isinstance(t, str) for t in row.values())
        ):
            raise BadLayout(f'{where}: expected {{"level": NAME, "board": TEXT}}')
        told[row["level"]] = row["board"]
    return told


def _told(asked: Sequence[Asked], levels: Mapping[str, str]) -> Iterator[Asked]:
    """The levels with those that are told elsewhere."""
    for one in asked:
        if one.name not in levels or not one.puzzle:
            yield one
            continue
        try:
            text = levels[one.name].strip("\n")
            level = Rooms.of(text) if one.puzzle == ROOMS else level_of_rows(one.puzzle, tuple(text.split("\n")))
            yield one._replace(level=level, why="")
        except NoLevel as error:
            yield one._replace(level=None, why=f"the level that was given for it is none: {error}", picture=None)


def _recovered(asked: Sequence[Asked], folder: Path, skins: Mapping[str, str], children: Children) -> list[Asked]:
    """The levels with those that a picture shows, and with what is in the way of the others."""
    every, shown = list(asked), dict[int, Shown]()
    for at, one in enumerate(every):
        if one.why:
            continue
        if one.puzzle not in skins:
            every[at] = one._replace(level=None, why=f"expected a skin of {one.puzzle} for it, got none: --skin FILE")
        elif one.level is None and one.picture is not None:
            if why := unfit(one.picture, folder):
                every[at] = one._replace(why=f"its level is not told, and its first frame may not be opened: {why}")
            else:
                shown[at] = Shown(one.picture, one.puzzle, skins[one.puzzle])
    for at, (_, answer) in zip(shown, children.answers(recovered, list(shown.values())), strict=True):
        if isinstance(answer, Lost):
            every[at] = every[at]._replace(why=f"its level is not told, and cannot be read: {plain(answer.sentence)}")
        else:
            every[at] = every[at]._replace(level=answer)
    return every


def _judged(
    asked: Sequence[Asked],
    films: Path,
    source: Path,
    skins: Mapping[str, str],
    children: Children,
    progress: Progress | None,
) -> dict[Path, Seen]:
    """What came of every film of the levels that can be judged, and of the films of their solutions."""
    seen, wanted = dict[Path, Seen](), dict[Path, Film]()
    for one in asked:
        if one.why or not one.films:
            continue
        for path, home in [*((film, films) for film in one.films), *((film, source) for film in one.references)]:
            if why := unfit(path, home):
                seen[path] = _unseen(why)
            else:
                wanted[path] = Film(path, one.puzzle, one.level, skins[one.puzzle])
    for done, (film, answer) in enumerate(children.answers(judge_film, list(wanted.values())), start=1):
        seen[film.path] = _unseen(answer.sentence) if isinstance(answer, Lost) else answer
        if progress:
            progress(done, len(wanted))
    return seen


def _unseen(why: str) -> Seen:
    return Seen(unreadable(plain(why)).json(), (), (), ())


def _row(job: Job, films: Path, seen: Mapping[Path, Seen], layout: str) -> dict[str, Any]:
    one, film = job
    place = None if film is None else plain(film.relative_to(films).as_posix())
    if one.why:
        return row_of(one, place, NOT_JUDGED, None, (), layout)
    if film is None:
        return row_of(one, place, MISSING, None, (), layout)
    return row_of(one, place, "", seen[film], [seen[path] for path in one.references if path in seen], layout)
