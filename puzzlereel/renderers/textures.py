"""Textures: shapes without an outline, which go on from tile to tile, and what a figure shows of them.

    Stripes  Checks  Bricks    straight edges, on even pixels
    Hatch  Waves  Specks       slanted lines, wavy lines, grains
    Within                     a texture inside a figure

Each repeats with the tile, so that a floor or a wall of many cells has no seams.
"""

from dataclasses import dataclass
from math import pi

import numpy as np

from puzzlereel.renderers.shapes import Coverage, Shape, cuts, from_middle, length


@dataclass(frozen=True)
class Stripes:
    """Bands from side to side, each in the middle of its share of the tile; `upright` ones go from top to bottom."""

    colour: str
    count: int
    upright: bool = False

    def coverage(self, px: int) -> Coverage:
        covered = np.zeros((px, px))
        at = cuts(4 * self.count, px)
        for band in range(self.count):
            covered[at[4 * band + 1] : at[4 * band + 3]] = 1
        return covered.T if self.upright else covered


@dataclass(frozen=True)
class Checks:
    """Every second field of a chequered square of `count` fields a side."""

    colour: str
    count: int

    def coverage(self, px: int) -> Coverage:
        at = cuts(self.count, px)
        field = np.repeat(np.arange(self.count), np.diff(at))
        covered: Coverage = ((field[:, None] + field[None, :]) % 2).astype(float)
        return covered


@dataclass(frozen=True)
class Bricks:
    """The joints between bricks: `courses` of them, each shifted by half of the `along` bricks that lie in it."""

    colour: str
    courses: int
    breadth: float
    along: int = 1

    def coverage(self, px: int) -> Coverage:
        covered = np.zeros((px, px))
        joint = max(1, length(self.breadth, px))
        at, ends = cuts(self.courses, px), cuts(2 * self.along, px)
        for course in range(self.courses):
            top = at[course]
            covered[top : top + joint] = 1
            for end in ends[course % 2 : -1 : 2]:
                covered[top : at[course + 1], end : end + joint] = 1
        return covered


@dataclass(frozen=True)
class Hatch:
    """Slanted lines, `count` of them along each side; they cover the given share and rise to the right, or fall."""

    colour: str
    count: int
    share: float
    falling: bool = False

    def coverage(self, px: int) -> Coverage:
        y, x = from_middle(px)
        between = px / self.count
        across = np.mod(x - y if self.falling else x + y, between)
        off = np.abs(across - between / 2) / np.sqrt(2)
        covered: Coverage = np.clip(self.share * between / np.sqrt(8) + 0.5 - off, 0, 1)
        return covered


@dataclass(frozen=True)
class Waves:
    """Wavy lines from side to side: how many, how far they swing, and how broad they are."""

    colour: str
    count: int
    swing: float
    breadth: float

    def coverage(self, px: int) -> Coverage:
        y, x = from_middle(px)
        between = px / self.count
        line = np.floor(y / between)
        swing = np.round(self.swing * px * np.sin(2 * pi * x / px + 2 * line), 6)
        off = np.abs(y - (line + 0.5) * between - swing)
        covered: Coverage = np.clip(max(self.breadth * px, 1) / 2 + 0.5 - off, 0, 1)
        return covered


@dataclass(frozen=True)
class Specks:
    """Grains strewn evenly but in no rows: each lies a golden angle on from the last."""

    colour: str
    count: int
    radius: float
    seed: int = 0

    def coverage(self, px: int) -> Coverage:
        y, x = from_middle(px)
        covered = np.zeros((px, px))
        for grain in range(self.count):
            down, right = ((grain + 0.5) / self.count - 0.5) * px, ((grain + self.seed) * 0.618034 % 1 - 0.5) * px
            off = np.hypot((y - down + px / 2) % px - px / 2, (x - right + px / 2) % px - px / 2)
            covered = np.maximum(covered, np.clip(self.radius * px * (1 - 0.5 * (grain % 2)) + 0.5 - off, 0, 1))
        return covered


@dataclass(frozen=True)
class Within:
    """What a figure shows of a texture."""

    texture: Shape
    figure: Shape

    @property
    def colour(self) -> str:
        return self.texture.colour

    def coverage(self, px: int) -> Coverage:
        covered: Coverage = self.texture.coverage(px) * self.figure.coverage(px)
        return covered
