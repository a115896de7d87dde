"""How far a move is under way in a frame: the sprites of the move, drawn at every phase, against what is seen."""

from functools import lru_cache
from itertools import product

import numpy as np
from jaxtyping import Float

from puzzlereel.puzzles.core import Board, Cell
from puzzlereel.renderers.draw import Glide, Growth, ground_of, motions, put_motion, put_tile
from puzzlereel.renderers.layout import Layout
from puzzlereel.renderers.reading import patches_of
from puzzlereel.renderers.skins import Look, Skin

PHASES = tuple(np.arange(1, 32) / 32)
"""The phases at which a move is drawn: 0 and 1 are boards at rest."""

Motions = tuple[Glide | Growth, ...]


def phase_of(
    before: Board,
    after: Board,
    seen: Float[np.ndarray, "cells patches"],
    skin: Skin,
    layout: Layout,
    tolerance: float,
) -> float | None:
    """The phase, in (0, 1), at which the changed cells look as they are seen; None where they never do.

    A trail may have been drawn or not in any of the cells, and a sprite that looks otherwise on arrival may do so on
    the way.
    """
    changed = before.differences(after)
    corner = (min(row for row, _ in changed), min(column for _, column in changed))
    cells = tuple(_from(corner, cell) for cell in changed)
    best, phase = tolerance, None
    for grounds in product(*[_grounds(skin, before[cell]) for cell in changed]):
        for moving in _ways(before, after, skin, corner):
            drawn = _drawn(cells, grounds, moving, layout.px)
            off = np.sqrt(((drawn - seen) ** 2).mean(2)).max(1)
            if off.min() < best:
                best, phase = float(off.min()), PHASES[int(off.argmin())]
    return phase


def _grounds(skin: Skin, glyph: str) -> list[Look]:
    return [skin.look(glyph), *([skin.trailed[glyph]] if glyph in skin.trailed else [])]


def _ways(before: Board, after: Board, skin: Skin, corner: Cell) -> list[Motions]:
    """The motions of a move, seen from a corner: with the looks they set out with, and those they arrive with."""
    out: list[Glide | Growth] = []
    home: list[Glide | Growth] = []
    for motion in motions(before, after, skin):
        target = _from(corner, motion.target)
        if isinstance(motion, Glide):
            source = _from(corner, motion.source)
            out.append(Glide(motion.look, source, target))
            home.append(Glide(skin.look(after[motion.target]), source, target))
        else:
            grown = Growth(motion.look, target, None if motion.origin is None else _from(corner, motion.origin))
            out.append(grown)
            home.append(grown)
    return [tuple(out)] if out == home else [tuple(out), tuple(home)]


def _from(corner: Cell, cell: Cell) -> Cell:
    return cell[0] - corner[0], cell[1] - corner[1]


@lru_cache(maxsize=2048)
def _drawn(
    cells: tuple[Cell, ...], grounds: tuple[Look, ...], moving: Motions, px: int
) -> Float[np.ndarray, "phases cells patches"]:
    """The patches of some cells at every phase of the motions over them."""
    rows, columns = (1 + max(cell[side] for cell in cells) for side in (0, 1))
    layout = Layout(px, 0, 0, rows, columns)
    still = np.zeros((rows * px, columns * px, 3), np.uint8)
    for cell, look in zip(cells, grounds, strict=True):
        put_tile(still, layout, cell, ground_of(look, px))
    pictures = []
    for phase in PHASES:
        picture = still.copy()
        for motion in moving:
            put_motion(picture, layout, motion, phase)
        patches = patches_of(picture, layout)
        pictures.append(np.stack([patches[cell] for cell in cells]))
    return np.stack(pictures)
