"""The board for the terminal, narrow enough for one of 80 columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from puzzlereel.leaderboard.board import puzzles_of, ranked
from puzzlereel.leaderboard.results import Results


def board_table(results: Sequence[Results]) -> Table:
    """The ranked results in per cent: success over all puzzles and in each, with its 95 % interval below."""
    puzzles = puzzles_of(results)
    title = "success and other shares in %, 95 % interval below"
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False, title=title, title_justify="left")
    table.add_column("#", justify="right")
    table.add_column("model", overflow="fold", min_width=14)
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


def _percent(estimate: Mapping[str, Any]) -> str:
    return f"{100 * estimate['value']:.1f}"


def _interval(estimate: Mapping[str, Any]) -> Text:
    interval = f"{100 * estimate['low']:.0f}–{100 * estimate['high']:.0f}"
    return Text.assemble((_percent(estimate), "bold"), "\n", (interval, "dim"))
