"""How what walks may be drawn otherwise: larger or smaller, rounder or squarer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from puzzlereel.renderers.shapes import Coverage, Shape, from_middle
from puzzlereel.renderers.skins import Look, Skin
from puzzlereel.verifiers.redteam.filming import Script

SIZE = 0.25
"""By how much larger or smaller a sprite is."""
SQUARE = 0.5
"""How far a disc goes towards a square, or a square towards a disc."""
FINE = 4
"""How much finer than pixels a shape is drawn before it is deformed."""


@dataclass(frozen=True)
class Deformed:
    """A shape that is larger than it was, and squarer (from 0 to 1) or rounder (below 0)."""

    shape: Shape
    size: float = 1.0
    square: float = 0.0

    @property
    def colour(self) -> str:
        return self.shape.colour

    def coverage(self, px: int) -> Coverage:
        fine = px * FINE
        down, right = (np.broadcast_to(side, (fine, fine)) for side in from_middle(fine))
        longest = np.maximum(np.abs(down), np.abs(right))
        bend = (longest / np.hypot(down, right)) ** self.square / self.size
        row, column = (np.floor(side * bend + fine / 2).astype(int) for side in (down, right))
        inside = (row >= 0) & (row < fine) & (column >= 0) & (column < fine)
        drawn = self.shape.coverage(fine)[row.clip(0, fine - 1), column.clip(0, fine - 1)] * inside
        covered: Coverage = drawn.reshape(px, FINE, px, FINE).mean((1, 3))
        return covered


def deformed(skin: Skin, kind: str, *, size: float = 1.0, square: float = 0.0) -> Skin:
    """The skin with sprites of one kind deformed."""

    def other(look: Look) -> Look:
        shapes = tuple(Deformed(shape, size, square) for shape in look.sprite)
        return replace(look, sprite=shapes) if look.kind == kind else look

    looks, trailed = ({glyph: other(look) for glyph, look in some.items()} for some in (skin.looks, skin.trailed))
    return replace(skin, looks=looks, trailed=trailed)


def deforming(*, size: float = 0.0, square: float = 0.0) -> Callable[[Script, float, Random, str], Script]:
    """A change of a script that deforms the sprites of a kind, the more the greater the strength."""

    def change(script: Script, strength: float, rng: Random, kind: str) -> Script:
        skin = deformed(script.skin, kind, size=1 + size * strength, square=square * strength)
        return script._replace(skin=skin)

    return change
