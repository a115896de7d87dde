"""How a row of each puzzle is told from the other lines of a file, and what its glyphs are called elsewhere.

#@-$.#     Sokoban: floor as space, - or _; p P b B for @ + $ *; run lengths as in SOK
#S_XE#     a maze: S and E for the start and the goal; floor as space or _, or X for the way; or drawn by lines
r.R        FlowFree: any letters for the colours
%12.%      Fifteen: digits, and letters from ten on, within walls
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from string import ascii_letters

from puzzlereel.puzzles.core import BadLevel
from puzzlereel.puzzles.fifteen import FIFTEEN, HOLE, STONES
from puzzlereel.puzzles.fifteen import WALL as TRAY
from puzzlereel.puzzles.flowfree import EMPTY, ENDS, FLOWFREE, SHOWN
from puzzlereel.puzzles.maze import AGENT, FLOOR, GOAL, MAZE
from puzzlereel.puzzles.rows import POSTS, ROW_END, VERTICAL, WALL, are_posts
from puzzlereel.puzzles.runs import DIGITS
from puzzlereel.puzzles.sokoban import BOX, PLAYER, PLAYER_ON_TARGET, SOKOBAN, STORED

COMMENT = re.compile(r"\s*(;|::|//)")
PROPERTY = re.compile(r"[\s;:/]*([A-Za-z][A-Za-z ]*):(.*)")
RUNS = frozenset(DIGITS + "()" + ROW_END)
LOOSE = re.compile(r"[0-9]([ )]|$)")
"""A count of nothing, as in titles such as #12 or # 12 #."""
COUNTED_SPACE = re.compile(r"[0-9] ")


@dataclass(frozen=True)
class Style:
    """How rows of a puzzle are told from other lines; the default takes every line that is no comment."""

    glyphs: str = ""
    """What most of a row is made of."""
    floor: str = ""
    """Further glyphs, too common in other lines to tell anything; the last of them can be seen."""
    marks: str = ""
    """Glyphs of which a level has at least one."""
    tells: tuple[str, ...] = ()
    """What a line is told by: one glyph of each of these, and none that the puzzle does not have."""
    letters: str = ""
    """Other names of glyphs, but in rows made of nothing else only."""
    has_runs: bool = False
    """Whether rows may have run lengths."""
    is_drawn: bool = False
    """Whether levels may be drawn by lines."""
    rename: Callable[[Sequence[str]], Mapping[str, str]] = lambda rows: {}
    """What the glyphs of these rows are called in the text that the puzzle parses, where it is something else."""

    @cached_property
    def usual(self) -> frozenset[str]:
        """What may stand in a right row, but for letters."""
        drawn = POSTS + VERTICAL if self.is_drawn else ""
        return frozenset(self.glyphs + self.floor + drawn) | (RUNS if self.has_runs else frozenset())

    @cached_property
    def known(self) -> frozenset[str]:
        """All that may stand in a right row."""
        return self.usual | {*self.letters}

    def is_row(self, line: str) -> bool:
        """Whether a line is a row, if need be with errors, and not a comment, a title or a property."""
        bare = line.strip()
        if not bare or COMMENT.match(line) or PROPERTY.fullmatch(line):
            return False
        if are_posts(bare):
            return self.is_drawn
        if not self.glyphs or self._is_closed(bare):
            return True
        seen = [glyph for glyph in bare if glyph not in self.floor]
        if self.has_runs and WALL in bare and not LOOSE.search(bare):
            seen = [glyph for glyph in seen if glyph not in RUNS]
        return 2 * sum(glyph in self.glyphs for glyph in seen) > len(seen) and " " not in seen

    def _is_closed(self, bare: str) -> bool:
        """Whether a line is a row with walls, and with letters or run lengths that other lines have as well."""
        walls = bare.count(WALL)
        if not self.has_runs or not walls or not self.known.issuperset(bare):
            return False
        return ROW_END in bare or ((walls > 1 or not RUNS.isdisjoint(bare)) and not LOOSE.search(bare))

    def is_floor(self, line: str) -> bool:
        """Whether a line shows nothing but floor, which is a row only beside other rows."""
        bare = line.strip()
        seen = set(bare)
        if self.has_runs and bare[-1:] not in DIGITS and " " not in bare:
            seen -= {*DIGITS}
        return bool(seen) and seen <= {*self.floor}

    def is_usual(self, line: str) -> bool:
        """Whether a line holds nothing but what may stand in a row, and no letters that other lines have as well."""
        bare = line.strip()
        return self.usual.issuperset(bare) and not are_posts(bare) and not (self.has_runs and LOOSE.search(bare))

    def is_telling(self, line: str) -> bool:
        """Whether a line is most likely a row of this puzzle and no other."""
        return self.is_usual(line) and not any(set(glyphs).isdisjoint(line) for glyphs in self.tells)

    def is_packed(self, row: str) -> bool:
        """Whether a row has run lengths."""
        if not self.has_runs or RUNS.isdisjoint(row) or COUNTED_SPACE.search(row.rstrip()):
            return False
        return self.known.issuperset(row)


def _found(names: Mapping[str, str]) -> Callable[[Sequence[str]], Mapping[str, str]]:
    """Those of the names whose glyphs are there."""
    return lambda rows: {glyph: name for glyph, name in names.items() if any(glyph in row for row in rows)}


def _colours(rows: Sequence[str]) -> Mapping[str, str]:
    """Capitals in the order of first appearance, unless skins have all the letters; BadLevel where they run out."""
    names: dict[str, str] = {}
    if {*ascii_letters}.intersection("".join(rows)) <= {*SHOWN}:
        return names
    for n, row in enumerate(rows):
        for glyph in dict.fromkeys(row):
            if glyph in ascii_letters and glyph not in names:
                if len(names) == len(ENDS):
                    message = f"expected at most {len(ENDS)} colours, got one more, {glyph!r}"
                    raise BadLevel(message, n + 1, row.index(glyph) + 1)
                names[glyph] = ENDS[len(names)]
    return names


STYLES: Mapping[str, Style] = {
    SOKOBAN.name: Style(
        "#@+$*.",
        floor=" _-",
        marks="#@+$*",
        tells=("#@+$*",),
        letters="pPbB",
        has_runs=True,
        rename=_found({"p": PLAYER, "P": PLAYER_ON_TARGET, "b": BOX, "B": STORED}),
    ),
    MAZE.name: Style(
        "#@+GSEX",
        floor=" _",
        marks="#@" + VERTICAL,
        tells=("#@GSE" + VERTICAL,),
        is_drawn=True,
        rename=_found({"S": AGENT, "E": GOAL, "X": FLOOR, "_": FLOOR}),
    ),
    FLOWFREE.name: Style(ascii_letters + EMPTY, marks=EMPTY, tells=(ascii_letters, EMPTY), rename=_colours),
    FIFTEEN.name: Style(TRAY + HOLE + STONES, marks=TRAY, tells=(TRAY,)),
}
READABLE = (SOKOBAN, MAZE, FLOWFREE, FIFTEEN)
