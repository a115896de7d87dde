"""The law: from what is seen, frame by frame, to the states that lawful moves lead to.

Each frame must show the board of a state that can be there, or the way of one lawful move between two such states. The
states that can be there are the present one and, while a move is under way, the one that it leads to. Where neither
holds there is a fault; if the frame shows another board of the level all the same, the walk goes on from there.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from puzzlereel.puzzles.core import Board, Broken, NoSuchBoard, Reason, State
from puzzlereel.renderers.layout import Canvas, Layout, layout_of
from puzzlereel.renderers.reading import TOLERANCE, Readings, cells_where
from puzzlereel.renderers.skins import Skin
from puzzlereel.verifiers.underway import phase_of
from puzzlereel.verifiers.verdict import Fault

Mask = Bool[np.ndarray, "rows columns"]

REACH = 1.25
"""How far a sprite may go from one frame to the next, in cells: one, and a quarter for the error of the sighting."""


@dataclass
class Walk:
    """What became of a film."""

    states: list[State] = field(default_factory=list)
    """The states seen, in order, those after a fault among them."""
    faults: list[Fault] = field(default_factory=list)
    good: int = 0
    """How many of the states were seen before the first fault."""
    lawful: int = 0
    """The lawful moves seen."""
    unlawful: int = 0
    """The changes seen that no lawful move makes."""
    unread: list[int] = field(default_factory=list)
    """The frames that show neither a board nor a lawful move under way."""
    wrong: Counter[Reason] = field(default_factory=Counter)
    """How many frames show a board that is none of the level's, by what is wrong with it."""
    at_rest: bool = True
    """Whether the last frame shows a board of the level."""


class Smear(NamedTuple):
    """Frames in a row that nothing explains."""

    frame: int
    """The first of them."""
    cells: Mask
    """The cells that match nothing in any of them."""

    def grown(self, cells: Mask) -> "Smear":
        return Smear(self.frame, self.cells | cells)


class Follower:
    """Follows one film; `walk` holds the outcome after `run`."""

    def __init__(self, level: Any, readings: Readings, skin: Skin, canvas: Canvas) -> None:
        self.level, self.readings, self.skin = level, readings, skin
        self.layout: Layout = layout_of(readings.glyphs.shape[1:], canvas)
        self.walk = Walk()
        self.board: Board = level.board(level.start())
        """The last lawful board."""
        self.pending: tuple[State, float] | None = None
        """The state that the move under way leads to, and how far it is done."""
        self.smear: Smear | None = None

    def run(self) -> Walk:
        self._begin()
        for frame in range(1, len(self.readings.glyphs)):
            if not self._same_as_last(frame):
                self._look(frame)
        self._clear_smear()
        self.walk.good = self.walk.good or len(self.walk.states)
        return self.walk

    def _begin(self) -> None:
        """The first frame must show the level's first board; where it shows another, the walk begins there."""
        board = self.readings.board(0)
        unsettled = cells_where(~self.readings.settled[0])
        wrong = self.board.differences(board)
        state = self.level.start()
        if unsettled or wrong:
            detail = f"expected {self.board[wrong[0]]!r}, got {board[wrong[0]]!r}" if wrong else "it matches nothing"
            self.walk.faults.append(Fault(0, Reason.WRONG_START, (wrong or unsettled)[0], detail))
            try:
                state = self.level.state(board)
            except NoSuchBoard as error:
                self.walk.wrong[error.broken.reason] += 1
        self.walk.states.append(state)
        self.board = self.level.board(state)

    def _same_as_last(self, frame: int) -> bool:
        """Whether a frame shows just what the last one did, at rest and lawful."""
        calm = frame > 1 and self.walk.at_rest and self.smear is None and self.pending is None
        glyphs, settled = self.readings.glyphs, self.readings.settled
        return calm and bool(settled[frame].all()) and np.array_equal(glyphs[frame], glyphs[frame - 1])

    def _look(self, frame: int) -> None:
        unsettled = ~self.readings.settled[frame]
        if not unsettled.any():
            self._at_rest(frame)
        elif self._under_way(frame, unsettled):
            self._clear_smear()
            self.walk.at_rest = False
        else:
            self.walk.unread.append(frame)
            self.walk.at_rest = False
            self.smear = Smear(frame, unsettled) if self.smear is None else self.smear.grown(unsettled)

    def _at_rest(self, frame: int) -> None:
        """A frame in which every cell is settled."""
        self.walk.at_rest = True
        board = self.readings.board(frame)
        if self.smear is not None and not self._is_of_change(self.smear, board):
            self._clear_smear()
        first = frame if self.smear is None else self.smear.frame
        try:
            state = self.level.state(board)
        except NoSuchBoard as error:
            self.walk.at_rest = False
            self.walk.wrong[error.broken.reason] += 1
            self._blame(first, self.level.why(self.board, board), board)
            return
        if state == self.walk.states[-1]:
            self.pending = None
        elif self._leads_to(state):
            self._enter(state)
        else:
            self.walk.unlawful += 1
            self._blame(first, self.level.why(self.board, board), board)
            self._enter(state, lawful=False)
        self._clear_smear()

    def _leads_to(self, state: State) -> bool:
        """Whether one lawful move leads to a state from one that can be there."""
        if self.pending is not None and state == self.pending[0]:
            return True
        here = self.walk.states[-1]
        if any(self.level.step(here, move) == state for move in self.level.moves(here)):
            return True
        if self.pending is None or self.pending[1] < 2 - REACH:
            return False
        there = self.pending[0]
        if any(self.level.step(there, move) == state for move in self.level.moves(there)):
            self._enter(there)
            return True
        return False

    def _enter(self, state: State, *, lawful: bool = True) -> None:
        self.walk.states.append(state)
        self.walk.lawful += lawful
        self.board = self.level.board(state)
        self.pending = None

    def _under_way(self, frame: int, unsettled: Mask) -> bool:
        """Whether a frame shows a lawful move under way from a state that can be there."""
        here = self.walk.states[-1]
        if self._explained(here, frame, unsettled):
            return True
        pending = self.pending
        return pending is not None and self._explained(pending[0], frame, unsettled, gone=1 - pending[1])

    def _explained(self, state: State, frame: int, unsettled: Mask, *, gone: float | None = None) -> bool:
        """Whether a move from a state shows as a frame does; if so it becomes the pending one.

        `gone` is the way from the last frame's sighting to the state; where it is None the state is the present one.
        """
        before = self.level.board(state)
        differs = (self.readings.glyphs[frame] != codes_of(before)) | unsettled
        for move in self.level.moves(state):
            onward = self.level.step(state, move)
            after = self.level.board(onward)
            changed = before.differences(after)
            if differs.sum() > sum(bool(differs[cell]) for cell in changed):
                continue
            seen = np.stack([self.readings.patches[frame][cell] for cell in changed])
            phase = phase_of(before, after, seen, self.skin, self.layout, TOLERANCE)
            if phase is not None and phase + self._way_to(onward, gone) <= REACH:
                if gone is not None:
                    self._enter(state)
                self.pending = (onward, phase)
                return True
        return False

    def _way_to(self, onward: State, gone: float | None) -> float:
        """How far the sprites have come from the last frame's sighting when they set out on a move."""
        if gone is not None:
            return gone
        return 0.0 if self.pending is None or self.pending[0] == onward else self.pending[1]

    def _blame(self, frame: int, broken: Broken, board: Board) -> None:
        """Note a fault, unless the last one says the same; a cell that the rule did not name is where boards differ."""
        reason, cell, detail = broken
        if cell is None and board.shape == self.board.shape:
            cell = next(iter(self.board.differences(board)), None)
        last = self.walk.faults[-1] if self.walk.faults else None
        if last is None:
            self.walk.good = len(self.walk.states)
        if last is None or (last.reason, last.cell) != (reason, cell):
            self.walk.faults.append(Fault(frame, reason, cell, detail))
        self.smear = None

    def _clear_smear(self) -> None:
        if self.smear is not None:
            self._blame_smear(self.smear.frame)

    def _is_of_change(self, smear: Smear, board: Board) -> bool:
        """Whether what could not be explained is just the way of one board to another, which no lawful move makes."""
        changed = np.zeros(self.readings.glyphs.shape[1:], bool)
        for cell in self.board.differences(board):
            changed[cell] = True
        return not (smear.cells & ~changed).any()

    def _blame_smear(self, frame: int) -> None:
        unsettled = cells_where(~self.readings.settled[frame])
        worst = max(unsettled, key=lambda cell: float(self.readings.off[frame][cell]))
        detail = f"{len(unsettled)} cells match nothing of the skin"
        self._blame(frame, Broken(Reason.SMEARED, worst, detail), self.board)


def codes_of(board: Board) -> Int[np.ndarray, "rows columns"]:
    """The code points of a board's glyphs."""
    return np.array([[ord(glyph) for glyph in row] for row in board.rows])
