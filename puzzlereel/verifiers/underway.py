"""How far a move is under way in a frame: the move, drawn at every phase, against what is seen.

glide      sprites on their way from cell to cell, flows that grow
blend      the cells before and after, laid over each other, as where a film fades
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import product

import numpy as np
from jaxtyping import Float32

from puzzlereel.puzzles.board import Board, Cell
from puzzlereel.renderers.change import Glide, Growth, motions, origins, put_motion
from puzzlereel.renderers.draw import ground_of, put_tile
from puzzlereel.renderers.layout import Layout
from puzzlereel.renderers.sight.eye import Eye
from puzzlereel.renderers.sight.fit import steepness
from puzzlereel.renderers.sight.lens import Lens
from puzzlereel.renderers.sight.looks import PLAIN, TOLERANCE, Lexicon, Name, bent, lexicon_of
from puzzlereel.renderers.sight.patches import PATCHES
from puzzlereel.renderers.sight.sighting import Sight
from puzzlereel.renderers.skins import Look, Skin

PHASES = tuple(np.arange(1, 32) / 32)
"""The phases at which a move is drawn: 0 and 1 are boards at rest."""

EVEN = 0.1
"""How much further one cell of a move may have faded than all of them together."""

FAR, MOST_FAR = 65.0, 1.5
"""Boards whose cells differ by more than this, of 255, are told apart although a move between them is further off its
picture, in proportion; and up to what factor."""

Motions = tuple[Glide | Growth, ...]
Seen = Float32[np.ndarray, "cells patches"]


def phase_of(before: Board, after: Board, sight: Sight, eye: Eye) -> tuple[float, float]:
    """How far off the changed cells are from the phase that they resemble most, and that phase, in (0, 1).

    What is decoration may be either way: a trail in any of the cells, the look of a sprite, and, where a flow joins,
    the side from which its last cell grows; and things may go from cell to cell or fade.
    """
    changed, skin = before.differences(after), eye.skin
    seen = _alone(changed, sight, eye)
    mask = None if sight.visible is None else np.stack([sight.visible[cell] for cell in changed])
    corner = (min(row for row, _ in changed), min(column for _, column in changed))
    cells = tuple(_from(corner, cell) for cell in changed)
    best, phase = np.inf, 0.0
    for grounds in product(*[_grounds(skin, before[cell]) for cell in changed]):
        for moving in product(*[_ways(motion, before, eye, corner) for motion in motions(before, after, skin)]):
            squares = (_drawn(cells, grounds, moving, sight.lens) - seen) ** 2
            off = np.sqrt(squares.mean(2) if mask is None else (squares * mask).sum(2) / mask.sum(1)).max(1)
            if off.min() < best:
                best, phase = float(off.min()), float(PHASES[int(off.argmin())])
    if best > TOLERANCE:
        best, phase = min((best, phase), _blended(before, after, sight, seen, eye))
    cells_seen = seen.reshape(-1, PATCHES, PATCHES, 3)
    steep = max(float(steepness(np.ascontiguousarray(cell)).max()) for cell in cells_seen) if sight.blunt else 0.0
    off = np.sqrt(max(best**2 - sight.noise**2 - (1.5 * sight.blunt * steep) ** 2, 0))
    lexicon = lexicon_of(eye.skin, sight.lens, eye.walkers)
    was, now = (lexicon.own[[lexicon.first[board[cell]] for cell in changed]] for board in (before, after))
    far = float(np.sqrt(((was - now) ** 2).mean(1)).max())
    return float(off / np.clip(far / FAR, 1, MOST_FAR)), phase


def _alone(changed: Sequence[Cell], sight: Sight, eye: Eye) -> Seen:
    """The patches of some cells without what those around them add."""
    seen = np.stack([sight.patches[cell] for cell in changed])
    if not any(sight.lens.soft):
        return seen
    looks = sight.looks.copy()
    for cell in changed:
        looks[cell] = -1
    context = lexicon_of(eye.skin, sight.lens, eye.walkers).context(looks)
    alone: Seen = seen - np.stack([context[cell] for cell in changed])
    return alone


def _blended(before: Board, after: Board, sight: Sight, seen: Seen, eye: Eye) -> tuple[float, float]:
    """How far off the cells are from the mixture of before and after that is nearest, and the share of after in it."""
    changed = before.differences(after)
    best, phase = np.inf, 0.0
    every = [_seen_of(eye, sight, changed, board) for board in (before, after)]
    for start in every[0]:
        for end in every[1]:
            way = end - start
            dots, squares = ((seen - start) * way).sum(1), (way**2).sum(1)
            share = float(np.clip(dots.sum() / squares.sum(), PHASES[0], PHASES[-1]))
            uneven = EVEN * squares + sight.noise * np.sqrt(way.shape[1] * squares)
            if (np.abs(dots - share * squares) > uneven).any():
                continue
            off = float(np.sqrt(((start + share * way - seen) ** 2).mean(1)).max())
            if off < min(best, TOLERANCE):
                best, phase = off, share
    return best, phase


def _seen_of(eye: Eye, sight: Sight, cells: Sequence[Cell], board: Board) -> list[Seen]:
    """What may be seen of some cells of a board: each with a trail or without, and with a sprite that kept its look."""
    bends = [PLAIN, *{bend for kind in eye.walkers for bend in eye.bends(kind)}]
    every = []
    for bend in bends:
        ways = [_looks(lexicon_of(eye.skin, sight.lens, eye.walkers).names, board[cell], bend) for cell in cells]
        if all(ways) and not (
            bend != PLAIN
            and ways
            == [_looks(lexicon_of(eye.skin, sight.lens, eye.walkers).names, board[cell], PLAIN) for cell in cells]
        ):
            every += [
                _of_cells(
                    lexicon_of(eye.skin, sight.lens, eye.walkers),
                    tuple(cells),
                    looks,
                    board.shape,
                    any(sight.lens.soft),
                )
                for looks in product(*ways)
            ]
    return every


def _of_cells(
    lexicon: Lexicon, cells: tuple[Cell, ...], looks: tuple[int, ...], shape: tuple[int, int], soft: bool
) -> Seen:
    return lexicon.of_cells(cells, looks, shape) if soft else lexicon.own[list(looks)]


@lru_cache(maxsize=1024)
def _looks(names: tuple[Name, ...], glyph: str, bend: tuple[float, float]) -> list[int]:
    """The looks that a cell may have for a glyph: those of a walker bent so, if it has any."""
    seen: dict[Look, int] = {}
    for number, name in enumerate(names):
        if name.glyph == glyph and name.bend == (bend if name.look.kind in _bent_kinds(names) else PLAIN):
            seen.setdefault(name.look, number)
    return list(seen.values())


@lru_cache(maxsize=64)
def _bent_kinds(names: tuple[Name, ...]) -> frozenset[str]:
    return frozenset(name.look.kind for name in names if name.bend != PLAIN)


def _grounds(skin: Skin, glyph: str) -> list[Look]:
    return [skin.look(glyph), *([skin.trailed[glyph]] if glyph in skin.trailed else [])]


def _ways(motion: Glide | Growth, before: Board, eye: Eye, corner: Cell) -> list[Glide | Growth]:
    """The ways in which a motion may be drawn, seen from a corner."""
    target = _from(corner, motion.target)
    kind = motion.look.kind
    if isinstance(motion, Glide):
        sprites = dict.fromkeys(look.sprite for look in eye.skin.looks.values() if look.kind == kind)
        source = _from(corner, motion.source)
        looks = [replace(motion.look, sprite=sprite) for sprite in sprites]
        looks += [bent(look, *bend) for look in looks for bend in eye.bends(kind)]
        return [Glide(look, source, target) for look in looks]
    sides = [_from(corner, side) for side in origins(before, motion.target, kind, eye.skin)]
    return [Growth(motion.look, target, side) for side in sides] or [Growth(motion.look, target, None)]


def _from(corner: Cell, cell: Cell) -> Cell:
    return cell[0] - corner[0], cell[1] - corner[1]


@lru_cache(maxsize=2048)
def _drawn(
    cells: tuple[Cell, ...], grounds: tuple[Look, ...], moving: Motions, lens: Lens
) -> Float32[np.ndarray, "phases cells patches"]:
    """The patches of some cells at every phase of the motions over them."""
    px = lens.px
    rows, columns = (1 + max(cell[side] for cell in cells) for side in (0, 1))
    layout = Layout(px, 0, 0, rows, columns)
    still = np.zeros((rows * px, columns * px, 3), np.uint8)
    for cell, look in zip(cells, grounds, strict=True):
        put_tile(still, layout, cell, ground_of(look, px))
    pictures = np.repeat(still[None], len(PHASES), 0)
    for picture, phase in zip(pictures, PHASES, strict=True):
        for motion in moving:
            put_motion(picture, layout, motion, phase)
    seen = lens.seen(pictures).reshape(len(PHASES), rows, PATCHES, columns, PATCHES, 3).transpose(0, 1, 3, 2, 4, 5)
    return np.stack([seen[:, row, column].reshape(len(PHASES), -1) for row, column in cells], axis=1)
