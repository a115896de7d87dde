"""The states of a level as its judge needs them: their boards in numbers, and what may come next."""

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int

from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import State
from puzzlereel.renderers.skins import Skin
from puzzlereel.verifiers.underway import Move


class Way(NamedTuple):
    """One lawful move, and what it changes."""

    onward: State
    move: Move


class Place:
    """A state, its board, and every lawful move from it."""

    def __init__(self, level: Any, state: State, skin: Skin) -> None:
        self.level, self.state, self.skin = level, state, skin
        self.board: Board = level.board(state)
        self.codes = codes_of(self.board)

    @cached_property
    def onwards(self) -> list[State]:
        """The states that moves lead to."""
        return [self.level.step(self.state, move) for move in self.level.moves(self.state)]

    @cached_property
    def ways(self) -> list[Way]:
        return [Way(onward, Move(self.board, self.level.board(onward), self.skin)) for onward in self.onwards]


def codes_of(board: Board) -> Int[np.ndarray, "rows columns"]:
    """The code points of a board's glyphs."""
    flat = np.frombuffer("".join(board.rows).encode("utf-32-le"), np.uint32)
    return flat.astype(np.int64).reshape(board.shape)
