"""What changes from one board to the next, and the frames between the two.

cut      the new board is there at once
slide    sprites glide from cell to cell, and flows grow
fade     each cell that changes dissolves into what it becomes
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from puzzlereel.puzzles.board import Board, Cell, distance, neighbours
from puzzlereel.renderers.draw import Box, Frame, ground_of, put_tile, solid, tile_of
from puzzlereel.renderers.layout import Layout
from puzzlereel.renderers.shapes import paint
from puzzlereel.renderers.skins import Look, Skin


@lru_cache(maxsize=512)
def _sprite_of(look: Look, px: int) -> tuple[Float32[np.ndarray, "px px 3"], Float32[np.ndarray, "px px 1"]]:
    """A sprite's colour times its cover, and how open it is: painted on black and on white, it differs by that."""
    on_black = paint(np.zeros((px, px, 3)), look.sprite)
    on_white = paint(np.full((px, px, 3), 255.0), look.sprite)
    return on_black.astype(np.float32), ((on_white - on_black)[:, :, :1] / 255).astype(np.float32)


class Glide(NamedTuple):
    """A sprite that goes from one cell into the next."""

    look: Look
    source: Cell
    target: Cell


class Growth(NamedTuple):
    """A sprite that is uncovered in its cell, from the side of `origin` on; all at once where that is None."""

    look: Look
    target: Cell
    origin: Cell | None


def motions(before: Board, after: Board, skin: Skin) -> list[Glide | Growth]:
    """What moves between two boards; a sprite that has come from no neighbouring cell grows."""
    changed = before.differences(after)
    lost = {cell: look for cell in changed if (look := skin.look(before[cell])).kind}
    moving: list[Glide | Growth] = []
    for cell in changed:
        look = skin.look(after[cell])
        if not look.kind or (cell in lost and lost[cell].kind == look.kind):
            continue
        source = next((near for near in lost if distance(near, cell) == 1 and lost[near].kind == look.kind), None)
        if source is not None:
            moving.append(Glide(lost.pop(source), source, cell))
        else:
            moving.append(Growth(look, cell, next(iter(origins(before, cell, look.kind, skin)), None)))
    return moving


def origins(before: Board, cell: Cell, kind: str, skin: Skin) -> list[Cell]:
    """The cells beside a cell from which a sprite of a kind can grow into it."""
    return [near for near in neighbours(cell) if near in before and skin.look(before[near]).kind == kind]


def put_motion(frame: Frame, layout: Layout, motion: Glide | Growth, phase: float) -> None:
    """Lay a moving sprite over the grounds, `phase` of its way in [0, 1]."""
    px = layout.px
    top, left = layout.corner(motion.target)
    rows = columns = slice(0, px)
    if isinstance(motion, Glide):
        from_top, from_left = layout.corner(motion.source)
        top, left = top - round((1 - phase) * (top - from_top)), left - round((1 - phase) * (left - from_left))
    elif motion.origin is not None:
        rows, columns = _uncovered(px, motion, round(phase * px))
    colour, is_open = _sprite_of(motion.look, px)
    under = frame[top + rows.start : top + rows.stop, left + columns.start : left + columns.stop]
    under[:] = solid(under * is_open[rows, columns] + colour[rows, columns])


def _uncovered(px: int, growth: Growth, reached: int) -> tuple[slice, slice]:
    """The rows and columns of a tile that a flow has reached, so many pixels from the side that it comes from."""
    assert growth.origin is not None
    down, right = growth.origin[0] - growth.target[0], growth.origin[1] - growth.target[1]
    part = slice(0, reached) if -1 in (down, right) else slice(px - reached, px)
    return (part, slice(0, px)) if down else (slice(0, px), part)


class Change(NamedTuple):
    """The cells in which two boards differ, and how they look before, on the way, and after."""

    layout: Layout
    cells: Sequence[Cell]
    was: Sequence[Look]
    grounds: Sequence[Look]
    """Looks whose grounds are seen while sprites are on their way: one that leaves a trail has left it."""
    now: Sequence[Look]
    moving: Sequence[Glide | Growth]

    @property
    def box(self) -> Box | None:
        """The pixels of these cells; None where there are none."""
        if not self.cells:
            return None
        (top, left), (bottom, right) = (
            self.layout.corner(
                (edge(row for row, _ in self.cells) + far, edge(column for _, column in self.cells) + far)
            )
            for edge, far in ((min, 0), (max, 1))
        )
        return Box(top, bottom, left, right)


def changes(boards: Sequence[Board], skin: Skin, layout: Layout) -> Iterator[Change]:
    """What changes from each board to the next."""
    trail: set[Cell] = set()
    for before, after in pairwise(boards):
        cells = before.differences(after)
        was = [skin.look(before[cell], trailed=cell in trail) for cell in cells]
        trail |= {cell for cell in cells if skin.trail and skin.look(before[cell]).kind == skin.trail}
        grounds = [skin.look(before[cell], trailed=cell in trail) for cell in cells]
        now = [skin.look(after[cell], trailed=cell in trail) for cell in cells]
        yield Change(layout, cells, was, grounds, now, motions(before, after, skin))


def cut(frame: Frame, change: Change) -> None:
    """Draw the cells as they are after."""
    for cell, look in zip(change.cells, change.now, strict=True):
        put_tile(frame, change.layout, cell, tile_of(look, change.layout.px))


def slide(frame: Frame, change: Change, phase: float) -> None:
    """Draw the cells with what moves in them, `phase` of its way in (0, 1)."""
    for cell, look in zip(change.cells, change.grounds, strict=True):
        put_tile(frame, change.layout, cell, ground_of(look, change.layout.px))
    for motion in change.moving:
        put_motion(frame, change.layout, motion, phase)


def fade(frame: Frame, change: Change, phase: float) -> None:
    """Draw the cells as a mixture of before and after, with `phase` of the latter, in (0, 1)."""
    px = change.layout.px
    for cell, was, now in zip(change.cells, change.was, change.now, strict=True):
        put_tile(frame, change.layout, cell, solid((1 - phase) * tile_of(was, px) + phase * tile_of(now, px)))
