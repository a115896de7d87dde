"""Figures for people, as PNG files."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from matplotlib import rc_context, rcParamsDefault
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from puzzlereel.puzzles.stats import Stats

INK, PAPER = "#2b4c7e", "#9db8d9"


def plot_stats(stats: Stats, path: Path) -> None:
    """Writes a PNG of three panels: solution lengths, difficulty, and distinct forms against levels drawn."""
    figure = Figure(figsize=(12, 3.6), layout="constrained")
    lengths, difficulty, forms = figure.subplots(1, 3)
    figure.suptitle(f"{stats.puzzle} {stats.tier} {stats.split}: {stats.count} levels, {stats.rate:,.0f} a second")
    for panel, values, label in (
        (lengths, stats.moves, "moves of the solution"),
        (difficulty, stats.difficulty, "nodes the solver visited"),
    ):
        _histogram(panel, Counter(values))
        panel.set_xlabel(label)
        panel.set_ylabel("levels")
    drawn = range(1, stats.count + 1)
    forms.plot(drawn, drawn, color=PAPER, label="if none came twice")
    forms.plot(drawn, stats.distinct, color=INK, label=f"distinct forms: {stats.distinct[-1]}")
    forms.set_xlabel("levels drawn")
    forms.legend(frameon=False)
    for panel in (lengths, difficulty, forms):
        panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, format="png", dpi=100, metadata={"Software": None})


def plot_moves(moves: Mapping[tuple[str, str], Mapping[int, int]], path: Path) -> None:
    """Writes a PNG of how many solutions have how many moves, a panel for each row and column that are named.

    The same numbers give the same bytes, whatever style the user has set for other figures.
    """
    with rc_context(rcParamsDefault):
        _plot_moves(moves, path)


def _plot_moves(moves: Mapping[tuple[str, str], Mapping[int, int]], path: Path) -> None:
    rows, columns = [list(dict.fromkeys(names)) for names in zip(*moves, strict=True)]
    width, height = 0.6 + 2.6 * len(columns), 0.5 + 1.9 * len(rows)
    figure = Figure(figsize=(width, height))
    panels = figure.subplots(len(rows), len(columns), squeeze=False, sharex="row")
    figure.subplots_adjust(0.6 / width, 0.5 / height, 1 - 0.1 / width, 1 - 0.3 / height, wspace=0.25, hspace=0.5)
    for panel in panels.flat:
        panel.set_axis_off()
    for (row, column), counts in moves.items():
        panel = panels[rows.index(row), columns.index(column)]
        panel.set_axis_on()
        panel.set_title(f"{row}, {column}", fontsize="medium")
        _histogram(panel, counts)
        panel.spines[["top", "right"]].set_visible(False)
        panel.yaxis.get_major_locator().set_params(integer=True)
    figure.supxlabel("moves of the solution", fontsize="medium", y=0.1 / height)
    figure.supylabel("levels", fontsize="medium", x=0.1 / width)
    figure.savefig(path, format="png", dpi=80, metadata={"Software": None})


def _histogram(panel: Axes, counts: Mapping[int, int]) -> None:
    """Bars of whole numbers, each number its own bar while there are few."""
    least, most = min(counts), max(counts)
    step = 1 + (most - least) // 40
    bins = [least - 0.5 + step * bar for bar in range((most - least) // step + 2)]
    panel.hist(list(counts), bins=bins, weights=list(counts.values()), color=INK)
