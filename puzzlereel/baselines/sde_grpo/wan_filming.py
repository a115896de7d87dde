"""Large models film: what is asked for, by our sampler or by a pipeline's own, with all seeds known beforehand.

a data set's levels ──┐
a folder of questions ┴─► requests ──► `film_with`      our Euler loop on our own grid, first frames in one batch
                                   └─► `film_by_stock`  any image-to-video pipeline of diffusers, one film at a time
"""

import inspect
import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import diffusers
import numpy as np
import torch
from diffusers import DiffusionPipeline, WanImageToVideoPipeline
from jaxtyping import Float, UInt8
from torch import Tensor

from puzzlereel.baselines.sample import Progress, Shot
from puzzlereel.baselines.sde_grpo.lessons import lesson_from
from puzzlereel.baselines.sde_grpo.rollout import sample
from puzzlereel.baselines.sde_grpo.sde import moves
from puzzlereel.baselines.sde_grpo.seeds import seed_of
from puzzlereel.baselines.sde_grpo.wan import WanPolicy
from puzzlereel.baselines.sde_grpo.wan_cache import Cache, Reader, quiet
from puzzlereel.baselines.sde_grpo.wan_files import BadModel, folder_of, readable
from puzzlereel.files import write_whole
from puzzlereel.hub.dataset import Row
from puzzlereel.renderers.draw import Frame
from puzzlereel.renderers.film import Video
from puzzlereel.renderers.picture import image_of
from puzzlereel.renderers.video import write_video

SEEDS = "seeds.jsonl"
"""Which seed each film's noise comes from."""
STEPS = 20
"""Steps of our sampler: as many as a rollout has."""


class Request(NamedTuple):
    """One film that is wanted."""

    name: tuple[object, ...]
    """What its noise comes from."""
    prompt: str
    path: Path
    size: tuple[int, int, int]
    """Its frames, height and width."""
    fps: int
    first: Callable[[], Frame]
    """Gives its first frame: all of them at once would take gigabytes."""

    @property
    def seed(self) -> int:
        return seed_of(*self.name, "init")


@dataclass(frozen=True)
class Stock:
    """How a pipeline is asked by its own sampler."""

    steps: int | None = None
    guidance: float | None = None
    """None for the pipeline's own."""
    adapter: Path | None = None
    """The folder of a LoRA that is put on it."""


def requests_of(shots: Sequence[Shot]) -> list[Request]:
    """What a data set's levels ask for, with the first frames that its films have."""
    return [
        Request(
            ("sample", shot.row.id, shot.seed, shot.sample),
            shot.row.prompt,
            shot.path,
            (shot.row.n_frames, shot.row.height, shot.row.width),
            shot.row.fps,
            partial(_first, shot.row),
        )
        for shot in shots
    ]


def _first(row: Row) -> Frame:
    return lesson_from(row).first


def versions() -> dict[str, str]:
    """What films depend on beside the model and the seeds."""
    return {"diffusers": diffusers.__version__, "torch": str(torch.__version__)}


def class_of(folder: Path) -> str:
    """The name of a pipeline's class; BadModel where there is none."""
    path = folder / "model_index.json"
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["_class_name"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadModel(f"expected a pipeline's folder, got {str(error)[:100]} in {path}") from None


def write_seeds(requests: Sequence[Request], folder: Path) -> None:
    """Write down the seed of every film, one a line, into a folder that holds them."""
    told = [{"film": request.path.relative_to(folder).as_posix(), "seed": request.seed} for request in requests]
    write_whole(folder / SEEDS, "".join(json.dumps(one) + "\n" for one in told))


def film_with(
    policy: WanPolicy, requests: Sequence[Request], *, steps: int, batch: int, progress: Progress | None = None
) -> None:
    """Make every film that is not there yet, so many of one size at once, by the ODE on our own grid."""
    along, sizes = moves(policy.sigmas(steps), "ode", 1.0, ()), dict[tuple[int, int, int], list[Request]]()
    for request in requests:
        if not request.path.exists():
            sizes.setdefault(request.size, []).append(request)
    done = len(requests) - sum(map(len, sizes.values()))
    for size, missing in sizes.items():
        sized = policy.sized(*size)
        for start in range(0, len(missing), batch):
            some = missing[start : start + batch]
            images = torch.from_numpy(np.stack([request.first() for request in some]))
            condition = sized.encode([request.prompt for request in some], images)
            films = sized.decode(sample(sized, condition, along, [request.name for request in some]).latents)
            for request, video in zip(some, films.cpu().numpy(), strict=True):
                write_video(request.path, video, fps=request.fps)
            done += len(some)
            if progress:
                progress(done, len(requests))


def film_by_stock(
    model: str, requests: Sequence[Request], stock: Stock, *, cache: Path, device: str, progress: Progress | None = None
) -> None:
    """Make every film that is not there yet by a pipeline of diffusers, with its own scheduler and guidance.

    BadModel where it takes no picture and prompt to make a film of. Films may be of another size than is asked for.
    """
    missing = [request for request in requests if not request.path.exists()]
    if not missing:
        return
    folder = folder_of(model)
    told = _prompts(folder, missing, Cache(cache), device)
    pipeline = _pipeline(folder, stock, device, read=bool(told))
    options: dict[str, Any] = {"num_inference_steps": stock.steps, "guidance_scale": stock.guidance}
    options = {name: value for name, value in options.items() if value is not None}
    for done, request in enumerate(missing, start=len(requests) - len(missing) + 1):
        (frames,) = pipeline(
            image=image_of(request.first()),
            **(told[request.prompt] if told else {"prompt": request.prompt}),
            **dict(zip(("num_frames", "height", "width"), request.size, strict=True)),
            generator=torch.Generator().manual_seed(request.seed),
            output_type="np",
            **options,
        ).frames
        write_video(request.path, _film(frames), fps=request.fps)
        if progress:
            progress(done, len(requests))


def _prompts(folder: Path, requests: Sequence[Request], cache: Cache, device: str) -> dict[str, dict[str, Tensor]]:
    """What a Wan pipeline is told instead of prompts: what its text encoder says, which need not stay in memory."""
    if "Wan" not in class_of(folder):
        return {}
    reader = Reader(folder, device=device)
    prompts = list(dict.fromkeys([request.prompt for request in requests]))
    *texts, nothing = reader.read([*prompts, ""], cache)
    return {
        prompt: {"prompt_embeds": text[None].to(device), "negative_prompt_embeds": nothing[None].to(device)}
        for prompt, text in zip(prompts, texts, strict=True)
    }


def _pipeline(folder: Path, stock: Stock, device: str, *, read: bool) -> Any:
    """The pipeline in a folder, without its text encoder where prompts have been read."""
    kind = WanImageToVideoPipeline if class_of(folder) == "WanPipeline" else DiffusionPipeline  # its T2V name
    dtype = torch.bfloat16 if device != "cpu" else torch.float32
    left_out: dict[str, Any] = {"text_encoder": None, "tokenizer": None} if read else {}
    quiet()
    with readable(folder), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch_dtype` is deprecated")  # older ones know no other name
        pipeline = kind.from_pretrained(folder, torch_dtype=dtype, use_safetensors=True, **left_out)
        wanted = {"image", "prompt", "height", "width", "num_frames", "generator"}
        if lacking := sorted(wanted - set(inspect.signature(pipeline.__call__).parameters)):
            raise BadModel(f"expected an image-to-video pipeline, got {type(pipeline).__name__} without {lacking[0]}")
        if stock.adapter:
            pipeline.load_lora_weights(stock.adapter, use_safetensors=True)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)


def _film(frames: Float[np.ndarray, "frames height width 3"]) -> Video:
    video: UInt8[np.ndarray, "frames height width 3"] = (frames * 255).round().clip(0, 255).astype(np.uint8)
    return video
