"""The first board as it was drawn, in some size and at every blur that is tried, to be held against the first frame."""

from collections.abc import Collection
from itertools import product

import numpy as np
from jaxtyping import Float32, Int

from puzzlereel.puzzles.board import Board
from puzzlereel.renderers.draw import Frame, draw
from puzzlereel.renderers.layout import Layout
from puzzlereel.renderers.sight.colours import Board as Colours
from puzzlereel.renderers.sight.lens import LUMA, Lens, surroundings
from puzzlereel.renderers.sight.patches import Picture, as_picture
from puzzlereel.renderers.skins import Skin

SOFT = (0.0, 0.02, 0.045, 0.07, 0.1, 0.14)
"""The blurs that are tried, as shares of a cell."""
RIM = 3
"""How many cells around a board are drawn, for numbers beside it."""


class Drawn:
    """The first board as it was drawn, at every blur that is tried."""

    def __init__(self, board: Board, skin: Skin, px: int, unsure: Collection[str] = ()) -> None:
        rows, columns = board.shape
        layout = Layout(px, RIM * px, RIM * px, rows, columns)
        self.px, self.cells = px, board.shape
        glyphs = sorted({glyph for _, glyph in board.items()})
        looks = np.array([[glyphs.index(glyph) for glyph in row] for row in board.rows])
        counts = np.array([1 / looks.size if skin.look(glyph).kind in unsure else 1 for glyph in glyphs])
        self.board = Colours(looks.ravel(), counts)
        """What tells of colours: what is rare as much as what is common, what may be bent little."""
        self.counts = (counts / np.bincount(looks.ravel()))[looks].astype(np.float32)
        """How much each cell counts where boards are compared."""
        picture = draw(board, skin, layout, (rows + 2 * RIM) * px, (columns + 2 * RIM) * px)
        edge = (RIM - 1) * px
        self._tiles, self._places = _tiles_of(picture[edge:-edge, edge:-edge], px)
        self.soft: dict[float, Picture] = {soft: self._inner(self._tiles, soft) for soft in SOFT}
        self._mixed: dict[float, Picture] = {}
        self._curved: dict[tuple[tuple[float, float], float], Picture] = {}
        self._colours = np.unique(self._tiles.reshape(-1, 3), axis=0)

    def _inner(self, tiles: Float32[np.ndarray, "tiles px px 3"], soft: float) -> Picture:
        """The patches of the board: what the tiles of each cell and of those around it add to it."""
        shares = surroundings(Lens(self.px, soft=(soft, soft)), tiles)
        rows, columns = self.cells
        near = product(range(3), repeat=2) if soft else [(1, 1)]
        parts = [
            shares[self._places[down : down + rows, right : right + columns], 2 - down, 2 - right]
            for down, right in near
        ]
        return as_picture(np.add.reduce(parts, dtype=np.float32))

    def mixed(self, soft: tuple[float, float], *, within: bool) -> Picture:
        """How much colours differ within each patch, or from one to the next, as the mean of the squares."""
        widest = max(soft)
        if not within:
            down, across = np.gradient(self.soft[widest], axis=(0, 1))
            steep: Picture = np.square(np.hypot(down, across)).astype(np.float32)
            return steep
        if widest not in self._mixed:
            self._mixed[widest] = self._inner(np.square(self._tiles), widest) - np.square(self.soft[widest])
        return self._mixed[widest]

    def through(self, lens: Lens) -> Picture:
        """The board through a lens."""
        if lens.is_affine_on(self._colours):
            sharp, colour = (self.soft[soft] for soft in lens.soft)
            return lens.tint(_joined(sharp, colour))
        tinted = lens.tint(self._tiles)
        return _joined(*(self._inner(tinted, soft) for soft in lens.soft))

    def curved(self, soft: tuple[float, float], gamma: float) -> Picture:
        """The board through a lens that changes no colours but by a curve."""
        if (soft, gamma) not in self._curved:
            self._curved[soft, gamma] = self.through(Lens(self.px, gamma=gamma, soft=soft))
        return self._curved[soft, gamma]

    def clipped(self, lens: Lens) -> Picture:
        """How much brighter the board is through a lens than colours that are clipped after they were blurred."""
        clipped: Picture = self.through(lens) - Lens(self.px, lens.mix).tint(self.curved(lens.soft, lens.gamma))
        return clipped


def _joined(sharp: Picture, colour: Picture) -> Picture:
    """The brightness of one picture with the colours of another."""
    if sharp is colour:
        return sharp
    joined: Picture = np.clip(colour + ((sharp - colour) @ LUMA)[:, :, None], 0, 255)
    return joined


def _tiles_of(picture: Frame, px: int) -> tuple[Float32[np.ndarray, "tiles px px 3"], Int[np.ndarray, "rows columns"]]:
    """The tiles that a picture of whole cells is made of, each once, and which of them each cell shows."""
    rows, columns = picture.shape[0] // px, picture.shape[1] // px
    cells = picture.reshape(rows, px, columns, px, 3).swapaxes(1, 2).reshape(rows * columns, px, px, 3)
    numbers: dict[bytes, int] = {}
    places = [numbers.setdefault(cell.tobytes(), len(numbers)) for cell in cells]
    first = [places.index(number) for number in range(len(numbers))]
    return cells[first].astype(np.float32), np.array(places).reshape(rows, columns)
