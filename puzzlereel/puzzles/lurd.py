"""Solutions as text: what a person, a solver or a collection gives as the moves of a level.

3r(2U)           the moves of Sokoban, and of a maze: letters for left, up, right and down, with run lengths; white
                 space and line breaks say nothing. A small letter is a step of either kind, a capital is a push.
b0,1 b0,2        the moves of FlowFree, one word each
"""

import re
from collections.abc import Iterator
from typing import Any

from puzzlereel.puzzles.core import IllegalMove, Puzzle, Trajectory
from puzzlereel.puzzles.runs import BadRun, pack, unpack
from puzzlereel.puzzles.text import place_of

MOST_READ = 100_000
"""The most moves that are read from a text."""
BOUND = f"at most {MOST_READ} moves"
SHOWN = 20
"""The most glyphs of a wrong move, and the most lawful moves, that an error shows."""


class BadMoves(IllegalMove):
    """A text that tells no lawful moves; `line` and `column` count from 1."""

    def __init__(self, message: str, text: str, index: int) -> None:
        self.message, (self.line, self.column) = message, place_of(text, index)
        super().__init__(f"line {self.line}, column {self.column} of the moves: {message}")


def read_moves(puzzle: Puzzle, level: Any, text: str) -> Trajectory:
    """The moves of a text, made in a level; BadMoves where they cannot be read or the level does not allow them."""
    state, moves = level.start(), list[str]()
    for given, index in _moves(puzzle, text):
        if len(moves) == MOST_READ:
            raise BadMoves(f"expected {BOUND}, got more", text, index)
        moves.append(given if puzzle.separator or given in level.moves(state) else given.upper())
        try:
            state = level.step(state, moves[-1])
        except IllegalMove:
            lawful = list(level.moves(state))
            expected = f"one of {lawful[:SHOWN]}" if lawful else "no further move"
            message = f"expected {expected} as move {len(moves)}, got {given[:SHOWN]!r}"
            raise BadMoves(message, text, index) from None
    return Trajectory(level, tuple(moves))


def _moves(puzzle: Puzzle, text: str) -> Iterator[tuple[str, int]]:
    """Each move of a text and the index where it stands; BadMoves where the run lengths are wrong."""
    if puzzle.separator:
        yield from ((word[0], word.start()) for word in re.finditer(r"\S+", text))
        return
    places = [index for index, glyph in enumerate(text) if not glyph.isspace()]
    try:
        indices = unpack("".join(text[place] for place in places), MOST_READ, BOUND)
    except BadRun as error:
        end = places[-1] + 1 if places else 0
        raise BadMoves(error.message, text, [*places, end][error.index]) from None
    yield from ((text[places[index]], places[index]) for index in indices)


def write_moves(puzzle: Puzzle, trajectory: Trajectory) -> str:
    """The moves as text, with run lengths where they are letters; `read_moves` is the inverse."""
    plain = puzzle.write_moves(trajectory)
    return plain if puzzle.separator else pack(plain)
