"""The pages of levels: one for each, with every film of it, and a list of them all."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from puzzlereel.hub.dataset import Dataset, Row
from puzzlereel.leaderboard.charts import KINDS, ending
from puzzlereel.leaderboard.entries import Entry
from puzzlereel.leaderboard.films import Key
from puzzlereel.leaderboard.human import MOVES
from puzzlereel.leaderboard.pages import write_page
from puzzlereel.leaderboard.results import LevelRow, order_of
from puzzlereel.leaderboard.shelf import OnShelf, level_name

BY_HAND = OnShelf(None, "these are a person’s moves: there is no film")
NOT_HERE = OnShelf(None, "the films of this submission are not in this folder")
UP = "../"
VIEWED = ("anchor", "name", "ending", "said", "fault", "film", "why_not", "reading")
"""What the script of a page has to know of each film."""


class LevelOnSite(NamedTuple):
    """A level that has a page."""

    id: str
    name: str
    """What its page is called."""
    puzzle: str
    tier: str
    skin: str
    row: Row | None
    """The level itself; None where the data set is not at hand."""
    reference: str | None
    """Where its reference film is, from the site's folder on."""


def levels_on(entries: Sequence[Entry], dataset: Dataset | None, references: Mapping[str, str]) -> list[LevelOnSite]:
    """The levels of the data set and of the rows at hand, in the order of every listing."""
    rows = {row.id: row for row in dataset.rows} if dataset else {}
    told = {row.id: (row.puzzle, row.tier, row.skin) for row in rows.values()}
    for entry in entries:
        for row, *_ in entry.levels:
            told.setdefault(row["id"], (row["puzzle"], row["tier"], row["skin"]))
    return [
        LevelOnSite(id, level_name(id), *told[id], rows.get(id), references.get(id))
        for id in sorted(told, key=order_of)
    ]


def level_told(row: Row) -> dict[str, str]:
    """What the page to play on has to know of a level: no solution."""
    return {"id": row.id, "puzzle": row.puzzle, "tier": row.tier, "level": row.level}


def write_levels(
    out: Path,
    entries: Sequence[Entry],
    levels: Sequence[LevelOnSite],
    shelf: Mapping[tuple[str, Key], OnShelf],
    shared: Mapping[str, Any],
) -> list[Path]:
    """Writes a page for each level, and the list of them where there are any; the paths of all."""
    shown = [entry for entry in entries if entry.levels]
    pages = []
    for at, level in enumerate(levels):
        takes = [_take(entry, row, shelf) for entry in shown for row in entry.by_id.get(level.id, ())]
        page = write_page(
            out / "levels" / f"{level.name}.html",
            "level.html.j2",
            up=UP,
            level=level,
            takes=takes,
            told=_viewer(level, takes),
            before=levels[at - 1].name if at else None,
            after=levels[at + 1].name if at + 1 < len(levels) else None,
            **shared,
        )
        pages.append(page)
    if levels:
        ends = {level.id: [_cell(entry, level.id) for entry in shown] for level in levels}
        groups = {level.puzzle: [one for one in levels if one.puzzle == level.puzzle] for level in levels}
        named: dict[str, Any] = {"groups": groups, "entries": shown, "ends": ends}
        pages.append(write_page(out / "levels.html", "levels.html.j2", **named, **shared))
    return pages


def _take(entry: Entry, row: LevelRow, shelf: Mapping[tuple[str, Key], OnShelf]) -> dict[str, Any]:
    """One submission's film of a level, and the verdict on it."""
    elsewhere = BY_HAND if row["film"] == MOVES else NOT_HERE
    film = shelf.get((entry.slug, Key(row["id"], row["sample"])), elsewhere)
    anchor = entry.slug if entry.results["samples"] == 1 else f"{entry.slug}.s{row['sample']}"
    name = entry.name if entry.results["samples"] == 1 else f"{entry.name}, film {row['sample'] + 1}"
    return {
        "anchor": anchor,
        "slug": entry.slug,
        "name": name,
        "ending": ending(row),
        "said": KINDS[ending(row)],
        "status": row["status"],
        "fault": row["fault"],
        **{figure: row[figure] for figure in ("precision", "recall", "f1", "reward")},
        "parts": row["parts"],
        "film": film.place,
        "why_not": film.why_not,
        "reading": film.reading,
    }


def _viewer(level: LevelOnSite, takes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the page's script has to know."""
    row = level.row
    return {
        "id": level.id,
        "puzzle": level.puzzle,
        "frames": row.n_frames if row else None,
        "takes": [{key: take[key] for key in VIEWED} | {"figures": _figures(take)} for take in takes],
    }


def _figures(take: Mapping[str, Any]) -> list[tuple[str, float | int]]:
    """What the verdict tells in numbers: the parts and metrics of a film that was judged, and its reward."""
    if take["status"] != "judged":
        return []
    return [*take["parts"].items(), *((figure, take[figure]) for figure in ("precision", "recall", "f1", "reward"))]


def _cell(entry: Entry, id: str) -> dict[str, Any]:
    """How the films of a submission of one level end: the best of them, and how many are solved."""
    rows = entry.by_id.get(id, ())
    ends = [ending(row) for row in rows]
    best = next(kind for kind in KINDS if kind in ends or kind == "unjudged")
    return {"ending": best, "solved": ends.count("solved"), "films": len(ends)}
