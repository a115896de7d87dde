"""The rows of a level as a file has them, and what they mean: one glyph a cell, each with its place in the file.

3#          ###      run lengths, as in SOK: | ends a row, so that a level may be one line
#@$.#       #@$.#
+---+---+   #####    a maze drawn by lines: the posts are + or o, and the first line says how wide the cells are
| S   E |   #S E#
+---+---+   #####
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from puzzlereel.puzzles.core import BadLevel
from puzzlereel.puzzles.runs import BadRun, unpack
from puzzlereel.puzzles.text import MOST_CELLS

ROW_END = "|"
POSTS, HORIZONTAL, VERTICAL, GAP = "+o", "-", "|", " "
WALL = "#"


class Row(NamedTuple):
    """The glyphs of a row, the number of its line, and the column of each glyph; both count from 1."""

    glyphs: str
    line: int
    columns: Sequence[int]

    def place(self, column: int) -> tuple[int, int]:
        """The line and column in the file of a column of the board, which may be the one behind the last."""
        if column <= len(self.columns):
            return self.line, self.columns[column - 1]
        return self.line, self.columns[-1] + 1 if self.columns else 1


def plain(text: str, line: int) -> Row:
    """A row that stands as it is in its line."""
    return Row(text, line, range(1, len(text) + 1))


def stripped(text: str, line: int) -> Row:
    """A row without the white space around it."""
    indent = len(text) - len(text.lstrip())
    return Row(text.strip(), line, range(indent + 1, len(text) + 1))


def unpacked(text: str, line: int, most: int, bound: str) -> list[Row]:
    """The rows that a line with run lengths means; BadLevel where they are wrong, or more than `bound` says."""
    try:
        indices = unpack(text, most, bound)
    except BadRun as error:
        raise BadLevel(error.message, line, error.index + 1) from None
    rows, begin = [], 0
    for end in [n for n, index in enumerate(indices) if text[index] == ROW_END] + [len(indices)]:
        told = indices[begin:end]
        rows.append(Row("".join(text[index] for index in told), line, [index + 1 for index in told]))
        begin = end + 1
    return rows if rows[-1].glyphs else rows[:-1]


def are_posts(line: str) -> bool:
    """Whether a line is the posts of a drawn maze, with walls or gaps between them."""
    bare = line.strip()
    is_closed = len(bare) > 2 and bare[0] in POSTS and bare[-1] in POSTS
    return is_closed and {*POSTS} < {*POSTS, *bare} <= {*POSTS, HORIZONTAL, GAP}


def undrawn(lines: Sequence[str], first: int) -> list[Row]:
    """The rows of a maze drawn by lines, the first of which has the number `first`; BadLevel where it is none."""
    posts = [column for column, glyph in enumerate(lines[0]) if glyph in POSTS]
    for left, right in pairwise(posts):
        if right == left + 1:
            raise BadLevel("expected cells between the posts, got none", first, right + 1)
    if (size := len(lines) * (posts[-1] + 1)) > MOST_CELLS:
        raise BadLevel(f"expected at most {MOST_CELLS} glyphs of a drawn maze, got {size}", first)
    if len(lines) % 2 == 0 or not are_posts(lines[-1]):
        raise BadLevel("expected a line of posts below, got none", first + len(lines) - 1)
    return [_undrawn(line, first + n, posts, n % 2 == 0) for n, line in enumerate(lines)]


def _undrawn(line: str, number: int, posts: Sequence[int], has_posts: bool) -> Row:
    """A line of posts with walls or gaps between them, or else of cells, whose glyph may stand anywhere in them."""
    told: list[tuple[str, int]] = []
    at = set(posts)
    for column, glyph in enumerate(line.ljust(posts[-1] + 1)):
        allowed = glyph
        if column in at:
            allowed = POSTS if has_posts else VERTICAL + GAP
            told.append((glyph, column))
        elif not posts[0] < column < posts[-1]:
            allowed = GAP
        elif column - 1 in at:
            allowed = HORIZONTAL + GAP if has_posts else glyph
            told.append((glyph, column))
        elif has_posts or told[-1][0] != GAP:
            allowed = told[-1][0] if has_posts else GAP
        else:
            told[-1] = (glyph, column)
        if glyph not in allowed:
            got = repr(glyph) if column < len(line) else "the end"
            raise BadLevel(f"expected one of {allowed!r}, got {got}", number, min(column, len(line)) + 1)
    is_wall = [(has_posts or n % 2 == 0) and glyph != GAP for n, (glyph, _) in enumerate(told)]
    glyphs = "".join(WALL if wall else glyph for wall, (glyph, _) in zip(is_wall, told, strict=True))
    return Row(glyphs, number, [column + 1 for _, column in told])
