"""Before training: how exactly a rollout can be replayed here, beside how far the clip lets a ratio go.

sample ─► replay with the same weights, in other batches ─► |ratio − 1|, which should be 0, against the clip

With one update an iteration the ratio is 1 by definition. With more, what this finds is noise that the clip takes for
learning: half precision, compiled kernels and other batch sizes all make it.
"""

from collections.abc import Sequence
from math import inf, isfinite
from typing import NamedTuple

from puzzlereel.baselines.sde_grpo.grpo import clip_range, log_ratio
from puzzlereel.baselines.sde_grpo.lessons import Lesson, firsts_of
from puzzlereel.baselines.sde_grpo.policy import Policy
from puzzlereel.baselines.sde_grpo.rollout import replay, sample
from puzzlereel.baselines.sde_grpo.sde import moves
from puzzlereel.baselines.sde_grpo.train import Training

SAFE = 0.1
"""The share of the clip that noise may take."""


class Floor(NamedTuple):
    noise: float
    """How far the ratio of a replay is from 1 at most, over all noisy steps: of all films as they were sampled, and of
    the first and the last alone. Infinite where one is not finite."""
    clip: float
    """The least clip of those steps."""

    @property
    def safe(self) -> bool:
        return self.noise <= SAFE * self.clip

    def __str__(self) -> str:
        told = f"replayed ratios are within {self.noise:.1e} of 1, and the clip is {self.clip:.1e}"
        return told if self.safe else f"{told}: take one update an iteration, or more exact arithmetic"


def noise_floor(policy: Policy, lessons: Sequence[Lesson], training: Training) -> Floor:
    """The noise of replays of one batch of films, of the first lessons in turn."""
    some = [lessons[i % len(lessons)] for i in range(training.batch)]
    condition = policy.encode([lesson.prompt for lesson in some], firsts_of(some))
    window = training.window.steps(training.steps, iteration=0, run=training.run)
    along = moves(policy.sigmas(training.steps), training.kind, training.eta, window)
    names = [(training.run, "preflight", i) for i in range(training.batch)]
    noise, clips = 0.0, []
    for kept in sample(policy, condition, along, names).kept:
        move, free = along[kept.step], policy.free
        clips.append(clip_range(training.kappa, int(free.sum()), move, norm=training.norm))
        for rows in ([*range(training.batch)], [0], [training.batch - 1]):
            part = kept.take(rows)
            z = replay(policy, condition.take(rows), move, part).z.detach()  # as in training: for its gradient
            off = float((log_ratio(z, part.z, move, free, norm=training.norm).double().exp() - 1).abs().max())
            noise = max(noise, off if isfinite(off) else inf)
    return Floor(noise, min(clips))
