"""From frames back to boards: the inverse of drawing."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Int

from puzzlereel.puzzles.board import Board, Cell
from puzzlereel.renderers.planes import View
from puzzlereel.renderers.sight.eye import Eye
from puzzlereel.renderers.sight.sighting import Sight
from puzzlereel.renderers.skins import Skin


class Readings(NamedTuple):
    """What is seen in every frame and cell."""

    eye: Eye
    """Who has seen it, and through what lens."""
    sights: Sequence[Sight]
    glyphs: Int[np.ndarray, "frames rows columns"]
    """The code point of the nearest look's glyph."""
    off: Float32[np.ndarray, "frames rows columns"]
    """How far the cell is from that look, of 255."""
    settled: Bool[np.ndarray, "frames rows columns"]
    """Whether that is near enough."""
    margin: Bool[np.ndarray, " frames"]
    """Whether the canvas beside the board is empty."""

    def board(self, frame: int) -> Board:
        """The board of nearest glyphs, settled or not."""
        flat = self.glyphs[frame].astype("<u4").tobytes().decode("utf-32-le")
        rows, columns = self.glyphs.shape[1:]
        return Board(tuple(flat[row * columns : (row + 1) * columns] for row in range(rows)))

    def place(self, frame: int, cell: Cell) -> tuple[float, float, float, float]:
        """The top, left, bottom and right of a cell in a frame, in pixels."""
        return self.sights[frame].pose.place(cell)


def read(frames: Iterable[View], start: Board, skin: Skin) -> Readings:
    """What every frame shows of a board that began as `start`.

    There is one frame at least; BadFrame where they are not of one size.
    """
    waiting = iter(frames)
    eye = Eye(next(waiting), start, skin)
    sights = [eye.sight]
    sights += [eye.see(frame) for frame in waiting]
    shape = len(sights), *start.shape
    return Readings(
        eye,
        sights,
        np.concatenate([sight.glyphs for sight in sights]).reshape(shape),
        np.concatenate([sight.off for sight in sights]).reshape(shape),
        np.concatenate([sight.settled for sight in sights]).reshape(shape),
        np.array([sight.margin for sight in sights]),
    )


def cells_where(mask: Bool[np.ndarray, "rows columns"]) -> Sequence[Cell]:
    """The cells in which a mask holds, row by row."""
    rows, columns = mask.nonzero()
    return list(zip(rows.tolist(), columns.tolist(), strict=True))
