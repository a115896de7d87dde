"""The picture of a comparison, as a PNG file."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib import rc_context, rcParamsDefault
from matplotlib.figure import Figure

from puzzlereel.files import whole
from puzzlereel.leaderboard.compare import rows_of_comparison

BETTER, WORSE, ALIKE = ("#0072b2", "o"), ("#d55e00", "s"), ("#767676", "D")
"""The colour and the mark of a difference whose interval lies above 0, below it, or holds it."""


def plot_comparison(told: Mapping[str, Any], path: Path) -> None:
    """Writes a PNG of the difference in success with its interval, a line for all levels, each puzzle and each tier.

    The same comparison gives the same bytes, whatever style the user has set for other figures.
    """
    with rc_context(rcParamsDefault), warnings.catch_warnings(), whole(path) as draft:
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # a model may be called in any script
        _figure(told).savefig(draft, format="png", dpi=120, metadata={"Software": None})


def _figure(told: Mapping[str, Any]) -> Figure:
    rows = list(rows_of_comparison(told))
    figure = Figure(figsize=(8, 1.3 + 0.3 * len(rows)), layout="constrained")
    panel = figure.subplots()
    panel.axvline(0, color="black", linewidth=0.8)
    for place, (_, numbers) in enumerate(rows):
        value, low, high = (100 * numbers["success"]["difference"][key] for key in ("value", "low", "high"))
        colour, mark = BETTER if low > 0 else WORSE if high < 0 else ALIKE
        panel.plot([low, high], [place, place], color=colour, linewidth=2)
        panel.plot([value], [place], color=colour, marker=mark, markersize=6)
        said = f"{value:+.1f}   gained {numbers['gained']}, lost {numbers['lost']}, p {numbers['p']:.2g}"
        panel.annotate(said, (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize="small")
    panel.set_yticks(range(len(rows)), [levels for levels, _ in rows])
    panel.set_ylim(len(rows) - 0.5, -0.5)
    panel.set_xlabel("difference in success, in points, with its 95 % interval")
    names = [_short(told[side]["name"]) for side in ("b", "a")]
    panel.set_title(f"{names[0]}  against  {names[1]}", loc="left", parse_math=False, fontsize="medium")
    panel.spines[["top", "right", "left"]].set_visible(False)
    panel.tick_params(axis="y", length=0)
    return figure


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:39]}…"
