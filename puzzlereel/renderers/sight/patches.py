"""Patches: each cell is cut into PATCHES × PATCHES of them, and their mean colours are all that is seen of it."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Float64

from puzzlereel.puzzles.board import Cell
from puzzlereel.renderers.draw import new_in
from puzzlereel.renderers.layout import Layout
from puzzlereel.renderers.planes import Planes, View
from puzzlereel.renderers.shapes import Tile

PATCHES = 6
CHANNELS = 3
CUT = 0.15
"""How much of a patch may lie beyond the frame and it still counts as seen."""
COLOURS = PATCHES**2 * CHANNELS
"""The numbers that are seen of a cell: patch by patch, row by row, channel last."""
Patches = Float32[np.ndarray, "rows columns colours"]
Picture = Float32[np.ndarray, "down across 3"]
"""The same as a picture with a pixel for each patch."""


class Pose(NamedTuple):
    """Where a board lies in a frame, in pixels: its corner, and the height and width of a cell."""

    top: float
    left: float
    high: float
    wide: float

    def place(self, cell: Cell) -> tuple[float, float, float, float]:
        """The top, left, bottom and right of a cell."""
        top, left = self.top + cell[0] * self.high, self.left + cell[1] * self.wide
        return top, left, top + self.high, left + self.wide


def pose_of(layout: Layout) -> Pose:
    return Pose(float(layout.top), float(layout.left), float(layout.px), float(layout.px))


def new_rows_in(frame: View, last: View) -> slice | None:
    """The rows outside of which a frame is the same as the last one; None where all are."""
    if isinstance(frame, Planes):
        return _new_rows_of(frame, last)
    if isinstance(last, Planes):
        return slice(0, len(frame))
    one, other = (np.ascontiguousarray(picture).reshape(len(picture), -1) for picture in (frame, last))
    if one.shape[1] % 8:
        new = new_in(frame, last)
        return new and slice(new.top, new.bottom)
    from puzzlereel.renderers.sight.pixels import new_rows

    top, bottom = new_rows(one.view(np.uint64), other.view(np.uint64), one.shape[1] // 8)  # eight bytes at once
    return slice(top, bottom) if top < bottom else None


def _new_rows_of(frame: Planes, last: View) -> slice | None:
    from puzzlereel.renderers.sight.pixels import new_rows_of_planes

    height, width, _ = frame.shape
    if not isinstance(last, Planes) or not (frame.mix is last.mix or np.array_equal(frame.mix, last.mix)):
        return slice(0, height)
    one, other, words = frame.words, last.words, width // 16
    if width % 16 or not one[0].size or not other[0].size:
        one, other, words = frame.all[:3], last.all[:3], width // 2
    top, bottom = new_rows_of_planes(one, other, words)
    return slice(top, bottom) if top < bottom else None


def kept(frame: View, last: View, new: slice) -> View:
    """The last frame after one that is new in some rows: pixels are copied, since they may be drawn upon again."""
    if isinstance(frame, Planes) or isinstance(last, Planes):
        return frame.copy()
    last[new] = frame[new]
    return last


def picture_at(frame: View, pose: Pose, rows: int, columns: int) -> Picture:
    """The patches of `rows` x `columns` cells from a corner on, as a picture."""
    from puzzlereel.renderers.sight.area import field_means, mixed_means

    means = np.empty((rows * PATCHES, columns * PATCHES, CHANNELS), np.float32)
    ys, xs = _lines(pose.top, pose.high, rows), _lines(pose.left, pose.wide, columns)
    if isinstance(frame, Planes):
        mixed_means(frame.luma, frame.blue, frame.red, frame.width, ys, xs, frame.mix, frame.lift, means)
    else:
        field_means(np.ascontiguousarray(frame).reshape(len(frame), -1), ys, xs, means)
    return means


@lru_cache(maxsize=64)
def _lines(first: float, side: float, cells: int) -> Float64[np.ndarray, " lines"]:
    """Where the patches of so many cells begin, and the last one ends."""
    lines: Float64[np.ndarray, " lines"] = first + side / PATCHES * np.arange(cells * PATCHES + 1)
    return lines


def by_cell(picture: Picture) -> Patches:
    """A picture of patches, cell by cell."""
    cells = np.empty((picture.shape[0] // PATCHES, picture.shape[1] // PATCHES, COLOURS), np.float32)
    put_by_cell(picture, cells)
    return cells


def put_by_cell(picture: Picture, cells: Patches) -> None:
    """The same, written over some cells."""
    from puzzlereel.renderers.sight.area import write_by_cell

    rows, columns, _ = cells.shape
    write_by_cell(np.ascontiguousarray(picture).reshape(rows, PATCHES, columns, -1), cells)


def as_picture(patches: Patches) -> Picture:
    """The inverse of `by_cell`."""
    rows, columns, _ = patches.shape
    cells = patches.reshape(rows, columns, PATCHES, PATCHES, CHANNELS).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(cells).reshape(rows * PATCHES, columns * PATCHES, CHANNELS)


def over_patches(cells: Float32[np.ndarray, "rows columns"]) -> Float32[np.ndarray, "down across 1"]:
    """The number of each cell for each of its patches."""
    return np.repeat(np.repeat(cells, PATCHES, 0), PATCHES, 1)[:, :, None]


def coarser(picture: Picture, fields: int) -> Float32[np.ndarray, "fields_down fields_across 3"]:
    """A picture in which a cell is cut into `fields` x `fields`, a divisor of `PATCHES`."""
    height, width, _ = picture.shape
    step = PATCHES // fields
    means: Float32[np.ndarray, "_ _ 3"] = picture.reshape(height // step, step, width // step, step, CHANNELS).mean(
        (1, 3)
    )
    return means


def patches_of(frame: View, layout: Layout) -> Patches:
    """The patches of a board that lies on whole pixels."""
    return by_cell(picture_at(frame, pose_of(layout), layout.rows, layout.columns))


def tile_patches(tile: Tile) -> Float32[np.ndarray, " colours"]:
    """The patches of a tile."""
    patches: Float32[np.ndarray, " colours"] = patches_of(tile, Layout(tile.shape[0], 0, 0, 1, 1))[0, 0]
    return patches


def within(frame: View, pose: Pose, rows: int, columns: int) -> Bool[np.ndarray, "down across"]:
    """Which patches lie within the frame, but for a small part of them."""
    height, width, _ = frame.shape
    high, wide = pose.high / PATCHES, pose.wide / PATCHES
    ys = pose.top + high * np.arange(rows * PATCHES)
    xs = pose.left + wide * np.arange(columns * PATCHES)
    inside: Bool[np.ndarray, "down across"] = np.outer(
        (ys >= -CUT * high) & (ys + high <= height + CUT * high),
        (xs >= -CUT * wide) & (xs + wide <= width + CUT * wide),
    )
    return inside


def visible_of(frame: View, pose: Pose, shape: tuple[int, int]) -> Patches | None:
    """How much of each patch of a board lies within the frame; None where all do."""
    rows, columns = shape
    bottom, right = pose.top + rows * pose.high, pose.left + columns * pose.wide
    if min(pose.top, pose.left, frame.shape[0] - bottom, frame.shape[1] - right) >= -CUT * pose.high / PATCHES:
        return None
    inside = np.repeat(within(frame, pose, rows, columns)[:, :, None], 3, 2)
    return by_cell(inside.astype(np.float32)) + np.float32(1e-6)


def middle(off: Float32[np.ndarray, "*cells"]) -> float:
    """The median, without what numpy's own does beside it."""
    flat = np.sort(off, axis=None)
    return float((flat[(len(flat) - 1) // 2] + flat[len(flat) // 2]) / 2)
