"""Films are sampled, and what training needs of their way is kept: the trained steps, in float32.

x at 1 ── noisy step ── noisy step ── … ── ODE ── ODE ── x at 0 ── decode ──► film
             kept          kept
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float32
from torch import Tensor

from puzzlereel.baselines.sde_grpo.policy import Condition, Policy
from puzzlereel.baselines.sde_grpo.sde import Move, Step, step
from puzzlereel.baselines.sde_grpo.seeds import normal, seed_of

Latents = Float32[Tensor, "batch channels latent_frames rows columns"]


class Kept(NamedTuple):
    """One trained step of some samples."""

    step: int
    """Which step of the rollout it is."""
    before: Latents
    after: Latents
    z: Latents
    """How many standard deviations `after` was from the mean when it was drawn."""

    def take(self, rows: Sequence[int]) -> "Kept":
        chosen = list(rows)
        return Kept(self.step, self.before[chosen], self.after[chosen], self.z[chosen])


class Sampled(NamedTuple):
    latents: Latents
    """At sigma = 0: ready to be decoded."""
    kept: list[Kept]


def sample(policy: Policy, condition: Condition, moves: Sequence[Move], names: Sequence[tuple[object, ...]]) -> Sampled:
    """Go along the moves, without gradients; each name seeds all noise of its sample, whatever else is there."""
    with torch.no_grad():
        x = policy.init(condition, [seed_of(*name, "init") for name in names])
        kept = []
        for i, move in enumerate(moves):
            v = policy.velocity(x, torch.full((len(x),), move.s), condition)
            noise = None
            if move.std:
                noise = normal([seed_of(*name, "step", i) for name in names], tuple(x.shape[1:])).to(x.device)
            drawn = step(x, v, move, policy.free, noise=noise)
            if move.std:
                kept.append(Kept(i, x, drawn.sample, drawn.z))
            x = drawn.sample
    return Sampled(x, kept)


def replay(policy: Policy, condition: Condition, move: Move, kept: Kept) -> Step:
    """Score a kept step with the policy as it is now, with gradients; as it was, z is the same bit for bit."""
    v = policy.velocity(kept.before, torch.full((len(kept.before),), move.s), condition)
    return step(kept.before, v, move, policy.free, given=kept.after)
