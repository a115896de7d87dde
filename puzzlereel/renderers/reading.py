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

from puzzlereel.puzzles.core import Board, Cell
from puzzlereel.renderers.draw import Frame, tile_of
from puzzlereel.renderers.film import Video
from puzzlereel.renderers.layout import Canvas, Layout, layout_of
from puzzlereel.renderers.shapes import Shape, Tile
from puzzlereel.renderers.skins import Look, Skin

PATCHES = 6
TOLERANCE = 14.0
"""How far a cell may be from a look, as the root of the mean square over patches and channels, of 255."""
SAME = 2.0
"""How near two looks are where nobody could tell them apart, in the same measure."""


class Readings(NamedTuple):
    """What is seen in every frame and cell."""

    glyphs: Int[np.ndarray, "frames rows columns"]
    """The code point of the nearest look's glyph."""
    off: Float[np.ndarray, "frames rows columns"]
    """How far the cell is from that look, of 255."""
    patches: Float[np.ndarray, "frames rows columns patches"]

    @property
    def settled(self) -> Bool[np.ndarray, "frames rows columns"]:
        return self.off < TOLERANCE

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
    return Readings(glyphs.reshape(patches.shape[:3]), off.reshape(patches.shape[:3]), patches)


@lru_cache(maxsize=256)
def lexicon_of(skin: Skin, px: int) -> Lexicon:
    """The lexicon of a skin for tiles `px` pixels wide."""
    named = [*skin.looks.items(), *skin.trailed.items(), *_undressed(skin)]
    patches = np.stack([tile_patches(tile_of(look, px)) for _, look in named])
    grounds = tuple(dict.fromkeys(look.ground for _, look in named))
    glyphs = np.empty((len(named), len(grounds)), np.int64)
    for at, (glyph, _) in enumerate(named):
        off = np.sqrt(((patches - patches[at]) ** 2).mean(1))
        alike = {look.ground: twin for (twin, look), far in zip(named, off, strict=True) if far < SAME}
        glyphs[at] = [ord(alike.get(ground, glyph)) for ground in grounds]
    return Lexicon(patches, grounds, glyphs)


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
    across = np.add.reduceat(frame[layout.box], _starts(cuts, px, columns), axis=1, dtype=np.uint32)
    sums = np.add.reduceat(across, _starts(cuts, px, rows), axis=0, dtype=np.uint32)
    cells = sums.reshape(rows, number, columns, number, 3).transpose(0, 2, 1, 3, 4)
    means = cells.astype(np.float32) / np.outer(areas, areas).astype(np.float32)[:, :, None]
    patches: Float[np.ndarray, "rows columns patches"] = means.reshape(rows, columns, -1)
    return patches


def _starts(cuts: Int[np.ndarray, " number"], px: int, cells: int) -> Int[np.ndarray, " starts"]:
    starts: Int[np.ndarray, " starts"] = (np.arange(cells)[:, None] * px + cuts).ravel()
    return starts


def cells_where(mask: Bool[np.ndarray, "rows columns"]) -> Sequence[Cell]:
    """The cells in which a mask holds, row by row."""
    return [(int(row), int(column)) for row, column in np.argwhere(mask)]
