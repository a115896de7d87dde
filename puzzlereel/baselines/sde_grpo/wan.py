"""Wan2.2-TI2V-5B as the trainer sees it: diffusers' own classes behind the members of `Policy`.

prompt ──► text encoder ──► cache ─┐                                       (`wan_cache`: the encoder is not kept)
first frame ──► VAE ──► cache ─────┴─► condition ──► x ──velocity──► v … ──► VAE ──► film

diffusers' pipeline floors sizes, takes noise levels from a scheduler that may round timesteps to whole numbers, and
films one first frame at a time. Here odd sizes are refused, the levels are our own, timesteps are 1000 sigma, and each
sample has its first frame.

Latents, timesteps, steps and log-densities are float32 whatever the transformer computes in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from diffusers.models.embeddings import TimestepEmbedding
from jaxtyping import Float32, UInt8
from torch import Tensor, nn

from puzzlereel.baselines.sde_grpo.lessons import Lesson, films_of
from puzzlereel.baselines.sde_grpo.policy import Condition
from puzzlereel.baselines.sde_grpo.sde import sigmas
from puzzlereel.baselines.sde_grpo.seeds import normal
from puzzlereel.baselines.sde_grpo.wan_cache import Cache, Reader, key_of
from puzzlereel.puzzles.core import PuzzlereelError

Images = UInt8[Tensor, "batch height width 3"]
Films = UInt8[Tensor, "batch frames height width 3"]
Latents = Float32[Tensor, "batch channels latent_frames rows columns"]

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True)
class WanShape:
    """The films that a policy makes, and how."""

    frames: int = 81
    """Frames of its films: 4k + 1."""
    height: int = 480
    width: int = 832
    """Pixels of its films, in multiples of 32."""
    shift: float = 5.0
    """How far the noise levels lean towards noise; 5 is Wan2.2-TI2V-5B's own (wan_ti2v_5B.py, sample_shift)."""
    compute: str = "bfloat16"
    """What the transformer computes in: bfloat16 or float32."""
    decode: str = "bfloat16"
    """What films are decoded in, likewise; first frames are encoded in float32."""

    def __post_init__(self) -> None:
        for name in (self.compute, self.decode):
            if name not in DTYPES:
                raise PuzzlereelError(f"expected to compute in {' or '.join(DTYPES)}, got {name!r}")


class WanPolicy(nn.Module):
    """A transformer and a VAE of Wan's, with a reader of prompts and a cache of what both say."""

    free: Tensor

    def __init__(
        self,
        transformer: WanTransformer3DModel,
        vae: AutoencoderKLWan,
        shape: WanShape,
        *,
        reader: Reader,
        cache: Cache,
        identity: str,
    ) -> None:
        """`identity` tells the VAE's weights from others', in the cache."""
        super().__init__()
        self.shape, self.reader, self.cache, self.identity = shape, reader, cache, identity
        self.transformer, self.vae = transformer, vae.requires_grad_(False).eval()
        self.latent_shape = latent_shape(shape, transformer.config, vae.config)
        free = torch.ones(self.latent_shape, dtype=torch.bool)
        free[:, 0] = self._all_free()
        self.register_buffer("free", free, persistent=False)
        for name in ("latents_mean", "latents_std"):
            numbers = torch.tensor(getattr(vae.config, name), dtype=torch.float32)
            self.register_buffer(name, numbers.reshape(1, -1, 1, 1, 1), persistent=False)
        for module in transformer.modules():
            if type(module) in EXACT:  # the weights stay where they are, so that copies and files are as they were
                module.__class__ = EXACT[type(module)]

    def sized(self, frames: int, height: int, width: int) -> "WanPolicy":
        """The same policy with films of another size."""
        shape = replace(self.shape, frames=frames, height=height, width=width)
        told: dict[str, Any] = {"reader": self.reader, "cache": self.cache, "identity": self.identity}
        other = type(self)(self.transformer, self.vae, shape, **told)
        other.to(self.free.device)
        return other

    def encode(self, prompts: Sequence[str], images: Images) -> Condition:
        """The conditions of prompts and first frames, from the cache where it has them."""
        if tuple(images.shape[1:]) != (self.shape.height, self.shape.width, 3):
            raise PuzzlereelError(
                f"expected first frames of {self.shape.height}x{self.shape.width}, as the policy films,"
                f" got {images.shape[1]}x{images.shape[2]}"
            )
        text = self.reader.read(prompts, self.cache).to(self.free.device)
        return Condition(torch.cat([self._first(image) for image in images]), text)

    def init(self, condition: Condition, seeds: Sequence[int]) -> Latents:
        return self._pinned(normal(seeds, self.latent_shape).to(condition.first.device), condition)

    def velocity(self, x: Latents, sigma: Float32[Tensor, " batch"], condition: Condition) -> Latents:
        # A token's timestep is that of its latent frame, 0 for the clean one, never rounded.
        steps = self.transformer.config.patch_size
        tokens = self.free[0, :: steps[0], :: steps[1], :: steps[2]].flatten()
        timestep = 1000 * sigma.to(x.device)[:, None] * tokens
        with computing(self.shape.compute, x.device):
            (v,) = self.transformer(self._pinned(x, condition), timestep, condition.text, return_dict=False)
        return v.float()

    def decode(self, x: Latents) -> Films:
        with torch.no_grad(), computing(self.shape.decode, x.device):
            pixels = self.vae.decode(x * self.latents_std + self.latents_mean, return_dict=False)[0]
        return ((pixels.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).movedim(1, -1)

    def sigmas(self, steps: int) -> tuple[float, ...]:
        return sigmas(steps, self.shape.shift)

    def latents(self, films: Films) -> Latents:
        """Films as the policy would draw them; their first latent frame is that of their first frame alone."""
        parts = [self._encoded(film[None]) for film in films]  # one at a time: a film's pixels are many
        return torch.cat(parts)

    def shards(self) -> list[nn.Module]:
        """All of the transformer, block by block, where all of it is trained."""
        all_of_it = all(weight.requires_grad for weight in self.transformer.parameters())
        return [*self.transformer.blocks, self.transformer] if all_of_it else []

    def remembered(self, lessons: Sequence[Lesson]) -> Latents:
        """The latents of lessons' films, each encoded once and then kept in the cache."""
        return torch.cat([self._film(lesson) for lesson in lessons])

    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Tensor]:
        """What a checkpoint has to hold: the trained weights alone, since the others are the model's own."""
        return {name: weight.detach() for name, weight in self.named_parameters() if weight.requires_grad}

    def _all_free(self) -> bool:
        """Whether the model draws the first latent frame, too."""
        return False

    def _first(self, image: UInt8[Tensor, "height width 3"]) -> Latents:
        key = key_of("first", self.identity, tuple(image.shape), image.cpu().numpy().tobytes())
        found = self.cache.get(key)
        if found is None:
            found = self.cache.put(key, self._encoded(image[None, None]))
        return found.to(self.free.device)

    def _film(self, lesson: Lesson) -> Latents:
        key = key_of("film", self.identity, self.shape.frames, *lesson.told)
        found = self.cache.get(key)
        if found is None:
            found = self.cache.put(key, self.latents(films_of([lesson])))
        return found.to(self.free.device)

    def _encoded(self, films: Films) -> Latents:
        return self._encoded_pixels(films.to(self.free.device).movedim(-1, 1).float() / 127.5 - 1)

    def _encoded_pixels(self, pixels: Float32[Tensor, "batch 3 frames height width"]) -> Latents:
        with torch.no_grad(), computing("float32", pixels.device):
            mode = self.vae.encode(pixels).latent_dist.mode()
        latents: Tensor = (mode.float() - self.latents_mean) / self.latents_std
        return latents

    def _pinned(self, x: Latents, condition: Condition) -> Latents:
        return torch.where(self.free, x, condition.first)


def latent_shape(shape: WanShape, transformer: Any, vae: Any) -> tuple[int, int, int, int]:
    """Channels, latent frames, rows and columns of a film's latents; PuzzlereelError where the sizes do not fit.

    `transformer` and `vae` are the models' configurations.
    """
    time, side = vae.scale_factor_temporal, vae.scale_factor_spatial
    down, right = (side * patch for patch in transformer.patch_size[1:])
    if shape.frames < 1 or (shape.frames - 1) % time or shape.height % down or shape.width % right:
        raise PuzzlereelError(
            f"expected {time}k + 1 frames and a height and width in multiples of {down} and {right}, got"
            f" {shape.frames} frames of {shape.height}x{shape.width}"
        )
    return vae.z_dim, 1 + (shape.frames - 1) // time, shape.height // side, shape.width // side


def computing(dtype: str, device: torch.device) -> Any:
    """With matrices multiplied in a dtype; weights stay in theirs, and no copy outlives its product.

    Each weight is used once: autocast's own cache would hold a copy of all of them, 10 GB for 5B, and save nothing.
    """
    return torch.autocast(device.type, DTYPES[dtype], enabled=dtype != "float32", cache_enabled=False)


class ExactTime(TimestepEmbedding):
    """Computes in float32, whatever is around it: a timestep is told by sines, which half precision blurs."""

    def forward(self, sample: Tensor, *args: Any) -> Tensor:
        with torch.autocast(sample.device.type, enabled=False):
            embedded: Tensor = super().forward(sample.float(), *args)
        return embedded


class AlikeNorm(nn.RMSNorm):
    """Takes its weights in its input's dtype, without which there is no fast way to compute it."""

    def forward(self, x: Tensor) -> Tensor:
        weight = None if self.weight is None else self.weight.to(x.dtype)
        return torch.rms_norm(x, tuple(self.normalized_shape), weight, self.eps)


EXACT: Mapping[type[nn.Module], type[nn.Module]] = {TimestepEmbedding: ExactTime, nn.RMSNorm: AlikeNorm}
"""Modules of the transformer that compute in another way when it does so in half precision."""
