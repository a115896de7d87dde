"""Figures: shapes with an outline, of which things on the board are made.

    Ring  Rounded  Frame  Cross      round and square ones; straight edges lie on even pixels
    Polygon  Stroke  Bitmap          any outline, any pen stroke, any picture of square dots
    Glow                             light that fades outwards

Places are (down, right) of the tile's middle, and lengths are shares of its width, so that a figure looks the same at
every size. A figure that is drawn by hand is a row of places, too: it wobbles, but in the same way every time.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import cos, pi, sin
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float

from puzzlereel.renderers.shapes import Coverage, cuts, from_middle, length

Place: TypeAlias = tuple[float, float]
"""How far down and right of the tile's middle, as shares of its width."""
FINE = 4
"""Into how many parts a pixel is cut each way to see how much of it a polygon covers."""
THIN = 1.5
"""The thinnest stroke in pixels: less is lost in the codec."""


@dataclass(frozen=True)
class Ring:
    """A ring around the middle, between two radii."""

    colour: str
    outer: float
    inner: float
    down: float = 0.0
    right: float = 0.0

    def coverage(self, px: int) -> Coverage:
        y, x = from_middle(px)
        off = np.hypot(y - self.down * px, x - self.right * px)
        covered: Coverage = np.clip(self.outer * px + 0.5 - off, 0, 1) * np.clip(off + 0.5 - self.inner * px, 0, 1)
        return covered


@dataclass(frozen=True)
class Rounded:
    """A square with round corners, a disc at a corner of a half: the gap around it, and the radius of its corners."""

    colour: str
    gap: float
    corner: float

    def coverage(self, px: int) -> Coverage:
        y, x = from_middle(px)
        half = px / 2 - length(self.gap, px)
        corner = min(self.corner * px, half)
        down, right = np.abs(y) - half + corner, np.abs(x) - half + corner
        off = np.hypot(np.maximum(down, 0), np.maximum(right, 0)) + np.minimum(np.maximum(down, right), 0) - corner
        covered: Coverage = np.clip(0.5 - off, 0, 1)
        return covered


@dataclass(frozen=True)
class Frame:
    """The outline of a square: the gap around it, and the breadth of its sides."""

    colour: str
    gap: float
    breadth: float

    def coverage(self, px: int) -> Coverage:
        covered = np.zeros((px, px))
        outer = length(self.gap, px) if self.gap else 0
        inner = outer + max(1, length(self.breadth, px))
        covered[outer : px - outer, outer : px - outer] = 1
        covered[inner : px - inner, inner : px - inner] = 0
        return covered


@dataclass(frozen=True)
class Cross:
    """An upright cross: the gap around it, and the breadth of its arms."""

    colour: str
    gap: float
    breadth: float

    def coverage(self, px: int) -> Coverage:
        covered = np.zeros((px, px))
        gap = length(self.gap, px) if self.gap else 0
        side = length((1 - self.breadth) / 2, px)
        covered[gap : px - gap, side : px - side] = 1
        covered[side : px - side, gap : px - gap] = 1
        return covered


@dataclass(frozen=True)
class Polygon:
    """What lies within an outline that goes through some places, and back to the first one."""

    colour: str
    outline: tuple[Place, ...]

    def coverage(self, px: int) -> Coverage:
        y, x = from_middle(px * FINE)
        inside = np.zeros((px * FINE, px * FINE), bool)
        for one, other in zip(self.outline, (*self.outline[1:], *self.outline[:1]), strict=True):
            inside ^= _left_of(one, other, y / (px * FINE), x / (px * FINE))
        covered: Coverage = inside.reshape(px, FINE, px, FINE).mean((1, 3))
        return covered


def _left_of(
    one: Place, other: Place, y: Float[np.ndarray, "fine 1"], x: Float[np.ndarray, "1 fine"]
) -> Bool[np.ndarray, "fine fine"]:
    """Where a line to the right from a place meets the side of a polygon: an odd number of times means inside."""
    if one[0] == other[0]:
        return np.zeros((y.size, x.size), bool)
    level = (y > one[0]) != (y > other[0])
    meets: Bool[np.ndarray, "fine fine"] = level & (
        x < one[1] + (y - one[0]) / (other[0] - one[0]) * (other[1] - one[1])
    )
    return meets


@dataclass(frozen=True)
class Stroke:
    """What a round pen leaves that goes from place to place."""

    colour: str
    places: tuple[Place, ...]
    breadth: float

    def coverage(self, px: int) -> Coverage:
        y, x = from_middle(px)
        nearest = np.full((px, px), np.inf)
        for one, other in pairwise(self.places):
            down, right = (other[0] - one[0]) * px, (other[1] - one[1]) * px
            y_on, x_on = y - one[0] * px, x - one[1] * px
            along = np.clip((y_on * down + x_on * right) / max(down**2 + right**2, 1e-9), 0, 1)
            nearest = np.minimum(nearest, np.hypot(y_on - along * down, x_on - along * right))
        covered: Coverage = np.clip(max(self.breadth * px, THIN) / 2 + 0.5 - nearest, 0, 1)
        return covered


@dataclass(frozen=True)
class Bitmap:
    """A square picture of square dots, "#" where there is one, as old machines drew; the gap around it."""

    colour: str
    rows: tuple[str, ...]

    def coverage(self, px: int) -> Coverage:
        covered = np.zeros((px, px))
        at = cuts(len(self.rows), px)
        for row, dots in enumerate(self.rows):
            for column, dot in enumerate(dots):
                covered[at[row] : at[row + 1], at[column] : at[column + 1]] = dot == "#"
        return covered


@dataclass(frozen=True)
class Glow:
    """Light that is full in the middle and gone at the radius."""

    colour: str
    radius: float

    def coverage(self, px: int) -> Coverage:
        y, x = from_middle(px)
        left = np.clip(1 - np.hypot(y, x) / (self.radius * px), 0, 1)
        covered: Coverage = left * np.sqrt(left)
        return covered


def _place(down: float, right: float) -> Place:
    """A place to a millionth: machines differ in the last digit of a sine, and must not in what they draw."""
    return round(down, 6), round(right, 6)


def regular(corners: int, radius: float, *, turned: float = 0.0) -> tuple[Place, ...]:
    """The corners of a regular polygon, the first one on top; `turned` in parts of a whole turn, clockwise."""
    angles = [2 * pi * (corner / corners + turned) for corner in range(corners)]
    return tuple(_place(-radius * cos(angle), radius * sin(angle)) for angle in angles)


def star(points: int, radius: float, waist: float) -> tuple[Place, ...]:
    """The corners of a star, whose inner ones lie at `waist`."""
    outer, inner = regular(points, radius), regular(points, waist, turned=0.5 / points)
    return tuple(place for pair in zip(outer, inner, strict=True) for place in pair)


def blob(radius: float, wobble: float, *, seed: int = 0, steps: int = 40, turns: float = 1.0) -> tuple[Place, ...]:
    """A circle drawn by hand, so many turns long: its radius wavers by up to the share `wobble`."""
    places = []
    for step in range(round(turns * steps) + (turns != 1)):
        angle = 2 * pi * step / steps
        waver = 1 + wobble * (0.6 * sin(2 * angle + seed) + 0.4 * sin(3.3 * angle + 2.1 * seed))
        places.append(_place(-radius * waver * cos(angle), radius * waver * sin(angle)))
    return tuple(places)


def by_hand(places: tuple[Place, ...], wobble: float, *, seed: int = 0) -> tuple[Place, ...]:
    """A row of places joined by a hand that trembles by up to `wobble` of the tile's width."""
    drawn = []
    for side, (one, other) in enumerate(pairwise(places)):
        for step in range(8):
            part, swing = step / 8, wobble * sin(pi * step / 4 + 1.7 * side + seed)
            down, right = other[0] - one[0], other[1] - one[1]
            far = max(abs(down), abs(right), 1e-9)
            drawn.append(_place(one[0] + part * down + swing * right / far, one[1] + part * right - swing * down / far))
    return (*drawn, places[-1])


def box(half: float) -> tuple[Place, ...]:
    """Around a square of twice this side, once, from the top left back to it."""
    return (-half, -half), (-half, half), (half, half), (half, -half), (-half, -half)
