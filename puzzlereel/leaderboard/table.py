"""The board for the terminal, narrow enough for one of 80 columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from puzzlereel.leaderboard.board import puzzles_of, ranked
from puzzlereel.leaderboard.compare import rows_of_comparison
from puzzlereel.leaderboard.results import Results


def board_table(results: Sequence[Results]) -> Table:
    """The ranked results in per cent: success over all puzzles and in each, with its 95 % interval below."""
    puzzles = puzzles_of(results)
    title = "success and other shares in %, 95 % interval below"
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False, title=title, title_justify="left")
    table.add_column("#", justify="right")
    table.add_column("model", overflow="fold", min_width=12)
    for heading in ("success", *puzzles, "cheating", "F1", "unjudged"):
        table.add_column(heading, justify="right", no_wrap=True)
    for rank, one in ranked(results):
        table.add_row(
            str(rank),
            Text(one["submission"]["name"]),
            _interval(one["macro"]["success"]),
            *(_interval(one["totals"][puzzle]["success"]) if puzzle in one["totals"] else "–" for puzzle in puzzles),
            *(_percent(one["macro"][name]) for name in ("cheating", "f1", "unjudged")),
        )
    return table


def comparison_table(told: Mapping[str, Any]) -> Table:
    """How much more often B succeeds than A, in points, over all levels, in each puzzle and in each of its tiers."""
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False, title="success in %, 95 % interval", title_justify="left")
    table.add_column("levels", no_wrap=True)
    for heading in ("A", "B", "B−A", "interval", "gained", "lost", "p"):
        table.add_column(heading, justify="right", no_wrap=True, min_width=6)
    for levels, numbers in rows_of_comparison(told):
        success = numbers["success"]
        difference = success["difference"]
        table.add_row(
            levels,
            f"{100 * success['a']:.1f}",
            f"{100 * success['b']:.1f}",
            Text(f"{100 * difference['value']:+.1f}", "bold"),
            f"{100 * difference['low']:+.1f} to {100 * difference['high']:+.1f}",
            str(numbers["gained"]),
            str(numbers["lost"]),
            f"{numbers['p']:.3g}",
        )
    return table


def import_table(told: Mapping[str, Any]) -> Table:
    """Other people's films: our success, with its interval, and how often they arrived, beside their own metrics."""
    theirs = list(told["totals"]["all"]["theirs"])
    title = f"ours in %, 95 % interval below; {told['layout']}'s own metrics beside"
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False, title=title, title_justify="left")
    table.add_column("films", overflow="fold", min_width=14)
    for heading in ("n", "success", "arrived", "cheating", *theirs):
        table.add_column(heading, justify="right", no_wrap=True, min_width=6)
    for group, total in told["totals"].items():
        ours, own = total["ours"], [total["theirs"][name] for name in theirs]
        table.add_row(
            Text(group),
            str(ours["success"]["n"]) if ours["success"] else "0",
            *(_interval(ours[name]) if ours[name] else "–" for name in ours),
            *(f"{100 * one['value']:.1f}" if one else "–" for one in own),
        )
    return table


def _percent(estimate: Mapping[str, Any]) -> str:
    return f"{100 * estimate['value']:.1f}"


def _interval(estimate: Mapping[str, Any]) -> Text:
    interval = f"{100 * estimate['low']:.0f}–{100 * estimate['high']:.0f}"
    return Text.assemble((_percent(estimate), "bold"), "\n", (interval, "dim"))
