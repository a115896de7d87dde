"""The shapes that tiles are made of: a colour, and how much of each pixel of a square tile it covers."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float, UInt8

Coverage = Float[np.ndarray, "px px"]
Tile = UInt8[np.ndarray, "px px 3"]
LUMA = (0.2126, 0.7152, 0.0722)
"""How much red, green and blue each add to brightness (BT.709)."""


@runtime_checkable
class Shape(Protocol):
    """A colour, and what it covers of a tile."""

    @property
    def colour(self) -> str:
        """RGB in hex, as in "FB3738"."""

    def coverage(self, px: int) -> Coverage:
        """The covered share of each pixel of a tile `px` pixels wide, in [0, 1]."""


Shapes: TypeAlias = tuple[Shape, ...]
"""Shapes that are laid over each other, the first one lowest."""


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
    """A disc; its radius, and how far down and right of the middle it is, are shares of the tile's width."""

    colour: str
    radius: float
    down: float = 0.0
    right: float = 0.0

    def coverage(self, px: int) -> Coverage:
        y, x = from_middle(px)
        covered: Coverage = np.clip(self.radius * px + 0.5 - np.hypot(y - self.down * px, x - self.right * px), 0, 1)
        return covered


@dataclass(frozen=True)
class Plank:
    """A diagonal bar from top left to bottom right; gap and breadth are shares of the tile's width."""

    colour: str
    gap: float
    breadth: float

    def coverage(self, px: int) -> Coverage:
        y, x = from_middle(px)
        bar = np.clip(self.breadth * px / 2 + 0.5 - np.abs(y - x) / np.sqrt(2), 0, 1)
        covered: Coverage = bar * Inset(self.colour, self.gap).coverage(px)
        return covered


def from_middle(px: int) -> tuple[Float[np.ndarray, "px 1"], Float[np.ndarray, "1 px"]]:
    """How far down and how far right of a tile's middle each pixel's own middle is."""
    ruler = np.arange(px) + 0.5 - px / 2
    return ruler[:, None], ruler[None, :]


def even(length: float) -> int:
    """A length in pixels as an even number of at least 2, since video codecs store colour for 2 by 2 pixels."""
    return max(2, 2 * round(length / 2))


SMALL = 12
"""Tiles of fewer pixels a side are never filed, and have no room for even pixels alone."""


def length(share: float, px: int) -> int:
    """A share of a tile's width in pixels: even, but in small tiles, where it may be 0."""
    return even(share * px) if px >= SMALL else round(share * px)


def cuts(count: int, px: int) -> list[int]:
    """Where a tile is cut into `count` parts that are the same from both sides; on even pixels, but in small tiles."""
    unit = 2 if px >= SMALL else 1
    half = [unit * ((2 * part * px + count * unit) // (2 * count * unit)) for part in range(count // 2 + 1)]
    return half + [px - at for at in half[: (count + 1) // 2][::-1]]


def rgb(colour: str) -> tuple[int, int, int]:
    """A colour in hex as its red, green and blue, 0 to 255."""
    red, green, blue = bytes.fromhex(colour)
    return red, green, blue


def paint(tile: Float[np.ndarray, "px px 3"], shapes: Shapes) -> Float[np.ndarray, "px px 3"]:
    """The tile with shapes laid over it."""
    for shape in shapes:
        covered = shape.coverage(tile.shape[0])[:, :, None]
        tile = tile * (1 - covered) + np.array(rgb(shape.colour)) * covered
    return tile
