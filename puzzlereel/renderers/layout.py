"""Where the board lies on the canvas: square cells, as large as fit, centred, on even pixels."""

from contextlib import suppress
from itertools import count
from typing import NamedTuple

from puzzlereel.puzzles.board import Cell
from puzzlereel.puzzles.core import PuzzlereelError


class TooSmall(PuzzlereelError):
    """A canvas on which a board does not fit."""


LEAST_CELL = 3
"""The fewest pixels a side in which sprites can be told apart."""


LEAST_FILED_CELL = 16
"""The fewest pixels a side in which they can still be told apart after the video codec; below, honest films fail."""


class Canvas(NamedTuple):
    """The size of a film in pixels."""

    height: int = 480
    width: int = 832


FULL = Canvas()
"""The size of the benchmark's own films."""


class Layout(NamedTuple):
    """Where the cells of a board lie on the canvas, in pixels."""

    px: int
    """The side of a cell in pixels."""
    top: int
    left: int
    rows: int
    columns: int

    @property
    def box(self) -> tuple[slice, slice]:
        """The pixels of the board."""
        return (
            slice(self.top, self.top + self.rows * self.px),
            slice(self.left, self.left + self.columns * self.px),
        )

    def corner(self, cell: Cell) -> tuple[int, int]:
        """The topmost and leftmost pixel of a cell."""
        return self.top + cell[0] * self.px, self.left + cell[1] * self.px


def layout_of(shape: tuple[int, int], canvas: Canvas, around: int = 0) -> Layout:
    """The layout of a board of `shape` (rows, columns) with room for so many cells more in height and width.

    TooSmall where a cell would have under 3 pixels a side, or under 16 with numbers beside the board.
    """
    rows, columns = shape
    px = min(canvas.height // (rows + around), canvas.width // (columns + around))
    side = LEAST_FILED_CELL if around > 1 else LEAST_CELL  # numbers need room
    if px < side:
        least = side * (rows + around), side * (columns + around)
        raise TooSmall(
            f"expected a canvas of at least {least[0]}x{least[1]} pixels for a board of"
            f" {rows}x{columns}, got {canvas.height}x{canvas.width}"
        )
    px -= px % 2 if px >= 8 else 0
    top, left = (canvas.height - rows * px) // 2, (canvas.width - columns * px) // 2
    return Layout(px, top - top % 2, left - left % 2, rows, columns)


def check_for_codec(shape: tuple[int, int], canvas: Canvas, around: int = 0) -> None:
    """TooSmall where a film of such a board could not be read back from a file."""
    px = layout_of(shape, canvas, around).px
    if px < LEAST_FILED_CELL:
        raise TooSmall(
            f"expected cells of at least {LEAST_FILED_CELL} pixels in a video file, got {px} for a board of"
            f" {shape[0]}x{shape[1]} on {canvas.height}x{canvas.width}: take at least"
            f" {(shape[0] + around) * LEAST_FILED_CELL}x{(shape[1] + around) * LEAST_FILED_CELL}"
        )


def roomy(shape: tuple[int, int], around: int) -> Canvas:
    """The usual canvas, or as many times it as a board, with what is drawn beside it, has room on."""
    canvases = (Canvas(times * FULL.height, times * FULL.width) for times in count(1))
    return next(canvas for canvas in canvases if has_room(shape, canvas, around))


def has_room(shape: tuple[int, int], canvas: Canvas, around: int) -> bool:
    """Whether a board fits on a canvas, with room for so many cells more in height and width."""
    with suppress(TooSmall):
        layout_of(shape, canvas, around)
        return True
    return False


def usual_layout(shape: tuple[int, int], canvas: Canvas, around: int) -> Layout | None:
    """Where a board lies in the suite's own films of a size; None where what is drawn beside it has no room.

    TooSmall where the board itself has none.
    """
    try:
        return layout_of(shape, canvas, around)
    except TooSmall:
        layout_of(shape, canvas)
        return None
