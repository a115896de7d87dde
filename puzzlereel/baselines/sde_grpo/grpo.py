"""What is learned from rewards: advantages, ratios of probability, their clip, and how much each step counts.

reward ──► advantage      above or below the mean of its group: the samples of one level, told by the level's number
z, old z ──► log ratio    how much likelier the same latents have become, as a mean over the D free elements
         ──► surrogate    −min(A ratio, A clipped ratio), PPO's, for every sample and trained step

Ratios are those of the mean log-density (its sum overflows), so they are off 1 by rho/√D, where rho is how far the mean
has moved, in standard deviations (root mean square). So the clip is told as kappa, a bound on rho, the same for every
model and step. RatioNorm (GRPO-Guard, arXiv 2510.22319) leaves out the term −rho²/2, by which all ratios fall below 1,
and multiplies by the standard deviation, without which the first steps learn next to nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from statistics import median
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float32, Float64, Int64
from torch import Tensor

from puzzlereel.baselines.sde_grpo.sde import Move, average

Latents = Float32[Tensor, "batch channels frames height width"]
Free = Bool[Tensor, "channels frames height width"]
Each = Float32[Tensor, " batch"]

SCALES = ("group", "batch", "none")
"""What advantages are told in: the group's standard deviation, that of all live samples, or rewards themselves."""


class Advantages(NamedTuple):
    values: Float32[Tensor, " samples"]
    """Exactly 0 where the sample is not live."""
    live: Bool[Tensor, " samples"]
    """Whether there is something to learn: the rewards of the group differ, and this one is known."""


def advantages(
    rewards: Float64[Tensor, " samples"],
    groups: Int64[Tensor, " samples"],
    *,
    scale: str = "group",
    floor: float = 0.05,
    most: float = 5.0,
) -> Advantages:
    """How far each reward is above the mean of its group, told in `scale` and kept within −most and most.

    Rewards are in [0, 1], or NaN where the verifier failed: that sample counts nowhere. `floor`, in (0, 1], is the
    least standard deviation that is divided by, so that dust does not count as much as success.
    """
    if scale not in SCALES or not 0 < floor <= 1:
        raise ValueError(f"expected a scale of {', '.join(SCALES)} and a floor in (0, 1], got {scale!r} and {floor}")
    known, reward = ~rewards.isnan(), rewards.nan_to_num()
    number = groups.unique(return_inverse=True)[1]
    member = (number == torch.arange(int(number.max()) + 1)[:, None]) & known
    count = member.sum(1).clamp(min=1)
    highest = torch.where(member, reward, -torch.inf).amax(1)
    lowest = torch.where(member, reward, torch.inf).amin(1)
    live = known & (highest > lowest)[number]

    above = torch.where(live, reward - ((member * reward).sum(1) / count)[number], 0.0)
    variance = {
        "group": ((member * above**2).sum(1) / count)[number],
        "batch": (above**2).sum() / live.sum().clamp(min=1),
        "none": torch.ones(()),
    }[scale]
    return Advantages((above / variance.sqrt().clamp(min=floor)).clamp(-most, most).float(), live)


def log_ratio(z: Latents, old: Latents, move: Move, free: Free, *, norm: bool) -> Each:
    """How much likelier each sample's latents have become at a step, from their z now and when they were drawn.

    Without `norm` it is the difference of mean log-densities, told so that nothing cancels: mean (old − z)(old + z)/2.
    With it, it is RatioNorm's: std times the mean of old · (old − z). Exactly 0 where z is old.
    """
    moved = old - z
    return move.std * average(old * moved, free) if norm else average(moved * (old - moved / 2), free)


def clip_range(kappa: float, elements: int, move: Move, *, norm: bool) -> float:
    """How far a ratio may be from 1, for a bound of kappa on rho and so many free elements."""
    return kappa / sqrt(elements) * (move.std if norm else 1)


class Surrogate(NamedTuple):
    loss: Each
    ratio: Each
    clipped: Bool[Tensor, " batch"]
    """Whether the clip holds the sample: it has gone as far as it may, and has no gradient."""


def surrogate(log_ratio: Each, advantage: Each, clip: float) -> Surrogate:
    """PPO's loss of each sample: −min(A ratio, A clipped ratio)."""
    ratio = log_ratio.exp()
    held = advantage * ratio.clamp(1 - clip, 1 + clip)
    free = advantage * ratio
    return Surrogate(-torch.minimum(free, held), ratio, held < free)


def divergence(z: Latents, reference: Latents, free: Free) -> Each:
    """The KL divergence of a step from that of the reference policy, in nats an element: the mean of (z' − z)²/2."""
    return average((reference - z) ** 2, free) / 2


def pull(move: Move, norm: bool) -> float:
    """How strongly the velocity changes the log ratio at a step: |d log ratio / d v|, z and 1/D left out."""
    return abs(move.v) * (1.0 if norm else 1 / move.std)


STEP_WEIGHTS: Mapping[str, Callable[[Sequence[Move], Sequence[float]], list[float]]] = {
    "none": lambda moves, pulls: [1.0 for _ in moves],
    "inv_dt": lambda moves, pulls: [1 / move.h for move in moves],
    "equalize": lambda moves, pulls: [median(pulls) / pull for pull in pulls],
}
"""What the loss of a step is multiplied by: nothing; 1/h, which with RatioNorm leaves Flow-SDE with 1 + eta²/2 at every
step but the first; or what makes all trained steps pull alike."""


def step_weights(trained: Sequence[Move], kind: str, *, norm: bool) -> list[float]:
    """The weight of each trained step's loss; ValueError where the kind is none of STEP_WEIGHTS."""
    if kind not in STEP_WEIGHTS:
        raise ValueError(f"expected step weights of {', '.join(STEP_WEIGHTS)}, got {kind!r}")
    return STEP_WEIGHTS[kind](trained, [pull(move, norm) for move in trained])
