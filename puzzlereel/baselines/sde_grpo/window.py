"""Which steps of a rollout are noisy, and trained: all others are the ODE, and so is always the last.

early     ████████░░░░░░░░    Early-Step Focus: from the first step on, by default half of them
all       ███████████████░    all but the last
fixed     ░░░████████░░░░░    from a given step on
sliding   ░████████░░░░░░░    one step further every so many iterations, then from the first again (MixGRPO)
random    ░░░░░████████░░░    drawn anew for each iteration, from the run's name and the iteration alone
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from puzzlereel.baselines.sde_grpo.sde import BadSampler


class When(NamedTuple):
    """What a window's place may depend on."""

    places: int
    """How many places there are for it."""
    iteration: int
    run: str
    """The name of the run: the seed of its random numbers."""


@dataclass(frozen=True)
class Window:
    policy: str = "early"
    size: int | None = None
    """How many steps are trained; None for half of all, or for all where the policy is that."""
    start: int = 0
    """The first step of a fixed window, and of a sliding one at the first iteration."""
    every: int = 25
    """How many iterations a sliding window stays."""

    def steps(self, steps: int, *, iteration: int, run: str) -> range:
        """The noisy steps of an iteration, out of so many; BadSampler where the window does not fit."""
        if self.policy not in POLICIES:
            raise BadSampler(f"expected a window of {', '.join(POLICIES)}, got {self.policy!r}")
        size = steps - 1 if self.policy == "all" else self.size or steps // 2
        if not (size >= 1 and 0 <= self.start < steps - size and self.every >= 1):
            raise BadSampler(
                f"expected a window within the first {steps - 1} of {steps} steps, got {size} from {self.start} on,"
                f" for {self.every} iterations"
            )
        first = POLICIES[self.policy](self, When(steps - size, iteration, run))
        return range(first, first + size)


POLICIES: Mapping[str, Callable[[Window, When], int]] = {
    "early": lambda window, when: 0,
    "all": lambda window, when: 0,
    "fixed": lambda window, when: window.start,
    "sliding": lambda window, when: (window.start + when.iteration // window.every) % when.places,
    "random": lambda window, when: Random(f"{when.run}/window/{when.iteration}").randrange(when.places),
}
"""Where the window begins."""
