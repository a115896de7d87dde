"""From text to boards, for every puzzle's `parse`."""

from collections.abc import Callable
from typing import TypeAlias

from puzzlereel.puzzles.board import Board, Cell
from puzzlereel.puzzles.core import BadLevel

Place: TypeAlias = Callable[[Cell], tuple[int, int]]
"""The line and column of a cell, counted from 1."""

MOST_CELLS = 250_000
"""The largest board that is read: what is larger is no level but an accident or an attack."""


def parse_board(text: str, glyphs: str, filler: str | None = None) -> tuple[Board, Place]:
    """The board in a text of known glyphs, and where its cells stand in the text; BadLevel where there is none.

    Blank lines around it are left out; short rows are filled up, or refused where no `filler` is given.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    filled = [n for n, line in enumerate(lines) if line.strip()]
    if not filled:
        raise BadLevel("expected a board, got nothing")
    lines = lines[filled[0] : filled[-1] + 1]
    indents = [0 if filler else len(line) - len(line.lstrip()) for line in lines]
    rows = [line if filler else line.strip() for line in lines]

    def place(cell: Cell) -> tuple[int, int]:
        return filled[0] + cell[0] + 1, indents[cell[0]] + cell[1] + 1

    width = max(map(len, rows))
    if (size := len(rows) * width) > MOST_CELLS:
        raise BadLevel(f"expected at most {MOST_CELLS} cells, got {size}", *place((0, 0)))
    for r, row in enumerate(rows):
        if not set(row) <= set(glyphs):
            c = next(c for c, glyph in enumerate(row) if glyph not in glyphs)
            raise BadLevel(f"expected one of {glyphs!r}, got {row[c]!r}", *place((r, c)))
        if filler is None and len(row) != width:
            raise BadLevel(f"expected {width} glyphs, got {len(row)}", *place((r, len(row))))
    return Board(tuple(row.ljust(width, filler or " ") for row in rows)), place


def place_of(text: str, index: int) -> tuple[int, int]:
    """The line and column of a place in a text, counted from 1."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)
