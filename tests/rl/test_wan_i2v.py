"""A second family through the same members: Wan2.1-I2V, with its first frame in channels of its own."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

import torch
from bright import Bright
from diffusers import WanImageToVideoPipeline
from PIL import Image
from test_wan_train import LESSONS, TRAINING, TUNING
from tiny_wan import SHAPE, build, check_beside_the_pipeline, tiny_i2v
from transformers import CLIPVisionModel

from puzzlereel.baselines.sde_grpo.grpo import log_ratio
from puzzlereel.baselines.sde_grpo.metrics import read_log
from puzzlereel.baselines.sde_grpo.policy import Policy
from puzzlereel.baselines.sde_grpo.rollout import replay, sample
from puzzlereel.baselines.sde_grpo.sde import moves
from puzzlereel.baselines.sde_grpo.sft import Remembering, tune
from puzzlereel.baselines.sde_grpo.train import train
from puzzlereel.baselines.sde_grpo.wan_files import Lora, export, load
from puzzlereel.baselines.sde_grpo.wan_i2v import WanI2VPolicy

torch.set_num_threads(1)
PROMPTS = ["Walk to the goal.", "Push every box."]
IMAGES = (torch.rand(2, 64, 64, 3, generator=torch.Generator().manual_seed(3)) * 255).to(torch.uint8)


@pytest.fixture(scope="module", params=["look", "blind"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny pipeline's folder, with an image encoder or without."""
    return build(tmp_path_factory.mktemp("i2v") / request.param, tiny_i2v(look=request.param == "look"))


@pytest.fixture
def policy(model: Path, tmp_path: Path) -> Any:
    return load(model, SHAPE, cache=tmp_path / "cache")


def test_it_is_told_from_the_other_kind_and_all_of_its_latents_are_free(policy: Any) -> None:
    assert isinstance(policy, WanI2VPolicy)
    assert isinstance(policy, Policy)
    assert isinstance(policy, Remembering)
    assert (8, 3, 4, 4) == tuple(policy.free.shape)
    assert policy.free.all()


def test_the_condition_is_that_of_the_pipeline(policy: Any, model: Path) -> None:
    stock = WanImageToVideoPipeline.from_pretrained(model)
    condition = policy.encode(PROMPTS, IMAGES)
    for i, image in enumerate(IMAGES):
        pixels = image.permute(2, 0, 1)[None] / 127.5 - 1
        _, wanted = stock.prepare_latents(pixels, 1, 8, 64, 64, 9, torch.float32, torch.device("cpu"), None)

        assert torch.allclose(wanted[0], condition.first[i], atol=1e-5)
        if stock.image_encoder is None:
            assert condition.look is None
        else:
            look = stock.encode_image(Image.fromarray(image.numpy()), "cpu")
            assert torch.allclose(look[0], condition.look[i], atol=1e-5)


def test_what_was_said_of_first_frames_is_not_asked_again(policy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = policy.encode(PROMPTS, IMAGES)
    monkeypatch.setattr(CLIPVisionModel, "from_pretrained", None)
    monkeypatch.setattr(policy.vae, "encode", None)
    again = policy.encode(PROMPTS, IMAGES)

    assert torch.equal(first.first, again.first)
    assert (first.look is None and again.look is None) or torch.equal(first.look, again.look)


def test_our_loop_on_the_pipelines_own_grid_gives_what_the_pipeline_gives(policy: Any, model: Path) -> None:
    check_beside_the_pipeline(policy, WanImageToVideoPipeline.from_pretrained(model), shift=3.0, image=IMAGES[0])


def test_both_samples_of_a_batch_have_their_own_first_frame_and_a_replay_has_a_ratio_of_one(policy: Any) -> None:
    along = moves(policy.sigmas(4), "flow", 0.7, range(2))
    condition = policy.encode(PROMPTS, IMAGES)
    sampled = sample(policy, condition, along, [("run", 0), ("run", 0)])
    again = sample(policy, condition.take([1]), along, [("run", 0)])

    assert torch.allclose(sampled.latents[1:], again.latents, atol=1e-4)
    assert (sampled.latents[0] - sampled.latents[1]).abs().mean() > 1e-3
    for kept in sampled.kept:
        z = replay(policy, condition, along[kept.step], kept).z
        assert torch.equal(torch.ones(2), log_ratio(z, kept.z, along[kept.step], policy.free, norm=False).exp())


def test_it_learns_from_films_and_from_rewards_and_what_is_exported_is_the_same(model: Path, tmp_path: Path) -> None:
    policy = load(model, SHAPE, cache=tmp_path / "cache", lora=Lora(rank=4, alpha=8))
    tune(policy, LESSONS, TUNING, tmp_path / "sft")
    losses = [line["loss"] for line in read_log(tmp_path / "sft" / "sft.jsonl")]
    run = train(policy, LESSONS, TRAINING, tmp_path / "grpo", judges=Bright())
    lines = read_log(tmp_path / "grpo" / "grpo.jsonl")
    export(policy, tmp_path / "lora")
    again = load(model, SHAPE, cache=tmp_path / "cache", adapter=tmp_path / "lora")
    condition = policy.encode(PROMPTS, IMAGES)
    x, sigma = policy.init(condition, [1, 2]), torch.tensor([0.9, 0.4])

    assert sum(losses[-4:]) < sum(losses[:4])
    assert 2 == run.updates
    assert {1.0} == {line[name] for line in lines for name in ("ratio", "ratio_least", "ratio_most")}
    with torch.no_grad():
        assert torch.equal(policy.velocity(x, sigma, condition), again.velocity(x, sigma, condition))
