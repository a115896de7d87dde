"""From a board to a frame, and the frames between two boards in which sprites glide and flows grow."""

from collections.abc import Set
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, UInt8

from puzzlereel.puzzles.board import Board, Cell, distance, neighbours
from puzzlereel.renderers.layout import Layout
from puzzlereel.renderers.shapes import Tile, paint, rgb
from puzzlereel.renderers.skins import Look, Skin

Frame = UInt8[np.ndarray, "height width 3"]


@lru_cache(maxsize=4096)
def tile_of(look: Look, px: int) -> Tile:
    """The picture of a look, `px` pixels wide."""
    return _solid(paint(np.zeros((px, px, 3)), look.ground + look.sprite))


@lru_cache(maxsize=4096)
def ground_of(look: Look, px: int) -> Tile:
    """The picture of a look's ground, without the sprite."""
    return _solid(paint(np.zeros((px, px, 3)), look.ground))


@lru_cache(maxsize=4096)
def _sprite_of(look: Look, px: int) -> tuple[Float[np.ndarray, "px px 3"], Float[np.ndarray, "px px 1"]]:
    """A sprite's colour times its cover, and its cover: painted on black and on white, they differ where it is open."""
    on_black = paint(np.zeros((px, px, 3)), look.sprite)
    on_white = paint(np.full((px, px, 3), 255.0), look.sprite)
    return on_black, 1 - (on_white - on_black)[:, :, :1] / 255


def _solid(tile: Float[np.ndarray, "px px 3"]) -> Tile:
    solid: Tile = np.rint(tile).astype(np.uint8)
    return solid


def draw(board: Board, skin: Skin, layout: Layout, height: int, width: int) -> Frame:
    """The frame that shows a board, with no trail."""
    frame = np.empty((height, width, 3), np.uint8)
    frame[:] = rgb(skin.background)
    for cell, glyph in board.items():
        put_tile(frame, layout, cell, tile_of(skin.look(glyph), layout.px))
    return frame


def put_tile(frame: Frame, layout: Layout, cell: Cell, tile: Tile) -> None:
    top, left = layout.corner(cell)
    frame[top : top + layout.px, left : left + layout.px] = tile


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
    colour, cover = _sprite_of(motion.look, px)
    if isinstance(motion, Glide):
        from_top, from_left = layout.corner(motion.source)
        top, left = top - round((1 - phase) * (top - from_top)), left - round((1 - phase) * (left - from_left))
    elif motion.origin is not None:
        shown = _uncovered(px, (motion.origin[0] - motion.target[0], motion.origin[1] - motion.target[1]), phase)
        colour, cover = colour * shown, cover * shown
    under = frame[top : top + px, left : left + px]
    frame[top : top + px, left : left + px] = _solid(under * (1 - cover) + colour)


def _uncovered(px: int, side: Cell, phase: float) -> Float[np.ndarray, "rows columns 1"]:
    """Ones in the part of a tile that has been reached from a side, for the part of the way that is given."""
    ruler = np.arange(px) < round(phase * px)
    ruler = ruler if -1 in side else ruler[::-1]
    shown = ruler[:, None, None] if side[0] else ruler[None, :, None]
    return np.broadcast_to(shown, (px, px, 1)).astype(float)


def put_grounds(frame: Frame, layout: Layout, board: Board, cells: Set[Cell], skin: Skin, trail: Set[Cell]) -> None:
    """Draw cells without their sprites."""
    for cell in cells:
        put_tile(frame, layout, cell, ground_of(skin.look(board[cell], trailed=cell in trail), layout.px))
