"""Flow matching is held to its closed form, and what is shown when depends on names alone."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

import torch

from puzzlereel.baselines.sde_grpo import sft
from puzzlereel.baselines.sde_grpo.lessons import films_of, lesson_of, lessons
from puzzlereel.baselines.sde_grpo.metrics import read_log
from puzzlereel.baselines.sde_grpo.policy import Condition, Policy, TinyPolicy, TinyShape
from puzzlereel.baselines.sde_grpo.seeds import normal, order
from puzzlereel.baselines.sde_grpo.sft import Shown, Teachable, Tuning, matching, show, tune
from puzzlereel.baselines.sde_grpo.state import BadCheckpoint
from puzzlereel.puzzles.ids import split_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.verifiers.apart import judge_rollout

torch.set_num_threads(1)
SHAPE = TinyShape(channels=8, layers=1, heads=1, head=32, feedforward=16)
LATENTS = normal([1, 2, 3], (2, 3, 4, 4))
NOISE = normal([4, 5, 6], (2, 3, 4, 4))
SHOWN = Shown(LATENTS, Condition(LATENTS[:, :, :1], torch.zeros(3, 1, 2)))
SIGMA = torch.tensor([1.0, 0.25, 0.5])


class Told:
    """A policy whose velocity is a function of what it is asked."""

    free = torch.ones(2, 3, 4, 4, dtype=torch.bool)
    free[:, 0] = False

    def __init__(self, velocity: Any) -> None:
        self.velocity = velocity

    def encode(self, *asked: Any) -> Any: ...
    def init(self, *asked: Any) -> Any: ...
    def decode(self, *asked: Any) -> Any: ...
    def sigmas(self, *asked: Any) -> Any: ...


def loss(velocity: Any) -> Any:
    return matching(Told(velocity), SHOWN, SIGMA, NOISE)


def test_the_tiny_policy_can_be_shown_films() -> None:
    policy = TinyPolicy(SHAPE)

    assert isinstance(policy, Teachable)
    assert isinstance(policy, Policy)


def test_the_loss_is_nothing_where_the_velocity_is_noise_minus_data() -> None:
    assert torch.equal(torch.zeros(3), loss(lambda *_: NOISE - LATENTS))


def test_the_loss_is_the_mean_squared_error_over_what_is_free() -> None:
    def wrong(*_: Any) -> Any:
        v = NOISE - LATENTS
        v[1, :, 1:] += 2
        v[2, 0, 1:] -= 3
        v[:, :, 0] = torch.nan
        return v

    assert torch.allclose(torch.tensor([0, 4, 4.5]), loss(wrong))


def test_the_policy_sees_data_and_noise_mixed_by_sigma_and_the_condition_clean() -> None:
    seen: list[Any] = []

    def velocity(*asked: Any) -> Any:
        seen.extend(asked)
        return NOISE

    loss(velocity)
    x, sigma, condition = seen

    assert torch.equal(SIGMA, sigma)
    assert condition is SHOWN.condition
    assert torch.equal(LATENTS[:, :, 0], x[:, :, 0])
    assert torch.equal(NOISE[0, :, 1:], x[0, :, 1:])
    assert torch.allclose(0.75 * LATENTS[1, :, 1:] + 0.25 * NOISE[1, :, 1:], x[1, :, 1:])


def test_every_thing_comes_once_a_round_in_an_order_that_depends_on_the_name_alone() -> None:
    whole = order("run", 0, 35, 10)

    assert whole == [place for start in range(0, 35, 7) for place in order("run", start, 7, 10)]
    for start in (0, 10, 20):
        assert list(range(10)) == sorted(whole[start : start + 10])
    assert whole[:10] != whole[10:20]
    assert order("other", 0, 10, 10) != whole[:10]


def test_noise_is_new_for_every_film_of_every_step_and_sigma_is_that_of_rollouts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sigmas, noises = list[float](), list[bytes]()

    def watched(policy: Any, shown: Any, sigma: Any, noise: Any) -> Any:
        sigmas.extend(sigma.tolist())
        noises.extend(one.numpy().tobytes() for one in noise)
        return matching(policy, shown, sigma, noise)

    monkeypatch.setattr(sft, "matching", watched)
    policy = TinyPolicy(SHAPE)
    tune(policy, lessons("maze", "train", range(2), SHAPE), Tuning("watched", steps=40, batch=8), tmp_path)

    assert 320 == len(set(noises))
    assert set(sigmas) <= set(torch.tensor(policy.sigmas(1000)).tolist())
    assert 0 < min(sigmas) < 0.2
    assert 0.95 < max(sigmas) <= 1
    assert 0.67 < sum(sigma > 0.5 for sigma in sigmas) / 320 < 0.83  # shift 3: three quarters of a rollout


def test_every_film_is_shown_once_a_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = list[bytes]()

    def watched(policy: Any, shown: Any, sigma: Any, noise: Any) -> Any:
        seen.extend(one.numpy().tobytes() for one in shown.latents)
        return matching(policy, shown, sigma, noise)

    monkeypatch.setattr(sft, "matching", watched)
    tune(TinyPolicy(SHAPE), lessons("maze", "train", range(6), SHAPE), Tuning("round", steps=6, batch=3), tmp_path)

    assert [6, 6, 6] == [len(set(seen[start : start + 6])) for start in (0, 6, 12)]


def test_fewer_films_at_once_give_the_same_gradient_but_for_rounding(tmp_path: Path) -> None:
    taught, tuning = lessons("maze", "train", range(6), SHAPE), Tuning("shares", steps=1, batch=5, warmup=1, lr=1e-2)
    tune(TinyPolicy(SHAPE), taught, tuning, tmp_path / "whole")
    tune(TinyPolicy(SHAPE), taught, replace(tuning, at_once=2), tmp_path / "parts")
    whole, parts = (read_log(tmp_path / one / "sft.jsonl")[0] for one in ("whole", "parts"))

    assert whole["loss"] == pytest.approx(parts["loss"], rel=1e-4)
    assert whole["norm"] == pytest.approx(parts["norm"], rel=1e-3)


def test_the_codec_is_fitted_to_the_training_films_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taught, calls = lessons("maze", "train", range(4), SHAPE), Counter[str]()

    class Watched(TinyPolicy):  # type: ignore[misc, unused-ignore]
        def fit(self, films: Any) -> None:
            calls["fit"] += 1
            assert torch.equal(films_of(taught), films)
            super().fit(films)

    tuning = Tuning("codec", steps=2, batch=2, every=1)
    first = tune(Watched(SHAPE), taught, tuning, tmp_path).policy
    monkeypatch.setattr(sft, "Tuning", None)
    again = tune(Watched(SHAPE, seed=9), taught, tuning, tmp_path).policy

    assert {"fit": 1} == calls
    assert torch.equal(first.codec.basis, again.codec.basis)
    assert torch.equal(show(first, taught).latents, show(again, taught).latents)


def test_the_learning_rate_rises_and_stays(tmp_path: Path) -> None:
    tuning = Tuning("warm", steps=6, batch=2, warmup=4, lr=0.01)
    tune(TinyPolicy(SHAPE), lessons("maze", "train", range(2), SHAPE), tuning, tmp_path)

    rates = [line["lr"] for line in read_log(tmp_path / "sft.jsonl")]
    assert [0.0025, 0.005, 0.0075, 0.01, 0.01, 0.01] == pytest.approx(rates)


def test_a_run_can_go_on_for_more_steps_but_not_with_other_numbers(tmp_path: Path) -> None:
    taught = lessons("maze", "train", range(2), SHAPE)
    tune(TinyPolicy(SHAPE), taught, Tuning("more", steps=2, batch=2), tmp_path)
    run = tune(TinyPolicy(SHAPE), taught, Tuning("more", steps=3, batch=2), tmp_path)

    assert [1, 2, 3] == [line["step"] for line in read_log(tmp_path / "sft.jsonl")]
    assert (3, 6) == (run.step, run.position)
    with pytest.raises(BadCheckpoint, match="the same settings"):
        tune(TinyPolicy(SHAPE), taught, Tuning("more", steps=4, batch=2, lr=0.1), tmp_path)
    with pytest.raises(BadCheckpoint, match="the same settings"):
        tune(TinyPolicy(SHAPE), taught[:1], Tuning("more", steps=4, batch=2), tmp_path)


def test_a_small_policy_learns_a_few_films(tmp_path: Path) -> None:
    shape = TinyShape(layers=2, heads=2, head=24, feedforward=48)
    tuning = Tuning("learns", steps=120, batch=8, lr=3e-3, warmup=10)
    tune(TinyPolicy(shape), lessons("maze", "train", range(2), shape), tuning, tmp_path)
    losses = [line["loss"] for line in read_log(tmp_path / "sft.jsonl")]

    assert 1.2 < sum(losses[:10]) / 10  # the variance of the velocity is about 2
    assert sum(losses[-20:]) / 20 < 0.7 * sum(losses[:10]) / 10


def test_lessons_belong_to_their_split_and_their_films_are_solutions() -> None:
    for split in ("train", "val", "test"):
        for lesson in lessons("maze", split, range(3), SHAPE):
            assert split == split_of(PUZZLES["maze"], lesson.way.level)
            assert judge_rollout(lesson.answered(torch.from_numpy(lesson.film))).success
    one, again, other = (lesson_of("maze", "train", number, SHAPE) for number in (5, 5, 6))
    assert str(one.way.level) == str(again.way.level) != str(other.way.level)
    assert "{" not in one.prompt
