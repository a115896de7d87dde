"""The step of a sampler against what is known of it in closed form, for data of which the velocity is known exactly.

The data are normal, x0 ~ N(m, t²). Then the latents at sigma are N((1 − sigma) m, (1 − sigma)² t² + sigma²), the true
velocity is a line in x, and a sampler maps mean and variance by numbers that can be told beforehand.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch", reason="the rl extra is not installed")

import torch

from puzzlereel.baselines.sde_grpo.sde import (
    KINDS,
    MOST_SHARE,
    BadSampler,
    Move,
    average,
    explored,
    moves,
    ode,
    sigmas,
    step,
)

NOISY = ("flow", "dance", "cps")
FREE = torch.ones(2, 3, 4, 4, dtype=torch.bool)
FREE[:, 0] = False
D = 2 * 2 * 4 * 4


def everything(grid: Sequence[float]) -> range:
    """Every step that may be noisy."""
    return range(len(grid) - 2)


def log_density(z: Any, move: Move) -> Any:
    """The logarithm of the Gaussian density of a step's outcome, as a mean over what is free: in nats an element."""
    return average(-(z**2) / 2, FREE) - math.log(move.std) - math.log(2 * math.pi) / 2


def noise_of(seed: int, batch: int = 5) -> Any:
    return torch.randn(batch, *FREE.shape, generator=torch.Generator().manual_seed(seed))


class Normal:
    """Data N(m, t²) and all that follows."""

    def __init__(self, m: float, t: float) -> None:
        self.m, self.t = m, t

    def marginal(self, s: float) -> tuple[float, float]:
        """The mean and variance of the latents at s."""
        return (1 - s) * self.m, (1 - s) ** 2 * self.t**2 + s**2

    def velocity(self, s: float) -> tuple[float, float]:
        """E[noise − data | x] = slope · x + offset."""
        mean, variance = self.marginal(s)
        slope = (s - (1 - s) * self.t**2) / variance
        return slope, -self.m - slope * mean

    def run(self, made: Sequence[Move]) -> tuple[float, float]:
        """The mean and standard deviation that the moves lead to from pure noise."""
        mean, variance = 0.0, 1.0
        for move in made:
            slope, offset = self.velocity(move.s)
            share = move.x + move.v * slope
            mean, variance = share * mean + move.v * offset, share**2 * variance + move.std**2
        return mean, math.sqrt(variance)


DATA = Normal(0.5, 0.3)


@pytest.mark.parametrize("s", [0.97, 0.6, 0.2])
@pytest.mark.parametrize("eta", [0.3, 0.7])
def test_flow_and_dance_are_the_sde_with_their_diffusion(s: float, eta: float) -> None:
    r, x, v = 0.8 * s, 1.3, -0.4
    for kind, g in (("flow", eta * math.sqrt(s / (1 - s))), ("dance", eta)):
        score = -(x + (1 - s) * v) / s
        dt = r - s
        move = KINDS[kind](s, r, eta)

        # dx = [v − g²/2 · score] dt + g dw, run backwards in time: dt is below zero.
        assert move.x * x + move.v * v == pytest.approx(x + (v - g**2 / 2 * score) * dt)
        assert move.std == pytest.approx(g * math.sqrt(-dt))


@pytest.mark.parametrize("s", [1.0, 0.9, 0.5, 0.1])
def test_cps_keeps_the_coefficients_of_data_and_noise(s: float) -> None:
    r, eta, data, noise = 0.7 * s, 0.7, -0.8, 1.9
    x, v = (1 - s) * data + s * noise, noise - data
    move = KINDS["cps"](s, r, eta)
    old = math.sqrt(r**2 - move.std**2)

    assert move.x * x + move.v * v == pytest.approx((1 - r) * data + old * noise)
    assert move.std == pytest.approx(r * math.sin(eta * math.pi / 2))


@pytest.mark.parametrize("s", [0.99, 0.5, 0.05])
@pytest.mark.parametrize("eta", [0.2, 0.7, 1.0])
def test_the_share_of_v_in_flow_is_the_same_at_every_level(s: float, eta: float) -> None:
    assert -KINDS["flow"](s, 0.9 * s, eta).v == pytest.approx((1 + eta**2 / 2) * 0.1 * s)


def test_without_noise_every_kind_is_the_ode() -> None:
    grid = sigmas(20, 5.0)

    for kind in KINDS:
        assert [ode(s, r) for s, r in pairwise(grid)] == list(moves(grid, kind, 0.7, ()))
    for s, r in [(0.9, 0.7), (0.3, 0.1), (1.0, 0.9)]:
        for kind in NOISY:
            quiet = KINDS[kind](s, r, 1e-9)

            assert ode(s, r) == pytest.approx(quiet, abs=1e-8)


@pytest.mark.parametrize("eta", [0.3, 0.7, 1.0])
@pytest.mark.parametrize(("steps", "shift"), [(6, 1.0), (20, 5.0), (50, 8.0)])
def test_the_first_step_of_flow_renews_the_share_eta_of_the_noise_and_keeps_its_variance(
    steps: int, shift: float, eta: float
) -> None:
    s, r = sigmas(steps, shift)[:2]
    move = KINDS["flow"](s, r, eta)
    slope, offset = DATA.velocity(1.0)

    assert s == 1
    assert move.std == pytest.approx(r * eta)
    # The noise at r, from x and anew, is r² in all; the data's mean arrives with 1 − r.
    assert (move.x + move.v * slope) ** 2 + move.std**2 == pytest.approx(r**2)
    assert move.v * offset == pytest.approx((1 - r) * DATA.m)


def test_the_grid_goes_from_noise_to_data_exactly_and_never_up() -> None:
    assert (1.0, 0.75, 0.5, 0.25, 0.0) == sigmas(4, 1.0)
    assert pytest.approx((1, 15 / 16, 5 / 6, 5 / 8, 0)) == sigmas(4, 5.0)
    for steps in range(1, 60):
        for shift in (1.0, 1.1, 3.0, 5.0, 12.0):
            grid = sigmas(steps, shift)
            assert (1.0, 0.0, steps + 1) == (grid[0], grid[-1], len(grid))
            assert all(s > r for s, r in pairwise(grid))


@settings(max_examples=200)
@given(
    steps=st.integers(4, 100),
    shift=st.floats(1, 8),
    eta=st.floats(0.01, 0.7),
    kind=st.sampled_from(NOISY),
)
def test_every_coefficient_is_bounded_on_every_usual_grid(steps: int, shift: float, eta: float, kind: str) -> None:
    grid = sigmas(steps, shift)
    for move in moves(grid, kind, eta, everything(grid)):
        assert 0 < move.x <= MOST_SHARE
        assert 0 <= move.std <= 1
        assert -(1 + eta**2 / 2) * move.h - 1e-12 <= move.v or kind != "flow"
        assert -2 < move.v < 0.5


@pytest.mark.parametrize(
    ("grid", "kind", "eta", "window", "why"),
    [
        (sigmas(20, 5.0), "flow", 0.7, range(20), "the last one ends at no noise, got \\[19\\]"),
        (sigmas(20, 5.0), "flow", 0.7, [-1], "noisy steps from 0 to 18"),
        (sigmas(20, 5.0), "flow", 0.0, [0], "an eta in \\(0, 1\\]"),
        (sigmas(20, 5.0), "flow", 1.1, [0], "an eta in \\(0, 1\\]"),
        (sigmas(20, 5.0), "langevin", 0.7, [0], "expected one of flow, dance, cps, ode"),
        # What UniPC gives for sigma = 1: a thousandfold coefficient.
        ((0.999999, 0.99, 0.5, 0.0), "flow", 0.7, [0], "step 0 of 3 by flow 0.7 .* would take -2.* of x"),
        (sigmas(3, 12.0), "flow", 1.0, [1], "noise of 1.57: take more steps"),
        ((1.0, 0.7, 0.05, 0.0), "flow", 1.0, [1], "would take -0.08.* of x and noise of 1.2"),
    ],
)
def test_a_sampler_that_cannot_be_or_overshoots_is_refused(
    grid: Sequence[float], kind: str, eta: float, window: Sequence[int], why: str
) -> None:
    with pytest.raises(BadSampler, match=why):
        moves(grid, kind, eta, window)


@pytest.mark.parametrize(("steps", "shift"), [(0, 5.0), (20, 0.5), (20, math.nan)])
def test_a_grid_that_cannot_be_is_refused(steps: int, shift: float) -> None:
    with pytest.raises(BadSampler, match="steps and a shift of 1 or more"):
        sigmas(steps, shift)


def error(kind: str, eta: float, steps: int, window: Callable[[Sequence[float]], Sequence[int]], data: Normal) -> float:
    """How far the standard deviation of the films is from that of the data."""
    grid = sigmas(steps, 1.0)
    return abs(data.run(moves(grid, kind, eta, window(grid)))[1] - data.t)


def order(errors: Sequence[float]) -> float:
    """The order of convergence that the last two errors show, the steps having been doubled."""
    return math.log2(errors[-2] / errors[-1])


def below(top: float) -> Callable[[Sequence[float]], list[int]]:
    """The steps that begin below a level, but for the last."""
    return lambda grid: [i for i in everything(grid) if grid[i] < top]


@pytest.mark.parametrize("data", [Normal(0.5, 0.3), Normal(0, 0.8), Normal(-1, 1.5)])
def test_ode_and_dance_converge_to_the_data_in_the_first_order(data: Normal) -> None:
    for kind in ("ode", "dance"):
        errors = [error(kind, 0.5, steps, everything, data) for steps in (500, 1000, 2000)]

        assert errors[0] > errors[1] > errors[2]
        assert order(errors) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("eta", [0.5, 0.6, 0.7])
def test_flow_converges_in_the_order_eta_squared_for_its_noise_explodes_at_one(eta: float) -> None:
    """Euler's error of the second step does not shrink with h, since h / (1 − s) is 1 there whatever h is.

    What is left of it at the end is (h)^(eta²), the rate at which the SDE forgets. Away from 1 the order is 1.
    """
    data = Normal(0.2, 1.0)
    whole = [error("flow", eta, steps, everything, data) for steps in (4000, 8000, 16000)]
    late = [error("flow", eta, steps, below(0.9), data) for steps in (500, 1000, 2000)]

    assert order(whole) == pytest.approx(eta**2, abs=0.06)
    assert order(late) == pytest.approx(1, abs=0.1)


def test_cps_does_not_converge_to_the_data() -> None:
    """Known values, measured elsewhere: 0.762 / 0.803 / 0.829 / 0.849 for 10 / 20 / 50 / 500 steps."""
    found = [Normal(0, 1).run(moves(sigmas(n, 1.0), "cps", 0.7, range(n - 1)))[1] for n in (10, 20, 50, 500)]

    assert found == pytest.approx([0.762, 0.803, 0.829, 0.849], abs=0.0006)


def test_noise_on_early_steps_alone_leaves_the_films_those_of_the_ode() -> None:
    """Early-Step Focus: known values at 20 steps, shift 5 are 0.207 for the ODE and 0.30 for the data."""
    grid = sigmas(20, 5.0)
    quiet = DATA.run(moves(grid, "ode", 0.7, ()))

    assert quiet[1] == pytest.approx(0.207, abs=0.001)
    for kind in NOISY:
        assert DATA.run(moves(grid, kind, 0.7, range(10))) == pytest.approx(quiet, rel=0.04)


EXPLORED = [
    ("flow", 0.7, [0.70, 0.90, 0.97, 1.00]),
    ("flow", 0.3, [0.30, 0.43, 0.53, 0.60]),
    ("cps", 0.7, [0.89, 0.98, 1.00, 0.99]),
    ("dance", 0.3, [0.03, 0.045, 0.08, 0.135]),
]


@pytest.mark.parametrize(("kind", "eta", "wanted"), EXPLORED)
def test_early_noise_explores_as_much_as_is_known(kind: str, eta: float, wanted: list[float]) -> None:
    """Known values, measured elsewhere for 1, 2, 5 and 10 noisy steps of 20 at a shift of 5."""
    found = [explored(moves(sigmas(20, 5.0), kind, eta, range(size))) for size in (1, 2, 5, 10)]

    assert found == pytest.approx(wanted, abs=0.006)
    assert 0 == explored(moves(sigmas(20, 5.0), kind, eta, ()))


@pytest.mark.parametrize("kind", NOISY)
def test_what_is_explored_is_how_far_apart_films_from_the_same_noise_are(kind: str) -> None:
    films = {}
    for name, window in ((kind, range(3, 7)), ("ode", ())):
        generator = torch.Generator().manual_seed(6)
        x = torch.zeros(40_000) if window else torch.randn(40_000, generator=generator)
        for move in moves(sigmas(12, 3.0), kind, 0.6, window):
            slope, offset = Normal(0, 1).velocity(move.s)
            x = move.x * x + move.v * (slope * x + offset) + move.std * torch.randn(40_000, generator=generator)
        films[name] = float(x.std())

    assert explored(moves(sigmas(12, 3.0), kind, 0.6, range(3, 7))) == pytest.approx(
        films[kind] / films["ode"], rel=0.02
    )


@pytest.mark.parametrize("kind", NOISY)
@pytest.mark.parametrize("window", [range(10), range(19)], ids=["early", "all"])
def test_drawn_films_have_the_mean_and_spread_that_the_recursion_tells(kind: str, window: range) -> None:
    made = moves(sigmas(20, 5.0), kind, 0.7, window)
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(400, 1000, 1, 1, 1, generator=generator)
    free = torch.ones(1000, 1, 1, 1, dtype=torch.bool)
    for move in made:
        slope, offset = DATA.velocity(move.s)
        noise = torch.randn(x.shape, generator=generator) if move.std else None
        x = step(x, slope * x + offset, move, free, noise=noise).sample
    mean, std = DATA.run(made)

    assert x.mean().item() == pytest.approx(mean, abs=5 * std / math.sqrt(x.numel()))
    assert x.std().item() == pytest.approx(std, rel=5 / math.sqrt(2 * x.numel()))


@pytest.mark.parametrize("kind", NOISY)
def test_a_drawn_sample_given_back_scores_the_same_bit_for_bit(kind: str) -> None:
    x, v, noise = noise_of(0), noise_of(1), noise_of(2)
    for i, move in enumerate(moves(sigmas(20, 5.0), kind, 0.7, range(10))[:10]):
        drawn = step(x, v, move, FREE, noise=noise)
        scored = step(x, v, move, FREE, given=drawn.sample)

        assert torch.equal(drawn.z, scored.z), i
        assert torch.equal(drawn.sample, scored.sample), i
        assert torch.allclose(drawn.z[:, FREE], noise[:, FREE], atol=1e-4)


@pytest.mark.parametrize("kind", NOISY)
def test_the_score_of_a_sample_is_the_gaussian_density(kind: str) -> None:
    x, v, noise = noise_of(0), noise_of(1), noise_of(2)
    for move in moves(sigmas(10, 3.0), kind, 0.6, range(9))[:9]:
        sample, z = step(x, v, move, FREE, noise=noise)
        mean = move.x * x.double() + move.v * v.double()
        want = torch.distributions.Normal(mean, move.std).log_prob(sample.double())[:, FREE].mean(1)

        assert torch.allclose(want.float(), log_density(z, move), atol=1e-5)


@pytest.mark.parametrize("kind", NOISY)
def test_the_gradient_of_the_score_is_that_of_the_closed_form(kind: str) -> None:
    """d log p / d v = z · B / (S D) where it is free, and nothing elsewhere."""
    x, noise = noise_of(0), noise_of(2)
    for move in moves(sigmas(20, 5.0), kind, 0.7, range(19))[:19]:
        v = noise_of(1).requires_grad_()
        sample = step(x, v, move, FREE, noise=noise).sample
        z = step(x, v, move, FREE, given=sample).z
        log_density(z, move).sum().backward()

        assert torch.allclose(v.grad, z.detach() * move.v / (move.std * D), rtol=1e-4, atol=1e-8)
        assert not v.grad[:, :, 0].any()


@pytest.mark.parametrize("worthless", [0.0, 100.0, math.nan, math.inf])
@pytest.mark.parametrize("kind", [*NOISY, "ode"])
def test_what_is_not_free_changes_nothing_and_stays(kind: str, worthless: float) -> None:
    (move,) = moves((1.0, 0.8, 0.0), kind, 0.7, [0])[:1]
    noise = noise_of(2) if move.std else None
    x, v = noise_of(0), noise_of(1).requires_grad_()
    plain = step(x, v, move, FREE, noise=noise)
    other_x, other_v = x.clone(), v.detach().clone()
    other_x[:, :, 0] = other_v[:, :, 0] = worthless
    if noise is not None:
        noise[:, :, 0] = worthless
    other_v.requires_grad_()
    other = step(other_x, other_v, move, FREE, noise=noise)

    assert torch.equal(plain.sample[:, FREE], other.sample[:, FREE])
    assert torch.equal(plain.sample[:, :, 0], x[:, :, 0])
    assert torch.equal(other.sample[:, :, 0].nan_to_num(7), other_x[:, :, 0].nan_to_num(7))
    assert torch.equal(plain.z, other.z)
    assert not other.z[:, :, 0].any()
    if move.std:
        average(other.z**2, FREE).sum().backward()
        assert torch.isfinite(other_v.grad).all()
        assert not other_v.grad[:, :, 0].any()
        assert other_v.grad[:, FREE].all()


def test_a_move_that_draws_takes_noise_or_a_sample_and_one_that_does_not_takes_neither() -> None:
    x = noise_of(0)
    noisy, quiet = KINDS["dance"](0.9, 0.8, 0.3), ode(0.9, 0.8)

    with pytest.raises(ValueError, match="expected either noise or given latents for std"):
        step(x, x, noisy, FREE)
    with pytest.raises(ValueError, match="expected either noise or given latents"):
        step(x, x, noisy, FREE, noise=x, given=x)
    with pytest.raises(ValueError, match="expected neither for std 0"):
        step(x, x, quiet, FREE, noise=x)
    with pytest.raises(ValueError, match="expected neither for std 0"):
        step(x, x, quiet, FREE, given=x)


def test_a_velocity_in_bfloat16_is_stepped_in_float32() -> None:
    x, v = noise_of(0), noise_of(1).bfloat16()
    move = KINDS["flow"](0.9, 0.8, 0.7)
    drawn = step(x, v, move, FREE, noise=noise_of(2))

    assert torch.float32 == drawn.sample.dtype == drawn.z.dtype
    assert torch.equal(drawn.sample, step(x, v.float(), move, FREE, noise=noise_of(2)).sample)


def test_an_average_is_over_what_is_free() -> None:
    each = torch.arange(12.0).reshape(2, 2, 3, 1, 1)
    free = torch.tensor([[True, False, False], [False, False, True]]).reshape(2, 3, 1, 1)

    assert [2.5, 8.5] == average(each, free).tolist()
