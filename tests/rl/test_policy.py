"""The tiny policy keeps Wan2.2-TI2V's contract, and its rollouts can be replayed exactly."""

from random import Random
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

import torch

from puzzlereel.baselines.sde_grpo.codec import Codec
from puzzlereel.baselines.sde_grpo.grpo import log_ratio, surrogate
from puzzlereel.baselines.sde_grpo.policy import TinyPolicy, TinyShape
from puzzlereel.baselines.sde_grpo.rollout import replay, sample
from puzzlereel.baselines.sde_grpo.sde import moves
from puzzlereel.baselines.sde_grpo.seeds import normal, seed_of
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.puzzles.maze import MAZE, Tier
from puzzlereel.renderers.film import Timing, film
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import skin_of
from puzzlereel.verifiers.judge import judge

torch.set_num_threads(1)
SHAPE = TinyShape(channels=8, layers=2, heads=2, head=16, feedforward=32, text=16)
SKIN = skin_of("maze")
TINY = Tier(sides=(3,), least=2, most=8)


def mazes(count: int, name: str) -> list[tuple[Any, Any]]:
    """Mazes of 3 by 3 rooms and their films, one frame a state."""
    made = []
    for i in range(count):
        level = MAZE.generate(Random(f"{name}/{i}"), TINY)
        trajectory = MAZE.solve(level).trajectory
        assert trajectory is not None
        made.append((level, film(trajectory, SKIN, timing=Timing(9, least=1, most=1), canvas=Canvas(56, 56))))
    return made


@pytest.fixture(scope="module")
def films() -> list[tuple[Any, Any]]:
    return mazes(60, "codec")


@pytest.fixture(scope="module")
def policy(films: list[tuple[Any, Any]]) -> TinyPolicy:
    policy = TinyPolicy(SHAPE, seed=3)
    policy.codec.fit([video for _, video in films])
    return policy


def frames_of(films: list[tuple[Any, Any]], count: int) -> Any:
    return torch.from_numpy(np.stack([video[0] for _, video in films[:count]]))


@pytest.mark.parametrize(("time", "side", "channels"), [(1, 8, 6), (2, 8, 8), (4, 4, 24), (8, 8, 24)])
def test_what_the_codec_has_told_is_the_film_itself(
    films: list[tuple[Any, Any]], time: int, side: int, channels: int
) -> None:
    codec = Codec(channels, time=time, side=side, codes=512).fit([video for _, video in films])
    for _, video in films[:20]:
        told = codec.decode(codec.encode(torch.from_numpy(video)[None]), 56, 56)[0].numpy()

        assert np.array_equal(video, told)


def test_films_of_other_levels_are_told_too_and_noise_does_not_blur_them(films: list[tuple[Any, Any]]) -> None:
    codec = Codec(10).fit([video for _, video in films])
    for i, (level, video) in enumerate(mazes(20, "fresh")):
        latents = codec.encode(torch.from_numpy(video)[None])
        told = codec.decode(latents + 0.1 * normal([i], tuple(latents.shape[1:])), 56, 56)[0].numpy()

        assert np.array_equal(video, told)
        assert judge(told, level, SKIN).success


def test_whatever_the_latents_are_the_film_is_made_of_blocks_that_were_seen(films: list[tuple[Any, Any]]) -> None:
    codec = Codec(10).fit([video for _, video in films])
    told = codec.decode(3 * normal([1, 2], (10, 3, 8, 8)), 56, 56)
    seen = {block.tobytes() for block in codec.blocks.numpy()}
    cells = told[:, 1:].reshape(2, 2, 4, 7, 8, 7, 8, 3).permute(0, 1, 3, 5, 2, 4, 6, 7)

    assert {cell.tobytes() for cell in cells.flatten(4).flatten(0, 3).contiguous().numpy()} <= seen


def test_a_codec_gives_any_film_back_that_it_was_fitted_to() -> None:
    films = Random(0).randbytes(2 * 5 * 8 * 12 * 3)
    video = torch.frombuffer(bytearray(films), dtype=torch.uint8).reshape(2, 5, 8, 12, 3)
    codec = Codec(3 * 2 * 2 * 2, time=2, side=2, codes=144).fit(list(video.numpy()))

    assert (2, 24, 3, 4, 6) == codec.encode(video).shape
    assert torch.equal(video, codec.decode(codec.encode(video), 8, 12))


def test_films_of_more_blocks_than_a_codec_keeps_are_refused(films: list[tuple[Any, Any]]) -> None:
    with pytest.raises(PuzzlereelError, match="expected films of at most 11 different blocks, got 12"):
        Codec(8, codes=11).fit([video for _, video in films])
    Codec(8, codes=12).fit([video for _, video in films])


def test_latents_have_mean_zero_and_spread_one_and_what_there_is_not_has_none(films: list[tuple[Any, Any]]) -> None:
    codec = Codec(16).fit([video for _, video in films])
    latents = codec.encode(torch.from_numpy(np.stack([video for _, video in films])))
    flat = latents.movedim(1, -1).flatten(0, 3)

    assert flat.mean(0).abs().max() < 1e-3
    assert torch.allclose(torch.tensor([1.0] * 10), flat[:, :10].std(0), atol=0.01)
    assert flat[:, 12:].abs().max() < 1e-3


def test_what_is_rare_stands_far_from_the_rest(films: list[tuple[Any, Any]]) -> None:
    codec = Codec(10).fit([video for _, video in films])
    latents = codec.encode(torch.from_numpy(films[0][1])[None])[0]
    agent = latents[:, 1].norm(dim=0).flatten().sort(descending=True).values

    assert agent[0] > 5
    assert agent[20] < 3


def test_the_first_latent_frame_of_a_film_is_that_of_its_first_frame_alone(films: list[tuple[Any, Any]]) -> None:
    codec = Codec(10).fit([video for _, video in films])
    video = torch.from_numpy(films[0][1])[None]

    assert torch.equal(codec.encode(video[:, :1]), codec.encode(video)[:, :, :1])


@pytest.mark.parametrize("shape", [(1, 6, 8, 8, 3), (1, 5, 10, 8, 3), (1, 5, 8, 6, 3)])
def test_films_that_are_no_whole_blocks_are_refused_not_cut(shape: tuple[int, ...]) -> None:
    with pytest.raises(PuzzlereelError, match="expected 1 \\+ 4k frames and sides in multiples of 8"):
        Codec(4).encode(torch.zeros(shape, dtype=torch.uint8))
    with pytest.raises(PuzzlereelError, match="expected 1 \\+ 4k frames and sides in multiples of 8"):
        TinyShape(frames=shape[1] + 4, height=shape[2] + 24, width=shape[3] + 24)


def test_frame_0_is_not_free_and_what_stands_there_changes_nothing(
    policy: TinyPolicy, films: list[tuple[Any, Any]]
) -> None:
    condition = policy.encode(["go"] * 2, frames_of(films, 2))
    x = policy.init(condition, [1, 2])
    other = x.clone()
    other[:, :, 0] += 100
    sigma = torch.tensor([0.9, 0.4])

    assert not policy.free[:, 0].any()
    assert policy.free[:, 1:].all()
    assert torch.equal(condition.first[:, :, 0], x[:, :, 0])
    assert torch.equal(policy.velocity(x, sigma, condition), policy.velocity(other, sigma, condition))


def test_tokens_of_frame_0_have_timestep_0_and_the_others_that_of_sigma_unrounded(
    policy: TinyPolicy, films: list[tuple[Any, Any]]
) -> None:
    seen: list[Any] = []
    hook = policy.transformer.register_forward_pre_hook(lambda module, args: seen.extend(args))
    condition = policy.encode(["go"] * 2, frames_of(films, 2))
    policy.velocity(policy.init(condition, [1, 2]), torch.tensor([0.9876, 0.25]), condition)
    hook.remove()
    timestep = seen[1].reshape(2, 3, 16)

    assert torch.float32 == timestep.dtype
    assert not timestep[:, 0].any()
    assert torch.allclose(torch.full((2, 16), 987.6), timestep[:1, 1:].reshape(2, 16), rtol=0, atol=1e-3)
    assert torch.equal(torch.full((2, 16), 250.0), timestep[1:, 1:].reshape(2, 16))


def test_the_velocity_depends_on_the_first_frame_the_prompt_the_level_of_noise_and_every_frame(
    policy: TinyPolicy, films: list[tuple[Any, Any]]
) -> None:
    images, sigma = frames_of(films, 2), torch.tensor([0.5])
    condition = policy.encode(["go"], images[:1])
    x = policy.init(condition, [1])
    v = policy.velocity(x, sigma, condition)
    last = x.clone()
    last[:, :, -1] += 1

    assert v.shape == x.shape
    assert not torch.allclose(v, policy.velocity(x, sigma, policy.encode(["go"], images[1:])), atol=1e-4)
    assert not torch.allclose(v, policy.velocity(x, sigma, policy.encode(["fill"], images[:1])), atol=1e-4)
    assert not torch.allclose(v, policy.velocity(x, sigma + 0.1, condition), atol=1e-4)
    assert not torch.allclose(v[:, :, 1], policy.velocity(last, sigma, condition)[:, :, 1], atol=1e-4)


def test_a_policy_of_a_seed_is_always_the_same_and_takes_no_random_number_from_others() -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first, again, other = (TinyPolicy(SHAPE, seed=seed).state_dict() for seed in (1, 1, 2))

    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(value, again[name]) for name, value in first.items())
    assert not all(torch.equal(value, other[name]) for name, value in first.items())


def test_a_seed_is_that_of_its_name_alone() -> None:
    assert seed_of("run", 1, "level", 2) == seed_of("run", 1, "level", 2)
    names: list[tuple[object, ...]] = [("a", 1), ("a", "1"), ("a", 11), ("a", 1, 1), ("a\n1",), (1, "a"), ("a",)]
    assert len(names) == len({seed_of(*name) for name in names})
    assert 0 <= min(seed_of(i) for i in range(100)) <= max(seed_of(i) for i in range(100)) < 2**63
    assert torch.equal(normal([4, 5], (1, 2, 3, 4))[1:], normal([5], (1, 2, 3, 4)))


NAMES = [("run", 0, level, i) for level in ("a", "b") for i in range(3)]


def roll(policy: TinyPolicy, films: list[tuple[Any, Any]], rows: list[int], kind: str = "flow") -> Any:
    made = moves(policy.sigmas(6), kind, 0.7, range(3))
    condition = policy.encode(["go"] * 2, frames_of(films, 2)).take([0, 0, 0, 1, 1, 1]).take(rows)
    return made, condition, sample(policy, condition, made, [NAMES[i] for i in rows])


@pytest.mark.parametrize("kind", ["flow", "dance", "cps"])
def test_a_replay_with_the_same_weights_has_a_ratio_of_exactly_one(
    policy: TinyPolicy, films: list[tuple[Any, Any]], kind: str
) -> None:
    made, condition, sampled = roll(policy, films, list(range(6)), kind)

    assert [0, 1, 2] == [kept.step for kept in sampled.kept]
    for kept in sampled.kept:
        assert torch.float32 == kept.before.dtype == kept.after.dtype == kept.z.dtype
        move = made[kept.step]
        z = replay(policy, condition, move, kept).z
        ratio = surrogate(log_ratio(z, kept.z, move, policy.free, norm=False), torch.ones(6), 0.1).ratio

        assert torch.equal(torch.ones(6), ratio)
        assert z.requires_grad
        assert not kept.z.requires_grad


def test_the_way_is_kept_step_after_step_with_its_first_frame_pinned(
    policy: TinyPolicy, films: list[tuple[Any, Any]]
) -> None:
    _, condition, sampled = roll(policy, films, list(range(6)))
    for kept, following in zip(sampled.kept, sampled.kept[1:], strict=False):
        assert torch.equal(kept.after, following.before)
    for latents in (sampled.kept[0].before, sampled.kept[-1].after, sampled.latents):
        assert torch.equal(condition.first[:, :, 0], latents[:, :, 0])
    assert torch.equal(policy.decode(sampled.latents)[0, 0], policy.decode(condition.first)[0, 0])


def test_a_sample_is_the_same_in_whatever_batch_it_is_made(policy: TinyPolicy, films: list[tuple[Any, Any]]) -> None:
    whole = roll(policy, films, list(range(6)))[2]
    parts = [roll(policy, films, rows)[2] for rows in ([5], [0, 3], [4, 1, 2])]
    joined = torch.cat([part.latents for part in parts])[[1, 4, 5, 2, 3, 0]]

    assert torch.allclose(whole.latents, joined, atol=1e-4)
    assert (whole.latents[0] - whole.latents[1]).abs().max() > 0.1


def test_a_kept_step_can_be_cut_to_some_samples(policy: TinyPolicy, films: list[tuple[Any, Any]]) -> None:
    made, condition, sampled = roll(policy, films, list(range(6)))
    some = sampled.kept[1].take([4, 1])
    z = replay(policy, condition.take([4, 1]), made[1], some).z

    assert torch.equal(sampled.kept[1].z[[4, 1]], some.z)
    assert torch.allclose(some.z, z, atol=1e-3)


def test_noise_is_new_at_every_step_for_every_sample(policy: TinyPolicy, films: list[tuple[Any, Any]]) -> None:
    sampled = roll(policy, films, list(range(6)))[2]
    start = (sampled.kept[0].before, *(kept.z for kept in sampled.kept))
    flat = torch.cat([each[:, :, 1:].flatten(1) for each in start])
    alike = torch.corrcoef(flat) - torch.eye(len(flat))

    assert alike.abs().max() < 0.3
