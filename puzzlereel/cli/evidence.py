"""What `puzzlereel bench rl` found, as a page and as a picture."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context, rcParamsDefault
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from puzzlereel.baselines.sde_grpo.evidence import ARMS, Outcome
from puzzlereel.files import whole

NAMES = {
    "sft": "SFT alone",
    "control": "more SFT (control)",
    "early": "SDE-GRPO, dense, early",
    "all": "SDE-GRPO, dense, all steps",
    "sparse": "SDE-GRPO, sparse, early",
}
"""What the arms are called, in the order in which they are told."""
COLOURS = {"sft": "#999999", "control": "#e69f00", "early": "#0072b2", "all": "#009e73", "sparse": "#cc79a7"}

HEAD = """\
# What SDE-GRPO is worth, beside more SFT

{state}

`{command}` wrote this page on {date}, on {machine}; Python {python}, torch {torch}, diffusers {diffusers}. Seeds
{seeds}.

A tiny policy of {puzzle} was taught by the films of {shown} train levels, for {steps} steps (SFT). From there on it was
trained in {arms} ways: by the verifier (SDE-GRPO, {iterations} iterations, on levels of the train split whose solutions
it was not shown), or by the same films, for as much processor time as SDE-GRPO with a dense reward on the early steps
took. Of each run, val chose the weights. They filmed the same {levels} test levels once: {different} different ones, of
{forms} forms (levels that are each other's rotation, reflection or reverse have one form), none of which is in train or
val.

![Success on test and on the way there](rl.png)

Intervals of 95 %: bootstrap that draws seeds and forms anew. {doubt}
"""


def told_as_page(told: Mapping[str, Any]) -> str:
    """The page, as Markdown; it begins with what is missing."""
    study, runs = told["study"], told["outcomes"]
    seeds = sorted({one["seed"] for one in runs})
    missing = len(ARMS) * study["seeds"] - len(runs)
    state = f"**Partial: {len(runs)} of {len(ARMS) * study['seeds']} runs have ended; nothing is concluded yet.**"
    doubt = {1: "There is one seed: they say nothing of others.", 2: "Two seeds say little of others."}
    head = HEAD.format(
        **told["run"] | study | {key: told[key] for key in ("levels", "different", "forms")},
        state=state if missing else f"All {len(runs)} runs have ended.",
        arms=len(ARMS) - 1,
        doubt=doubt.get(len(seeds), f"{len(seeds)} seeds are few: the true intervals are rather wider."),
    ).replace(f"Seeds\n{study['seeds']}.", f"Seeds\n{', '.join(map(str, seeds))}.")
    return "\n".join([head, *_arms(told["arms"]), "", *_differences(told["early minus"]), ""])


def _arms(arms: Mapping[str, Any]) -> Iterator[str]:
    moves = sorted({count for one in arms.values() for count in one["by_moves"]}, key=int)
    columns = ["success on test, %", *(f"{count} moves" for count in moves), "each seed", "arrived", "processor s"]
    yield from _ruled(["", *columns])
    for arm, name in NAMES.items():
        if arm in arms:
            one = arms[arm]
            each = ", ".join(f"{100 * share:.1f}" for share in one["seeds"].values())
            shares = [_share(one["by_moves"][count]) for count in moves]
            row = [
                name,
                _share(one["success"]),
                *shares,
                each,
                f"{100 * one['arrived']:.1f}",
                f"{one['processor']:.0f}",
            ]
            yield "| " + " | ".join(row) + " |"


def _differences(apart: Mapping[str, Any]) -> Iterator[str]:
    """How many points early dense SDE-GRPO is above the other arms, and its time."""
    moves = sorted({count for one in apart.values() for count in one["by_moves"]}, key=int)
    yield from _ruled(["SDE-GRPO, dense, early, minus", "points", *(f"{count} moves" for count in moves), "seeds"])
    for arm, name in NAMES.items():
        if arm in apart:
            one = apart[arm]
            shares = [_share(one["by_moves"][count], sign="+") for count in moves]
            yield "| " + " | ".join([name, _share(one["success"], sign="+"), *shares, str(len(one["seeds"]))]) + " |"
    if "all" in apart:
        saved = 100 * apart["all"]["saved"]
        yield f"\nAn iteration on early steps takes {saved:.1f} % less processor time than one on all steps."


def _ruled(cells: Sequence[str]) -> Iterator[str]:
    yield "| " + " | ".join(cells) + " |"
    yield "|---" + "|---:" * (len(cells) - 1) + "|"


def _share(told: Mapping[str, float], *, sign: str = "") -> str:
    """A share with its interval, in percent."""
    value, low, high = (100 * told[key] for key in ("value", "low", "high"))
    return f"{value:{sign}.1f} [{low:{sign}.1f}, {high:{sign}.1f}]"


def plot(outcomes: Sequence[Outcome], figures: Mapping[str, Any], path: Path) -> None:
    """Writes a PNG: success on test with intervals, by moves, and success on val by processor time."""
    with rc_context(rcParamsDefault), whole(path) as draft:
        figure = Figure(figsize=(13, 3.8), layout="constrained")
        first, second, third = figure.subplots(1, 3, width_ratios=(1, 1, 1.2))
        _overall(first, figures["arms"])
        _by_moves(second, figures["arms"])
        _curves(third, outcomes)
        for panel in (first, second, third):
            panel.spines[["top", "right"]].set_visible(False)
        figure.savefig(draft, format="png", dpi=100, metadata={"Software": None})


def _overall(panel: Axes, arms: Mapping[str, Any]) -> None:
    names = [arm for arm in reversed(NAMES) if arm in arms]
    for place, arm in enumerate(names):
        told = arms[arm]["success"]
        value, low, high = (100 * told[key] for key in ("value", "low", "high"))
        panel.barh(place, value, color=COLOURS[arm], height=0.6)
        panel.plot([low, high], [place, place], color="black", linewidth=1.2)
        panel.plot(
            [100 * share for share in arms[arm]["seeds"].values()],
            [place] * len(arms[arm]["seeds"]),
            "o",
            color="white",
            markeredgecolor="black",
            markersize=4,
        )
    panel.set_yticks(range(len(names)), [NAMES[arm] for arm in names])
    panel.set_xlim(0, 100)
    panel.set_title("success on test, %: mean, 95 %, seeds", loc="left", fontsize="medium")


def _by_moves(panel: Axes, arms: Mapping[str, Any]) -> None:
    for arm, one in arms.items():
        counts = sorted(one["by_moves"], key=int)
        shares = [100 * one["by_moves"][count]["value"] for count in counts]
        panel.plot([int(count) for count in counts], shares, marker="o", markersize=4, color=COLOURS[arm])
    panel.set_ylim(0, 100)
    panel.set_xlabel("moves of the solution")
    panel.set_title("success on test, %, by difficulty", loc="left", fontsize="medium")


def _curves(panel: Axes, outcomes: Sequence[Outcome]) -> None:
    """One line a run; what goes on from SFT begins where that ended."""
    begun = {one.seed: one for one in outcomes if one.arm == "sft"}
    named = set[str]()
    for one in outcomes:
        before = [] if one.arm == "sft" or one.seed not in begun else [(0.0, begun[one.seed].curve[-1][1])]
        spent = 0.0 if not before else begun[one.seed].processor
        points = [(spent + at, 100 * share) for at, share in (*before, *one.curve)]
        label = None if one.arm in named else NAMES[one.arm]
        panel.plot(*zip(*points, strict=True), color=COLOURS[one.arm], linewidth=1, label=label)
        named.add(one.arm)
    panel.set_ylim(0, 100)
    panel.set_xlabel("seconds of processor time")
    panel.set_title("success on val, %, one line a run", loc="left", fontsize="medium")
    panel.legend(frameon=False, fontsize="small")
