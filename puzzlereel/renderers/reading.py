"""From frames back to boards: the inverse of drawing.

Each cell is cut into PATCHES × PATCHES patches, and their mean colours are compared with those of every look of a skin.
A cell is settled where its nearest look is near enough; its glyph is then that look's. A sprite may hide what it stands
on: then the ground that the cell had on the first board decides between the looks that are the same.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from puzzlereel.puzzles.board import Board, Cell
from puzzlereel.renderers.draw import Frame, canvas_of, new_in, tile_of, whole
from puzzlereel.renderers.layout import Canvas, Layout, layout_of
from puzzlereel.renderers.rim import shift
from puzzlereel.renderers.shapes import Shape, Tile
from puzzlereel.renderers.skins import Look, Skin

PATCHES = 6
TOLERANCE = 10.0
"""How far a cell may be from a look, as the root of the mean square over patches and channels, of 255."""
NEARER = 0.4
"""How far a cell may be from a look, as a share of the way from there to the next look of another glyph."""
STANDS_OUT = 40
"""How far a pixel must be from the background to stand out from it."""
EDGE, STEP = 4, 4
"""How many pixels beside the board are left out, since the codec smears them; one in so many of the others is seen."""
UNLIKE = 8.0
"""How far the inside of a cell beside the board may be from its number, as `TOLERANCE` for the whole of one."""
SAME = 2.0
"""Looks nearer to each other than this count as one."""


class Readings(NamedTuple):
    """What is seen in every frame and cell."""

    glyphs: Int[np.ndarray, "frames rows columns"]
    """The code point of the nearest look's glyph."""
    off: Float[np.ndarray, "frames rows columns"]
    """How far the cell is from that look, of 255."""
    settled: Bool[np.ndarray, "frames rows columns"]
    """Whether that is near enough."""
    patches: Float[np.ndarray, "frames rows columns patches"]
    margin: Bool[np.ndarray, " frames"]
    """Whether the canvas beside the board is empty."""
    layout: Layout
    """Where the board was looked for."""

    def board(self, frame: int) -> Board:
        """The board of nearest glyphs, settled or not."""
        return Board(tuple("".join(map(chr, row)) for row in self.glyphs[frame]))


class Lexicon(NamedTuple):
    """All looks of a skin at one size, and how those that look alike are told apart: by the ground they stand on."""

    patches: Float[np.ndarray, "looks patches"]
    grounds: tuple[tuple[Shape, ...], ...]
    """The different grounds."""
    glyphs: Int[np.ndarray, "looks grounds"]
    """The code point of a look's glyph in a cell that has a ground."""
    near: Float[np.ndarray, " looks"]
    """How far off a look a cell may be to be settled."""


def read(frames: Iterable[Frame], start: Board, skin: Skin) -> Readings:
    """What every frame shows of a board that fills the canvas as in the films of the suite and began as `start`.

    There is one frame at least, and all have the size of the first one.
    """
    waiting = iter(frames)
    first = next(waiting)
    layout = layout_of(start.shape, Canvas(*first.shape[:2]), skin.rim.cells)
    lexicon = lexicon_of(skin, layout.px)
    seen, margin, index = _seen(chain((first,), waiting), layout, skin)
    flat = seen.reshape(-1, seen.shape[-1])
    squares = (flat**2).sum(1)[:, None] - 2 * flat @ lexicon.patches.T + (lexicon.patches**2).sum(1)
    nearest = squares.argmin(1)
    off = np.sqrt(np.maximum(squares[np.arange(len(nearest)), nearest], 0) / flat.shape[1])
    settled = off < lexicon.near[nearest]
    ground = np.array([lexicon.grounds.index(skin.look(glyph).ground) for _, glyph in start.items()])
    shape = len(index), layout.rows, layout.columns
    looks = nearest.reshape(seen.shape[:2])[index]
    glyphs = lexicon.glyphs[looks.reshape(len(index), -1), ground].reshape(shape)
    off, settled = (values.reshape(seen.shape[:2])[index] for values in (off, settled))
    return Readings(glyphs, off, settled, seen[index], margin, layout)


def _seen(
    frames: Iterable[Frame], layout: Layout, skin: Skin
) -> tuple[Float[np.ndarray, "strips columns patches"], Bool[np.ndarray, " frames"], Int[np.ndarray, "frames rows"]]:
    """The patches of each row of cells, once for each time that it changes, and which of them every frame shows.

    Between them, whether the canvas beside the board is empty in each frame.
    """
    strips: list[Float[np.ndarray, "rows columns patches"]] = []
    index: list[Int[np.ndarray, " rows"]] = []
    margin: list[bool] = []
    last, count = None, 0
    for frame in frames:
        new = whole(frame) if last is None else new_in(frame, last)
        index.append(index[-1].copy() if index else np.zeros(layout.rows, np.int64))
        margin.append(_beside(skin, layout, Canvas(*frame.shape[:2])).is_empty(frame) if new else margin[-1])
        first = max(0, (new.top - layout.top) // layout.px) if new else 0
        end = min(layout.rows, -((layout.top - new.bottom) // layout.px)) if new else 0
        if first < end:
            strip = Layout(layout.px, layout.top + first * layout.px, layout.left, end - first, layout.columns)
            strips.append(patches_of(frame, strip))
            index[-1][first:end] = count + np.arange(end - first)
            count += end - first
        if last is None:
            last = frame.copy()  # whoever makes frames may draw upon the same one again
        elif new:
            last[new.top : new.bottom] = frame[new.top : new.bottom]
    return np.concatenate(strips), np.array(margin), np.stack(index)


@lru_cache(maxsize=256)
def lexicon_of(skin: Skin, px: int) -> Lexicon:
    """The lexicon of a skin for tiles `px` pixels wide."""
    named = named_looks(skin)
    patches = np.stack([patches_of_look(look, px) for _, look in named])
    grounds = tuple(dict.fromkeys(look.ground for _, look in named))
    glyphs = np.empty((len(named), len(grounds)), np.int64)
    near = np.empty(len(named))
    for at, (glyph, _) in enumerate(named):
        off = np.sqrt(((patches - patches[at]) ** 2).mean(1))
        others = [far for (other, _), far in zip(named, off, strict=True) if other != glyph and far >= SAME]
        near[at] = min(TOLERANCE, NEARER * min(others))
        alike = {look.ground: twin for (twin, look), far in zip(named, off, strict=True) if far < SAME}
        glyphs[at] = [ord(alike.get(ground, glyph)) for ground in grounds]
    return Lexicon(patches, grounds, glyphs, near)


def named_looks(skin: Skin) -> list[tuple[str, Look]]:
    """Every look that a cell may have, with the glyph that it stands for."""
    return [*skin.looks.items(), *skin.trailed.items(), *_undressed(skin)]


def _undressed(skin: Skin) -> list[tuple[str, Look]]:
    """Sprites that keep their look on a ground where another of their kind looks otherwise: that is decoration."""
    moving = [(glyph, look) for glyph, look in skin.looks.items() if look.kind]
    return [
        (glyph, Look(look.ground, other.sprite, look.kind))
        for glyph, look in moving
        for _, other in moving
        if other.kind == look.kind and other.ground != look.ground and other.sprite != look.sprite
    ]


@lru_cache(maxsize=4096)
def patches_of_look(look: Look, px: int) -> Float[np.ndarray, " patches"]:
    """The mean colours of the patches of a look's tile."""
    return tile_patches(tile_of(look, px))


def tile_patches(tile: Tile) -> Float[np.ndarray, " patches"]:
    """The mean colours of a tile's patches."""
    patches: Float[np.ndarray, " patches"] = patches_of(tile, Layout(tile.shape[0], 0, 0, 1, 1))[0, 0]
    return patches


def patches_of(frame: Frame, layout: Layout) -> Float[np.ndarray, "rows columns patches"]:
    """The mean colours of all patches of all cells, row by row, channel last."""
    px, rows, columns = layout.px, layout.rows, layout.columns
    number = min(PATCHES, px)
    cuts = np.arange(number) * px // number
    areas = np.diff(cuts, append=px)
    board = frame[layout.box].reshape(rows, px, columns * px * 3)
    strips = [board[:, cut : cut + area].sum(1, dtype=np.uint32) for cut, area in zip(cuts, areas, strict=True)]
    down = np.stack(strips, 1).reshape(rows * number, columns * px, 3)
    starts = (np.arange(columns)[:, None] * px + cuts).ravel()
    sums = np.add.reduceat(down, starts, axis=1)
    cells = sums.reshape(rows, number, columns, number, 3).transpose(0, 2, 1, 3, 4)
    means = cells.astype(np.float32) / np.outer(areas, areas).astype(np.float32)[:, :, None]
    patches: Float[np.ndarray, "rows columns patches"] = means.reshape(rows, columns, -1)
    return patches


@lru_cache(maxsize=64)
def _beside(skin: Skin, layout: Layout, canvas: Canvas) -> "Beside":
    return Beside(skin, layout, canvas)


class Beside:
    """The canvas beside the board: what should be there, at the pixels that are looked at."""

    def __init__(self, skin: Skin, layout: Layout, canvas: Canvas) -> None:
        picture = canvas_of(skin, layout, *canvas).astype(np.int16)
        top, left, bottom, right = layout.top, layout.left, *layout.corner((layout.rows, layout.columns))
        self.places = (
            (slice(0, max(0, top - EDGE), STEP), slice(None, None, STEP)),
            (slice(bottom + EDGE, None, STEP), slice(None, None, STEP)),
            (slice(top, bottom, STEP), slice(0, max(0, left - EDGE), STEP)),
            (slice(top, bottom, STEP), slice(right + EDGE, None, STEP)),
        )
        self.wanted = [picture[place] for place in self.places]
        self.most = layout.px**2 / 10
        px, out = layout.px, shift(skin.rim, layout.px)
        strips = (
            Layout(px, top - px - out, left, 1, layout.columns),
            Layout(px, bottom + out, left, 1, layout.columns),
            Layout(px, top, left - px - out, layout.rows, 1),
            Layout(px, top, right + out, layout.rows, 1),
        )
        self.labels = strips if skin.rim.coordinates else ()
        self.numbers = [_insides(picture.astype(np.uint8), strip) for strip in self.labels]

    def is_empty(self, frame: Frame) -> bool:
        """Whether nothing as large as a tenth of a cell stands out from what should be there, and each number is."""
        for strip, numbers in zip(self.labels, self.numbers, strict=True):
            if np.sqrt(((_insides(frame, strip) - numbers) ** 2).mean(1)).max() > UNLIKE:
                return False
        found = 0
        for place, wanted in zip(self.places, self.wanted, strict=True):
            found += int((np.abs(frame[place] - wanted) > STANDS_OUT).any(2).sum())
        return found * STEP**2 <= self.most


def _insides(frame: Frame, strip: Layout) -> Float[np.ndarray, "cells patches"]:
    """The patches of the cells of a strip, without those at the sides, which the codec smears."""
    cells = strip.rows * strip.columns
    return patches_of(frame, strip).reshape(cells, PATCHES, PATCHES, 3)[:, 1:-1, 1:-1].reshape(cells, -1)


def cells_where(mask: Bool[np.ndarray, "rows columns"]) -> Sequence[Cell]:
    """The cells in which a mask holds, row by row."""
    return [(int(row), int(column)) for row, column in np.argwhere(mask)]
