"""The puzzles: one line a puzzle."""

from collections.abc import Iterable, Mapping

from puzzlereel.puzzles.core import Puzzle
from puzzlereel.puzzles.fifteen import FIFTEEN
from puzzlereel.puzzles.flowfree import FLOWFREE
from puzzlereel.puzzles.maze import MAZE
from puzzlereel.puzzles.sokoban import SOKOBAN

PUZZLES: Mapping[str, Puzzle] = {
    puzzle.name: puzzle
    for puzzle in (
        MAZE,
        FLOWFREE,
        SOKOBAN,
        FIFTEEN,
    )
}
SUITE: Mapping[str, Puzzle] = {name: puzzle for name, puzzle in PUZZLES.items() if not puzzle.extra}
"""Those that are taken where none is named, and over which means are taken."""


def weighed(names: Iterable[str]) -> list[str]:
    """Those of some puzzles over which a mean is taken: all but the extras, or all where there is nothing else."""
    every = list(names)
    return [name for name in every if name not in PUZZLES or name in SUITE] or every
