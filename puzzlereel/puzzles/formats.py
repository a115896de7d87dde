"""Levels in text files, as others write them.

; 155             a comment, which is also the title of the level below it (or above it, where the whole file does so)
'The Dungeon'     a further line of the title; `Title: The Dungeon` alone says it too, on either side of the level
#######
#@ $ .#           rows: Sokoban as in XSB, SOK and Boxoban; a maze with @ or S and G or E; FlowFree with any letters
#######
                  a blank line ends the level
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from string import ascii_letters
from typing import Any, NamedTuple

from puzzlereel.puzzles.core import BadLevel, Puzzle
from puzzlereel.puzzles.flowfree import ENDS, FLOWFREE, SHOWN
from puzzlereel.puzzles.flowfree_search import EMPTY
from puzzlereel.puzzles.maze import AGENT, GOAL, MAZE
from puzzlereel.puzzles.sokoban import SOKOBAN

MOST_CELLS = 250_000
"""The largest board that is read: what is larger is no level but an accident or an attack."""
COMMENT = re.compile(r"\s*(;|::|//)")
PROPERTY = re.compile(r"[\s;:/]*([A-Za-z][A-Za-z ]*):(.*)")


@dataclass(frozen=True)
class Entry:
    """One level of a file: `level` where it could be read, or else `error`, whose line and column are the file's."""

    title: str
    puzzle: Puzzle
    level: Any | None
    error: BadLevel | None


def read_collection(text: str, *, puzzle: Puzzle | None = None) -> list[Entry]:
    """Every level of a text, of the puzzle given or guessed from the glyphs; BadLevel where there is none at all."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kind = puzzle or _guess(lines)
    style = STYLES.get(kind.name, Style())
    blocks = _blocks(lines, style)
    if not blocks:
        raise _no_level(lines, [kind] if puzzle else READABLE)
    return [_entry(title, kind, style, block) for title, block in zip(_titles(blocks), blocks, strict=True)]


@dataclass(frozen=True)
class Style:
    """How rows of a puzzle are told from other lines; the default takes every line that is no comment."""

    glyphs: str = ""
    """What most of a row is made of."""
    floor: str = ""
    """Further glyphs, too common in other lines to tell anything."""
    marks: str = ""
    """Glyphs of which a level has at least one."""
    rename: Callable[[Sequence[str]], Mapping[str, str]] = lambda rows: {}
    """What the glyphs of these rows are called in the text that the puzzle parses, where it is something else."""

    def is_row(self, line: str) -> bool:
        """Whether a line is a row, if need be with errors, and not a comment, a title or a property."""
        seen = [glyph for glyph in line.strip() if glyph not in self.floor]
        if not seen or COMMENT.match(line) or PROPERTY.fullmatch(line):
            return False
        known = sum(glyph in self.glyphs for glyph in seen)
        return not self.glyphs or (2 * known > len(seen) and not any(map(str.isspace, seen)))

    def is_floor(self, line: str) -> bool:
        """Whether a line shows nothing but floor, which is a row only beside other rows."""
        return bool(line.strip()) and set(line) <= {*self.floor, " "}

    def is_pure(self, line: str) -> bool:
        """Whether a line holds nothing but glyphs, and marks among them."""
        return set(line.strip()) <= {*self.glyphs, *self.floor} and any(glyph in self.marks for glyph in line)


def _letters(rows: Sequence[str]) -> Mapping[str, str]:
    """Capitals in the order of first appearance, unless skins have all the letters; BadLevel where they run out."""
    names: dict[str, str] = {}
    if all(glyph in SHOWN for row in rows for glyph in row if glyph in ascii_letters):
        return names
    for n, row in enumerate(rows):
        for column, glyph in enumerate(row):
            if glyph in ascii_letters and glyph not in names:
                if len(names) == len(ENDS):
                    raise BadLevel(f"expected at most {len(ENDS)} colours, got one more, {glyph!r}", n + 1, column + 1)
                names[glyph] = ENDS[len(names)]
    return names


def _start_and_exit(rows: Sequence[str]) -> Mapping[str, str]:
    return {glyph: name for glyph, name in (("S", AGENT), ("E", GOAL)) if any(glyph in row for row in rows)}


STYLES: Mapping[str, Style] = {
    SOKOBAN.name: Style("#@+$*.", floor=" -_", marks="#@+$*"),
    MAZE.name: Style("#@+GSE", floor=" ", marks="#@", rename=_start_and_exit),
    FLOWFREE.name: Style(ascii_letters + EMPTY, marks=EMPTY, rename=_letters),
}
READABLE = (SOKOBAN, MAZE, FLOWFREE)


def _guess(lines: Sequence[str]) -> Puzzle:
    """The puzzle whose glyphs alone make up the most lines."""
    return max(READABLE, key=lambda puzzle: sum(map(STYLES[puzzle.name].is_pure, lines)))


def _no_level(lines: Sequence[str], puzzles: Sequence[Puzzle]) -> BadLevel:
    """What was expected, and what stands first in the text instead."""
    expected = f"expected a level of {' or '.join(puzzle.name for puzzle in puzzles)}"
    for n, line in enumerate(lines, start=1):
        if line.strip():
            column = len(line) - len(line.lstrip()) + 1
            return BadLevel(f"{expected}, got {line.strip()[:40]!r} and no row of one", n, column)
    return BadLevel(f"{expected}, got nothing")


class Block(NamedTuple):
    """The rows of a level, the number of the first one's line, and the other lines that may be about it."""

    line: int
    rows: tuple[str, ...]
    above: tuple[str, ...]
    """The last paragraph between the level before and this one."""
    below: tuple[str, ...]
    """The lines straight below the rows."""


def _blocks(lines: Sequence[str], style: Style) -> list[Block]:
    """The levels of a text as they stand there."""
    kinds = _kinds(lines, style)
    blocks: list[Block] = []
    above: tuple[str, ...] = ()
    for kind, group in groupby(range(len(lines)), key=kinds.__getitem__):
        numbers = list(group)
        part = tuple(lines[n] for n in numbers)
        if kind == ROW:
            blocks.append(Block(numbers[0] + 1, part, above, ()))
            above = ()
        elif kind == TEXT:
            if blocks and kinds[numbers[0] - 1] == ROW:
                blocks[-1] = blocks[-1]._replace(below=part)
                above = part if kinds[numbers[-1] + 1 : numbers[-1] + 2] == [ROW] else ()
            else:
                above = part
    return blocks


BLANK, TEXT, ROW = "blank", "text", "row"


def _kinds(lines: Sequence[str], style: Style) -> list[str]:
    """What each line is; rows without a mark among them are text, and so are floors at the edge of a level."""
    maybe = [style.is_row(line) or style.is_floor(line) for line in lines]
    kinds = [TEXT if line.strip() else BLANK for line in lines]
    for n in range(1, len(lines) - 1):
        if maybe[n - 1] and maybe[n + 1] and kinds[n] == TEXT and not COMMENT.match(lines[n]):
            maybe[n] = maybe[n] or len(lines[n].strip()) in (len(lines[n - 1].strip()), len(lines[n + 1].strip()))
    for together, group in groupby(range(len(lines)), key=maybe.__getitem__):
        numbers = list(group)
        marked = not style.marks or any(glyph in style.marks for n in numbers for glyph in lines[n])
        if together and marked:
            while style.is_floor(lines[numbers[0]]):
                numbers.pop(0)
            while style.is_floor(lines[numbers[-1]]):
                numbers.pop()
            for n in numbers:
                kinds[n] = ROW
    return kinds


def _titles(blocks: Sequence[Block]) -> list[str]:
    """The titles, taken from above or from below as the file has them, or else the running numbers."""
    led = bool(blocks[0].above) and (len(blocks) == 1 or any(block.above for block in blocks[1:]))
    is_above = led or not any(block.below for block in blocks)
    titles = []
    for number, block in enumerate(blocks, start=1):
        properties = [match for line in block.above + block.below if (match := PROPERTY.fullmatch(line))]
        named = [match[2] for match in properties if match[1].strip().lower() == "title"]
        plain = [line for line in (block.above if is_above else block.below) if not PROPERTY.fullmatch(line)]
        titles.append(_clean(named[:1]) or _clean(plain) or str(number))
    return titles


def _clean(lines: Sequence[str]) -> str:
    """The lines that say something as one, without comment marks and without what cannot be printed."""
    text = " ".join(COMMENT.sub("", line, count=1) for line in lines if any(map(str.isalnum, line)))
    return " ".join("".join(glyph if glyph.isprintable() else " " for glyph in text).split())


def _entry(title: str, puzzle: Puzzle, style: Style, block: Block) -> Entry:
    """The level of a block, or what is wrong with it and where in the file."""
    is_flush = bool(style.glyphs) and " " not in style.floor
    rows = [row.strip() for row in block.rows] if is_flush else list(block.rows)
    names: Mapping[str, str] = {}
    try:
        if (size := len(rows) * max(map(len, rows))) > MOST_CELLS:
            raise BadLevel(f"expected at most {MOST_CELLS} cells, got {size}")
        names = style.rename(rows)
        level = puzzle.parse("".join(names.get(glyph, glyph) for glyph in "\n".join(rows)))
    except BadLevel as error:
        indent = block.rows[error.line - 1].find(rows[error.line - 1])
        message = _as_written(error.message, names)
        return Entry(title, puzzle, None, BadLevel(message, block.line + error.line - 1, indent + error.column))
    return Entry(title, puzzle, level, None)


def _as_written(message: str, names: Mapping[str, str]) -> str:
    """A message with the glyphs that the file has in place of those they were renamed to."""
    written = {name: glyph for glyph, name in names.items()}
    return re.sub("'(.)'", lambda quoted: repr(written.get(quoted[1], quoted[1])), message)
