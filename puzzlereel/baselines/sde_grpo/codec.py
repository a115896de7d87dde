"""The tiny policy's latents: small blocks of film told by a few numbers, by a fixed linear map.

frames   0 │ 1 2 3 4 │ 5 6 7 8 │ …      a latent frame is the first frame alone, or `time` frames: 1 + time k in all
pixels   side × side blocks             one latent cell; the first frame is told as if it stood still for `time` frames

It is fitted once, by principal components, and saved with the policy: fitted anew, its signs could flip.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from torch import Tensor, nn

from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.renderers.film import Video

Films = UInt8[Tensor, "batch frames height width 3"]
Latents = Float32[Tensor, "batch channels latent_frames rows columns"]


class Codec(nn.Module):
    """A linear map between films and latents, and its rough inverse; nothing of it is trained."""

    def __init__(self, channels: int, *, time: int = 4, side: int = 4) -> None:
        super().__init__()
        self.channels, self.time, self.side = channels, time, side
        size = 3 * time * side * side
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("basis", torch.eye(channels, size))
        self.register_buffer("scale", torch.ones(channels))

    def fit(self, films: Sequence[Video]) -> "Codec":
        """Take the principal components of films, scaled to a standard deviation of 1 at most."""
        blocks = np.concatenate([self._blocks(torch.from_numpy(film)[None]).flatten(0, 3).numpy() for film in films])
        mean = blocks.mean(0, dtype=np.float64)
        centred = blocks - mean
        variance, directions = np.linalg.eigh(centred.T @ centred / len(centred))
        order = np.argsort(variance)[::-1][: self.channels]
        spread = np.sqrt(np.maximum(variance[order], variance.max() * 1e-4))
        for name, value in (("mean", mean), ("basis", directions[:, order].T), ("scale", spread)):
            setattr(self, name, torch.tensor(value, dtype=torch.float32))
        return self

    def encode(self, films: Films) -> Latents:
        """The latents of films; PuzzlereelError where frames or sides are not whole numbers of blocks."""
        latents = (self._blocks(films) - self.mean) @ self.basis.T / self.scale
        return latents.movedim(-1, 1)

    def decode(self, latents: Latents) -> Films:
        """The films of latents, colours out of range cut off."""
        blocks = latents.movedim(1, -1) * self.scale @ self.basis + self.mean
        batch, count, rows, columns, _ = blocks.shape
        cells = blocks.reshape(batch, count, rows, columns, self.time, self.side, self.side, 3)
        films = cells.permute(0, 1, 4, 2, 5, 3, 6, 7).reshape(
            batch, count * self.time, rows * self.side, columns * self.side, 3
        )
        return ((films[:, self.time - 1 :] + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)

    def _blocks(self, films: Films) -> Float32[Tensor, "batch latent_frames rows columns size"]:
        batch, frames, height, width, _ = films.shape
        if (frames - 1) % self.time or height % self.side or width % self.side:
            raise PuzzlereelError(
                f"expected 1 + {self.time}k frames and sides in multiples of {self.side},"
                f" got {frames} of {height}x{width}"
            )
        whole = torch.cat([films[:, :1].expand(-1, self.time - 1, -1, -1, -1), films], 1).float() / 127.5 - 1
        rows, columns = height // self.side, width // self.side
        cells = whole.reshape(batch, -1, self.time, rows, self.side, columns, self.side, 3)
        return cells.permute(0, 1, 3, 5, 2, 4, 6, 7).flatten(4)
