"""Advantages, ratios, clips, weights and windows, told by hand and held to their closed forms."""

import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch", reason="the rl extra is not installed")

import torch
from test_sde import log_density

from puzzlereel.baselines.sde_grpo.grpo import (
    SCALES,
    STEP_WEIGHTS,
    Advantages,
    advantages,
    clip_range,
    divergence,
    log_ratio,
    pull,
    step_weights,
    surrogate,
)
from puzzlereel.baselines.sde_grpo.sde import KINDS, BadSampler, average, moves, sigmas, step
from puzzlereel.baselines.sde_grpo.window import POLICIES, Window

NAN = math.nan
FREE = torch.ones(2, 3, 4, 4, dtype=torch.bool)
FREE[:, 0] = False
D = 2 * 2 * 4 * 4
GRID = sigmas(20, 5.0)


def gain(rewards: list[float], groups: list[int], **options: Any) -> Advantages:
    return advantages(torch.tensor(rewards, dtype=torch.float64), torch.tensor(groups), **options)


def normal(seed: int, *shape: int) -> Any:
    return torch.randn(*(shape or (5, *FREE.shape)), generator=torch.Generator().manual_seed(seed))


def test_an_advantage_is_the_distance_from_the_groups_mean_in_its_standard_deviations() -> None:
    values, live = gain([0.2, 0.4, 0.0, 1.0], [7, 7, 3, 3])

    assert [-1, 1, -1, 1] == pytest.approx(values.tolist())
    assert live.all()


def test_the_scale_is_the_groups_the_batchs_or_none() -> None:
    rewards, groups = [0.2, 0.4, 0.0, 1.0, 0.5, 0.5], [7, 7, 3, 3, 4, 4]
    batch = math.sqrt((0.01 + 0.01 + 0.25 + 0.25) / 4)  # of the live ones, around the means of their groups

    assert [-0.1, 0.1, -0.5, 0.5, 0, 0] == pytest.approx(gain(rewards, groups, scale="none").values.tolist())
    assert [-0.1 / batch, 0.1 / batch, -0.5 / batch, 0.5 / batch, 0, 0] == pytest.approx(
        gain(rewards, groups, scale="batch").values.tolist()
    )
    with pytest.raises(ValueError, match="expected a scale of group, batch, none"):
        gain(rewards, groups, scale="rank")
    with pytest.raises(ValueError, match="a floor in"):
        gain(rewards, groups, floor=0.0)


@pytest.mark.parametrize("scale", SCALES)
def test_a_group_of_equal_rewards_has_no_advantage_and_is_not_live(scale: str) -> None:
    values, live = gain([0.1, 0.1, 0.1, 0.0, 0.3], [5, 5, 5, 6, 6], scale=scale)

    assert [0.0, 0.0, 0.0] == values[:3].tolist()
    assert [False, False, False, True, True] == live.tolist()
    assert values[3] < 0 < values[4]


@pytest.mark.parametrize("scale", ["group", "batch"])
def test_dust_counts_as_dust_because_of_the_floor(scale: str) -> None:
    values, _ = gain([0.5, 0.5 + 1e-9], [0, 0], scale=scale, floor=0.05)

    assert values.tolist() == pytest.approx([-1e-8, 1e-8], rel=1e-3)


def test_advantages_are_kept_within_the_most() -> None:
    values, _ = gain([0.0] * 99 + [1.0], [0] * 100)

    assert 5.0 == values[-1]
    assert [-0.5, 0.5] == gain([0.0, 1.0], [0, 0], most=0.5).values.tolist()


@pytest.mark.parametrize("scale", SCALES)
def test_a_reward_that_is_not_known_counts_nowhere(scale: str) -> None:
    values, live = gain([0.0, NAN, 1.0, NAN, 0.4, NAN, NAN], [0, 0, 0, 1, 1, 2, 2], scale=scale)
    plain, _ = gain([0.0, 1.0], [0, 0], scale=scale)

    assert [plain[0].item(), 0, plain[1].item(), 0, 0, 0, 0] == values.tolist()
    assert [True, False, True, False, False, False, False] == live.tolist()


@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.integers(0, 3)), min_size=2, max_size=24), st.randoms())
def test_advantages_do_not_depend_on_the_order_or_on_the_numbers_of_the_groups(
    samples: list[tuple[float, int]], rng: Any
) -> None:
    shuffled = list(range(len(samples)))
    rng.shuffle(shuffled)
    rewards, groups = map(list, zip(*samples, strict=True))
    values, live = gain(rewards, groups)
    # Numbers of levels are far apart, and beyond what a float32 can hold.
    other, other_live = gain([rewards[i] for i in shuffled], [2**40 + groups[i] for i in shuffled])

    assert [values[i].item() for i in shuffled] == pytest.approx(other.tolist(), abs=1e-6)
    assert [live[i].item() for i in shuffled] == other_live.tolist()
    assert values.isfinite().all()


def replay(kind: str, i: int, change: float = 0.0, seed: int = 1) -> Any:
    """A move, and the z of its drawn latents when drawn and after the velocity has changed."""
    move = moves(GRID, kind, 0.7, range(19))[i]
    x, v = normal(0), normal(seed)
    old = step(x, v, move, FREE, noise=normal(2))
    v = (v + change * normal(3)).requires_grad_()
    return move, old, step(x, v, move, FREE, given=old.sample).z, v


@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("kind", ["flow", "dance", "cps"])
def test_the_ratio_of_a_replay_is_exactly_one(kind: str, norm: bool) -> None:
    for i in range(19):
        move, old, z, _ = replay(kind, i)
        ratio = surrogate(log_ratio(z, old.z, move, FREE, norm=norm), torch.ones(5), 1e-5).ratio

        assert torch.equal(torch.ones(5), ratio)


@pytest.mark.parametrize("kind", ["flow", "dance", "cps"])
def test_the_log_ratio_is_the_difference_of_the_densities(kind: str) -> None:
    for i in (0, 5, 18):
        move, old, z, _ = replay(kind, i, change=0.3)
        plain = log_ratio(z, old.z, move, FREE, norm=False)

        assert torch.allclose(log_density(z, move) - log_density(old.z, move), plain, atol=1e-5)


@pytest.mark.parametrize("kind", ["flow", "dance", "cps"])
def test_ratio_norm_is_the_std_times_what_is_left_without_the_bias(kind: str) -> None:
    """GRPO-Guard: S (l + |delta|² / (2 S² D)), delta being how far the mean has moved."""
    for i in (0, 5, 18):
        move, old, z, _ = replay(kind, i, change=0.3)
        delta = move.v * 0.3 * normal(3)
        plain = log_ratio(z, old.z, move, FREE, norm=False)
        want = move.std * (plain + average(delta**2, FREE) / (2 * move.std**2))

        assert torch.allclose(want, log_ratio(z, old.z, move, FREE, norm=True), rtol=1e-3, atol=1e-6)


def test_plain_ratios_fall_below_one_and_normed_ones_do_not() -> None:
    move = KINDS["flow"](0.9, 0.85, 0.7)
    old = normal(5, 4000, *FREE.shape) * FREE
    z = old - 0.5 * normal(6, 4000, *FREE.shape) * FREE  # rho is 0.5
    plain, normed = (log_ratio(z, old, move, FREE, norm=norm) for norm in (False, True))

    assert plain.mean().item() == pytest.approx(-(0.5**2) / 2, abs=0.005)
    assert plain.std().item() == pytest.approx(0.5 / math.sqrt(D), rel=0.1)
    assert normed.mean().item() == pytest.approx(0, abs=0.005 * move.std)


def test_the_untempered_ratio_is_one_on_average() -> None:
    """E[p_new / p_old] = 1 under p_old, for the ratio of the sum of the log-densities."""
    move = KINDS["flow"](0.9, 0.85, 0.7)
    old = normal(5, 100_000, 1, 1, 1, 2)
    free = torch.ones(1, 1, 1, 2, dtype=torch.bool)
    total = 2 * log_ratio(old - 0.3, old, move, free, norm=False)

    assert total.exp().mean().item() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("kind", ["flow", "dance", "cps"])
def test_the_gradient_of_the_log_ratio_is_the_pull_times_z(kind: str, norm: bool) -> None:
    for i in range(19):
        move, old, z, v = replay(kind, i)
        log_ratio(z, old.z, move, FREE, norm=norm).sum().backward()
        want = math.copysign(pull(move, norm), move.v) * old.z / D

        assert torch.allclose(want, v.grad, rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("norm", [True, False])
def test_on_policy_the_ratio_is_one_with_the_gradient_of_the_log_density(norm: bool) -> None:
    """One update a rollout needs no stored z: the old one is the new one, detached."""
    move, _, z, v = replay("flow", 3)
    loss = surrogate(log_ratio(z, z.detach(), move, FREE, norm=norm), torch.tensor([1.0, -1, 2, 0, 1]), 1e-4)
    loss.loss.sum().backward()

    assert torch.equal(torch.ones(5), loss.ratio)
    assert not loss.clipped.any()
    assert torch.allclose(-loss.loss, torch.tensor([1.0, -1, 2, 0, 1]))
    assert not v.grad[3].any()
    assert v.grad[[0, 1, 2, 4]][:, FREE].all()


def test_with_ratio_norm_flow_pulls_alike_at_every_step_but_the_first_once_divided_by_h() -> None:
    made = moves(GRID, "flow", 0.7, range(19))[:19]
    weights = step_weights(made, "inv_dt", norm=True)

    assert [1.0] + 18 * [1 + 0.7**2 / 2] == pytest.approx(
        [weight * pull(move, True) for weight, move in zip(weights, made, strict=True)]
    )


def test_without_it_the_first_steps_are_starved() -> None:
    """Known values at 20 steps, shift 5, eta 0.7: 0.019, 0.029, 0.039 … 0.116 at step 9 … 0.92 at step 18."""
    pulls = [pull(move, False) for move in moves(GRID, "flow", 0.7, range(19))[:19]]

    assert [0.019, 0.029, 0.039] == pytest.approx(pulls[1:4], abs=0.001)
    assert [0.116, 0.92] == pytest.approx([pulls[9], pulls[18]], abs=0.005)


@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("kind", ["flow", "dance", "cps"])
def test_equalized_steps_pull_alike_and_as_the_median_did(kind: str, norm: bool) -> None:
    made = moves(GRID, kind, 0.7, range(11))[:11]
    pulls = [pull(move, norm) for move in made]
    weighed = [weight * one for weight, one in zip(step_weights(made, "equalize", norm=norm), pulls, strict=True)]

    assert weighed == pytest.approx([sorted(pulls)[5]] * 11)
    assert [1.0] * 11 == step_weights(made, "none", norm=norm)
    with pytest.raises(ValueError, match="expected step weights of none, inv_dt, equalize"):
        step_weights(made, "snr", norm=norm)
    assert {"none", "inv_dt", "equalize"} == set(STEP_WEIGHTS)


ADVANTAGES = torch.tensor([2.0, 2.0, 2.0, -3.0, -3.0, -3.0])


def test_the_surrogate_is_ppos() -> None:
    ratios = torch.tensor([0.8, 1.0, 1.2, 0.8, 1.0, 1.2]).log().requires_grad_()
    loss, ratio, clipped = surrogate(ratios, ADVANTAGES, 0.1)
    loss.sum().backward()

    assert [-1.6, -2.0, -2.2, 2.7, 3.0, 3.6] == pytest.approx(loss.tolist())
    assert [0.8, 1.0, 1.2, 0.8, 1.0, 1.2] == pytest.approx(ratio.tolist())
    assert [False, False, True, True, False, False] == clipped.tolist()
    assert [-1.6, -2.0, 0.0, 0.0, 3.0, 3.6] == pytest.approx(ratios.grad.tolist())


def test_a_step_along_the_gradient_makes_good_samples_likelier_and_bad_ones_less() -> None:
    for sign in (1.0, -1.0):
        for norm in (True, False):
            move, old, z, v = replay("flow", 4)
            surrogate(log_ratio(z, old.z, move, FREE, norm=norm), torch.full((5,), sign), 0.1).loss.sum().backward()
            after = step(normal(0), v.detach() - 0.1 * v.grad, move, FREE, given=old.sample).z

            assert (sign * (log_density(after, move) - log_density(old.z, move)) > 0).all()


@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("elements", [64, 4096])
def test_kappa_bounds_rho_whatever_the_size_the_step_and_the_norm(elements: int, norm: bool) -> None:
    """A mean that has moved by rho towards the latents drawn is held from kappa/√D on."""
    free = torch.ones(1, 1, 1, elements, dtype=torch.bool)
    old = torch.ones(1, 1, 1, 1, elements)
    bound = 0.2 / math.sqrt(elements)
    for move in moves(GRID, "flow", 0.7, range(19))[:19]:
        clip = clip_range(0.2, elements, move, norm=norm)
        for rho, held in ((0.95 * bound, False), (1.05 * bound, True)):
            loss = surrogate(log_ratio(old - rho, old, move, free, norm=norm), torch.ones(1), clip)

            assert [held] == loss.clipped.tolist()


def test_the_divergence_is_that_of_two_gaussians_an_element() -> None:
    move, old, z, v = replay("cps", 3, change=0.2)
    p, q = (torch.distributions.Normal(move.v * 0.2 * change, move.std) for change in (0 * normal(3), normal(3)))
    want = torch.distributions.kl_divergence(p, q)[:, FREE].mean(1)

    assert torch.allclose(want, divergence(z, old.z, FREE), rtol=1e-3)
    divergence(z, old.z, FREE).sum().backward()
    assert not v.grad[:, :, 0].any()


def test_windows_are_where_they_say() -> None:
    def steps(window: Window, iteration: int = 0) -> list[int]:
        return list(window.steps(8, iteration=iteration, run="a"))

    assert [0, 1, 2, 3] == steps(Window())
    assert [0, 1] == steps(Window("early", 2), 99)
    assert [0, 1, 2, 3, 4, 5, 6] == steps(Window("all"))
    assert [2, 3, 4] == steps(Window("fixed", 3, start=2), 99)
    assert [[1, 2], [1, 2], [2, 3], [2, 3]] == [steps(Window("sliding", 2, start=1, every=2), i) for i in range(4)]
    assert [[4, 5], [5, 6], [0, 1], [1, 2]] == [steps(Window("sliding", 2, every=1), i) for i in range(4, 8)]


@pytest.mark.parametrize("policy", POLICIES)
def test_no_window_holds_the_last_step_and_the_moves_of_each_can_be_made(policy: str) -> None:
    for iteration in range(60):
        window = Window(policy, size=3, every=1).steps(8, iteration=iteration, run="r")
        made = moves(sigmas(8, 5.0), "flow", 0.7, window)

        assert [i in window for i in range(8)] == [move.std > 0 for move in made]
        assert 7 not in window


@pytest.mark.parametrize("policy", ["sliding", "random"])
def test_a_window_that_moves_comes_by_every_place_about_as_often(policy: str) -> None:
    places = Counter(Window(policy, 3, every=1).steps(8, iteration=i, run="r")[0] for i in range(1000))

    assert {0, 1, 2, 3, 4} == set(places)
    assert min(places.values()) > 150


def test_a_random_window_is_the_same_for_the_same_run_and_iteration_and_differs_between_runs() -> None:
    def drawn(run: str) -> list[int]:
        return [Window("random", 3).steps(20, iteration=i, run=run)[0] for i in range(30)]

    assert drawn("a") == drawn("a")
    assert drawn("a") != drawn("b")


@pytest.mark.parametrize(
    ("window", "why"),
    [
        (Window("late"), "a window of early, all, fixed, sliding, random, got 'late'"),
        (Window("early", 8), "within the first 7 of 8 steps, got 8 from 0"),
        (Window("fixed", 4, start=4), "got 4 from 4"),
        (Window("fixed", 4, start=-1), "got 4 from -1"),
        (Window("sliding", 4, every=0), "for 0 iterations"),
    ],
)
def test_a_window_that_does_not_fit_is_refused(window: Window, why: str) -> None:
    with pytest.raises(BadSampler, match=why):
        window.steps(8, iteration=0, run="r")
