"""SDE-GRPO: a policy is trained on what the verifier says of its films. Read this file from top to bottom.

levels ──► a group of films of each ──► rewards ──► advantages in the group ──► replay of the noisy steps ──► update

Departures from Flow-GRPO (arXiv 2505.05470) and from what is known of VideoRLVR, which puts it to use on puzzles:

1. The first step, where Flow-SDE is infinite, renews a share of the noise and keeps the variance (`sde.flow`).
2. The ratio is RatioNorm's, all trained steps weigh alike, and the clip is told as kappa/√D, not as 1e-4 or 1e-3.
3. One update a rollout: the ratio is exactly 1, and neither it nor the clip can be off; more updates are an option.
4. A group's standard deviation is taken to be 0.05 or more; groups with one reward are not replayed at all.
5. The reward is a gated sum (`verifiers.reward`); the paper's weights can be named. A film over which the verifier
   failed counts nowhere: it is neither good nor bad.
6. No divergence from the policy that training began with is paid for, unless beta says so.
7. Each film of a group begins with noise of its own. All noise comes from names, so results do not depend on batches.
8. What is examined is the moving average of the weights, by the ODE; it is taken at every update, not at every eighth.
9. There is no classifier-free guidance, neither in rollouts nor in films that are examined.
10. No group is drawn again where all its films earn the same, and no update is left out for a long gradient: it is cut.

An update whose gradient is not finite is skipped, and the films it came from are written to `skipped/`.
Some films are judged again in disguise; where the reward grows away from what they get then, there is a warning.
"""

import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite, nan
from pathlib import Path
from statistics import fmean
from typing import Any, TypeAlias

import torch
from jaxtyping import Float32
from torch import Tensor

from puzzlereel.baselines.sde_grpo import ranks
from puzzlereel.baselines.sde_grpo.grpo import (
    Advantages,
    advantages,
    clip_range,
    divergence,
    log_ratio,
    step_weights,
    surrogate,
)
from puzzlereel.baselines.sde_grpo.lessons import Lesson
from puzzlereel.baselines.sde_grpo.metrics import Clock, Watch, open_log, read_log, tell
from puzzlereel.baselines.sde_grpo.policy import Policy
from puzzlereel.baselines.sde_grpo.replays import Replayed, dump, not_finite, replayed, turns
from puzzlereel.baselines.sde_grpo.rewards import Asked, Take, canary, figures_of, film_all, rewards_of
from puzzlereel.baselines.sde_grpo.rollout import replay
from puzzlereel.baselines.sde_grpo.sde import Move, moves
from puzzlereel.baselines.sde_grpo.seeds import order
from puzzlereel.baselines.sde_grpo.state import Run, begin, reference_of, resume, save
from puzzlereel.baselines.sde_grpo.update import averaged, update
from puzzlereel.baselines.sde_grpo.window import Window
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.verifiers.apart import Judges
from puzzlereel.verifiers.reward import weights_of

Seen: TypeAlias = dict[str, list[Tensor]]
"""What is told of films and steps, by name."""
SOME = 10
"""Over how many iterations a gap between rewards is averaged."""
GROWN = 0.1
"""By how much a gap may grow before there is a warning."""


class CanaryWarning(UserWarning):
    """The policy's rewards grow apart from those that it is not trained on."""


@dataclass(frozen=True)
class Training:
    """How a policy is trained; all numbers are of the whole run, whatever it runs on."""

    run: str
    """The run's name: the seed of all its random numbers."""
    iterations: int = 100
    levels: int = 16
    """Levels an iteration."""
    group: int = 12
    """Films of each level."""
    batch: int = 24
    """Films that are sampled, and replayed, at once; the results are the same but for rounding."""
    steps: int = 10
    """Steps of a rollout."""
    window: Window = field(default_factory=Window)
    """Which of them are noisy, and trained."""
    kind: str = "flow"
    eta: float = 0.7
    """How noisy, as `sde` has it."""
    weights: str = "ours"
    """What is rewarded, as `verifiers.reward` has it."""
    scale: str = "group"
    floor: float = 0.05
    """What advantages are told in, and the least standard deviation, as `grpo` has it."""
    updates: int = 1
    """Updates an iteration, each from its share of the films."""
    norm: bool = True
    """Whether the ratio is RatioNorm's."""
    kappa: float = 0.2
    """How far an update may move the mean of a step, in standard deviations, before the clip holds it."""
    step_weight: str = "equalize"
    beta: float = 0.0
    """What a nat an element of divergence from the first policy costs."""
    lr: float = 1e-4
    longest: float = 1.0
    """The longest gradient that is applied; others are cut to it."""
    ema: float = 0.9
    """How much of the weights' moving average stays at an update."""
    every: int = 10
    """Iterations from one examination and checkpoint to the next."""

    def __post_init__(self) -> None:
        if self.levels * self.group % (self.updates * self.batch):
            raise PuzzlereelError(
                f"expected {self.levels} × {self.group} films to be whole batches of {self.batch} in each of"
                f" {self.updates} updates"
            )


def train(
    policy: Policy,
    lessons: Sequence[Lesson],
    training: Training,
    folder: Path,
    *,
    judges: Judges,
    examine: Callable[[], Mapping[str, Any]] = dict,
    watch: Watch | None = None,
) -> Run:
    """Train a policy on lessons, whose films it is not shown, or go on with that until all iterations are done.

    `examine` gives figures of the policy with its averaged weights. Checkpoints and `grpo.jsonl` come into `folder`.
    """
    first: Any = reference_of(policy) if training.beta else None
    run, clock = begin(policy, lr=training.lr), Clock()
    settings: dict[str, Any] = {"grpo": asdict(training), "lessons": [lesson.id for lesson in lessons]}
    del settings["grpo"]["iterations"]  # a run may go on for longer than was first thought
    resume(run, folder, settings)
    path, watch = (folder / "grpo.jsonl", watch) if ranks.first() else (None, None)
    with open_log(path, run.step) as log:
        gaps = [line["gap"] for line in read_log(path) if line["gap"] is not None] if path else []
        while run.step < training.iterations:
            figures = iterate(run, lessons, training, judges=judges, clock=clock, first=first, folder=folder)
            gaps += [figures["gap"]] if path and isfinite(figures["gap"]) else []
            warn_of(gaps)
            if run.step % training.every and run.step < training.iterations:
                tell(log, figures | clock.read(), watch)
                continue
            with clock("examine"), averaged(run):
                figures |= {"examined": examine()}
            tell(log, figures | clock.read(), watch)  # before the checkpoint, after which it is not told again
            with clock("checkpoint"):
                save(run, folder, settings)
    return run


def warn_of(gaps: Sequence[float]) -> None:
    """Warn where films are rewarded more, against what they get in disguise, than they were at the beginning."""
    if len(gaps) < 2 * SOME or len(gaps) % SOME:
        return
    before, now = fmean(gaps[:SOME]), fmean(gaps[-SOME:])
    if now > before + GROWN:
        warnings.warn(
            f"the reward is {now:.2f} above that of the same films in disguise, and was {before:.2f} above it at first:"
            " the policy may be learning what the verifier takes for a solution",
            CanaryWarning,
            stacklevel=2,
        )


def iterate(
    run: Run,
    lessons: Sequence[Lesson],
    training: Training,
    *,
    judges: Judges,
    clock: Clock,
    first: Policy | None = None,
    folder: Path,
) -> dict[str, Any]:
    """One iteration, and its figures."""
    window = training.window.steps(training.steps, iteration=run.step, run=training.run)
    along = moves(run.policy.sigmas(training.steps), training.kind, training.eta, window)

    # A group is told by its place in the data, which no other group of the run has.
    places = range(run.position, run.position + training.levels)
    rows = order(training.run, run.position, training.levels, len(lessons))
    asked = [
        Asked(lessons[row], (training.run, "grpo", place, member))
        for place, row in zip(places, rows, strict=True)
        for member in range(training.group)
    ]
    filmed = film_all(run.policy, asked, along, batch=training.batch, judges=judges, clock=clock)

    rewards = rewards_of(filmed.verdicts, weights_of(training.weights))
    groups = torch.arange(training.levels).repeat_interleave(training.group)
    gain = advantages(rewards, groups, scale=training.scale, floor=training.floor)

    figures = {"reward": float(rewards.nanmean()), "live": float(gain.live.double().mean())}
    with clock("judge"):
        figures |= canary(asked, filmed, weights_of(training.weights), judges=judges)
    share, replayed = len(asked) // training.updates, 0.0
    for number in range(training.updates):
        span = range(number * share, (number + 1) * share)
        odd = folder / "skipped" / ranks.named(f"{run.step:08d}-{number}")
        learned = learn(run, filmed.takes, span, gain, along, training, clock=clock, first=first, odd=odd)
        replayed += learned.pop("replayed", 0)
        figures |= learned
    run.step, run.position = run.step + 1, run.position + training.levels
    return {"step": run.step, **figures, "replayed": replayed, "updates": run.updates, **figures_of(asked, filmed)}


def learn(
    run: Run,
    takes: Sequence[Take],
    span: range,
    gain: Advantages,
    along: Sequence[Move],
    training: Training,
    *,
    clock: Clock,
    first: Policy | None,
    odd: Path,
) -> dict[str, float]:
    """One update from the noisy steps of a span of the films, and its figures; none where nothing is to be learned."""
    noisy = [move for move in along if move.std]
    count = len(noisy) * int(gain.live[span.start : span.stop].sum())
    if not count:
        return {}
    seen: Seen = defaultdict(list)
    skip = False
    weights = step_weights(noisy, training.step_weight, norm=training.norm)
    # With one update the ratio is 1 whatever is in a batch; with more, a batch is replayed as it was sampled.
    for take, rows in turns(takes, span, gain, all_of_it=training.updates > 1):
        told = seen if rows else defaultdict(list)
        for number, (move, weight) in enumerate(zip(noisy, weights, strict=True)):
            with clock("replay"):
                some = replayed(take, rows, number, move, gain)
                losses = loss_of(run.policy, first, some, training, weight, told)
                (losses.sum() / count * bool(rows)).backward()
                strange = not_finite(run, losses.detach())
            if rows and strange:
                dump(odd, run, [take.asked[i] for i in rows], strange, some)
                skip = True
    with clock("wait"):
        skip, seen = any(ranks.gathered(skip)), of_all(seen)
    if skip:
        run.optimizer.zero_grad(set_to_none=True)
        return {"norm": nan, **summary(seen)}
    with clock("optimizer"):
        norm = update(run, lr=training.lr, most=training.longest, decay=training.ema)
    return {"norm": norm, **summary(seen)}


def loss_of(
    policy: Policy, first: Policy | None, some: Replayed, training: Training, weight: float, seen: Seen
) -> Float32[Tensor, " batch"]:
    """The loss of each film at one of its steps, which weighs so much, as the policy is now: 0 of one that is not live.

    What is told later, of those that are, goes to `seen`.
    """
    z = replay(policy, some.condition, some.move, some.kept).z
    old = z.detach() if training.updates == 1 else some.kept.z
    clip = clip_range(training.kappa, int(policy.free.sum()), some.move, norm=training.norm)
    found = surrogate(log_ratio(z, old, some.move, policy.free, norm=training.norm), some.advantage, clip)
    told, losses = {"loss": found.loss, "ratio": found.ratio, "clipped": found.clipped.float()}, weight * found.loss
    if first is not None:
        with torch.no_grad():
            before = replay(first, some.condition, some.move, some.kept).z
        told["divergence"] = divergence(z, before, policy.free)
        losses = losses + training.beta * told["divergence"]
    for name, value in told.items():
        seen[name].append(value.detach()[some.live])
    seen["replayed"].append(torch.ones(len(z)))
    return losses * some.live


def of_all(seen: Seen) -> Seen:
    """What all processes have seen, by name."""
    parts = ranks.gathered({name: [value.cpu() for value in values] for name, values in seen.items()})
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: [value for part in parts for value in part.get(name, [])] for name in names}


def summary(seen: Seen) -> dict[str, float]:
    """Means over all live films and steps of an update, the least and the greatest ratio, and what was replayed."""
    flat = {name: torch.cat(values).double() for name, values in seen.items()}
    counted = len(flat.pop("replayed"))
    told = {name: float(values.mean()) for name, values in flat.items()}
    least, most = float(flat["ratio"].min()), float(flat["ratio"].max())
    return told | {"replayed": counted, "ratio_least": least, "ratio_most": most}
