"""What warns: rewards that grow apart from those that are not trained on, and replays that are not exact."""

import math
import warnings
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

import torch
from test_train import LESSONS, TRAINING, Knob, go

from puzzlereel.baselines.sde_grpo import train as trainer
from puzzlereel.baselines.sde_grpo.grpo import clip_range
from puzzlereel.baselines.sde_grpo.lessons import lessons
from puzzlereel.baselines.sde_grpo.metrics import read_log
from puzzlereel.baselines.sde_grpo.policy import TinyPolicy, TinyShape
from puzzlereel.baselines.sde_grpo.preflight import noise_floor
from puzzlereel.baselines.sde_grpo.rewards import disguised
from puzzlereel.baselines.sde_grpo.sde import moves
from puzzlereel.baselines.sde_grpo.train import GROWN, SOME, CanaryWarning, warn_of
from puzzlereel.verifiers.apart import Judges, judge_rollout
from puzzlereel.verifiers.reward import reward


def test_a_film_in_disguise_is_judged_as_it_is_without() -> None:
    for lesson in lessons("maze", "train", range(6), TinyShape()):
        for video in (lesson.film, lesson.film[:1].repeat(9, 0), lesson.film[:2], lesson.film[::2]):
            plain, other = (judge_rollout(lesson.answered(torch.from_numpy(one))) for one in (video, disguised(video)))

            assert plain.success == other.success
            assert reward(plain) == pytest.approx(reward(other))
        assert (18, 56, 56, 3) == disguised(lesson.film).shape


def test_what_films_get_in_disguise_is_told_beside_the_reward(tmp_path: Path) -> None:
    with Judges(1) as judges:
        go(tmp_path, judges, iterations=3)
    for line in read_log(tmp_path / "grpo.jsonl"):
        assert 0 == line["gap"]
        assert line["canary"] in [i / 4 for i in range(5)]  # 4 of 32 films, each a solution or still


def gaps(at_first: float, now: float, count: int = SOME) -> list[float]:
    return [at_first] * SOME + [now] * count


@pytest.mark.parametrize(
    ("told", "warned"),
    [
        (gaps(0.0, GROWN + 0.01), True),
        (gaps(0.3, GROWN + 0.31), True),
        (gaps(0.0, GROWN - 0.01), False),
        (gaps(0.3, 0.3), False),
        (gaps(0.5, 0.0), False),
        (gaps(0.0, 1.0, SOME - 1), False),
        ([1.0] * SOME, False),
    ],
)
def test_a_gap_that_grows_is_warned_of(told: list[float], warned: bool) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of(told)

    assert [CanaryWarning] * warned == [one.category for one in caught]


def test_training_that_goes_on_remembers_the_gap_that_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gap = [0.0]
    monkeypatch.setattr(trainer, "canary", lambda *_, **__: {"canary": 0.5, "gap": gap[0]})
    monkeypatch.setattr(trainer, "SOME", 1)
    with Judges(1) as judges:
        go(tmp_path, judges, iterations=1)
        gap[0] = 0.4
        with pytest.warns(CanaryWarning, match="is 0.40 above that of the same films in disguise, and was 0.00"):
            go(tmp_path, judges, iterations=2)


def test_replays_are_exact_here_and_the_clip_is_far_above_what_is_left() -> None:
    policy = TinyPolicy(TinyShape(layers=1, heads=1, head=40, feedforward=16))
    floor = noise_floor(policy, LESSONS, TRAINING)
    along = moves(policy.sigmas(6), TRAINING.kind, TRAINING.eta, range(3))

    assert floor.clip == min(clip_range(0.2, int(policy.free.sum()), move, norm=True) for move in along[:3])
    assert floor.noise < 1e-3 * floor.clip
    assert floor.safe
    assert "one update an iteration" not in str(floor)


def test_noise_that_the_clip_would_take_for_learning_is_told() -> None:
    class Batched(Knob):
        def velocity(self, x: Any, sigma: Any, condition: Any) -> Any:
            return super().velocity(x, sigma, condition) * (1 + 0.01 * len(x))

    floor = noise_floor(Batched(), LESSONS, TRAINING)

    assert not floor.safe
    assert floor.noise > 0.1 * floor.clip
    assert "take one update an iteration" in str(floor)


def test_ratios_that_are_no_numbers_are_not_safe() -> None:
    class Lost(Knob):
        def velocity(self, x: Any, sigma: Any, condition: Any) -> Any:
            return super().velocity(x, sigma, condition) * math.nan

    floor = noise_floor(Lost(), LESSONS, TRAINING)

    assert math.inf == floor.noise
    assert not floor.safe
