"""Figures for people, as PNG files."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from puzzlereel.puzzles.stats import Stats

INK, PAPER = "#2b4c7e", "#9db8d9"


def plot_stats(stats: Stats, path: Path) -> None:
    """Writes a PNG of three panels: solution lengths, difficulty, and distinct forms against levels drawn."""
    figure = Figure(figsize=(12, 3.6), layout="constrained")
    lengths, difficulty, forms = figure.subplots(1, 3)
    figure.suptitle(f"{stats.puzzle} {stats.tier} {stats.split}: {stats.count} levels, {stats.rate:,.0f} a second")
    _histogram(lengths, stats.moves, "moves of the solution")
    _histogram(difficulty, stats.difficulty, "nodes the solver visited")
    drawn = range(1, stats.count + 1)
    forms.plot(drawn, drawn, color=PAPER, label="if none came twice")
    forms.plot(drawn, stats.distinct, color=INK, label=f"distinct forms: {stats.distinct[-1]}")
    forms.set_xlabel("levels drawn")
    forms.legend(frameon=False)
    for panel in (lengths, difficulty, forms):
        panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, format="png", dpi=100, metadata={"Software": None})


def _histogram(panel: Axes, values: Sequence[int], label: str) -> None:
    """Bars of whole numbers, each number its own bar while there are few."""
    least, most = min(values), max(values)
    step = 1 + (most - least) // 40
    panel.hist(values, bins=[least - 0.5 + step * bar for bar in range((most - least) // step + 2)], color=INK)
    panel.set_xlabel(label)
    panel.set_ylabel("levels")
