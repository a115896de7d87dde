"""The curves of a training run, as a PNG file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context, rcParamsDefault
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from puzzlereel.baselines.sde_grpo.metrics import read_log
from puzzlereel.files import whole
from puzzlereel.puzzles.core import PuzzlereelError

Line = Mapping[str, Any]
LOGS = {"sft.jsonl": "loss", "grpo.jsonl": "reward"}
"""The logs that there are, and the figure that each line of them has."""
SMOOTH = 20
"""The drawn mean is over a twentieth of all steps."""
INK, FAINT, GREEN = "#0072b2", "#a8cbe0", "#009e73"


class NoCurves(PuzzlereelError):
    """A folder without the log of a run, or one that has no line yet."""


def plot_run(run: Path, path: Path) -> None:
    """Writes a PNG: loss or reward, success on val, seconds by phase; NoCurves where there is no log."""
    name = next((name for name in LOGS if (run / name).is_file()), None)
    lines = read_log(run / name) if name else []
    if not name or not lines:
        raise NoCurves(f"expected the log of a run, {' or '.join(LOGS)}, with a line or more, found none in {run}")
    with rc_context(rcParamsDefault), whole(path) as draft:
        figure = Figure(figsize=(12, 3.4), layout="constrained")
        first, second, third = figure.subplots(1, 3)
        _trained(first, lines, LOGS[name])
        _examined(second, lines)
        _seconds(third, lines)
        for panel in (first, second, third):
            panel.spines[["top", "right"]].set_visible(False)
        figure.savefig(draft, format="png", dpi=100, metadata={"Software": None})


def _trained(panel: Axes, lines: Sequence[Line], what: str) -> None:
    known = [(line["step"], line[what]) for line in lines if line[what] is not None]
    span = max(1, len(known) // SMOOTH)
    panel.plot(*zip(*known, strict=True), color=FAINT, linewidth=0.8)
    means = [sum(value for _, value in known[max(0, i - span) : i]) / min(i, span) for i in range(1, len(known) + 1)]
    panel.plot([step for step, _ in known], means, color=INK, label=f"mean of {span}")
    panel.set_title(what, loc="left", fontsize="medium")
    panel.set_xlabel("step")
    panel.legend(frameon=False)


def _examined(panel: Axes, lines: Sequence[Line]) -> None:
    """Success on val of all levels, and of those of each number of moves, where there was any to be told."""
    told = [(line["step"], found) for line in lines if (found := line.get("examined", {})).get("success") is not None]
    for moves in sorted({moves for _, found in told for moves in found["by_moves"]}, key=int):
        some = [(step, 100 * share) for step, found in told if (share := found["by_moves"].get(moves)) is not None]
        panel.plot(*zip(*some, strict=True), linewidth=0.8, linestyle="--", label=f"{moves} moves")
    if told:
        panel.plot([step for step, _ in told], [100 * found["success"] for _, found in told], color=GREEN, label="all")
        panel.legend(frameon=False, fontsize="small")
    panel.set_ylim(0, 100)
    panel.set_title("success on val, %", loc="left", fontsize="medium")
    panel.set_xlabel("step")


def _seconds(panel: Axes, lines: Sequence[Line]) -> None:
    """The seconds of the whole run, by phase."""
    phases = sorted({phase for line in lines for phase in line["seconds"]})
    spent = [sum(line["seconds"].get(phase, 0) for line in lines) for phase in phases]
    panel.barh(phases, spent, color=INK)
    panel.set_title("where the time went, in seconds", loc="left", fontsize="medium")
