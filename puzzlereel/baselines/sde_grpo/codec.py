"""The tiny policy's latents: blocks of film told by a few numbers, and blocks that were seen before found from those.

frames   0 │ 1 2 3 4 │ 5 6 7 8 │ …      a latent frame is the first frame alone, or `time` frames: 1 + time k in all
pixels   side × side blocks             one latent cell; the last row and column are repeated to make their number even
latents  principal components           of all blocks of the films that it was fitted to, each with a spread of 1
films    the block whose latents are nearest, of those: a film is sharp whatever the latents are

The first frame is told as if it stood still for `time` frames. What is rare, as an agent in a cell at a time, stands
far from everything else, so that noise hides it last. It is fitted once and saved with the policy: fitted anew, its
signs could flip.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float32, Int64, UInt8
from torch import Tensor, nn

from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.renderers.film import Video

Films = UInt8[Tensor, "batch frames height width 3"]
Latents = Float32[Tensor, "batch channels latent_frames rows columns"]

LEAST_VARIANCE = 1e-6
"""Components with less than this share of the first one's variance are not scaled up to a spread of 1."""


class Codec(nn.Module):
    """A linear map from films to latents, and the nearest block for each of these; nothing of it is trained."""

    def __init__(self, channels: int, *, time: int = 4, side: int = 8, codes: int = 64) -> None:
        super().__init__()
        self.channels, self.time, self.side = channels, time, side
        size = 3 * time * side * side
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("basis", torch.zeros(channels, size))
        self.register_buffer("scale", torch.ones(channels))
        self.register_buffer("blocks", torch.zeros(codes, size, dtype=torch.uint8))

    def fit(self, films: Sequence[Video]) -> "Codec":
        """Keep the blocks of films, and their principal components; PuzzlereelError where they have too many."""
        seen: Counter[bytes] = Counter()
        for film in films:
            seen.update(block.tobytes() for block in self._cut(torch.from_numpy(film)[None]).flatten(0, 3).numpy())
        if len(seen) > len(self.blocks):
            raise PuzzlereelError(f"expected films of at most {len(self.blocks)} different blocks, got {len(seen)}")
        kinds = np.stack([np.frombuffer(block, np.uint8) for block in sorted(seen)])
        share = np.array([seen[block] for block in sorted(seen)]) / seen.total()
        looks = kinds / 127.5 - 1
        mean = share @ looks
        _, spreads, directions = np.linalg.svd(np.sqrt(share)[:, None] * (looks - mean), full_matrices=False)
        count = min(self.channels, len(spreads))
        basis, scale = np.zeros(self.basis.shape), np.ones(self.channels)
        basis[:count] = directions[:count]
        scale[:count] = np.maximum(spreads[:count], spreads[0] * LEAST_VARIANCE**0.5)
        padded = kinds[np.minimum(np.arange(len(self.blocks)), len(kinds) - 1)]
        for name, value in (("mean", mean), ("basis", basis), ("scale", scale)):
            getattr(self, name).copy_(torch.from_numpy(value))
        self.blocks.copy_(torch.from_numpy(padded))
        return self

    def encode(self, films: Films) -> Latents:
        """The latents of films; PuzzlereelError where frames or sides are not whole numbers of blocks."""
        return self._told(self._cut(films)).movedim(-1, 1)

    def decode(self, latents: Latents, height: int, width: int) -> Films:
        """The films of latents, of a size: each block is the nearest of those that were seen."""
        numbers = self._nearest(latents)
        cells = self.blocks[numbers].reshape(*numbers.shape, self.time, self.side, self.side, 3)
        whole = cells.permute(0, 1, 4, 2, 5, 3, 6, 7).flatten(5, 6).flatten(3, 4).flatten(1, 2)
        return whole[:, self.time - 1 :, :height, :width]

    def sharp(self, latents: Latents) -> Latents:
        """The latents of the blocks that these are nearest to."""
        return self._told(self.blocks)[self._nearest(latents)].movedim(-1, 1)

    def _nearest(self, latents: Latents) -> Int64[Tensor, "batch latent_frames rows columns"]:
        flat = latents.movedim(1, -1)
        apart = torch.cdist(flat.flatten(0, 3)[None], self._told(self.blocks)[None])[0]
        return apart.argmin(-1).reshape(flat.shape[:-1])

    def _told(self, blocks: UInt8[Tensor, "*places size"]) -> Float32[Tensor, "*places channels"]:
        return (blocks.float() / 127.5 - 1 - self.mean) @ self.basis.T / self.scale

    def _cut(self, films: Films) -> UInt8[Tensor, "batch latent_frames rows columns size"]:
        batch, frames, height, width, _ = films.shape
        if (frames - 1) % self.time or height % self.side or width % self.side:
            raise PuzzlereelError(
                f"expected 1 + {self.time}k frames and sides in multiples of {self.side},"
                f" got {frames} of {height}x{width}"
            )
        still = films[:, :1].expand(-1, self.time - 1, -1, -1, -1)
        down, right = evened(height // self.side), evened(width // self.side)
        rows = torch.arange(down * self.side).clamp(max=height - 1)
        columns = torch.arange(right * self.side).clamp(max=width - 1)
        whole = torch.cat([still, films], 1)[:, :, rows][:, :, :, columns]
        cells = whole.reshape(batch, -1, self.time, down, self.side, right, self.side, 3)
        return cells.permute(0, 1, 3, 5, 2, 4, 6, 7).flatten(4)


def evened(count: int) -> int:
    """The next even number: a token of the transformer is 2×2 latent cells."""
    return count + count % 2
