"""The shapes that tiles are made of: a colour, and how much of each pixel of a square tile it covers."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, UInt8

Coverage = Float[np.ndarray, "px px"]
Tile = UInt8[np.ndarray, "px px 3"]


@runtime_checkable
class Shape(Protocol):
    @property
    def colour(self) -> str:
        """RGB in hex, as in "FB3738"."""

    def coverage(self, px: int) -> Coverage:
        """The covered share of each pixel of a tile `px` pixels wide, in [0, 1]."""


@dataclass(frozen=True)
class Fill:
    """The whole tile."""

    colour: str

    def coverage(self, px: int) -> Coverage:
        return np.ones((px, px))


@dataclass(frozen=True)
class Inset:
    """The tile but for a gap along its sides, given as a share of its width."""

    colour: str
    gap: float

    def coverage(self, px: int) -> Coverage:
        covered = np.zeros((px, px))
        gap = even(self.gap * px) if px >= 8 else 0
        covered[gap : px - gap, gap : px - gap] = 1
        return covered


@dataclass(frozen=True)
class Disc:
    """A disc in the middle; the radius is a share of the tile's width."""

    colour: str
    radius: float

    def coverage(self, px: int) -> Coverage:
        y, x = _from_middle(px)
        covered: Coverage = np.clip(self.radius * px + 0.5 - np.hypot(y, x), 0, 1)
        return covered


@dataclass(frozen=True)
class Plank:
    """A diagonal bar from top left to bottom right; gap and breadth are shares of the tile's width."""

    colour: str
    gap: float
    breadth: float

    def coverage(self, px: int) -> Coverage:
        y, x = _from_middle(px)
        bar = np.clip(self.breadth * px / 2 + 0.5 - np.abs(y - x) / np.sqrt(2), 0, 1)
        covered: Coverage = bar * Inset(self.colour, self.gap).coverage(px)
        return covered


def _from_middle(px: int) -> tuple[Float[np.ndarray, "px 1"], Float[np.ndarray, "1 px"]]:
    ruler = np.arange(px) + 0.5 - px / 2
    return ruler[:, None], ruler[None, :]


def even(length: float) -> int:
    """A length in pixels as an even number of at least 2, since video codecs store colour for 2 by 2 pixels."""
    return max(2, 2 * round(length / 2))


def rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour)
    return red, green, blue


def paint(tile: Float[np.ndarray, "px px 3"], shapes: tuple[Shape, ...]) -> Float[np.ndarray, "px px 3"]:
    """The tile with shapes laid over it, the first one lowest."""
    for shape in shapes:
        covered = shape.coverage(tile.shape[0])[:, :, None]
        tile = tile * (1 - covered) + np.array(rgb(shape.colour)) * covered
    return tile
