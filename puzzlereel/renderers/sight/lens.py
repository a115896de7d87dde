"""The lens of a film: how what was drawn looks in it, in which colours and how sharp.

drawn ── gamma ── colours mixed ── clipped ── blurred, brightness and colour apart ── patches ──► seen

A blurred tile is seen in the cells around it too. That is a sum over tiles, so that what a cell shows is the share of
its own tile and the shares of the eight others.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import erf
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, Float64, UInt8

from puzzlereel.renderers import shapes
from puzzlereel.renderers.sight.patches import CHANNELS, COLOURS, PATCHES

Pictures = UInt8[np.ndarray, "*pictures height width 3"] | Float32[np.ndarray, "*pictures height width 3"]
Colours = Float32[np.ndarray, "*others 3"]
SAME_COLOURS = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
"""A red, green and blue made of the drawn ones, and so much of 255 added, each."""
Bend: TypeAlias = tuple[float, float]
"""How large a thing is drawn, and how square: 1 makes a square of a disc, -1 a disc of a square."""
PLAIN: Bend = (1.0, 0.0)
LUMA = np.array(shapes.LUMA, np.float32)
CLIPPED = (4, 250)
"""Colours beyond these may have been brighter or darker than can be seen."""
FINE = 4
"""At how many points of a pixel the blur is taken."""


@dataclass(frozen=True)
class Lens:
    px: int
    """How wide the tiles are drawn, in pixels."""
    mix: tuple[float, ...] = SAME_COLOURS
    gamma: float = 1.0
    soft: tuple[float, float] = (0.0, 0.0)
    """The standard deviation of the blur of brightness and of colour, as shares of a cell."""
    bends: tuple[tuple[str, Bend], ...] = ()
    """The kinds of sprites that are bent, and how."""
    light: tuple[float, ...] = ()
    """The light that has come since the first frame and clips other colours, as what turns it back: red, green and blue
    of each, and so much of 255 added. What is seen is seen in the light of the first frame."""

    @property
    def is_straight(self) -> bool:
        """Whether what lies between two colours is seen between them: nothing is clipped, and no curve is bent."""
        return self.mix == SAME_COLOURS and self.gamma == 1 and not self.light

    def is_affine_on(self, drawn: Colours) -> bool:
        """Whether colours are mixed and nothing else: none of these is clipped, and there is no curve."""
        mix = np.array(self.mix, np.float32).reshape(3, 4)
        mixed = drawn @ mix[:, :3].T + 255 * mix[:, 3]
        return self.gamma == 1 and not self.light and bool(mixed.min() >= 0 and mixed.max() <= 255)

    def tint(self, drawn: Colours) -> Colours:
        """How colours look."""
        if self.is_straight:
            return drawn
        mix = np.array(self.mix, np.float32).reshape(3, 4)
        bent = drawn if self.gamma == 1 else 255 * (drawn / 255) ** self.gamma
        tinted = np.clip(bent @ mix[:, :3].T + 255 * mix[:, 3], 0, 255).astype(np.float32)
        if not self.light:
            return tinted
        back = np.array(self.light, np.float32).reshape(3, 4)
        lit = np.clip((tinted - 255 * back[:, 3]) @ np.linalg.inv(back[:, :3]).T, 0, 255)
        return (lit @ back[:, :3].T + 255 * back[:, 3]).astype(np.float32)

    def seen(self, drawn: Pictures, around: int = 0) -> Float32[np.ndarray, "*_"]:
        """The patches of pictures of whole cells, and of so many cells around them, where nothing else is."""
        tinted = self.tint(np.asarray(drawn, np.float32))
        if self.soft[0] == self.soft[1]:
            return self._blurred(tinted, self.soft[0], around)
        luma = (tinted @ LUMA)[..., None]
        colour, brightness = (
            self._blurred(tinted - luma, self.soft[1], around),
            self._blurred(luma, self.soft[0], around),
        )
        seen: Float32[np.ndarray, "*_"] = colour + brightness
        return seen

    def flat(self, tile: Float32[np.ndarray, "px px 3"]) -> Float32[np.ndarray, "px px 3"]:
        """A tile without its detail: as it is seen in patches."""
        down = weights(self.px, 1, 0, 0.0)
        spread = down.T / down.sum(0)[:, None]
        flat = np.einsum("pq,qxc->pxc", spread @ down, np.einsum("pq,yqc->ypc", spread @ down, tile))
        without: Float32[np.ndarray, "px px 3"] = flat.astype(np.float32)
        return without

    def _blurred(self, drawn: Float32[np.ndarray, "*_"], soft: float, around: int) -> Float32[np.ndarray, "*_"]:
        down, across = (weights(self.px, side // self.px, around, soft) for side in drawn.shape[-3:-1])
        *pictures, height, width, channels = drawn.shape
        rows = down @ drawn.reshape(*pictures, height, width * channels)
        rows = rows.reshape(*pictures, len(down), width, channels)
        return np.ascontiguousarray(np.swapaxes(np.swapaxes(rows, -2, -1) @ across.T, -2, -1))


def surroundings(lens: Lens, tiles: Pictures) -> Float32[np.ndarray, "tiles 3 3 colours"]:
    """What a tile adds to its own cell, in the middle, and to the eight around it."""
    seen = lens.seen(tiles, 1).reshape(len(tiles), 3, PATCHES, 3, PATCHES, CHANNELS)
    return np.ascontiguousarray(seen.transpose(0, 1, 3, 2, 4, 5)).reshape(len(tiles), 3, 3, COLOURS)


@lru_cache(maxsize=256)
def weights(px: int, cells: int, around: int, soft: float) -> Float32[np.ndarray, "patches pixels"]:
    """How much each pixel of a row of cells counts in each patch of it, and of so many cells before and after."""
    lines = np.arange((cells + 2 * around) * PATCHES + 1) * px / PATCHES - around * px
    points = (np.arange(cells * px * FINE) + 0.5) / FINE if soft else np.arange(cells * px, dtype=float)
    reached = _reached(lines, points, soft * px)
    if soft:
        reached = reached.reshape(len(lines), cells * px, FINE).mean(2)
    return (np.diff(reached, axis=0) * PATCHES / px).astype(np.float32)


def _reached(
    lines: Float64[np.ndarray, " lines"], points: Float64[np.ndarray, " points"], sigma: float
) -> Float64[np.ndarray, "lines points"]:
    """How much of each point, or of the pixel that begins there where nothing is blurred, lies before each line."""
    far: Float64[np.ndarray, "lines points"] = lines[:, None] - points[None, :]
    if not sigma:
        return far.clip(0, 1)
    near = np.clip(far / sigma, -5, 5)
    reached: Float64[np.ndarray, "lines points"] = 0.5 + 0.5 * np.interp(near, BELL, BELOW)
    return reached


BELL = np.linspace(-5, 5, 2001)
BELOW = np.array([erf(at / 2**0.5) for at in BELL])
