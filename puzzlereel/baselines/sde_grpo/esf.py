"""Early-Step Focus, measured: the same policy trained on the first K of N steps, and on all but the last, in turns.

OUT/early/    SDE-GRPO on the first K steps       ┐ some iterations of the one, then of the other, and so on:
OUT/all/      SDE-GRPO on the first N − 1 steps   ┘ what slows the machine slows both

predicted    from the evaluations of the network that were counted, with and without a gradient, each at the price of
             its floating-point operations; what else there is at its measured price, in evaluations of rollouts
measured     seconds of processor time of training, without examinations
formula      as predicted, but as if all groups were live
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum
from pathlib import Path
from typing import Any

import numpy as np
import torch

from puzzlereel.baselines.sde_grpo import presets
from puzzlereel.baselines.sde_grpo.cost import Work, count, formula, saving
from puzzlereel.baselines.sde_grpo.lessons import Lesson, lessons
from puzzlereel.baselines.sde_grpo.margins import forms_of, mean
from puzzlereel.baselines.sde_grpo.metrics import Clock, Tell, read_log, training_time
from puzzlereel.baselines.sde_grpo.policy import TinyPolicy
from puzzlereel.baselines.sde_grpo.presets import exam
from puzzlereel.baselines.sde_grpo.rewards import Asked, film_all
from puzzlereel.baselines.sde_grpo.runs import about_of, begin_run, newest_of, policy_of
from puzzlereel.baselines.sde_grpo.sde import moves
from puzzlereel.baselines.sde_grpo.state import checkpoints, read
from puzzlereel.baselines.sde_grpo.train import Training, train
from puzzlereel.baselines.sde_grpo.window import Window
from puzzlereel.verifiers.apart import Judges

AT_FIRST = 32
"""Films that are made before anything is timed."""


@dataclass(frozen=True)
class Race:
    steps: int = 20
    """N: steps of a rollout."""
    size: int = 10
    """K: how many of them are trained; against N − 1."""
    iterations: int = 20
    turn: int = 4
    """Iterations of one until it is the other's turn."""
    tested: int = 512
    """Levels of test, for the success of both."""
    seed: int = 0

    @property
    def windows(self) -> Mapping[str, Window]:
        return {"early": Window("early", self.size), "all": Window("all")}


def race(start: Path, race: Race, folder: Path, *, tell: Tell) -> dict[str, Any]:
    """Train the policy of a run in both ways, or go on with that, in this process; what came of it."""
    torch.set_num_threads(1)
    about = replace(about_of(start), kind="grpo", seed=race.seed, start=newest_of(start))
    preset = presets.preset_of(about.preset, about.puzzle, race.seed)
    common = replace(preset.training, steps=race.steps, every=race.turn)
    asked = lessons(about.puzzle, "train", range(preset.asked), about.shape)
    tested = lessons(about.puzzle, "test", range(race.tested), about.shape)
    with Judges(1) as judges:
        solved(policy_of(start), tested[:AT_FIRST], race, judges)  # what is slow only once belongs to neither
        for until in range(race.turn, race.iterations + race.turn, race.turn):
            for name, window in race.windows.items():
                begin_run(folder / name, about)
                policy = policy_of(start)
                training = replace(common, window=window, iterations=min(until, race.iterations))
                ask = exam(policy, about, preset, judges, tell)
                train(policy, asked, training, folder / name, judges=judges, examine=ask)
                tell(f"{name}: {training.iterations} of {race.iterations} iterations")
        logs = {name: read_log(folder / name / "grpo.jsonl") for name in race.windows}
        success = {name: solved(policy_of(folder / name), tested, race, judges) for name in race.windows}
    operations = count(policy_of(start), tested[0])
    state, _ = read(checkpoints(start)[-1])
    return {
        "start": {
            "kind": about_of(start).kind,
            "seed": about_of(start).seed,
            "step": state["step"],
            "lessons": len(state["settings"]["lessons"]),
        },
        **compared(logs, race, common, operations.ratio),
        "operations": operations._asdict(),
        "success": {name: mean(each, forms_of(tested), seed=name).json() for name, each in success.items()},
        "early minus all": mean(success["early"] - success["all"], forms_of(tested), seed="apart").json(),
    }


def solved(policy: TinyPolicy, tested: Sequence[Lesson], race: Race, judges: Judges) -> Any:
    """1 for each level that is solved, in one row."""
    asked = [Asked(lesson, ("race", race.seed, lesson.id)) for lesson in tested]
    along = moves(policy.sigmas(presets.STEPS), "ode", 1.0, ())
    found = film_all(policy, asked, along, batch=64, judges=judges, clock=Clock()).verdicts
    return np.array([[bool(one and one.success) for one in found]], np.float64)


def compared(
    logs: Mapping[str, Sequence[Mapping[str, Any]]], race: Race, training: Training, ratio: float
) -> dict[str, Any]:
    """Predicted and measured savings, from the logs of both runs; `ratio` is what a gradient costs."""
    rest = rest_of(logs, race.steps)
    work = {name: work_of(lines, race.steps, rest) for name, lines in logs.items()}
    spent, clock = (
        {name: training_time(lines, kind) for name, lines in logs.items()} for kind in ("processor", "seconds")
    )
    turns = [
        1 - training_time(few, "processor") / training_time(many, "processor")
        for few, many in zip(*(turns_of(logs[name], race.turn) for name in ("early", "all")), strict=True)
    ]
    return {
        "predicted_saving": round(saving(work["early"], work["all"], ratio), 4),
        "measured_saving": round(1 - spent["early"] / spent["all"], 4),
        "measured_by_turn": [round(turn, 4) for turn in turns],
        "by_the_clock": round(1 - clock["early"] / clock["all"], 4),
        "formula": round(formula(race.steps, race.size, race.steps - 1, ratio=ratio, rest=rest), 4),
        "gradient_costs": round(ratio, 4),
        "gradient_took": took(logs, race.steps),
        "rest_of_a_film": round(rest, 4),
        "evaluations": {name: {"free": one.free, "graded": one.graded} for name, one in work.items()},
        "processor": {name: round(seconds, 2) for name, seconds in spent.items()},
        "iterations": {name: len(lines) for name, lines in logs.items()},
        "films": training.levels * training.group,
    }


def rest_of(logs: Mapping[str, Sequence[Mapping[str, Any]]], steps: int) -> float:
    """What takes its time beside rollouts and replays, in evaluations of rollouts: the mean of a film, in all runs."""
    lines = [line for log in logs.values() for line in log]
    sampled = phase(lines, "sample")
    return (training_time(lines, "processor") - sampled - phase(lines, "replay")) / sampled * steps


def work_of(lines: Sequence[Mapping[str, Any]], steps: int, rest: float) -> Work:
    """The evaluations that a log tells of, and the rest at its price."""
    films = fsum(line["films"] for line in lines)
    return Work(films * steps, fsum(line["replayed"] for line in lines), films * rest)


def took(logs: Mapping[str, Sequence[Mapping[str, Any]]], steps: int) -> float | None:
    """What an evaluation with a gradient took, in those of rollouts; None where there was none."""
    lines = [line for log in logs.values() for line in log]
    sampled = phase(lines, "sample") / fsum(line["films"] * steps for line in lines)
    graded = fsum(line["replayed"] for line in lines)
    return round(phase(lines, "replay") / graded / sampled, 4) if graded else None


def phase(lines: Sequence[Mapping[str, Any]], name: str) -> float:
    """The processor time of a phase."""
    return fsum(line["processor"].get(name, 0.0) for line in lines)


def turns_of(lines: Sequence[Mapping[str, Any]], size: int) -> list[Sequence[Mapping[str, Any]]]:
    """The lines of a log, turn by turn."""
    return [lines[first : first + size] for first in range(0, len(lines), size)]
