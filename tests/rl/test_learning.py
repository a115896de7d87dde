"""SDE-GRPO lifts what the verifier pays a small Wan transformer, and a broken sign, mask or advantage does not.

The policy is taught films of one maze of which two in three stand still, so that it solves it now and then.
"""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

import torch

from puzzlereel.baselines.sde_grpo import train as trainer
from puzzlereel.baselines.sde_grpo.grpo import Advantages, advantages
from puzzlereel.baselines.sde_grpo.lessons import lesson_of
from puzzlereel.baselines.sde_grpo.metrics import read_log
from puzzlereel.baselines.sde_grpo.policy import TinyPolicy, TinyShape
from puzzlereel.baselines.sde_grpo.sft import Tuning, tune
from puzzlereel.baselines.sde_grpo.train import Training, train
from puzzlereel.puzzles.core import Trajectory
from puzzlereel.verifiers.apart import Judges

torch.set_num_threads(1)
SHAPE = TinyShape(frames=5, channels=8, layers=1, heads=2, head=24, feedforward=48)
LESSON = lesson_of("maze", "train", 1, SHAPE)
STILL = replace(LESSON, way=Trajectory(LESSON.way.level, ()))
TRAINING = Training("learning", iterations=16, levels=8, group=8, batch=64, steps=6, lr=6e-4, ema=0.5, every=16)
LIFT = 0.15
"""How much more the films of the last iterations earn than those of the first ones: 0.26 here, 0.23 with seed 1."""


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> TinyPolicy:
    """A policy that solves its maze now and then."""
    tuning = Tuning("learning", steps=500, batch=16, lr=4e-3, warmup=20, ema=0.95, every=500)
    folder = tmp_path_factory.mktemp("taught")
    run = tune(TinyPolicy(SHAPE), [LESSON, STILL, STILL], tuning, folder)
    assert isinstance(run.policy, TinyPolicy)
    return run.policy


def earned(policy: TinyPolicy, folder: Path) -> list[float]:
    """What the films of each iteration earn."""
    with Judges(1) as judges:
        train(policy, [LESSON], TRAINING, folder, judges=judges)
    return [line["reward"] for line in read_log(folder / "grpo.jsonl")]


def lift(told: list[float]) -> float:
    """How much more the last iterations earn than the first."""
    return fmean(told[-4:]) - fmean(told[:2])


def test_training_lifts_what_the_verifier_pays(taught: TinyPolicy, tmp_path: Path) -> None:
    told = earned(deepcopy(taught), tmp_path)

    assert 0.1 < fmean(told[:2]) < 0.5
    assert lift(told) > LIFT


def wrong_sign(patch: pytest.MonkeyPatch, policy: TinyPolicy) -> None:
    def negated(*asked: Any, **options: Any) -> Advantages:
        values, live = advantages(*asked, **options)
        return Advantages(-values, live)

    patch.setattr(trainer, "advantages", negated)


def shuffled(patch: pytest.MonkeyPatch, policy: TinyPolicy) -> None:
    generator = torch.Generator().manual_seed(1)

    def mixed(*asked: Any, **options: Any) -> Advantages:
        values, live = advantages(*asked, **options)
        places = torch.randperm(len(values), generator=generator)
        return Advantages(values[places], live[places])

    patch.setattr(trainer, "advantages", mixed)


def no_mask(patch: pytest.MonkeyPatch, policy: TinyPolicy) -> None:
    policy.free[:] = True


@pytest.mark.parametrize("broken", [wrong_sign, shuffled, no_mask])
def test_training_with_a_broken_part_does_not(
    taught: TinyPolicy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Any
) -> None:
    policy = deepcopy(taught)
    broken(monkeypatch, policy)

    assert lift(earned(policy, tmp_path)) <= 0
