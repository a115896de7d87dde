"""The trainer as it is runs on the real classes of Wan2.2-TI2V-5B: SFT, SDE-GRPO, resumed and filmed with."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

import safetensors.torch
import torch
from bright import Bright
from tiny_wan import SHAPE, build, lessons_of

from puzzlereel.baselines.sde_grpo.metrics import read_log
from puzzlereel.baselines.sde_grpo.preflight import noise_floor
from puzzlereel.baselines.sde_grpo.rewards import Asked, film_all
from puzzlereel.baselines.sde_grpo.sde import moves
from puzzlereel.baselines.sde_grpo.sft import Tuning, tune
from puzzlereel.baselines.sde_grpo.state import checkpoints
from puzzlereel.baselines.sde_grpo.train import Training, train
from puzzlereel.baselines.sde_grpo.wan import WanPolicy
from puzzlereel.baselines.sde_grpo.wan_files import Lora, export, load
from puzzlereel.verifiers.apart import Judges

torch.set_num_threads(1)
LESSONS = lessons_of(2)
LORA = Lora(rank=4, alpha=8)
TUNING = Tuning("wan", steps=12, batch=2, lr=2e-2, warmup=1, every=6, enough=2.0)
TRAINING = Training("wan", iterations=2, levels=2, group=4, batch=4, steps=4, lr=1e-2, every=1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wan") / "model")


@pytest.fixture
def policy(request: pytest.FixtureRequest, model: Path, tmp_path: Path) -> WanPolicy:
    """For full fine-tuning, LoRA, or LoRA in half precision."""
    kind = getattr(request, "param", "lora")
    shape = replace(SHAPE, compute="bfloat16") if kind == "half" else SHAPE
    return load(model, shape, cache=tmp_path / "cache", lora=None if kind == "full" else LORA)


def weights_of(policy: WanPolicy) -> dict[str, torch.Tensor]:
    return {name: weight.clone() for name, weight in policy.state_dict().items()}


def film(policy: WanPolicy) -> list[bytes]:
    """The films of the first lesson and the second, by the ODE."""
    asked = [Asked(lesson, ("film", i)) for i, lesson in enumerate(LESSONS)]
    images = torch.stack([torch.from_numpy(one.lesson.film[0]) for one in asked])
    condition = policy.encode([one.lesson.prompt for one in asked], images)
    x = policy.init(condition, [1, 2])
    for move in moves(policy.sigmas(3), "ode", 1.0, ()):
        with torch.no_grad():
            x = torch.where(policy.free, x + move.v * policy.velocity(x, torch.full((2,), move.s), condition), x)
    return [one.numpy().tobytes() for one in policy.decode(x)]


@pytest.mark.parametrize("policy", ["full", "lora", "half"], indirect=True)
def test_sft_lowers_the_loss_and_its_checkpoint_holds_the_trained_weights_alone(
    policy: WanPolicy, tmp_path: Path
) -> None:
    before, frozen = weights_of(policy), {id(w): w.clone() for w in policy.parameters() if not w.requires_grad}
    run = tune(policy, LESSONS, TUNING, tmp_path / "run", examine=lambda: {"success": 0.0})
    losses = [line["loss"] for line in read_log(tmp_path / "run" / "sft.jsonl")]
    held = safetensors.torch.load_file(checkpoints(tmp_path / "run")[-1] / "tensors.safetensors")

    assert 12 == run.step == run.updates
    assert sum(losses[-4:]) < 0.9 * sum(losses[:4])
    assert all(not torch.equal(weight, before[name]) for name, weight in policy.state_dict().items() if "attn1" in name)
    assert all(torch.equal(weight, frozen[id(weight)]) for weight in policy.parameters() if id(weight) in frozen)
    assert {f"policy/{name}" for name in before} == {name for name in held if name.startswith("policy/")}
    assert not any("vae" in name for name in held)


@pytest.mark.parametrize("policy", ["full", "lora", "half"], indirect=True)
def test_grpo_changes_the_weights_at_a_ratio_of_exactly_one(policy: WanPolicy, tmp_path: Path) -> None:
    before = weights_of(policy)
    run = train(policy, LESSONS, TRAINING, tmp_path / "run", judges=Bright())
    lines = read_log(tmp_path / "run" / "grpo.jsonl")

    assert 2 == run.step == run.updates == len(lines)
    assert [1.0, 1.0] == [line["live"] for line in lines]
    assert {1.0} == {line[name] for line in lines for name in ("ratio", "ratio_least", "ratio_most")}
    assert all(line["norm"] > 0 and not line["errors"] for line in lines)
    assert any(not torch.equal(weight, before[name]) for name, weight in policy.state_dict().items())


@pytest.mark.parametrize("policy", ["full"], indirect=True)
def test_grpo_makes_films_brighter_where_that_is_what_is_paid_for(policy: WanPolicy, tmp_path: Path) -> None:
    training = replace(TRAINING, iterations=20, group=8, batch=8, lr=5e-3, every=20)
    train(policy, LESSONS, training, tmp_path / "run", judges=Bright())
    rewards = [line["reward"] for line in read_log(tmp_path / "run" / "grpo.jsonl")]

    assert sum(rewards[:3]) / 3 + 0.01 < sum(rewards[-3:]) / 3


@pytest.mark.parametrize("policy", ["full", "lora"], indirect=True)
def test_a_run_that_was_stopped_ends_as_one_that_was_not(policy: WanPolicy, model: Path, tmp_path: Path) -> None:
    full = not any("lora_" in name for name in policy.state_dict())
    parts, whole = tmp_path / "parts", tmp_path / "whole"
    train(policy, LESSONS, replace(TRAINING, iterations=1), parts, judges=Bright())
    again = load(model, SHAPE, cache=tmp_path / "cache", lora=None if full else LORA, seed=5)
    resumed = train(again, LESSONS, TRAINING, parts, judges=Bright())
    fresh = load(model, SHAPE, cache=tmp_path / "cache", lora=None if full else LORA)
    straight = train(fresh, LESSONS, TRAINING, whole, judges=Bright())

    assert all(torch.equal(weight, fresh.state_dict()[name]) for name, weight in again.state_dict().items())
    assert all(torch.equal(weight, straight.ema[name]) for name, weight in resumed.ema.items())
    assert film(fresh) == film(again)

    export(again, tmp_path / "out")
    options: dict[str, Any] = {} if full else {"adapter": tmp_path / "out"}
    exported = load(tmp_path / "out" if full else model, SHAPE, cache=tmp_path / "cache", **options)
    assert film(again) == film(exported)
    assert film(again) != film(load(model, SHAPE, cache=tmp_path / "cache"))


@pytest.mark.parametrize("policy", ["lora", "half"], indirect=True)
def test_replays_in_other_batches_are_near_enough_for_the_clip(policy: WanPolicy) -> None:
    floor = noise_floor(policy, LESSONS, replace(TRAINING, levels=2, group=2, batch=2))

    assert floor.noise < floor.clip


def test_its_films_are_judged_by_the_real_verifier(policy: WanPolicy) -> None:
    from puzzlereel.baselines.sde_grpo.metrics import Clock

    asked = [Asked(lesson, ("film", i)) for i, lesson in enumerate(LESSONS)]
    along = moves(policy.sigmas(3), "ode", 1.0, ())
    with Judges(1) as judges:
        filmed = film_all(policy, asked, along, batch=2, judges=judges, clock=Clock())

    assert [] == filmed.errors
    assert [False, False] == [verdict.success for verdict in filmed.verdicts if verdict]
