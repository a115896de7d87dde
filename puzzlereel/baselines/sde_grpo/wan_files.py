"""Wan policies from files and to files that diffusers reads.

load      a folder or an id on the Hub of a WanImageToVideoPipeline, TI2V or I2V, for LoRA or full fine-tuning
export    LoRA: FOLDER/pytorch_lora_weights.safetensors, with its alpha, for `pipeline.load_lora_weights(FOLDER)`
          full: FOLDER is a whole pipeline, for `WanImageToVideoPipeline.from_pretrained(FOLDER)`
"""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import torch
from diffusers import AutoencoderKLWan, DiffusionPipeline, WanImageToVideoPipeline, WanTransformer3DModel
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict

from puzzlereel.baselines.sde_grpo import ranks
from puzzlereel.baselines.sde_grpo.wan import DTYPES, WanPolicy, WanShape
from puzzlereel.baselines.sde_grpo.wan_cache import Cache, Reader, identity_of
from puzzlereel.baselines.sde_grpo.wan_i2v import WanI2VPolicy
from puzzlereel.files import link_or_copy
from puzzlereel.puzzles.core import PuzzlereelError

TRANSFORMER = "transformer"
WEIGHTS = "pytorch_lora_weights.safetensors"


class BadModel(PuzzlereelError):
    """A folder or id that is no pipeline of a kind that is known here."""


@dataclass(frozen=True)
class Lora:
    """Which small matrices are trained beside the model's own."""

    rank: int = 64
    alpha: int = 64
    """What they are multiplied by, times rank: kept in what is exported."""
    targets: tuple[str, ...] = ("to_q", "to_k", "to_v", "to_out.0", "ffn.net.0.proj", "ffn.net.2")
    """The linear layers that get them: both attentions and the feed-forward of every block."""


def load(
    model: str | Path,
    shape: WanShape,
    *,
    cache: Path,
    lora: Lora | None = None,
    adapter: Path | None = None,
    checkpointing: bool = True,
    compiled: bool = False,
    seed: int = 0,
    prompts: Sequence[str] = (),
    device: str = "cpu",
) -> WanPolicy:
    """A policy from a pipeline's folder or its id on the Hub; BadModel where it is of no kind that is known here.

    With `lora` small matrices are trained, from `seed` on, and the model's own weights are kept in what is computed in.
    With `adapter` those go on that were exported to a folder. With neither all of the transformer is trained, in
    float32. With `checkpointing` blocks are computed again for gradients instead of being remembered; `compiled`
    blocks are so in rollouts and replays alike. The text encoder reads the `prompts` before anything else is in memory.
    """
    if lora and adapter:
        raise BadModel(f"expected a new LoRA or the one in {adapter}, got both")
    with ranks.first_alone():  # which downloads and reads for all
        folder = folder_of(model)
        kind = kind_of(folder)
        reader, kept = Reader(folder, device=device), Cache(cache)
        with readable(folder):
            reader.prepare(prompts, kept)
    held = DTYPES[shape.compute] if lora or adapter else torch.float32
    with readable(folder):
        safe = {"use_safetensors": True}  # never a pickle
        transformer = WanTransformer3DModel.from_pretrained(folder, subfolder=TRANSFORMER, torch_dtype=held, **safe)
        vae = AutoencoderKLWan.from_pretrained(folder, subfolder="vae", torch_dtype=torch.float32, **safe)
    if lora:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            config = LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules=list(lora.targets))
            transformer.add_adapter(config)
    elif adapter:
        options = {"prefix": TRANSFORMER, "adapter_name": "default", "weight_name": WEIGHTS, "use_safetensors": True}
        with readable(adapter):
            transformer.load_lora_adapter(adapter, **options)
    _choose(transformer, "lora_" if lora or adapter else "")
    if checkpointing:
        transformer.enable_gradient_checkpointing()
    if compiled:
        transformer.compile_repeated_blocks()
    policy = kind(transformer, vae, shape, reader=reader, cache=kept, identity=identity_of(folder / "vae"))
    policy.to(device)
    return policy


def _choose(transformer: WanTransformer3DModel, part: str) -> None:
    """Let those weights be trained, in float32, that have a part of a name."""
    for name, weight in transformer.named_parameters():
        weight.requires_grad_(part in name)
        if part in name:
            weight.data = weight.data.float()


def folder_of(model: str | Path) -> Path:
    """The folder of a pipeline, downloaded where it is an id on the Hub; BadModel where it is neither."""
    if Path(model).is_dir():
        return Path(model)
    with readable(model):
        return Path(DiffusionPipeline.download(str(model), use_safetensors=True))


def device_here() -> str:
    """What large models compute on: a GPU where there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"


@contextmanager
def readable(model: str | Path) -> Iterator[None]:
    """Makes one line of what diffusers and the Hub say of a model that cannot be read: BadModel."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, safetensors.SafetensorError) as error:
        told = " ".join(str(error).split())[:200]
        raise BadModel(f"expected the folder of a pipeline or its id on the Hub, got {told} for {model}") from None


def kind_of(folder: Path) -> type[WanPolicy]:
    """What kind of policy a pipeline in a folder is; BadModel where it is none of those that are known here.

    TI2V keeps the first frame clean among the latents, I2V has it in channels of its own. One transformer only.
    """
    index = _told(folder / "model_index.json")
    if index.get("boundary_ratio") is None:
        if index.get("expand_timesteps"):
            return WanPolicy
        vae = _told(folder / "vae" / "config.json")
        wanted = 2 * _number(vae, "z_dim") + _number(vae, "scale_factor_temporal")
        if wanted and _number(_told(folder / TRANSFORMER / "config.json"), "in_channels") == wanted:
            return WanI2VPolicy
    raise BadModel(
        "expected a pipeline of the TI2V kind, with expand_timesteps and without boundary_ratio, as"
        " Wan-AI/Wan2.2-TI2V-5B-Diffusers is, or one with its first frame in channels of its own, as"
        f" Wan-AI/Wan2.1-I2V-14B-480P-Diffusers is, got another in {folder}"
    )


def _number(told: Mapping[str, Any], name: str) -> int:
    number = told.get(name)
    return number if isinstance(number, int) else 0


def _told(path: Path) -> dict[str, Any]:
    """What a file of a pipeline's folder says."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise BadModel(f"expected a pipeline's folder, got {str(error)[:100]} in {path}") from None


def export(policy: WanPolicy, folder: Path) -> None:
    """Write what was trained, as the head of this file says; BadModel where the folder is there already."""
    if folder.exists():
        raise BadModel(f"expected a new folder to export to, found {folder}")
    draft = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    transformer = policy.transformer
    if getattr(transformer, "peft_config", None):
        WanImageToVideoPipeline.save_lora_weights(
            draft,
            transformer_lora_layers=get_peft_model_state_dict(transformer),
            transformer_lora_adapter_metadata=transformer.peft_config["default"].to_dict(),
        )
    else:
        source = policy.reader.folder
        for path in (path for path in source.rglob("*") if path.is_file()):
            place = path.relative_to(source)
            if place.parts[0] != TRANSFORMER and not any(part.startswith(".") for part in place.parts):
                (draft / place).parent.mkdir(parents=True, exist_ok=True)
                link_or_copy(path.resolve(), draft / place)
        transformer.save_pretrained(draft / TRANSFORMER)
    draft.rename(folder)
