"""The puzzles of the suite: one line a puzzle."""

from collections.abc import Mapping

from puzzlereel.puzzles.core import Puzzle
from puzzlereel.puzzles.flowfree import FLOWFREE
from puzzlereel.puzzles.maze import MAZE
from puzzlereel.puzzles.sokoban import SOKOBAN

PUZZLES: Mapping[str, Puzzle] = {puzzle.name: puzzle for puzzle in (MAZE, FLOWFREE, SOKOBAN)}
