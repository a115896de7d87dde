"""The adapter for Wan2.2-TI2V-5B, on a tiny random pipeline of the same classes, beside what diffusers does with it."""

import json
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the rl extra is not installed")
pytest.importorskip("diffusers", reason="the rl extra is not installed")

import torch
from diffusers import WanImageToVideoPipeline, WanTransformer3DModel
from diffusers.pipelines.wan import pipeline_wan_i2v
from huggingface_hub import constants
from tiny_wan import SHAPE, build, check_beside_the_pipeline, lessons_of, tiny_pipeline
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import UMT5EncoderModel

from puzzlereel.baselines.sde_grpo.grpo import log_ratio
from puzzlereel.baselines.sde_grpo.lessons import films_of, firsts_of
from puzzlereel.baselines.sde_grpo.policy import Policy
from puzzlereel.baselines.sde_grpo.rollout import replay, sample
from puzzlereel.baselines.sde_grpo.sde import moves
from puzzlereel.baselines.sde_grpo.sft import Remembering, show
from puzzlereel.baselines.sde_grpo.state import reference_of
from puzzlereel.baselines.sde_grpo.wan import WanPolicy, WanShape
from puzzlereel.baselines.sde_grpo.wan_cache import Cache, Reader, identity_of
from puzzlereel.baselines.sde_grpo.wan_files import BadModel, Lora, export, load
from puzzlereel.puzzles.core import PuzzlereelError

torch.set_num_threads(1)
LORA = Lora(rank=4, alpha=8)
PROMPTS = ["Walk to the goal.", "Push every box."]
IMAGES = (torch.rand(2, 64, 64, 3, generator=torch.Generator().manual_seed(3)) * 255).to(torch.uint8)
NAMES = [("run", i) for i in range(2)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny pipeline's folder."""
    return build(tmp_path_factory.mktemp("wan") / "model")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def policy(model: Path, cache: Path) -> WanPolicy:
    """For full fine-tuning in float32; not to be changed."""
    return load(model, SHAPE, cache=cache)


@pytest.fixture(scope="module")
def stock(model: Path) -> WanImageToVideoPipeline:
    pipeline = WanImageToVideoPipeline.from_pretrained(model)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@pytest.fixture
def no_ftfy(monkeypatch: pytest.MonkeyPatch) -> None:
    """What mends mangled text, which our prompts are not, does nothing."""

    class Ftfy:
        @staticmethod
        def fix_text(text: str) -> str:
            return text

    monkeypatch.setattr(pipeline_wan_i2v, "ftfy", Ftfy, raising=False)


def changed(policy: WanPolicy) -> WanPolicy:
    """The same policy with other trained weights: LoRA is the identity before it is trained."""
    with torch.no_grad():
        for i, weight in enumerate(policy.state_dict().values()):
            weight.add_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(i)), alpha=0.05)
    return policy


def filmed(policy: WanPolicy, rows: list[int] | None = None, kind: str = "ode") -> Any:
    chosen = [0, 1] if rows is None else rows
    along = moves(policy.sigmas(4), kind, 0.7, range(2) if kind != "ode" else ())
    condition = policy.encode([PROMPTS[i] for i in chosen], IMAGES[chosen])
    return along, condition, sample(policy, condition, along, [NAMES[i] for i in chosen])


def test_it_is_a_policy_that_can_be_shown_films(policy: WanPolicy) -> None:
    assert isinstance(policy, Policy)
    assert isinstance(policy, Remembering)
    assert (8, 3, 4, 4) == policy.latent_shape == tuple(policy.free.shape)
    assert 8 * 2 * 4 * 4 == int(policy.free.sum())
    assert not policy.free[:, 0].any()


@pytest.mark.parametrize(("frames", "height", "width"), [(8, 64, 64), (10, 64, 64), (9, 48, 64), (9, 64, 80)])
def test_sizes_that_do_not_fit_are_refused_in_one_line_not_floored(
    policy: WanPolicy, frames: int, height: int, width: int
) -> None:
    shape = replace(SHAPE, frames=frames, height=height, width=width)
    with pytest.raises(
        PuzzlereelError, match="expected 4k \\+ 1 frames and a height and width in multiples of 32"
    ) as e:
        WanPolicy(
            policy.transformer, policy.vae, shape, reader=policy.reader, cache=policy.cache, identity=policy.identity
        )
    assert f"got {frames} frames of {height}x{width}" in str(e.value)


def test_a_first_frame_of_another_size_is_refused(policy: WanPolicy) -> None:
    with pytest.raises(PuzzlereelError, match="expected first frames of 64x64, as the policy films, got 32x64"):
        policy.encode(PROMPTS[:1], IMAGES[:1, :32])


def test_an_unknown_dtype_is_refused() -> None:
    with pytest.raises(PuzzlereelError, match="expected to compute in float32 or bfloat16, got 'float16'"):
        WanShape(compute="float16")


def test_first_frames_are_encoded_as_the_pipeline_does_it(policy: WanPolicy, stock: WanImageToVideoPipeline) -> None:
    condition = policy.encode(PROMPTS, IMAGES)
    for image, first in zip(IMAGES, condition.first, strict=True):
        pixels = image.permute(2, 0, 1)[None] / 127.5 - 1
        _, wanted, mask = stock.prepare_latents(pixels, 1, 8, 64, 64, 9, torch.float32, torch.device("cpu"), None)

        assert torch.allclose(wanted[0], first, atol=1e-5)
        assert torch.equal(mask[0].expand(8, -1, -1, -1).bool(), policy.free)


@pytest.mark.usefixtures("no_ftfy")
def test_prompts_are_read_as_the_pipeline_does_it(policy: WanPolicy, stock: WanImageToVideoPipeline) -> None:
    odd = "  Fill   the &lt;grid&gt;\n now. "
    wanted, _ = stock.encode_prompt([*PROMPTS, odd], do_classifier_free_guidance=False, max_sequence_length=512)
    told = policy.encode([*PROMPTS, odd], IMAGES[[0, 1, 0]]).text

    assert (3, 512, 32) == tuple(told.shape)
    assert torch.allclose(wanted, told, atol=1e-5)
    assert not told[0, 40:].any()


def test_the_first_latent_frame_of_a_film_is_that_of_its_first_frame(policy: WanPolicy) -> None:
    films = torch.stack([IMAGES] * 9, 1)
    films[:, 5:] = 255 - films[:, 5:]
    latents = policy.latents(films)

    assert (2, *policy.latent_shape) == tuple(latents.shape)
    assert torch.allclose(policy.encode(PROMPTS, IMAGES).first, latents[:, :, :1], atol=1e-5)
    assert (latents[:, :, 2] - latents[:, :, 1]).abs().max() > 0.1


def test_frame_0_changes_nothing_whatever_stands_there(policy: WanPolicy) -> None:
    condition = policy.encode(PROMPTS, IMAGES)
    x = policy.init(condition, [1, 2])
    other = x.clone()
    other[:, :, 0] += 100
    sigma = torch.tensor([0.9, 0.4])

    assert torch.equal(condition.first[:, :, 0], x[:, :, 0])
    assert torch.equal(policy.velocity(x, sigma, condition), policy.velocity(other, sigma, condition))


@pytest.mark.parametrize("compute", ["float32", "bfloat16"])
def test_timesteps_are_float32_and_0_for_the_clean_frame_whatever_is_computed_in(
    model: Path, cache: Path, compute: str
) -> None:
    policy = load(model, replace(SHAPE, compute=compute), cache=cache, lora=LORA)
    seen: list[Any] = []
    embedded: list[Any] = []
    policy.transformer.register_forward_pre_hook(lambda module, args: seen.extend(args))
    embedder = policy.transformer.condition_embedder.time_embedder
    embedder.register_forward_hook(lambda module, args, out: embedded.append(out))
    condition = policy.encode(PROMPTS, IMAGES)
    v = policy.velocity(policy.init(condition, [1, 2]), torch.tensor([0.9876, 0.25]), condition)
    timestep = seen[1].reshape(2, 3, 4)

    assert torch.float32 == timestep.dtype == embedded[0].dtype == v.dtype
    assert not timestep[:, 0].any()
    assert torch.allclose(torch.full((2, 4), 987.6), timestep[0, 1:], rtol=0, atol=1e-3)
    assert torch.equal(torch.full((2, 4), 250.0), timestep[1, 1:])


@pytest.mark.parametrize("compute", ["float32", "bfloat16"])
@pytest.mark.parametrize("lora", [None, LORA])
def test_a_reference_stays_as_the_policy_was_and_shares_what_is_not_trained(
    model: Path, cache: Path, compute: str, lora: Lora | None
) -> None:
    policy = changed(load(model, replace(SHAPE, compute=compute), cache=cache, lora=lora))
    first: Any = reference_of(policy)
    condition = policy.encode(PROMPTS, IMAGES)
    asked = policy.init(condition, [1, 2]), torch.tensor([0.9, 0.4]), condition
    before = policy.velocity(*asked)
    changed(policy)
    own = {name for name, weight in first.named_parameters() if weight is not policy.get_parameter(name)}

    assert torch.equal(before, first.velocity(*asked))
    assert not torch.equal(before, policy.velocity(*asked))
    assert set(policy.state_dict()) == own
    assert {} == first.state_dict()


class Halves(TorchDispatchMode):  # type: ignore[misc, unused-ignore]
    """Watches how many bytes of weights there are in half precision at once."""

    def __init__(self, weights: Iterable[torch.Tensor]) -> None:
        super().__init__()
        self.shapes, self.made, self.most = {weight.shape for weight in weights}, list[Any](), 0

    def __torch_dispatch__(self, call: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = call(*args, **kwargs or {})
        if call is torch.ops.aten._to_copy.default and out.dtype == torch.bfloat16 and out.shape in self.shapes:
            self.made.append((StorageWeakRef(out.untyped_storage()), out.nbytes))
            self.most = max(self.most, sum(size for place, size in self.made if not place.expired()))
        return out


@pytest.mark.parametrize("learning", [False, True])
def test_there_is_never_a_whole_copy_of_the_weights_in_half_precision(model: Path, cache: Path, learning: bool) -> None:
    policy = load(model, replace(SHAPE, compute="bfloat16"), cache=cache)
    weights = [weight for weight in policy.transformer.parameters() if weight.ndim > 1]
    condition = policy.encode(PROMPTS, IMAGES)
    x = policy.init(condition, [1, 2])
    with Halves(weights) as halves, torch.set_grad_enabled(learning):
        policy.velocity(x, torch.tensor([0.9, 0.4]), condition)

    assert len(halves.made) >= 30
    assert halves.most < sum(2 * weight.numel() for weight in weights) / 3


def test_computing_in_half_precision_is_near_to_float32_and_not_the_same(model: Path, cache: Path) -> None:
    shapes = (SHAPE, replace(SHAPE, compute="bfloat16"))
    exact, half = (load(model, shape, cache=cache, lora=LORA) for shape in shapes)
    condition = exact.encode(PROMPTS, IMAGES)
    x, sigma = exact.init(condition, [1, 2]), torch.tensor([0.9, 0.4])
    v, rough = (policy.velocity(x, sigma, condition).detach() for policy in (exact, half))
    linear = half.transformer.blocks[0].attn1.to_q

    assert torch.bfloat16 == linear.base_layer.weight.dtype
    assert {torch.float32} == {weight.dtype for weight in half.state_dict().values()}
    assert 0 < float((v - rough).abs().mean()) < 0.03 * float(v.abs().mean())


def test_decoding_in_half_precision_is_near_to_float32_and_not_the_same(model: Path, cache: Path) -> None:
    exact = load(model, SHAPE, cache=cache)
    rough = load(model, replace(SHAPE, decode="bfloat16"), cache=cache)
    x = exact.init(exact.encode(PROMPTS, IMAGES), [1, 2])
    films, others = exact.decode(x).float(), rough.decode(x).float()

    assert (2, 9, 64, 64, 3) == tuple(films.shape)
    assert 0 < float((films - others).abs().mean()) < 3


@pytest.mark.parametrize("compute", ["float32", "bfloat16"])
@pytest.mark.parametrize("kind", ["flow", "cps"])
def test_a_replay_with_the_same_weights_has_a_ratio_of_exactly_one(
    model: Path, cache: Path, compute: str, kind: str
) -> None:
    policy = changed(load(model, replace(SHAPE, compute=compute), cache=cache, lora=LORA))
    along, condition, sampled = filmed(policy, kind=kind)

    assert [0, 1] == [kept.step for kept in sampled.kept]
    for kept in sampled.kept:
        z = replay(policy, condition, along[kept.step], kept).z
        ratio = log_ratio(z, kept.z, along[kept.step], policy.free, norm=False).exp()

        assert torch.float32 == kept.before.dtype == kept.after.dtype == kept.z.dtype
        assert torch.equal(torch.ones(2), ratio)
        assert z.requires_grad
        assert torch.equal(condition.first[:, :, 0], kept.after[:, :, 0])


def test_films_of_different_first_frames_can_be_made_at_once(policy: WanPolicy) -> None:
    both = policy.decode(filmed(policy)[2].latents).float()
    alone = torch.cat([policy.decode(filmed(policy, [i])[2].latents) for i in (0, 1)]).float()

    assert (both - alone).abs().max() <= 1
    assert (both[0] - both[1]).abs().mean() > 5


def test_our_loop_on_the_pipelines_own_grid_gives_what_the_pipeline_gives(
    policy: WanPolicy, stock: WanImageToVideoPipeline
) -> None:
    check_beside_the_pipeline(policy, stock, shift=5.0, image=IMAGES[0])


def test_what_was_said_of_prompts_and_first_frames_is_not_asked_again(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = load(model, SHAPE, cache=tmp_path)
    first = policy.encode(PROMPTS, IMAGES)
    stored = sorted(tmp_path.rglob("*.safetensors"))
    monkeypatch.setattr(UMT5EncoderModel, "from_pretrained", None)
    monkeypatch.setattr(policy.vae, "encode", None)
    again = policy.encode(PROMPTS[::-1], IMAGES.flip(0))

    assert 4 == len(stored)
    assert torch.equal(first.text, again.text.flip(0))
    assert torch.equal(first.first, again.first.flip(0))
    assert not any("text_encoder" in name or "shared" in name for name, _ in policy.named_parameters())


def test_a_lessons_film_is_encoded_once(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = lessons_of(2)
    policy = load(model, SHAPE, cache=tmp_path)
    shown = show(policy, some)
    condition = policy.encode([lesson.prompt for lesson in some], firsts_of(some))
    monkeypatch.setattr(policy.vae, "encode", None)

    assert torch.equal(load(model, SHAPE, cache=tmp_path / "other").latents(films_of(some)), shown.latents)
    assert torch.equal(condition.first, shown.condition.first)
    assert torch.equal(shown.latents[[1, 0]], show(policy, some[::-1]).latents)
    with pytest.raises(TypeError):  # another film of the same level
        policy.remembered([replace(some[0], style="slide")])


def test_a_broken_file_of_the_cache_is_made_again(model: Path, tmp_path: Path) -> None:
    policy = load(model, SHAPE, cache=tmp_path)
    first = policy.encode(PROMPTS, IMAGES)
    for path in tmp_path.rglob("*.safetensors"):
        path.write_bytes(b"broken")
    again = policy.encode(PROMPTS, IMAGES)

    assert torch.equal(first.text, again.text)
    assert torch.equal(first.first, again.first)


def test_other_weights_are_another_identity_and_another_place_is_not(model: Path, tmp_path: Path) -> None:
    pipeline = tiny_pipeline()
    pipeline.text_encoder.get_parameter("shared.weight").data += 1
    other = tmp_path / "other"
    pipeline.save_pretrained(other)
    readers = [Reader(folder) for folder in (model, other, build(tmp_path / "same"))]
    keys = [reader.key(PROMPTS[0]) for reader in readers]

    assert keys[0] == keys[2] != keys[1]
    assert identity_of(model / "vae") == identity_of(other / "vae")
    assert 1 == readers[0].prepare([PROMPTS[0], PROMPTS[0]], Cache(tmp_path))
    assert 0 == readers[2].prepare([PROMPTS[0]], Cache(tmp_path))
    assert 1 == readers[1].prepare([PROMPTS[0]], Cache(tmp_path))


def test_lora_trains_its_own_weights_and_begins_as_the_model(policy: WanPolicy, model: Path, cache: Path) -> None:
    small = load(model, SHAPE, cache=cache, lora=LORA)
    again, other = (load(model, SHAPE, cache=cache, lora=LORA, seed=seed) for seed in (0, 1))
    weights = small.state_dict()

    assert 3 * 10 * 2 == len(weights)
    assert all("lora_" in name for name in weights)
    assert sum(weight.numel() for weight in policy.state_dict().values()) == sum(
        weight.numel() for weight in policy.transformer.parameters()
    )
    assert torch.equal(filmed(policy)[2].latents, filmed(small)[2].latents)
    assert all(torch.equal(weight, again.state_dict()[name]) for name, weight in weights.items())
    assert not all(torch.equal(weight, other.state_dict()[name]) for name, weight in weights.items())


@pytest.mark.parametrize("lora", [None, LORA])
def test_blocks_that_are_computed_again_give_the_same_gradients(model: Path, cache: Path, lora: Lora | None) -> None:
    gradients, calls = [], []
    for checkpointing in (False, True):
        policy = changed(load(model, SHAPE, cache=cache, lora=lora, checkpointing=checkpointing))
        called: list[int] = []
        policy.transformer.blocks[1].attn1.to_q.register_forward_hook(lambda *_, seen=called: seen.append(1))
        condition = policy.encode(PROMPTS, IMAGES)
        policy.velocity(policy.init(condition, [1, 2]), torch.tensor([0.9, 0.4]), condition).square().sum().backward()
        gradients.append([weight.grad for weight in policy.parameters() if weight.requires_grad])
        calls.append(len(called))

    assert [1, 2] == calls
    assert all(torch.equal(one, other) for one, other in zip(*gradients, strict=True))
    assert all(gradient is not None and gradient.isfinite().all() for gradient in gradients[0])


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")  # torch's own, while it traces
def test_compiled_blocks_are_so_in_rollouts_and_replays_alike(
    model: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = WanTransformer3DModel.compile_repeated_blocks
    traced: list[str] = []

    def backend(graph: Any, inputs: Any) -> Any:  # what is traced is run as it is, since a compiler takes minutes
        traced.append("a graph")
        return graph.forward

    monkeypatch.setattr(WanTransformer3DModel, "compile_repeated_blocks", lambda self: whole(self, backend=backend))
    plain = changed(load(model, SHAPE, cache=cache, lora=LORA))
    policy = changed(load(model, SHAPE, cache=cache, lora=LORA, compiled=True))
    along, condition, sampled = filmed(policy, kind="flow")
    rolled = len(traced)
    z = replay(policy, condition, along[0], sampled.kept[0]).z
    ratio = log_ratio(z, sampled.kept[0].z, along[0], policy.free, norm=False).exp()
    z.square().sum().backward()

    assert 0 < rolled < len(traced)
    assert torch.allclose(filmed(plain, kind="flow")[2].latents, sampled.latents, atol=1e-4)
    assert torch.allclose(torch.ones(2), ratio, rtol=0, atol=1e-6)
    assert all(weight.grad is not None for weight in policy.parameters() if weight.requires_grad)


@pytest.mark.parametrize("compute", ["float32", "bfloat16"])
def test_an_exported_lora_films_the_same_here_and_in_diffusers_with_its_alpha(
    model: Path, cache: Path, tmp_path: Path, compute: str
) -> None:
    shape = replace(SHAPE, compute=compute)
    policy = changed(load(model, shape, cache=cache, lora=LORA))
    export(policy, tmp_path / "lora")
    again = load(model, shape, cache=cache, adapter=tmp_path / "lora")
    films = policy.decode(filmed(policy)[2].latents)

    assert torch.equal(films, again.decode(filmed(again)[2].latents))
    assert not torch.equal(
        films, load(model, shape, cache=cache).decode(filmed(load(model, shape, cache=cache))[2].latents)
    )
    assert list(policy.state_dict()) == list(again.state_dict())
    assert ["pytorch_lora_weights.safetensors"] == [path.name for path in (tmp_path / "lora").iterdir()]

    if compute == "float32":
        pipeline = WanImageToVideoPipeline.from_pretrained(model)
        pipeline.load_lora_weights(tmp_path / "lora")
        policy.transformer = pipeline.transformer
        assert torch.equal(films, policy.decode(filmed(policy)[2].latents))


def test_an_exported_full_model_films_the_same_and_is_a_pipeline(model: Path, cache: Path, tmp_path: Path) -> None:
    policy = changed(load(model, SHAPE, cache=cache))
    export(policy, tmp_path / "full")
    again = load(tmp_path / "full", SHAPE, cache=cache)
    pipeline = WanImageToVideoPipeline.from_pretrained(tmp_path / "full")
    films = policy.decode(filmed(policy)[2].latents)

    assert torch.equal(films, again.decode(filmed(again)[2].latents))
    assert all(
        torch.equal(weight, again.state_dict()[f"transformer.{name}"])
        for name, weight in pipeline.transformer.named_parameters()
    )
    assert policy.reader.identity == again.reader.identity
    with pytest.raises(BadModel, match="expected a new folder to export to"):
        export(policy, tmp_path / "full")


def test_an_id_on_the_hub_is_as_good_as_a_folder(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "models--some--model" / "snapshots" / ("0" * 40)
    shutil.copytree(model, place)
    (tmp_path / "models--some--model" / "refs").mkdir()
    (tmp_path / "models--some--model" / "refs" / "main").write_text("0" * 40)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)

    assert place == load("some/model", SHAPE, cache=tmp_path / "cache").reader.folder
    with pytest.raises(
        BadModel, match=r"expected the folder of a pipeline or its id on the Hub, got .* for some/other"
    ):
        load("some/other", SHAPE, cache=tmp_path / "cache")


@pytest.mark.parametrize("part", ["transformer", "vae", "text_encoder"])
def test_weights_that_are_no_safetensors_are_refused_unread(model: Path, tmp_path: Path, part: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model, folder)
    (weights,) = (folder / part).glob("*.safetensors")
    weights.rename(weights.with_name("pytorch_model.bin" if part == "text_encoder" else f"{weights.stem}.bin"))
    with pytest.raises(BadModel, match="expected the folder of a pipeline or its id on the Hub, got"):
        load(folder, SHAPE, cache=tmp_path / "cache", prompts=PROMPTS)


@pytest.mark.parametrize("told", [{"expand_timesteps": False}, {"boundary_ratio": 0.9}, None])
def test_a_pipeline_of_another_kind_is_refused(model: Path, tmp_path: Path, told: dict[str, Any] | None) -> None:
    index = json.loads((model / "model_index.json").read_text())
    if told is not None:
        (tmp_path / "model_index.json").write_text(json.dumps(index | told))
    with pytest.raises(BadModel, match="expected a pipeline"):
        load(tmp_path, SHAPE, cache=tmp_path)
    with pytest.raises(BadModel, match="expected a new LoRA or the one in"):
        load(model, SHAPE, cache=tmp_path, lora=LORA, adapter=tmp_path)
