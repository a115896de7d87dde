"""What a plan says is what torch counts when the tiny model is run, and what follows from it by hand."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

import torch
from diffusers import WanTransformer3DModel
from tiny_wan import SHAPE, TRANSFORMER, VAE, tiny_pipeline
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from typer.testing import CliRunner

from puzzlereel.baselines.sde_grpo import recipes
from puzzlereel.baselines.sde_grpo.plan import memory_of, plan_of, plan_of_sft, saving_of, seconds_of
from puzzlereel.baselines.sde_grpo.recipes import RECIPES, Recipe, recipe_of
from puzzlereel.baselines.sde_grpo.sde import explored, moves, sigmas
from puzzlereel.baselines.sde_grpo.sft import Tuning
from puzzlereel.baselines.sde_grpo.train import Training
from puzzlereel.baselines.sde_grpo.wan import WanPolicy
from puzzlereel.baselines.sde_grpo.wan_cache import Cache, Reader
from puzzlereel.baselines.sde_grpo.wan_cost import WAN_TI2V_5B, Model, cost_of, decoding, size_of_vae
from puzzlereel.baselines.sde_grpo.wan_files import Lora
from puzzlereel.baselines.sde_grpo.window import Window
from puzzlereel.cli.main import app
from puzzlereel.puzzles.core import PuzzlereelError

torch.set_num_threads(1)
DEEP = {**TRANSFORMER, "num_layers": 6}
LATENTS = (8, 3, 4, 4)
TINY = Model(DEEP, VAE, tokens=16)
TRAINING = Training("plan", iterations=10, levels=4, group=6, batch=2, steps=8, window=Window("early", 3))
RECIPE = Recipe(TINY, SHAPE, None, TRAINING)


def counted(work: Any) -> float:
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):  # it overlooks others on a processor
        work()
    return float(counter.get_total_flops())


def policy_of(lora: Lora | None, *, checkpointing: bool, tmp_path: Path) -> Any:
    """A policy as training has it, with numbers in it."""
    from peft import LoraConfig

    transformer = WanTransformer3DModel(**DEEP)
    if lora:
        transformer.add_adapter(LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules=list(lora.targets)))
    if checkpointing:
        transformer.enable_gradient_checkpointing()
    return WanPolicy(
        transformer, tiny_pipeline().vae, SHAPE, reader=Reader(tmp_path), cache=Cache(tmp_path), identity="never asked"
    )


@pytest.mark.parametrize("lora", [None, Lora(4, 4), Lora(8, 8, ("to_q", "to_v"))])
@pytest.mark.parametrize("checkpointing", [False, True])
def test_a_trained_step_costs_what_torch_counts_when_it_is_run(
    lora: Lora | None, checkpointing: bool, tmp_path: Path
) -> None:
    from puzzlereel.baselines.sde_grpo.policy import Condition

    policy = policy_of(lora, checkpointing=checkpointing, tmp_path=tmp_path)
    condition = Condition(torch.randn(1, 8, 1, 4, 4), torch.randn(1, 16, 32))
    x, sigma = policy.init(condition, [1]), torch.tensor([0.5])
    cost = cost_of(TINY, LATENTS, lora=lora, checkpointing=checkpointing)
    with torch.no_grad():
        forward = counted(lambda: policy.velocity(x, sigma, condition))
    both = counted(lambda: policy.velocity(x, sigma, condition).sum().backward())
    trained = sum(weight.numel() for weight in policy.parameters() if weight.requires_grad)

    assert cost.forward == pytest.approx(forward, rel=0.02)
    assert cost.trained_step == pytest.approx(both, rel=0.02)
    assert cost.trained == trained
    assert cost.parameters == sum(weight.numel() for weight in WanTransformer3DModel(**DEEP).parameters())


def test_gradients_cost_more_than_none_recomputing_more_still_and_lora_less() -> None:
    full, again = (cost_of(TINY, LATENTS, checkpointing=again) for again in (False, True))
    small = cost_of(TINY, LATENTS, lora=Lora(4, 4), checkpointing=False)

    assert 2.8 < full.trained_step / full.forward < 3.05
    assert 3.7 < again.trained_step / again.forward < 4.05
    assert small.trained_step / small.forward < full.trained_step / full.forward
    assert 12 * 24 * 2 == full.input_bytes  # 12 tokens of 24 numbers in half precision
    assert full.block_bytes > 5 * full.input_bytes


def test_decoding_costs_what_torch_counts_when_a_longer_film_is_decoded() -> None:
    vae = tiny_pipeline().vae
    with torch.no_grad():
        whole = counted(lambda: vae.decode(torch.randn(1, 8, 6, 4, 4)))

    assert decoding(TINY, (8, 6, 4, 4)) == pytest.approx(whole, rel=0.02)
    assert size_of_vae(TINY) == sum(weight.numel() for weight in vae.parameters())


def test_the_real_model_has_as_many_parameters_as_its_name_says_and_a_forward_is_that_of_the_closed_form() -> None:
    cost = cost_of(WAN_TI2V_5B, (48, 2, 8, 8), checkpointing=False)
    tokens, width, wide, words = 2 * 4 * 4, 3072, 14336, 512
    block = 8 * tokens * width**2 + 4 * tokens**2 * width  # to and from self-attention, and itself
    block += 4 * tokens * width**2 + 4 * words * width**2 + 4 * tokens * words * width  # the same with the prompt
    block += 4 * tokens * width * wide
    outside = 2 * tokens * width * (6 * width + width + 256) + 2 * words * (4096 * width + width**2)

    assert 4.999e9 < cost.parameters < 5.001e9
    assert cost.forward == pytest.approx(30 * block + outside, rel=0.02)


def test_seconds_and_savings_follow_from_operations_by_hand() -> None:
    flops = {"forward": 10e12, "trained_step": 40e12, "decode": 60e12}
    seconds = seconds_of(flops, 20, 10, 6, 100.0)

    assert {"sample": 12.0, "decode": 3.6, "replay": 24.0, "iteration": 39.6} == pytest.approx(seconds)
    assert 0.4 == pytest.approx(saving_of(flops, 20, 10)["as_the_paper"])
    assert 9 * 40 / (200 + 19 * 40 + 60) == pytest.approx(saving_of(flops, 20, 10)["all_but_last"])
    assert saving_of(flops, 20, 19)["all_but_last"] == 0


def test_a_plan_tells_the_numbers_of_the_whole_run_and_of_each_step() -> None:
    plan = plan_of(RECIPE, gpus=5, rate=0.001)
    whole, steps = plan["global"], plan["per_step"]

    assert (24, 5, 10, 3) == (whole["films"], whole["gpus"], whole["films_at_once"], whole["rounds"])
    assert 1 - 24 / 30 == pytest.approx(whole["idle"])
    assert 8 * 2 * 4 * 4 == whole["free_elements"]
    assert [*range(8)] == [step["step"] for step in steps]
    assert [True] * 3 + [False] * 5 == [step["weight"] is not None for step in steps]
    assert [1.0, 0.0] == [steps[0]["from"], steps[-1]["to"]]
    assert all(step["clip"] == pytest.approx(0.2 / 256**0.5 * step["noise"]) for step in steps[:3])
    ends = [explored(moves(sigmas(8, 5.0), "flow", 0.7, range(size))) for size in (1, 2, 3)]
    assert ends == [step["explored"] for step in steps[:3]]
    assert [None] * 5 == [step["explored"] for step in steps[3:]]
    assert 6 * (8 * plan["flops"]["forward"]) / 1e9 == pytest.approx(plan["seconds"]["sample"])
    assert 10 * plan["seconds"]["iteration"] / 3600 == pytest.approx(plan["seconds"]["run_hours"])
    assert plan == json.loads(json.dumps(plan))


def test_a_plan_of_sft_counts_each_film_once_and_every_step() -> None:
    recipe = replace(RECIPE, tuning=Tuning("plan", steps=10, batch=6, at_once=2))
    plan, shared = (plan_of_sft(recipe, gpus=gpus, rate=0.001, films=20) for gpus in (1, 4))
    vae = tiny_pipeline().vae
    with torch.no_grad():
        encode = counted(lambda: vae.encode(torch.randn(1, 3, 9, 64, 64)))

    assert plan["flops"]["encode"] == pytest.approx(encode, rel=0.02)
    assert (60, 3.0) == (plan["global"]["shown"], plan["global"]["epochs"])
    assert 60 * plan["flops"]["trained_step"] / 1e9 == pytest.approx(plan["seconds"]["train"])
    assert 20 * plan["flops"]["encode"] / 1e9 == pytest.approx(plan["seconds"]["encode"])
    assert 10 * 2 * plan["flops"]["trained_step"] / 1e9 == pytest.approx(shared["seconds"]["train"])
    assert 20 * 8 * 3 * 4 * 4 * 4 == plan["disk"]["cache"]
    assert 0 == plan["memory"]["kept_steps"]
    assert memory(RECIPE)["activations"] == plan["memory"]["activations"]
    assert plan == json.loads(json.dumps(plan))


def memory(recipe: Recipe, gpus: int = 1) -> dict[str, float]:
    cost = cost_of(TINY, LATENTS, lora=recipe.lora, checkpointing=recipe.checkpointing)
    return memory_of(recipe, cost, LATENTS, gpus=gpus, films=24, trained=3)


def test_memory_is_counted_by_part() -> None:
    whole, shared = memory(RECIPE), memory(RECIPE, gpus=4)
    small = memory(replace(RECIPE, lora=Lora(4, 4), shape=replace(SHAPE, compute="bfloat16")))
    every, trained = (
        cost_of(TINY, LATENTS, lora=Lora(4, 4)).__getattribute__(key) for key in ("parameters", "trained")
    )

    assert 4 * every == whole["trained_weights"] == whole["gradients"] == whole["adamw"] / 3 == whole["average"]
    assert whole["adamw"] / 4 == shared["adamw"]
    assert (0, 4 * 4 * every / 6) == (whole["gathered_blocks"], shared["gathered_blocks"])
    assert 2 * every == small["frozen_weights"]
    assert 12 * trained == small["adamw"]
    assert 24 * ((2 * 3 + 1) * 384 * 4 + 128 * 4 + 16 * 32 * 4) == whole["kept_steps"]
    assert sum(taken for part, taken in whole.items() if part != "all") == whole["all"]
    assert memory(replace(RECIPE, checkpointing=False))["activations"] > whole["activations"]


def test_memory_has_what_is_computed_in_half_precision_and_what_is_diverged_from() -> None:
    rough = replace(RECIPE, shape=replace(SHAPE, compute="bfloat16"))
    kept = replace(rough, training=replace(TRAINING, beta=0.1))
    small = replace(kept, lora=Lora(4, 4))
    every = cost_of(TINY, LATENTS).parameters
    trained = cost_of(TINY, LATENTS, lora=Lora(4, 4)).trained

    assert (0, 0) == (memory(RECIPE)["weights_computed_in"], memory(RECIPE)["reference"])
    assert 2 * every / 6 == memory(rough)["weights_computed_in"] == memory(rough, gpus=4)["weights_computed_in"]
    assert 2 * every == memory(replace(rough, checkpointing=False))["weights_computed_in"]
    assert (4 * every, every) == (memory(kept)["reference"], memory(kept, gpus=4)["reference"])
    assert 4 * trained == memory(small)["reference"] == memory(small, gpus=4)["reference"]
    assert (0, 0) == (memory(small)["weights_computed_in"], memory(small, gpus=4)["gathered_blocks"])


@pytest.mark.parametrize("name", RECIPES)
def test_a_preset_is_a_run_that_can_be_begun(name: str) -> None:
    recipe = recipe_of(name)
    training = recipe.training

    assert WAN_TI2V_5B is recipe.model
    assert range(10) == training.window.steps(training.steps, iteration=0, run=training.run)
    assert (recipe.lora is None) == ("lora" not in name)


def test_the_command_prints_a_plan_and_refuses_what_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipes, "RECIPES", {"tiny-wan": lambda name: RECIPE})
    shown = CliRunner().invoke(app, ["plan", "--preset", "tiny-wan", "--gpus", "2"])
    told = CliRunner().invoke(app, ["plan", "--preset", "tiny-wan", "--gpus", "2", "--rate", "0.5", "--json"])
    taught = CliRunner().invoke(app, ["plan", "--preset", "tiny-wan", "--stage", "sft", "--films", "64"])
    stage = CliRunner().invoke(app, ["plan", "--preset", "tiny-wan", "--stage", "no"])
    wrong = CliRunner().invoke(app, ["plan", "--preset", "wan3"])

    assert 0 == shown.exit_code == told.exit_code
    assert "4 levels × 6: 24 films of 9 x 64x64" in shown.output
    assert "save" in shown.output
    assert plan_of(RECIPE, gpus=2, rate=0.5) == json.loads(told.output)
    assert "4000 of 32 films: 2000.0 epochs of 64 films" in taught.output
    assert "expected a stage of sft or grpo, and --films with sft only, got 'no'" == str(stage.exception)
    assert isinstance(wrong.exception, PuzzlereelError)
    assert "expected a preset of tiny-wan, got 'wan3'" == str(wrong.exception)
