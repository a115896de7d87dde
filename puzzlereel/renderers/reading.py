"""From frames back to boards: the inverse of drawing.

Each cell is cut into PATCHES × PATCHES patches, and their mean colours are compared with those of every look of a skin.
A cell is settled where its nearest look is near enough; its glyph is then that look's. A sprite may hide what it stands
on: then the ground that the cell had on the first board decides between the looks that are the same.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from puzzlereel.puzzles.board import Board, Cell
from puzzlereel.renderers.draw import Frame, tile_of
from puzzlereel.renderers.film import Video
from puzzlereel.renderers.layout import Canvas, Layout, layout_of
from puzzlereel.renderers.shapes import Shape, Tile, rgb
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


def read(video: Video, start: Board, skin: Skin) -> Readings:
    """What every frame shows of a board that fills the canvas as in the films of the suite and began as `start`."""
    layout = layout_of(start.shape, Canvas(*video.shape[1:3]))
    lexicon = lexicon_of(skin, layout.px)
    patches = np.stack([patches_of(frame, layout) for frame in video])
    flat = patches.reshape(-1, patches.shape[-1])
    squares = (flat**2).sum(1)[:, None] - 2 * flat @ lexicon.patches.T + (lexicon.patches**2).sum(1)
    nearest = squares.argmin(1)
    off = np.sqrt(np.maximum(squares[np.arange(len(nearest)), nearest], 0) / flat.shape[1])
    ground = np.array([lexicon.grounds.index(skin.look(glyph).ground) for _, glyph in start.items()])
    glyphs = lexicon.glyphs[nearest.reshape(len(video), -1), ground]
    shape = patches.shape[:3]
    settled = (off < lexicon.near[nearest]).reshape(shape)
    margin = np.array([is_margin_empty(frame, layout, skin) for frame in video])
    return Readings(glyphs.reshape(shape), off.reshape(shape), settled, patches, margin, layout)


@lru_cache(maxsize=256)
def lexicon_of(skin: Skin, px: int) -> Lexicon:
    """The lexicon of a skin for tiles `px` pixels wide."""
    named = named_looks(skin)
    patches = np.stack([tile_patches(tile_of(look, px)) for _, look in named])
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


def is_margin_empty(frame: Frame, layout: Layout, skin: Skin) -> bool:
    """Whether nothing as large as a tenth of a cell stands out from the background beside the board."""
    top, left, bottom, right = layout.top, layout.left, *layout.corner((layout.rows, layout.columns))
    above, beside = slice(0, max(0, top - EDGE), STEP), slice(0, max(0, left - EDGE), STEP)
    strips = (
        frame[above, ::STEP],
        frame[bottom + EDGE :: STEP, ::STEP],
        frame[top:bottom:STEP, beside],
        frame[top:bottom:STEP, right + EDGE :: STEP],
    )
    background = np.array(rgb(skin.background), np.int16)
    found = sum(int((np.abs(strip - background) > STANDS_OUT).any(2).sum()) for strip in strips)
    return found * STEP**2 <= layout.px**2 / 10


def cells_where(mask: Bool[np.ndarray, "rows columns"]) -> Sequence[Cell]:
    """The cells in which a mask holds, row by row."""
    return [(int(row), int(column)) for row, column in np.argwhere(mask)]
