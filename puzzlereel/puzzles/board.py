"""Boards and their cells.

#####   a board has one glyph a cell
#@ G#   a cell is (row, column), counted from the top left: the goal is at (1, 3)
#####
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

Cell: TypeAlias = tuple[int, int]

STEPS: Mapping[str, Cell] = {"U": (-1, 0), "D": (1, 0), "L": (0, -1), "R": (0, 1)}


def at(cell: Cell | None) -> str:
    """Where a cell is, in words; nothing where there is no cell."""
    return "" if cell is None else f" at row {cell[0]}, column {cell[1]}"


def towards(cell: Cell, direction: str) -> Cell:
    """The neighbour of a cell in one of the four directions of `STEPS`."""
    row, column = STEPS[direction]
    return cell[0] + row, cell[1] + column


def neighbours(cell: Cell) -> list[Cell]:
    """The four cells that share a side with a cell, on the board or not."""
    return [towards(cell, direction) for direction in STEPS]


def distance(one: Cell, other: Cell) -> int:
    """Steps between two cells where nothing is in the way."""
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


@lru_cache
def _any_of(glyphs: str) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, glyphs)) or "(?!)")


@dataclass(frozen=True)
class Board:
    """A rectangle of glyphs, one a cell."""

    rows: tuple[str, ...]

    def __post_init__(self) -> None:
        widths = set(map(len, self.rows))
        if len(widths) != 1 or 0 in widths:
            raise ValueError(f"expected rows of one width, got widths {sorted(widths)} in\n{self}")

    @classmethod
    def of(cls, text: str) -> "Board":
        """The board whose `str` the text is."""
        return cls(tuple(text.split("\n")))

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows[0])

    def __str__(self) -> str:
        return "\n".join(self.rows)

    def __getitem__(self, cell: Cell) -> str:
        return self.rows[cell[0]][cell[1]]

    def __contains__(self, cell: Cell) -> bool:
        return 0 <= cell[0] < len(self.rows) and 0 <= cell[1] < len(self.rows[0])

    def get(self, cell: Cell, outside: str) -> str:
        """The glyph of a cell, or another one where the cell is not on the board."""
        row, column = cell
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            return self.rows[row][column]
        return outside

    def items(self) -> Iterator[tuple[Cell, str]]:
        """Every cell with its glyph, row by row."""
        for r, row in enumerate(self.rows):
            for c, glyph in enumerate(row):
                yield (r, c), glyph

    def find(self, glyphs: str) -> list[Cell]:
        """The cells that hold one of the glyphs, row by row."""
        width = self.shape[1]
        return [divmod(place.start(), width) for place in _any_of(glyphs).finditer("".join(self.rows))]

    def put(self, glyphs: Mapping[Cell, str]) -> "Board":
        """The same board with other glyphs in some cells."""
        rows = list(self.rows)
        for (row, column), glyph in glyphs.items():
            rows[row] = rows[row][:column] + glyph + rows[row][column + 1 :]
        return Board(tuple(rows))

    def differences(self, other: "Board") -> list[Cell]:
        """The cells in which two boards of one shape differ, row by row."""
        pairs = enumerate(zip(self.rows, other.rows, strict=True))
        return [
            (row, column)
            for row, (one, two) in pairs
            if one != two
            for column, (was, now) in enumerate(zip(one, two, strict=True))
            if was != now
        ]
