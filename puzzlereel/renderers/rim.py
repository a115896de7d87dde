"""What may stand around the board: a frame, and the numbers of its rows and columns, as faults name cells.

   0 1 2 3
  ┌───────┐
0 │# # # #│ 0
1 │# @ . #│ 1
  └───────┘
   0 1 2 3
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, UInt8

from puzzlereel.renderers.layout import Layout
from puzzlereel.renderers.shapes import rgb

DIGITS = tuple(
    np.array([[dot == "#" for dot in row] for row in digit.split()])
    for digit in (
        "### #.# #.# #.# ###",
        ".#. ##. .#. .#. ###",
        "### ..# ### #.. ###",
        "### ..# ### ..# ###",
        "#.# #.# ### ..# ..#",
        "### #.. ### ..# ###",
        "### #.. ### #.# ###",
        "### ..# ..# ..# ..#",
        "### #.# ### #.# ###",
        "### #.# ### ..# ###",
    )
)
"""The digits 0 to 9, each 5 dots high and 3 wide."""
GAP, LINE = 1 / 16, 1 / 8
"""The gap between the board and its frame, and the breadth of the frame, as shares of a cell."""
HIGH, WIDE = 5 / 8, 2 / 3
"""How high a number is, and how wide it should be, as shares of a cell."""
MOST_WIDE = 4 / 5
"""Where numbers come out wider than this share of a cell, as in the smallest cells, every second one is left out."""
LIGHT, DARK = "F0F0F0", "202020"


@dataclass(frozen=True)
class Rim:
    """Which of the two there are."""

    frame: bool = False
    coordinates: bool = False

    @property
    def cells(self) -> int:
        """The cells by which the canvas must be higher and wider than the board."""
        return 2 * self.coordinates + self.frame


def put_rim(picture: UInt8[np.ndarray, "height width 3"], layout: Layout, rim: Rim, background: str) -> None:
    """Draw what there is around the board, dark on a light background and light on a dark one."""
    ink = rgb(DARK if sum(rgb(background)) > 3 * 128 else LIGHT)
    if rim.frame:
        gap, line = (_even(share * layout.px) for share in (GAP, LINE))
        rows, columns = layout.box
        for out, colour in ((gap + line, ink), (gap, rgb(background))):
            picture[rows.start - out : rows.stop + out, columns.start - out : columns.stop + out] = colour
    if rim.coordinates:
        longest = 4 * len(str(max(layout.rows, layout.columns) - 1)) - 1
        dot = _even(min(HIGH / 5, WIDE / longest) * layout.px)
        every = 1 if longest * dot <= MOST_WIDE * layout.px else 2
        out = shift(rim, layout.px)
        for number, row, column in _labels(layout.rows, layout.columns):
            if number % every:
                continue
            dots = _dots(number, dot)
            top, left = layout.corner((row, column))
            top += _even((layout.px - dots.shape[0]) / 2) + out * ((row == layout.rows) - (row == -1))
            left += _even((layout.px - dots.shape[1]) / 2) + out * ((column == layout.columns) - (column == -1))
            picture[top : top + dots.shape[0], left : left + dots.shape[1]][dots] = ink


def shift(rim: Rim, px: int) -> int:
    """How many pixels further out than the next cells the numbers stand, beyond the frame if there is one."""
    return _even(px / 2) if rim.frame else 0


def _labels(rows: int, columns: int) -> Iterator[tuple[int, int, int]]:
    """Each number, and the cell beside the board in which it stands."""
    for column in range(columns):
        yield from ((column, -1, column), (column, rows, column))
    for row in range(rows):
        yield from ((row, row, -1), (row, row, columns))


def _dots(number: int, side: int) -> Bool[np.ndarray, "height width"]:
    """A number in dots of so many pixels a side."""
    digits = [DIGITS[int(digit)] for digit in str(number)]
    gap = np.zeros((5, 1), bool)
    row = np.concatenate([part for digit in digits for part in (gap, digit)][1:], axis=1)
    return np.kron(row, np.ones((side, side), bool))


def _even(length: float) -> int:
    """A length in pixels, even, and at least 2."""
    return max(2, 2 * int(length / 2))
