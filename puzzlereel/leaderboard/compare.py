"""Two submissions on the same levels: how much the second is better, how sure that is, and on which levels.

         ┌─ difference   mean over levels of B − A, with a bootstrap interval over the pairs, or, where all are alike,
         │               with Wilson's doubt that others are not
pairs ───┼─ p            the exact sign test on the levels that differ, which with one film a level is McNemar's
         └─ gained, lost    the levels on which B succeeds more often than A, or less
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import comb
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from puzzlereel.leaderboard import stats
from puzzlereel.leaderboard.board import check_alike
from puzzlereel.leaderboard.files import read_json, read_text
from puzzlereel.leaderboard.results import (
    BadResults,
    LevelRow,
    Results,
    Rows,
    levels_of,
    log_path,
    means_of,
    parts_of,
    read_results,
)
from puzzlereel.leaderboard.schema import check
from puzzlereel.puzzles.registry import weighed

FIGURES = ("success", "arrived", "f1", "reward")
"""What is compared."""
ROUNDED = 1e-6
"""How far the figures of results, which have six digits, may be from those of their rows."""
MOST_LOG = 2**28
"""The largest file of rows that is read, in bytes."""


class Scored(NamedTuple):
    """Results with the rows that they were counted from."""

    path: Path
    results: Results
    levels: list[Rows]


class Pair(NamedTuple):
    """What two submissions made of one level."""

    a: Rows
    b: Rows


class Comparison(NamedTuple):
    """The figures of two submissions over the same levels."""

    figures: Mapping[str, tuple[float, float, stats.Estimate]]
    """The mean of A, that of B, and the difference B − A with its interval, by name."""
    gained: int
    lost: int
    p: float
    """How likely at least so uneven a split of the levels that differ is, if both were equally good."""

    def json(self) -> dict[str, Any]:
        figures = {
            name: {"a": round(a, 6), "b": round(b, 6), "difference": difference.json()}
            for name, (a, b, difference) in self.figures.items()
        }
        return {**figures, "gained": self.gained, "lost": self.lost, "p": float(f"{self.p:.3g}")}


def read_scored(path: Path) -> Scored:
    """Results and their rows; BadFile or BadResults, in one line, where either is none or they do not go together."""
    results, log = read_results(path), log_path(path)
    rows = []
    for number, line in enumerate(read_text(log, most=MOST_LOG).splitlines(), start=1):
        where = f"{log}: line {number}"
        row = read_json(line, where=where)
        check(row, "level", where=where, error=BadResults)
        rows.append(row)
    levels = levels_of(rows)
    own, told = _sums(levels), _sums_told(results)
    if own.keys() != told.keys() or any(
        abs(one - other) > ROUNDED for puzzle in own for one, other in zip(own[puzzle], told[puzzle], strict=True)
    ):
        raise BadResults(f"{log}: expected the rows that {path} was counted from: score the submission again")
    return Scored(path, results, levels)


def _sums(levels: Sequence[Rows]) -> dict[str, list[float]]:
    """The number of levels and the figures of each puzzle."""
    return {
        puzzle: [float(len(some)), *(fmean(_values(some, name)) for name in FIGURES)]
        for puzzle, some in _grouped(levels, "puzzle").items()
    }


def _sums_told(results: Results) -> dict[str, list[float]]:
    return {
        puzzle: [float(total["success"]["n"]), *(total[name]["value"] for name in FIGURES)]
        for puzzle, total in results["totals"].items()
    }


def _values(levels: Sequence[Rows], name: str) -> list[float]:
    return parts_of(levels, name) if name in ("success", "arrived") else means_of(levels, name)


def _grouped(levels: Sequence[Rows], key: str) -> dict[str, list[Rows]]:
    groups: dict[str, list[Rows]] = {}
    for rows in levels:
        groups.setdefault(str(rows[0][key]), []).append(rows)
    return groups


def pairs_of(a: Scored, b: Scored) -> list[Pair]:
    """The levels of two submissions, side by side; BadResults where they are not of the same levels."""
    check_alike(b.path, b.results, a.path, a.results)
    ids = [[rows[0]["id"] for rows in one.levels] for one in (a, b)]
    if ids[0] != ids[1]:
        raise BadResults(f"{b.path}: expected the levels of {a.path}, got others")
    return [Pair(*pair) for pair in zip(a.levels, b.levels, strict=True)]


def compare(groups: Sequence[Sequence[Pair]], *, seed: str) -> Comparison:
    """The comparison over some groups of levels, in whose means all groups weigh the same."""

    def values(of: Callable[[Pair], Rows], name: str) -> list[list[float]]:
        return [_values([of(pair) for pair in group], name) for group in groups]

    figures = {}
    for name in FIGURES:
        of_a, of_b = values(lambda pair: pair.a, name), values(lambda pair: pair.b, name)
        paired = [[y - x for x, y in zip(*both, strict=True)] for both in zip(of_a, of_b, strict=True)]
        difference = stats.difference(paired, seed=f"compare/{seed}/{name}")
        figures[name] = fmean(map(fmean, of_a)), fmean(map(fmean, of_b)), difference
    turned = [turn(pair) for group in groups for pair in group]
    gained, lost = turned.count(1), turned.count(-1)
    return Comparison(figures, gained, lost, sign_test(gained, lost))


def turn(pair: Pair) -> int:
    """1 where B succeeds on a level more often than A, -1 where it does less often, otherwise 0."""
    (a,), (b,) = parts_of([pair.a], "success"), parts_of([pair.b], "success")
    return (b > a) - (b < a)


def sign_test(gained: int, lost: int) -> float:
    """The two-sided p of the exact sign test (Q. McNemar, Psychometrika 12, 1947, in its exact form)."""
    n = gained + lost
    tail = sum(comb(n, k) for k in range(min(gained, lost) + 1))
    return float(min(1.0, 2 * tail / 2**n))


def comparison_of(a: Scored, b: Scored) -> dict[str, Any]:
    """What `puzzlereel compare --json` prints, as `schemas/comparison.json` says; the same for the same results."""
    pairs = pairs_of(a, b)
    puzzles = _paired(pairs, "puzzle")
    told = {}
    for puzzle, group in puzzles.items():
        tiers = _paired(group, "tier")
        told[puzzle] = compare([group], seed=puzzle).json() | {
            "tiers": {tier: compare([some], seed=f"{puzzle}/{tier}").json() for tier, some in tiers.items()}
        }
    comparison = {
        **{side: _side(one) for side, one in (("a", a), ("b", b))},
        "overall": compare([puzzles[puzzle] for puzzle in weighed(puzzles)], seed="all").json(),
        "puzzles": told,
        "gained": [_flip(pair) for pair in pairs if turn(pair) > 0],
        "lost": [_flip(pair) for pair in pairs if turn(pair) < 0],
    }
    check(comparison, "comparison", where=f"{a.path} and {b.path}", error=BadResults)
    return comparison


def _paired(pairs: Sequence[Pair], key: str) -> dict[str, list[Pair]]:
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(str(pair.a[0][key]), []).append(pair)
    return groups


def _side(one: Scored) -> dict[str, Any]:
    return {
        "name": one.results["submission"]["name"],
        "samples": one.results["samples"],
        "benchmark": one.results["benchmark"],
    }


def _flip(pair: Pair) -> dict[str, Any]:
    """A level on which the two differ: how often each succeeds, and why a film of each that does not is refused."""
    shares = {side: round(parts_of([rows], "success")[0], 6) for side, rows in pair._asdict().items()}
    reasons = {f"{side}_reason": next(_reasons(rows), None) for side, rows in pair._asdict().items()}
    return {"id": pair.a[0]["id"], **shares, **reasons}


def _reasons(rows: Sequence[LevelRow]) -> Iterator[str]:
    for row in rows:
        if not row["success"]:
            yield row["fault"]["reason"] if row["fault"] else row["status"]


def rows_of_comparison(told: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every comparison of `comparison_of` with the levels that it is over, from all to a puzzle's tiers."""
    yield "all puzzles alike", told["overall"]
    for puzzle, numbers in told["puzzles"].items():
        yield puzzle, numbers
        for tier, some in numbers["tiers"].items():
            yield f"{puzzle} {tier}", some
