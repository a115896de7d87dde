"""Rows and totals of other people's films: our verdicts, and their metrics beside."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from puzzlereel.intervals import rate
from puzzlereel.leaderboard.files import plain
from puzzlereel.leaderboard.importers.found import Asked
from puzzlereel.leaderboard.importers.judging import Seen
from puzzlereel.leaderboard.importers.metrics import Metrics, Way, miniveo3, vr_bench, way_of
from puzzlereel.puzzles.board import Cell

JUDGED, UNREADABLE, MISSING, NOT_JUDGED = "judged", "unreadable", "missing", "not_judged"
OURS = ("success", "arrived", "cheating")
THEIRS: Mapping[str, Sequence[str]] = {"vr-bench": ("SR", "PR", "SD", "EM"), "miniveo3": ("PR", "EM"), "videorlvr": ()}
"""What each of them counts of a film; of VideoRLVR's nothing but precision, recall and F1 is known, as ours."""
HEIGHT, SIDE = 480, 369.6
"""MiniVeo3's pictures are 480 pixels high, and its boards fill 77 % of that, as its plots have their margins."""
FAULT = ("frame", "reason", "cell", "sentence")


def row_of(
    one: Asked, film: str | None, status: str, seen: Seen | None, references: Sequence[Seen], layout: str
) -> dict[str, Any]:
    """What is told of one film of a level."""
    verdict: Mapping[str, Any] = seen.verdict if seen else {}
    fault = verdict.get("fault")
    judged = bool(verdict.get("judged"))
    return {
        "level": plain(one.name),
        "group": plain(one.group),
        "puzzle": one.puzzle or None,
        "film": film,
        "status": status or (JUDGED if judged else UNREADABLE),
        "why": one.why or None,
        "success": judged and bool(verdict["success"]),
        "arrived": judged and bool(verdict["arrived"]),
        "f1": round(verdict["metrics"]["f1"], 6) if judged and verdict["metrics"] else None,
        "fault": fault and {key: fault[key] for key in FAULT},
        "reference": _reference_told(seen, references),
        "theirs": _rounded(theirs(one, seen, references, layout)) if judged and seen else {},
        "board": None if one.level is None else str(one.level),
    }


def _reference_told(seen: Seen | None, references: Sequence[Seen]) -> str | None:
    """What their metrics compare with: their own films where those can be read, or else our solver's way."""
    if seen is None:
        return None
    return "films" if any(_goes(one.cells) for one in references) else "solver" if _goes(seen.solution) else None


def _goes(cells: Sequence[Cell]) -> bool:
    """Whether a way goes anywhere."""
    return len(set(cells)) > 1


def theirs(one: Asked, seen: Seen, references: Sequence[Seen], layout: str) -> Metrics:
    """Their metrics of a film that could be judged; none where there is no way to count them on."""
    names = THEIRS[layout]
    ways = [some.cells for some in references if _goes(some.cells)] or [seen.solution] * _goes(seen.solution)
    if not names or not seen.cells or not ways:
        return {}
    shape: tuple[int, int] = one.level.board(one.level.start()).shape
    if layout == "miniveo3":
        size = SIDE * shape[1] / shape[0], SIDE
        return miniveo3(way_of(seen.cells, shape, size), way_of(ways[0], shape, size))
    unit = (1.0, 1.0)
    pushed: Way | None = way_of(seen.boxes, shape, unit) if seen.boxes else None
    goal = min(one.level.targets) if seen.boxes else one.level.goal
    return vr_bench(way_of(seen.cells, shape, unit), [way_of(way, shape, unit) for way in ways], goal, shape, pushed)


def _rounded(metrics: Metrics) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 6) for name, value in metrics.items()}


def totals_of(rows: Sequence[Mapping[str, Any]], layout: str) -> dict[str, Any]:
    """How many films there are of each status, and the numbers of all and of each group."""
    statuses = (JUDGED, UNREADABLE, MISSING, NOT_JUDGED)
    groups = {"all": list(rows)}
    for row in rows:
        groups.setdefault(str(row["group"]), []).append(row)
    return {
        "films": {status: sum(row["status"] == status for row in rows) for status in statuses},
        "totals": {group: _total(some, layout) for group, some in groups.items()},
    }


def _total(rows: Sequence[Mapping[str, Any]], layout: str) -> dict[str, Any]:
    """Ours over all films but those not judged, missing ones among them; theirs over the films that they count."""
    counted = [row for row in rows if row["status"] != NOT_JUDGED]
    hits = {
        "success": sum(row["success"] for row in counted),
        "arrived": sum(row["arrived"] for row in counted),
        "cheating": sum(row["arrived"] and not row["success"] for row in counted),
    }
    ours = {name: rate(hits[name], len(counted)).json() if counted else None for name in OURS}
    values = {
        name: [row["theirs"][name] for row in rows if row["theirs"].get(name) is not None] for name in THEIRS[layout]
    }
    told = {name: {"value": round(fmean(some), 6), "n": len(some)} if some else None for name, some in values.items()}
    return {"ours": ours, "theirs": told}
