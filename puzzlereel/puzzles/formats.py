"""Levels in text files, as others write them.

; 155             a comment, which is also the title of the level below it (or above it, where the whole file does so)
'The Dungeon'     a further line of the title; `Title: The Dungeon` alone says it too, on either side of the level
#######
#@ $ .#           rows: Sokoban as in XSB, SOK and Boxoban; a maze with @ or S and G or E; FlowFree with any letters
#######
                  a blank line ends the level
Solution          moves below this word are a solution of the level above
rRR
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from puzzlereel.puzzles.core import BadLevel, Puzzle
from puzzlereel.puzzles.lines import HEADING, ROW, TEXT, are_letters, are_words, kinds_of, set_aside
from puzzlereel.puzzles.rows import Row, are_posts, plain, stripped, undrawn, unpacked
from puzzlereel.puzzles.runs import pack
from puzzlereel.puzzles.styles import PROPERTY, READABLE, STYLES, Style
from puzzlereel.puzzles.text import MOST_CELLS

MOST_IN_ALL = 2**24
"""The most cells that all levels of a text may have, since short lines can stand for large boards."""
MOST_TITLE = 200
"""The most letters of a title that are kept."""
FLOOR = " "
MARKS = re.compile(r"\A(?:\s|;|::|//){1,100}")
"""What makes a line a comment, and is no part of what it says."""


@dataclass(frozen=True)
class Entry:
    """One level of a file: `level` where it could be read, or else `error`, whose line and column are the file's."""

    title: str
    puzzle: Puzzle
    level: Any | None
    error: BadLevel | None = None
    solution: str | None = None
    """The moves that the file gives as a solution, not tried: `lurd.read_moves` does that."""


def read_collection(text: str, *, puzzle: Puzzle | None = None) -> list[Entry]:
    """Every level of a text, of the puzzle given or guessed from the glyphs; BadLevel where there is none at all."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kind, kinds = _kind(lines, READABLE if puzzle is None else [puzzle])
    solutions = set_aside(lines, kinds, are_words if kind.separator else are_letters)
    blocks = _blocks(lines, kinds, solutions)
    if not blocks:
        raise _no_level(lines, READABLE if puzzle is None else [puzzle])
    entries, room = [], MOST_IN_ALL
    for title, block in zip(_titles(blocks), blocks, strict=True):
        entry, cells = _entry(title, kind, block, room)
        entries.append(entry)
        room = max(0, room - cells)
    return entries


def _kind(lines: Sequence[str], puzzles: Sequence[Puzzle]) -> tuple[Puzzle, list[str]]:
    """The puzzle that the lines fit best, and what each line is then."""
    told = []
    for puzzle in puzzles:
        style = STYLES.get(puzzle.name, Style())
        kinds = kinds_of(lines, style)
        told.append((_fit(lines, kinds, style), puzzle, kinds))
    _, puzzle, kinds = max(told, key=lambda one: one[0])
    return puzzle, kinds


def _fit(lines: Sequence[str], kinds: Sequence[str], style: Style) -> tuple[int, int, int]:
    """How many lines are most likely rows of this puzzle, how many rows of its levels are right, and how many are."""
    rows = [line for kind, line in zip(kinds, lines, strict=True) if kind == ROW]
    return sum(map(style.is_telling, lines)), sum(map(style.is_usual, rows)), len(rows)


def _no_level(lines: Sequence[str], puzzles: Sequence[Puzzle]) -> BadLevel:
    """What was expected, and what stands first in the text instead."""
    expected = f"expected a level of {' or '.join(puzzle.name for puzzle in puzzles)}"
    for n, line in enumerate(lines, start=1):
        if line.strip():
            column = len(line) - len(line.lstrip()) + 1
            return BadLevel(f"{expected}, got {line.strip()[:40]!r} and no row of one", n, column)
    return BadLevel(f"{expected}, got nothing")


class Block(NamedTuple):
    """The rows of a level, the number of the first one's line, and what else the file says about it."""

    line: int
    rows: tuple[str, ...]
    above: tuple[str, ...]
    """The last paragraph between the level before and this one."""
    below: tuple[str, ...] = ()
    """The lines straight below the rows."""
    solution: str | None = None


def _blocks(lines: Sequence[str], kinds: Sequence[str], solutions: Mapping[int, str]) -> list[Block]:
    """The levels of a text as they stand there."""
    blocks: list[Block] = []
    above: tuple[str, ...] = ()
    for kind, group in groupby(range(len(lines)), key=kinds.__getitem__):
        numbers = list(group)
        part = tuple(lines[n] for n in numbers)
        if kind == ROW:
            blocks.append(Block(numbers[0] + 1, part, above))
            above = ()
        elif kind == TEXT:
            if blocks and kinds[numbers[0] - 1] == ROW:
                blocks[-1] = blocks[-1]._replace(below=part)
                above = part if kinds[numbers[-1] + 1 : numbers[-1] + 2] == [ROW] else ()
            else:
                above = part
        elif told := [solutions[n] for n in numbers if n in solutions]:
            above = ()
            if blocks and blocks[-1].solution is None:
                blocks[-1] = blocks[-1]._replace(solution=told[0])
    return blocks


def _titles(blocks: Sequence[Block]) -> list[str]:
    """The titles, taken from above or from below as the file has them, or else the running numbers."""
    led = bool(blocks[0].above) and (len(blocks) == 1 or any(block.above for block in blocks[1:]))
    is_above = led or not any(block.below for block in blocks)
    titles = []
    for number, block in enumerate(blocks, start=1):
        properties = [match for line in block.above + block.below if (match := PROPERTY.fullmatch(line))]
        named = [match[2] for match in properties if match[1].strip().lower() == "title"]
        lines = [line for line in (block.above if is_above else block.below) if not PROPERTY.fullmatch(line)]
        titles.append(_printable(named[:1]) or _said(lines) or str(number))
    return titles


def _said(lines: Sequence[str]) -> str:
    """The lines that say something as one, without comment marks."""
    bare = [line.strip() for line in lines if any(map(str.isalnum, line))]
    return _printable([MARKS.sub("", line) for line in bare])


def _printable(lines: Sequence[str]) -> str:
    """The lines as one, without what cannot be printed, and not too long."""
    text = " ".join(line.strip()[:MOST_TITLE] for line in lines)
    words = "".join(glyph if glyph.isprintable() else " " for glyph in text).split()
    return " ".join(words)[:MOST_TITLE].strip()


def _entry(title: str, puzzle: Puzzle, block: Block, room: int) -> tuple[Entry, int]:
    """The level of a block, or what is wrong with it and where in the file; and how many cells it took."""
    style = STYLES.get(puzzle.name, Style())
    rows: list[Row] = []
    names: Mapping[str, str] = {}
    cells = 0
    try:
        rows, cells = _rows(block, style, room)
        names = style.rename([row.glyphs for row in rows])
        renamed = str.maketrans("".join(names), "".join(names.values()))
        level = puzzle.parse("\n".join(row.glyphs for row in rows).translate(renamed))
    except BadLevel as error:
        line, column = rows[error.line - 1].place(error.column) if rows else (error.line, error.column)
        broken = BadLevel(_as_written(error.message, names), line, column)  # without the trace, which holds the rows
        return Entry(title, puzzle, None, broken, block.solution), cells
    return Entry(title, puzzle, level, None, block.solution), cells


def _rows(block: Block, style: Style, room: int) -> tuple[list[Row], int]:
    """The rows of a block as they are meant, and how many cells they take; BadLevel where there is no room for them."""
    if style.is_drawn and are_posts(block.rows[0]):
        return undrawn(block.rows, block.line), 0
    most = min(MOST_CELLS, room)
    bound = f"at most {MOST_CELLS} cells" + f" and {MOST_IN_ALL} in all levels of a text" * (room < MOST_CELLS)
    as_it_is = stripped if style.glyphs and FLOOR not in style.floor else plain
    rows: list[Row] = []
    used = 0
    for n, text in enumerate(block.rows, start=block.line):
        is_packed = style.is_packed(text)
        fresh = unpacked(text.rstrip(), n, max(0, most - used), bound) if is_packed else [as_it_is(text, n)]
        used += sum(len(row.glyphs) + 1 for row in fresh)
        rows += fresh
    cells = len(rows) * max(len(row.glyphs) for row in rows)
    if room < cells <= MOST_CELLS:
        raise BadLevel(f"expected {bound}, got more", block.line)
    return rows, cells * (cells <= MOST_CELLS)


def _as_written(message: str, names: Mapping[str, str]) -> str:
    """A message with the glyphs that the file has in place of those they were renamed to."""
    written = {name: glyph for glyph, name in names.items()}
    return re.sub("'(.)'", lambda quoted: repr(written.get(quoted[1], quoted[1])), message)


def write_collection(entries: Iterable[Entry], *, floor: str = FLOOR, packed: bool = False) -> str:
    """The levels of one puzzle as text, with titles and solutions: `read_collection` gives them back.

    Floor may be written as `_`, or as `-` in Sokoban, so that no program loses it, and rows of Sokoban with run
    lengths. What is broken is left out. FlowFree without an empty cell and Fifteen without a wall are not found
    again.
    """
    parts = []
    for entry in entries:
        if entry.level is not None:
            style = STYLES.get(entry.puzzle.name, Style())
            rows = [_row(row, style, floor, packed) for row in str(entry.level).split("\n")]
            parts.append("\n".join([*_title(entry.title), *rows, ""]))
            parts += [f"Solution\n{entry.solution}\n"] if entry.solution else []
    return "\n".join(parts)


def _title(title: str) -> list[str]:
    """The line above a level that is read as its title, if it has one."""
    title = _printable([title])
    is_plain = _said([title]) == title and not PROPERTY.fullmatch(title) and not HEADING.match(title)
    return [f"; {title}" if is_plain else f"; Title: {title}"] if title else []


def _row(row: str, style: Style, floor: str, packed: bool) -> str:
    """A row as it stands in a file; one of nothing but floor is told from a blank line."""
    if FLOOR not in style.floor:
        return row
    visible = style.floor[-1]
    told = pack(row.replace(FLOOR, visible), longest=1)
    if packed and style.has_runs and (style.is_row(told) or style.is_floor(told)):
        return told
    return row.replace(FLOOR, floor if row.strip() and floor in style.floor else visible)
