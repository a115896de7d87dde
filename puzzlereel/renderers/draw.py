"""From a board to a frame: tiles, painted once for each look and size, put side by side."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, UInt8

from puzzlereel.puzzles.board import Board, Cell
from puzzlereel.renderers.layout import Layout
from puzzlereel.renderers.rim import put_rim
from puzzlereel.renderers.shapes import Tile, paint, rgb
from puzzlereel.renderers.skins import Look, Skin

Frame = UInt8[np.ndarray, "height width 3"]


@lru_cache(maxsize=4096)
def tile_of(look: Look, px: int) -> Tile:
    """The picture of a look, `px` pixels wide."""
    return solid(paint(np.zeros((px, px, 3)), look.ground + look.sprite))


@lru_cache(maxsize=4096)
def ground_of(look: Look, px: int) -> Tile:
    """The picture of a look's ground, without the sprite."""
    return solid(paint(np.zeros((px, px, 3)), look.ground))


def solid(tile: Float[np.ndarray, "height width 3"]) -> Frame:
    """A picture in whole numbers."""
    whole: Frame = np.rint(tile).astype(np.uint8)
    return whole


def draw(board: Board, skin: Skin, layout: Layout, height: int, width: int) -> Frame:
    """The frame that shows a board, with no trail."""
    frame = canvas_of(skin, layout, height, width)
    for cell, glyph in board.items():
        put_tile(frame, layout, cell, tile_of(skin.look(glyph), layout.px))
    return frame


def canvas_of(skin: Skin, layout: Layout, height: int, width: int) -> Frame:
    """The frame without the board: the background, and what stands around."""
    frame = np.empty((height, width, 3), np.uint8)
    frame[:] = rgb(skin.background)
    put_rim(frame, layout, skin.rim, skin.background)
    return frame


def put_tile(frame: Frame, layout: Layout, cell: Cell, tile: Tile) -> None:
    top, left = layout.corner(cell)
    frame[top : top + layout.px, left : left + layout.px] = tile


class Box(NamedTuple):
    """Some pixels of a frame: from top to before bottom, from left to before right."""

    top: int
    bottom: int
    left: int
    right: int


def whole(frame: Frame) -> Box:
    """All pixels of a frame."""
    height, width, _ = frame.shape
    return Box(0, height, 0, width)


def new_in(frame: Frame, last: Frame) -> Box | None:
    """Pixels outside of which a frame is the same as the last one, few more than needed; None where all are."""
    one, other = (np.ascontiguousarray(picture).reshape(len(picture), -1) for picture in (frame, last))
    if one.shape[1] % 8 == 0:
        one, other = one.view(np.uint64), other.view(np.uint64)  # eight bytes at once
    differs = one != other
    rows = np.flatnonzero(differs.any(1))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    bytes_in = np.flatnonzero(differs[top:bottom].any(0)) * one.itemsize
    return Box(top, bottom, int(bytes_in[0]) // 3, -(-(int(bytes_in[-1]) + one.itemsize) // 3))
