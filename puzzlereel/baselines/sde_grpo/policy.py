"""A video model as the trainer sees it, and a tiny one that is built like Wan2.2-TI2V-5B.

first frame, prompt ──encode──► condition ──init(seeds)──► x ──velocity(x, sigma)──► v … ──decode──► film
                                              free: what of x is drawn      sigmas(steps): the noise levels

Wan2.2-TI2V: latent frame 0 is the first frame, clean, with a timestep of 0 for its tokens; the others share 1000 sigma.
What the network says of frame 0 is thrown away, so it is not free: neither drawn, nor scored, nor counted.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from math import sqrt
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from diffusers import WanTransformer3DModel
from jaxtyping import Bool, Float32, UInt8
from torch import Tensor, nn
from torch.nn.functional import pad

from puzzlereel.baselines.sde_grpo.codec import Codec, evened
from puzzlereel.baselines.sde_grpo.sde import sigmas
from puzzlereel.baselines.sde_grpo.seeds import normal, seed_of
from puzzlereel.puzzles.core import PuzzlereelError

Images = UInt8[Tensor, "batch height width 3"]
Films = UInt8[Tensor, "batch frames height width 3"]
Latents = Float32[Tensor, "batch channels latent_frames rows columns"]
WORD = re.compile(r"[^\W\d_]+")


class Condition(NamedTuple):
    """What a film is made from."""

    first: Float32[Tensor, "batch channels latent_frames rows columns"]
    """The latents of the first frame: one latent frame, or as many as the film has, as the model takes them."""
    text: Float32[Tensor, "batch tokens features"]
    look: Float32[Tensor, "batch patches features"] | None = None
    """What an image encoder says of the first frame, where a model has one."""

    def take(self, rows: Sequence[int]) -> "Condition":
        """The conditions of some samples, in that order, any as often as it is named."""
        chosen = list(rows)
        return Condition(self.first[chosen], self.text[chosen], None if self.look is None else self.look[chosen])

    def blank(self) -> "Condition":
        """One condition of such, all zeros."""
        return Condition(*(None if part is None else part.new_zeros(1, *part.shape[1:]) for part in self))

    @classmethod
    def joined(cls, parts: Sequence["Condition"]) -> "Condition":
        """The conditions of all samples of some batches, in that order."""
        looks = [part.look for part in parts if part.look is not None]
        first, text = torch.cat([part.first for part in parts]), torch.cat([part.text for part in parts])
        return cls(first, text, torch.cat(looks) if looks else None)


@runtime_checkable
class Policy(Protocol):
    """All that sampling and training ask of a flow-matching video model."""

    @property
    def free(self) -> Bool[Tensor, "channels latent_frames rows columns"]:
        """What of one sample's latents the policy decides upon."""

    def encode(self, prompts: Sequence[str], images: Images) -> Condition:
        """The conditions of prompts and first frames."""

    def init(self, condition: Condition, seeds: Sequence[int]) -> Latents:
        """Latents at sigma = 1, one seed for each sample, in which what is not free is the condition."""

    def velocity(self, x: Latents, sigma: Float32[Tensor, " batch"], condition: Condition) -> Latents:
        """Noise minus data as the model sees it; the only place where gradients come from."""

    def decode(self, x: Latents) -> Films:
        """The films of clean latents."""

    def sigmas(self, steps: int) -> tuple[float, ...]:
        """The noise levels of so many steps."""


@runtime_checkable
class Large(Policy, Protocol):
    """A policy whose weights may be too many for one process."""

    def shards(self) -> list[nn.Module]:
        """The modules whose weights processes share out among them, the outer ones last; none where each has all."""


@dataclass(frozen=True)
class TinyShape:
    """How large the tiny policy is; written beside its weights."""

    frames: int = 9
    """Frames of its films: 4k + 1, as Wan's."""
    height: int = 56
    width: int = 56
    """Pixels of its largest films: 7×7 cells of the board, as a maze of 3×3 rooms has."""
    channels: int = 10
    """Numbers that the codec tells a block by: as many as the blocks differ in."""
    codes: int = 64
    """The most different blocks of its films."""
    time: int = 4
    """Frames to a latent frame."""
    side: int = 8
    """Pixels a side of a latent cell: a cell of the board; a token of the transformer is 2×2 of them."""
    layers: int = 4
    heads: int = 4
    head: int = 16
    """Features of an attention head: even, and 6 or more."""
    feedforward: int = 128
    text: int = 8
    """Features of the prompt, which is one token."""
    words: bool = False
    """Whether that is the sum of its words' tokens, so that prompts of one puzzle are alike, or is like no other's."""
    shift: float = 3.0
    """How far the noise levels lean towards noise."""

    def __post_init__(self) -> None:
        if (self.frames - 1) % self.time or self.height % self.side or self.width % self.side:
            raise PuzzlereelError(
                f"expected 1 + {self.time}k frames and sides in multiples of {self.side}, got"
                f" {self.frames} of {self.height}x{self.width}"
            )
        if self.heads * self.head < 4 * self.channels:  # a token's noise has to pass through
            raise PuzzlereelError(
                f"expected heads × head to be 4 × {self.channels} channels or more, got {self.heads} × {self.head}"
            )

    @property
    def latents(self) -> tuple[int, int, int, int]:
        """Channels, latent frames, rows and columns of one sample."""
        return (
            self.channels,
            1 + (self.frames - 1) // self.time,
            evened(self.height // self.side),
            evened(self.width // self.side),
        )


class TinyPolicy(nn.Module):
    """diffusers' own Wan transformer, a few thousand times smaller, on the latents of a fixed codec."""

    def __init__(self, shape: TinyShape, *, seed: int = 0) -> None:
        super().__init__()
        self.shape = shape
        self.codec = Codec(shape.channels, time=shape.time, side=shape.side, codes=shape.codes)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.transformer = WanTransformer3DModel(
                patch_size=(1, 2, 2),
                num_attention_heads=shape.heads,
                attention_head_dim=shape.head,
                in_channels=shape.channels,
                out_channels=shape.channels,
                text_dim=shape.text,
                freq_dim=64,
                ffn_dim=shape.feedforward,
                num_layers=shape.layers,
                rope_max_seq_len=max(32, *shape.latents[1:]),
            )
        free = torch.ones(shape.latents, dtype=torch.bool)
        free[:, 0] = False
        self.register_buffer("free", free, persistent=False)

    def encode(self, prompts: Sequence[str], images: Images) -> Condition:
        """A prompt is told apart from others, not understood: its text, or each of its words, seeds a random token.

        A first frame is told by blocks that were seen, so that one that was made smaller is told as what it shows.
        """
        text = torch.stack([self._told(prompt) for prompt in prompts])[:, None]
        first = self.codec.sharp(self.codec.encode(self._whole(images[:, None])))
        return Condition(first, text.to(images.device))

    def init(self, condition: Condition, seeds: Sequence[int]) -> Latents:
        return self._pinned(normal(seeds, self.shape.latents).to(condition.first.device), condition)

    def velocity(self, x: Latents, sigma: Float32[Tensor, " batch"], condition: Condition) -> Latents:
        # One token is 2×2 latent cells: its timestep is that of its frame, 0 for the clean one, never rounded.
        tokens = self.free[0, :, ::2, ::2].flatten()
        timestep = 1000 * sigma[:, None] * tokens
        (v,) = self.transformer(self._pinned(x, condition), timestep, condition.text, return_dict=False)
        return v.float()

    def decode(self, x: Latents) -> Films:
        return self.codec.decode(x, self.shape.height, self.shape.width)

    def sigmas(self, steps: int) -> tuple[float, ...]:
        return sigmas(steps, self.shape.shift)

    def fit(self, films: Films) -> None:
        """Fit the codec to training films, once."""
        self.codec.fit(list(self._whole(films).numpy()))

    def latents(self, films: Films) -> Latents:
        """Films as the policy would draw them."""
        return self.codec.encode(self._whole(films))

    def _whole(self, films: Films) -> UInt8[Tensor, "batch frames tall wide 3"]:
        """Films of the policy's own size: smaller ones in the upper left corner, and black around them."""
        down, right = self.shape.height - films.shape[2], self.shape.width - films.shape[3]
        if min(down, right) < 0:
            raise PuzzlereelError(
                f"expected films of at most {self.shape.height}x{self.shape.width}, as the policy makes them,"
                f" got {films.shape[2]}x{films.shape[3]}"
            )
        return pad(films, (0, 0, 0, right, 0, down))

    def _told(self, prompt: str) -> Float32[Tensor, " features"]:
        if not self.shape.words:
            return token("prompt", prompt, self.shape.text)
        words = sorted({word.lower() for word in WORD.findall(prompt)})
        told = [token("word", word, self.shape.text) for word in words]
        return torch.stack(told).sum(0) / sqrt(len(told)) if told else torch.zeros(self.shape.text)

    def _pinned(self, x: Latents, condition: Condition) -> Latents:
        return torch.where(self.free, x, condition.first)

    @property
    def config(self) -> dict[str, float]:
        """What `TinyShape` needs to be made again, as JSON can hold it."""
        return asdict(self.shape)


@cache
def token(kind: str, text: str, features: int) -> Float32[Tensor, " features"]:
    """Random numbers of which a text is the seed."""
    return normal([seed_of(kind, text)], (1, 1, 1, features)).flatten()
