"""How far a move is under way in a frame: the move, drawn at every phase, against what is seen.

glide      sprites on their way from cell to cell, flows that grow
blend      the cells before and after, laid over each other, as where a film fades
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import product

import numpy as np
from jaxtyping import Float

from puzzlereel.puzzles.board import Board, Cell
from puzzlereel.renderers.change import Glide, Growth, motions, origins, put_motion
from puzzlereel.renderers.draw import ground_of, put_tile
from puzzlereel.renderers.layout import Layout
from puzzlereel.renderers.reading import TOLERANCE, named_looks, patches_of, patches_of_look
from puzzlereel.renderers.skins import Look, Skin

PHASES = tuple(np.arange(1, 32) / 32)
"""The phases at which a move is drawn: 0 and 1 are boards at rest."""

EVEN = 0.1
"""How much further one cell of a move may have faded than all of them together."""

Motions = tuple[Glide | Growth, ...]


def phase_of(
    before: Board, after: Board, seen: Float[np.ndarray, "cells patches"], skin: Skin, layout: Layout
) -> tuple[float, float]:
    """How far off the changed cells are from the phase that they resemble most, and that phase, in (0, 1).

    What is decoration may be either way: a trail in any of the cells, the look of a sprite, and, where a flow joins,
    the side from which its last cell grows; and things may go from cell to cell or fade.
    """
    changed = before.differences(after)
    corner = (min(row for row, _ in changed), min(column for _, column in changed))
    cells = tuple(_from(corner, cell) for cell in changed)
    best, phase = np.inf, 0.0
    for grounds in product(*[_grounds(skin, before[cell]) for cell in changed]):
        for moving in product(*[_ways(motion, before, skin, corner) for motion in motions(before, after, skin)]):
            drawn = _drawn(cells, grounds, moving, layout.px)
            off = np.sqrt(((drawn - seen) ** 2).mean(2)).max(1)
            if off.min() < best:
                best, phase = float(off.min()), float(PHASES[int(off.argmin())])
    if best > TOLERANCE:
        best, phase = min((best, phase), _blended(before, after, changed, seen, skin, layout.px))
    return float(best), phase


def _blended(
    before: Board,
    after: Board,
    changed: Sequence[Cell],
    seen: Float[np.ndarray, "cells patches"],
    skin: Skin,
    px: int,
) -> tuple[float, float]:
    """How far off the cells are from the mixture of before and after that is nearest, and the share of after in it."""
    best, phase = np.inf, 0.0
    for was in product(*[_looks(skin, before[cell]) for cell in changed]):
        for now in product(*[_looks(skin, after[cell]) for cell in changed]):
            start = np.stack([patches_of_look(look, px) for look in was])
            way = np.stack([patches_of_look(look, px) for look in now]) - start
            dots, squares = ((seen - start) * way).sum(1), (way**2).sum(1)
            share = float(np.clip(dots.sum() / squares.sum(), PHASES[0], PHASES[-1]))
            if (np.abs(dots - share * squares) > EVEN * squares).any():
                continue
            off = float(np.sqrt(((start + share * way - seen) ** 2).mean(1)).max())
            if off < min(best, TOLERANCE):
                best, phase = off, share
    return best, phase


@lru_cache(maxsize=256)
def _looks(skin: Skin, glyph: str) -> list[Look]:
    """The looks that a cell may have for a glyph: with a trail or without, and with a sprite that kept its look."""
    return list(dict.fromkeys(look for name, look in named_looks(skin) if name == glyph))


def _grounds(skin: Skin, glyph: str) -> list[Look]:
    return [skin.look(glyph), *([skin.trailed[glyph]] if glyph in skin.trailed else [])]


def _ways(motion: Glide | Growth, before: Board, skin: Skin, corner: Cell) -> list[Glide | Growth]:
    """The ways in which a motion may be drawn, seen from a corner."""
    target = _from(corner, motion.target)
    kind = motion.look.kind
    if isinstance(motion, Glide):
        sprites = dict.fromkeys(look.sprite for look in skin.looks.values() if look.kind == kind)
        source = _from(corner, motion.source)
        return [Glide(replace(motion.look, sprite=sprite), source, target) for sprite in sprites]
    sides = [_from(corner, side) for side in origins(before, motion.target, kind, skin)]
    return [Growth(motion.look, target, side) for side in sides] or [Growth(motion.look, target, None)]


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
