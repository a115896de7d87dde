"""One step of a sampler: the latents at the next noise level are drawn, or given ones are scored.

sigma   1 ─ … ─ s ─ r ─ … ─ 0       x = (1 − sigma) data + sigma noise,  v = noise − data,  h = s − r
grid    sigmas(steps, shift)        our own, in float64; a scheduler's may begin at 0.999999 or keep to whole timesteps
move    next = A x + B v + S z      A, B, S are numbers of the host; z is standard normal
window  the steps that are noisy    and trained; the others are the ODE, and so is always the last

ode     A = 1,  B = −h,  S = 0
flow    the SDE with g² = eta² s / (1 − s): Flow-GRPO, arXiv 2505.05470
dance   the SDE with g² = eta²: DanceGRPO, arXiv 2505.07818
cps     keeps the noise level r, of which sin(eta π/2) is new: FlowCPS, arXiv 2509.05952

An SDE with any g keeps the marginals: next = x − h v − h g²/(2 s) (x + (1 − s) v) + g √h z. At s = 1 the g of `flow` is
infinite. There nothing is known of the data yet, so its first step refreshes the noise, as exactly as can be: the share
eta of it is new, and the variance stays what it was. (1 − sigmas[1] instead of 1 − s, as elsewhere, adds up to 9 %.)
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from math import cos, inf, pi, sin, sqrt
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Float32
from torch import Tensor

from puzzlereel.puzzles.core import PuzzlereelError

MOST_STD, MOST_SHARE = 1.25, 1.2
"""The most noise, and the largest coefficient of x, that a noisy step may have; beyond them the grid is too coarse."""


class BadSampler(PuzzlereelError):
    """A grid, kind or window that cannot be, or on which a noisy step would overshoot."""


class Move(NamedTuple):
    """What one step does: next = `x` · x + `v` · v + `std` · z."""

    s: float
    """The noise level it starts from."""
    r: float
    """The noise level it ends at, lower than `s`."""
    x: float
    v: float
    std: float
    """0 where the step draws nothing."""

    @property
    def h(self) -> float:
        return self.s - self.r


class Step(NamedTuple):
    """The outcome of a step."""

    sample: Float32[Tensor, "batch channels frames height width"]
    """The latents at the next noise level, in which what is not free is as it was."""
    z: Float32[Tensor, "batch channels frames height width"]
    """How many standard deviations the sample is from its mean; 0 where it is not free, or the step draws nothing."""


def sigmas(steps: int, shift: float) -> tuple[float, ...]:
    """The noise levels from 1 down to 0, one more than there are steps; Wan's are shifted by 5, towards noise."""
    if steps < 1 or not shift >= 1:
        raise BadSampler(f"expected steps and a shift of 1 or more, got {steps} and {shift}")
    even = [1 - i / steps for i in range(steps + 1)]
    return tuple(u if u in {0, 1} else shift * u / (1 + (shift - 1) * u) for u in even)


def ode(s: float, r: float, eta: float = 0.0) -> Move:
    """Euler's step, which draws nothing."""
    return Move(s, r, 1.0, r - s, 0.0)


def flow(s: float, r: float, eta: float) -> Move:
    """Flow-SDE; the coefficient of v is −(1 + eta²/2) h at every s below 1."""
    if s == 1:
        return Move(s, r, (1 - r) + r * sqrt(1 - eta**2), r - s, r * eta)
    return _diffuse(s, r, eta * sqrt(s / (1 - s)))


def dance(s: float, r: float, eta: float) -> Move:
    """Dance-SDE: the same noise at every level."""
    return _diffuse(s, r, eta)


def cps(s: float, r: float, eta: float) -> Move:
    """Coefficients-preserving sampling: data (1 − r), old noise r cos(eta π/2), new noise r sin(eta π/2).

    It is the discretisation of no SDE: with more and more steps its films do not become those of the ODE.
    """
    old = r * cos(eta * pi / 2)
    return Move(s, r, (1 - r) + old, old * (1 - s) - (1 - r) * s, r * sin(eta * pi / 2))


def _diffuse(s: float, r: float, g: float) -> Move:
    h = s - r
    pull = h * g**2 / (2 * s)
    return Move(s, r, 1 - pull, -h - pull * (1 - s), g * sqrt(h))


KINDS: Mapping[str, Callable[[float, float, float], Move]] = {kind.__name__: kind for kind in (flow, dance, cps, ode)}
"""Ways to step; `ode` makes every window deterministic."""


def moves(grid: Sequence[float], kind: str, eta: float, window: Collection[int]) -> tuple[Move, ...]:
    """The moves along a grid, noisy in the window; BadSampler where a step of it cannot be or overshoots.

    `eta` is in (0, 1]: how much noise there is, in the terms of the kind.
    """
    if kind not in KINDS or not 0 < eta <= 1:
        raise BadSampler(f"expected one of {', '.join(KINDS)} and an eta in (0, 1], got {kind!r} and {eta}")
    last = len(grid) - 2
    if wrong := sorted(set(window) - set(range(last))):
        raise BadSampler(f"expected noisy steps from 0 to {last - 1}, since the last one ends at no noise, got {wrong}")
    made = tuple((KINDS[kind] if i in window else ode)(s, r, eta) for i, (s, r) in enumerate(pairwise(grid)))
    for i, move in enumerate(made):
        if not (0 < move.x <= MOST_SHARE and move.std <= MOST_STD and abs(move.v) < inf):
            raise BadSampler(
                f"step {i} of {last + 1} by {kind} {eta:g} from {move.s:.4f} to {move.r:.4f} would take"
                f" {move.x:.3g} of x and noise of {move.std:.3g}: take more steps, a smaller shift or less noise"
            )
    return made


def explored(made: Sequence[Move]) -> float:
    """How far apart films are that begin with the same noise, as a share of how far apart the ODE's are that do not.

    Standard deviations of the latents, exact for standard normal data; that of the data changes next to nothing.
    """
    noise, whole = 0.0, 1.0
    for move in made:
        slope = (2 * move.s - 1) / ((1 - move.s) ** 2 + move.s**2)  # v = slope · x
        noise = (move.x + move.v * slope) ** 2 * noise + move.std**2
        whole = (1 - move.h * slope) ** 2 * whole
    return sqrt(noise / whole)


def step(
    x: Float32[Tensor, "batch channels frames height width"],
    v: Float[Tensor, "batch channels frames height width"],
    move: Move,
    free: Bool[Tensor, "channels frames height width"],
    *,
    noise: Float32[Tensor, "batch channels frames height width"] | None = None,
    given: Float32[Tensor, "batch channels frames height width"] | None = None,
) -> Step:
    """Draws the next latents with `noise`, or scores `given` ones; a move that draws nothing takes neither.

    What is not free (a condition frame) stays as it is, and nothing of it, not even a NaN, reaches the rest.
    All in float32: gradients flow to `v`, and a drawn sample that is given back scores the same z, bit for bit.
    """
    if [noise is not None, given is not None].count(True) != (move.std > 0):
        raise ValueError(f"expected {'either noise or given latents' if move.std else 'neither'} for std {move.std:g}")
    mean = move.x * torch.where(free, x, 0.0) + move.v * torch.where(free, v.float(), 0.0)
    if not move.std:
        return Step(torch.where(free, mean, x), torch.zeros_like(mean))
    if noise is not None:
        given = torch.where(free, mean.detach() + move.std * noise, x)
    assert given is not None
    return Step(given, (torch.where(free, given, 0.0) - mean) / move.std)


def average(
    each: Float32[Tensor, "batch channels frames height width"], free: Bool[Tensor, "channels frames height width"]
) -> Float32[Tensor, " batch"]:
    """The mean over what is free, for each sample."""
    return torch.where(free, each, 0.0).flatten(1).sum(1) / free.sum()
