"""Cuts through a board: one puzzle or all, one tier or all, one family of skins or all, and who leads there.

all/all/all       every level, each puzzle weighing the same
maze/hard/all     the hard mazes
all/ood/neon      what is told in neon of the tier ood, each puzzle weighing the same
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise, product
from typing import Any, NamedTuple

from puzzlereel.intervals import Estimate
from puzzlereel.leaderboard import stats
from puzzlereel.leaderboard.compare import sign_test
from puzzlereel.leaderboard.entries import Entry
from puzzlereel.leaderboard.results import Results, Rows, parts_of
from puzzlereel.puzzles.registry import PUZZLES, weighed

ALL = "all"
FIGURES = ("success", "arrived", "cheating", "precision", "recall", "f1", "reward", "unjudged")
"""What is told of a submission in each cut."""
DIGITS = 4
SURE = 0.05
"""The p below which a lead is called clear; where there is no p, the 95 % interval decides."""


class Cut(NamedTuple):
    """A choice of levels; `ALL` is no choice."""

    puzzle: str = ALL
    tier: str = ALL
    skin: str = ALL

    def __str__(self) -> str:
        return "/".join(self)

    def holds(self, rows: Rows) -> bool:
        """Whether a level is among those of the cut."""
        row = rows[0]
        told = row["puzzle"], row["tier"], row["skin"].partition("+")[0]
        return all(wanted in (ALL, has) for wanted, has in zip(self, told, strict=True))


class Lead(NamedTuple):
    """How much more often one submission succeeds than the next."""

    value: float
    low: float
    high: float
    p: float | None
    """Of the sign test on the levels on which they differ; None where the levels of both are not at hand."""

    @property
    def is_clear(self) -> bool:
        return self.p < SURE if self.p is not None else self.low > 0


def choices_of(board: Sequence[Results]) -> dict[str, list[str]]:
    """The puzzles, tiers and families of skins on a board, as the registry orders them."""
    totals = [(puzzle, total) for results in board for puzzle, total in results["totals"].items()]
    tiers = list(dict.fromkeys(tier for puzzle in PUZZLES.values() for tier in puzzle.tiers))
    there = {tier for _, total in totals for tier in total["tiers"]}
    names = {puzzle for puzzle, _ in totals}
    return {
        "puzzle": [name for name in PUZZLES if name in names] + sorted(names - set(PUZZLES)),
        "tier": [tier for tier in tiers if tier in there] + sorted(there - set(tiers)),
        "skin": sorted({skin for _, total in totals for skin in total["skins"]}),
    }


def cuts_of(board: Sequence[Results]) -> list[Cut]:
    """Every cut in which some submission has levels."""
    choices = choices_of(board)
    every = (Cut(*cut) for cut in product(*([ALL, *names] for names in choices.values())))
    return [cut for cut in every if any(_groups(results, cut) for results in board)]


def _groups(results: Results, cut: Cut) -> list[Mapping[str, Any]]:
    """The numbers of each puzzle of a cut; extras only where nothing else is in it."""
    found = {}
    for puzzle, total in results["totals"].items():
        if cut.puzzle in (ALL, puzzle):
            tier = total if cut.tier == ALL else total["tiers"].get(cut.tier)
            skin = tier and (tier if cut.skin == ALL else tier["skins"].get(cut.skin))
            if skin:
                found[puzzle] = skin
    return [found[puzzle] for puzzle in weighed(found)]


def score_in(results: Results, cut: Cut) -> dict[str, Estimate] | None:
    """The figures of a submission in a cut; None where it has no level there.

    Over all levels they are those of the results. Over several puzzles, elsewhere, they are the mean over puzzles, with
    the intervals joined.
    """
    if cut == Cut():
        return {name: Estimate(**results["macro"][name]) for name in FIGURES}
    groups = _groups(results, cut)
    if not groups:
        return None
    told = {name: [Estimate(**group[name]) for group in groups] for name in FIGURES}
    return {name: some[0] if len(some) == 1 else stats.macro_rate(some) for name, some in told.items()}


def lead_of(one: Entry, other: Entry, cut: Cut) -> Lead:
    """How much more often a submission succeeds than another in a cut where both have levels.

    Paired level by level where the rows of both are at hand, with a bootstrap interval; otherwise the interval is
    joined from both (R. Newcombe, Stat. Med. 17, 1998).
    """
    return _paired(one, other, cut) if one.levels and other.levels else _joined(one, other, cut)


def _joined(one: Entry, other: Entry, cut: Cut) -> Lead:
    a, b = ((score_in(entry.results, cut) or {})["success"] for entry in (one, other))
    value = a.value - b.value
    below = ((a.value - a.low) ** 2 + (b.high - b.value) ** 2) ** 0.5
    above = ((a.high - a.value) ** 2 + (b.value - b.low) ** 2) ** 0.5
    return Lead(value, max(-1.0, value - below), min(1.0, value + above), None)


def _paired(one: Entry, other: Entry, cut: Cut) -> Lead:
    groups: dict[str, list[float]] = {}
    for rows in filter(cut.holds, one.levels):
        (a,), (b,) = parts_of([rows], "success"), parts_of([other.by_id[rows[0]["id"]]], "success")
        groups.setdefault(rows[0]["puzzle"], []).append(a - b)
    groups = {puzzle: groups[puzzle] for puzzle in weighed(groups)}
    told = stats.difference(list(groups.values()), seed=f"lead/{cut}")
    every = [turn for group in groups.values() for turn in group]
    p = sign_test(sum(turn > 0 for turn in every), sum(turn < 0 for turn in every))
    return Lead(told.value, told.low, told.high, p)


def table_of(entries: Sequence[Entry], cut: Cut) -> dict[str, Any]:
    """A cut as the page sorts and shows it, by the entries' places on the board.

    `order` is that of success, `ranks` and `scores` are told for each entry (None without levels), and `leads` for each
    place in the order: over the one after it, None for the last.
    """
    scores = [score_in(entry.results, cut) for entry in entries]
    shares = {at: score["success"].value for at, score in enumerate(scores) if score}
    order = sorted(shares, key=lambda at: (-shares[at], at))
    leads = [lead_of(entries[at], entries[after], cut) for at, after in pairwise(order)]
    return {
        "order": order,
        "ranks": [
            1 + sum(other > shares[at] for other in shares.values()) if at in shares else None
            for at in range(len(entries))
        ],
        "scores": [score and {name: rounded(one) for name, one in score.items()} for score in scores],
        "leads": [{**_short(lead), "clear": lead.is_clear} for lead in leads] + [None] * bool(order),
    }


def rounded(one: Estimate) -> list[float | int]:
    """The value, the ends of the interval and the number of levels."""
    return [round(one.value, DIGITS), round(one.low, DIGITS), round(one.high, DIGITS), one.n]


def _short(lead: Lead) -> dict[str, float | None]:
    told = {name: round(getattr(lead, name), DIGITS) for name in ("value", "low", "high")}
    return {**told, "p": None if lead.p is None else float(f"{lead.p:.2g}")}
