"""What an iteration of SDE-GRPO costs, counted. The unit is one evaluation of the network on one film.

rollout   N evaluations without a gradient         1 each
replay    one with a gradient for each trained     c each: forward and backward, by the floating-point operations that
          step of a film whose group is live       both take (3 for full training, 4 with gradient checkpointing)
the rest  decoding, judging, the update            F a film, however many steps are trained

saving of K trained steps against M    c (M − K) / (N + c M + F), where all groups are live
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from puzzlereel.baselines.sde_grpo.lessons import Lesson, firsts_of
from puzzlereel.baselines.sde_grpo.policy import Policy


class Counted(NamedTuple):
    """Floating-point operations for one film: an evaluation without a gradient, and with one."""

    free: int
    graded: int

    @property
    def ratio(self) -> float:
        """What an evaluation with a gradient costs, in those without."""
        return self.graded / self.free


def count(policy: Policy, lesson: Lesson) -> Counted:
    """Count the operations of matrix products and convolutions; gradients that the policy has are left as they are."""
    condition = policy.encode([lesson.prompt], firsts_of([lesson]))
    x, sigma = policy.init(condition, [0]), torch.full((1,), 0.5)
    with sdpa_kernel(SDPBackend.MATH):  # as products that are counted
        with torch.no_grad(), FlopCounterMode(display=False) as free:
            policy.velocity(x, sigma, condition)
        with FlopCounterMode(display=False) as graded:
            v = policy.velocity(x, sigma, condition)
            torch.autograd.grad(
                v.sum(), [weight for weight in _weights(policy) if weight.requires_grad], allow_unused=True
            )
    return Counted(free.get_total_flops(), graded.get_total_flops())


def _weights(policy: Policy) -> Sequence[torch.nn.Parameter]:
    assert isinstance(policy, torch.nn.Module)
    return list(policy.parameters())


class Work(NamedTuple):
    """Evaluations of the network, and what else was done, in evaluations without a gradient."""

    free: float
    graded: float
    rest: float

    def cost(self, ratio: float) -> float:
        """All of it, in evaluations without a gradient; one with a gradient costs `ratio` of these."""
        return self.free + ratio * self.graded + self.rest


def saving(few: Work, many: Work, ratio: float) -> float:
    """The share of the cost that is saved by the one against the other."""
    return 1 - few.cost(ratio) / many.cost(ratio)


def formula(steps: int, few: int, many: int, *, ratio: float, rest: float) -> float:
    """The saving of so many trained steps against so many, of rollouts of so many; `rest` is F."""
    return saving(Work(steps, few, rest), Work(steps, many, rest), ratio)
