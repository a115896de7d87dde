"""What the pages draw: success against the length of the solution, and how films end.

bins     levels of one puzzle in groups of about the same size, from short solutions to long ones
curve    the success of each bin with its interval, as places in an SVG
endings  solved, arrived by cheating, broke a rule, did not finish, not judged: each film is one of these
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from puzzlereel.hub.dataset import Row
from puzzlereel.intervals import Estimate
from puzzlereel.leaderboard import stats
from puzzlereel.leaderboard.board import reason_told
from puzzlereel.leaderboard.results import LevelRow, Rows, has, parts_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.verifiers.verdict import ENDINGS

MOST_BINS = 5
LEAST_LEVELS = 3
"""The fewest levels that a bin has, but for puzzles that have fewer."""
WIDE, HIGH, LEFT, BELOW, ABOVE = 320, 180, 36, 26, 10
"""The size of a curve's picture, and what is left free beside, below and above it."""
KINDS = {
    "solved": "solved",
    "cheated": "arrived, not lawfully",
    "broke": "broke a rule",
    "unfinished": "did not finish",
    "unjudged": "not judged",
}
"""How a film ends, in words."""


class Bin(NamedTuple):
    """The levels of one puzzle whose solutions are about as long."""

    least: int
    most: int
    """The shortest and the longest solution, in moves."""
    levels: Sequence[Rows]

    @property
    def label(self) -> str:
        return str(self.least) if self.least == self.most else f"{self.least}–{self.most}"


class Point(NamedTuple):
    """A bin's place in the picture of a curve."""

    x: float
    y: float
    low: float
    high: float
    label: str
    success: Estimate


def lengths_of(rows: Sequence[Row]) -> dict[str, int]:
    """How many moves the reference solution of each level has, by id."""
    return {row.id: _moves(row.solution, PUZZLES[row.puzzle].separator) for row in rows}


def _moves(solution: str, separator: str) -> int:
    return len(solution.split(separator)) if separator and solution else len(solution)


def bins_of(levels: Sequence[Rows], lengths: Mapping[str, int]) -> list[Bin]:
    """Levels of one puzzle from short solutions to long ones; those of one length are never parted."""
    known = sorted((lengths[rows[0]["id"]], at) for at, rows in enumerate(levels) if rows[0]["id"] in lengths)
    wanted = max(LEAST_LEVELS, -(-len(known) // MOST_BINS))
    groups: list[list[tuple[int, int]]] = []
    for one in known:
        if groups and (len(groups[-1]) < wanted or groups[-1][-1][0] == one[0]):
            groups[-1].append(one)
        else:
            groups.append([one])
    if len(groups) > 1 and len(groups[-1]) < LEAST_LEVELS:
        last = groups.pop()
        groups[-1] += last
    return [Bin(group[0][0], group[-1][0], [levels[at] for _, at in group]) for group in groups]


def curve_of(bins: Sequence[Bin]) -> list[Point]:
    """The success of each bin, left to right, as places in a picture of `WIDE` by `HIGH`."""
    step = (WIDE - LEFT) / max(1, len(bins))
    points = []
    for at, one in enumerate(bins):
        success = stats.share(parts_of(one.levels, "success"), len(one.levels[0]))
        value, low, high = (_height(share) for share in (success.value, success.low, success.high))
        points.append(Point(round(LEFT + (at + 0.5) * step, 1), value, low, high, one.label, success))
    return points


def _height(share: float) -> float:
    return round(HIGH - BELOW - share * (HIGH - BELOW - ABOVE), 1)


def ending(row: LevelRow) -> str:
    """How a film ends: one of `KINDS`."""
    if has(row, "unjudged"):
        return "unjudged"
    if has(row, "success"):
        return "solved"
    if has(row, "cheating"):
        return "cheated"
    return "unfinished" if row["fault"] and row["fault"]["reason"] in _UNFINISHED else "broke"


_UNFINISHED = {reason.name.lower() for reason in ENDINGS}


def endings_of(levels: Sequence[Rows]) -> dict[str, int]:
    """How many films of some levels end in each of the `KINDS`."""
    count = Counter(ending(row) for rows in levels for row in rows)
    return {kind: count[kind] for kind in KINDS}


def stack_of(endings: Mapping[str, int]) -> list[dict[str, Any]]:
    """The pieces of a bar of a hundred units, left to right."""
    whole, left, pieces = sum(endings.values()) or 1, 0.0, []
    for kind, films in endings.items():
        width = 100 * films / whole
        if films:
            pieces.append({"kind": kind, "left": round(left, 2), "width": round(width, 2), "films": films})
        left += width
    return pieces


def failures_of(results: Mapping[str, Any], levels: Sequence[Rows]) -> list[tuple[str, int]]:
    """Why films failed, the most frequent reason first; missing films among them where the rows are at hand."""
    count: Counter[str] = Counter()
    for faults in results["faults"].values():
        for reason, films in faults.items():
            count[reason_told(reason)] += films
    count["there is no film"] += sum(row["status"] == "missing" for rows in levels for row in rows)
    return sorted(((told, films) for told, films in count.items() if films), key=lambda one: (-one[1], one[0]))
