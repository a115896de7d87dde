"""What each line of a level file is.

; 1                        text: a title, a comment, a property
#####                      row
#@$.#                      row
#####                      row
                           blank
Solution/Moves             aside: a solution or a saved game, which is no title of the next level
R                          aside
"""

import re
from collections.abc import Callable, Sequence
from itertools import groupby

from puzzlereel.puzzles.rows import are_posts
from puzzlereel.puzzles.styles import COMMENT, PROPERTY, Style

BLANK, TEXT, ROW, ASIDE = "blank", "text", "row", "aside"
HEADING = re.compile(r"[\s;:/]*(solution|snapshot|saved? ?game)\b([^:]*):?(.*)", re.IGNORECASE)
LURD = frozenset("lurdLURD")
SIGNS = frozenset("0123456789()[]{}* \t")
"""What else may stand among letters for moves."""
STEP = re.compile(r"[a-z][0-9]+,[0-9]+")


def kinds_of(lines: Sequence[str], style: Style) -> list[str]:
    """What each line is; rows without a mark among them are text, and so are floors at the edge of a level."""
    verdicts = {line: style.is_row(line) or style.is_floor(line) for line in dict.fromkeys(lines)}
    maybe = [verdicts[line] for line in lines]
    kinds = [TEXT if line.strip() else BLANK for line in lines]
    for n in range(1, len(lines) - 1):
        if maybe[n - 1] and maybe[n + 1] and not maybe[n] and kinds[n] == TEXT:
            maybe[n] = _is_between(lines[n - 1], lines[n], lines[n + 1], style)
    marks = frozenset(style.marks)
    for together, group in groupby(range(len(lines)), key=maybe.__getitem__):
        numbers = list(group)
        marked = not marks or not all(marks.isdisjoint(lines[n]) for n in numbers)
        if together and marked:
            first = next(n for n in numbers if not style.is_floor(lines[n]))
            last = next(n for n in reversed(numbers) if not style.is_floor(lines[n]))
            kinds[first : last + 1] = [ROW] * (last + 1 - first)
    return kinds


def _is_between(above: str, line: str, below: str, style: Style) -> bool:
    """Whether a line between two rows is one: of their length, with wrong glyphs, or the cells of a drawn maze."""
    if COMMENT.match(line) or PROPERTY.fullmatch(line):
        return False
    drawn = style.is_drawn and are_posts(above) and are_posts(below)
    return drawn or len(line.strip()) in (len(above.strip()), len(below.strip()))


def set_aside(lines: Sequence[str], kinds: list[str], are_moves: Callable[[str], bool]) -> dict[int, str]:
    """The moves of each solution by the number of its first line; it and other asides are marked in `kinds`."""
    told: dict[int, list[str]] = {}
    heading = comment = None
    for n, line in enumerate(lines):
        match = HEADING.match(line) if kinds[n] == TEXT else None
        if kinds[n] == ROW:
            heading = comment = None
        elif kinds[n] == BLANK:
            heading = None if heading in told else heading
        elif match:
            heading = n
            if are_moves(match[3]):
                told[n] = [match[3]]
        elif heading is not None and are_moves(line):
            told.setdefault(heading, []).append(line)
            kinds[n] = ASIDE
        else:
            heading = None
        if (said := PROPERTY.fullmatch(line)) and said[1].lower() == "comment" and not said[2].strip():
            comment = n
        elif comment is not None and line.strip().lower().startswith("comment-end"):
            kinds[comment : n + 1] = [ASIDE] * (n + 1 - comment)
            comment = None
    for n in told:
        kinds[n] = ASIDE
    is_solution = {n: "solution" in lines[n].lower() for n in told}
    return {n: " ".join(map(str.strip, parts)) for n, parts in told.items() if is_solution[n]}


def are_letters(line: str) -> bool:
    """Whether a line is made of moves that are letters, with or without run lengths."""
    return not LURD.isdisjoint(line) and (LURD | SIGNS).issuperset(line)


def are_words(line: str) -> bool:
    """Whether a line is made of moves that are words, as those of FlowFree are."""
    return bool(line.strip()) and all(map(STEP.fullmatch, line.split()))
