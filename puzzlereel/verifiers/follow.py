"""The law: from what is seen, frame by frame, to the states that lawful moves lead to.

Each frame must show the board of a state that can be there, or the way of one lawful move between two such states. The
states that can be there are the present one and, while a move is under way, the one that it leads to. Where neither
holds there is a fault; if the frame shows another board of the level all the same, the walk goes on from there.
"""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np

from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import Broken, NoSuchBoard, Reason, State
from puzzlereel.renderers.reading import Readings, cells_where
from puzzlereel.renderers.sight.looks import TOLERANCE
from puzzlereel.verifiers.places import Place, Way, codes_of
from puzzlereel.verifiers.underway import phase_of
from puzzlereel.verifiers.verdict import Fault
from puzzlereel.verifiers.walk import SLACK, Mask, Pending, Smear, Walk

PLAIN = (Reason.SCENERY, Reason.APPEARED)
"""What settled cells can show of a frame in which other cells match nothing."""

UNDERWAY = 17.0
"""How far the cells of a move under way may be from its picture, as `TOLERANCE` for those at rest."""
REACH = 1.25
"""How far a sprite may go from one frame to the next, in cells: one, and a quarter for the error of the sighting."""
FURTHER = 1.0
"""How much nearer a frame must be to a move from the next state: half way there, the move back looks the same."""

Fit: TypeAlias = tuple[float, State, Way, float]
"""How far off a frame is from a move under way, the state that it begins in, the move, and how far it is done."""


class Follower:
    """Follows one film; `run` gives the walk."""

    def __init__(self, level: Any, readings: Readings) -> None:
        self.level, self.readings = level, readings
        self.walk = Walk()
        self.board: Board = level.board(level.start())
        """The last board of the level that was seen, or that a move under way is bound for."""
        self.pending: Pending | None = None
        self.smear: Smear | None = None
        self.frame = 0
        """The frame that is looked at."""
        self._settled = np.asarray(readings.settled.all((1, 2)))
        """Whether every cell of a frame is settled."""
        self._same = np.asarray((readings.glyphs[1:] == readings.glyphs[:-1]).all((1, 2)))
        """Whether a frame shows what the one before it did, from the second on."""
        self._places: dict[State, Place] = {}
        self._states: dict[bytes, State] = {}
        """The states of boards that have been read, by their code points."""

    def run(self) -> Walk:
        self._begin()
        for frame in range(1, len(self.readings.glyphs)):
            self.frame = frame
            if not self._same_as_last(frame):
                self._look(frame)
            if self.smear is None and not self.readings.margin[frame]:
                self.walk.wrong.add((frame, Reason.SCENERY))
                self._blame(frame, Broken(Reason.SCENERY, None, "something is drawn beside the board"), self.board)
        self._clear_smear()
        return self.walk

    def _begin(self) -> None:
        """The first frame must show the level's first board; where it shows another, the walk begins there."""
        board = self.readings.board(0)
        unsettled = cells_where(~self.readings.settled[0])
        wrong = self.board.differences(board)
        state = self.level.start()
        if unsettled:
            self.walk.unread.append(0)
        if unsettled or wrong:
            self.walk.at_rest = not unsettled
            detail = f"expected {self.board[wrong[0]]!r}, got {board[wrong[0]]!r}" if wrong else "it matches nothing"
            self.walk.faults.append(Fault(0, Reason.WRONG_START, (wrong or unsettled)[0], detail))
            try:
                state = self.level.state(board)
            except NoSuchBoard as error:
                self.walk.at_rest = False
                self.walk.wrong.add((0, error.broken.reason))
        self.walk.states.append(state)
        self.walk.since.append(0)
        self.board = self.level.board(state)

    def _same_as_last(self, frame: int) -> bool:
        """Whether a frame shows just what the last one did, at rest and lawful."""
        calm = frame > 1 and self.walk.at_rest and self.smear is None and self.pending is None
        return bool(calm and self._settled[frame] and self._same[frame - 1])

    def _look(self, frame: int) -> None:
        unsettled, settled = ~self.readings.settled[frame], self._settled[frame]
        if settled and not self._is_doubtful(frame):
            self._at_rest(frame)
        elif self._under_way(frame, unsettled, self.readings.board(frame) if settled else None):
            self._clear_smear()
            self.walk.at_rest = False
        elif settled:
            self._at_rest(frame)
        else:
            self.walk.unread.append(frame)
            self.walk.at_rest = False
            self.smear = Smear(frame, unsettled) if self.smear is None else self.smear.grown(unsettled)

    def _is_doubtful(self, frame: int) -> bool:
        """Whether a settled board is not quite what is seen, and new: a flow half faded in may look like another."""
        return self._strange(frame, self.walk.states[-1]) > 2 * FURTHER and (
            self.pending is None or self._strange(frame, self.pending.onward) > 2 * FURTHER
        )

    def _strange(self, frame: int, state: State) -> float:
        """How far off the cells are in which a frame differs from a state."""
        differs = self.readings.glyphs[frame] != self._place(state).codes
        return float(self.readings.off[frame][differs].max(initial=0.0))

    def _at_rest(self, frame: int) -> None:
        """A frame in which every cell is settled."""
        try:
            state = self._state(frame)
        except NoSuchBoard as error:
            self.walk.at_rest = False
            self.walk.wrong.add((frame, error.broken.reason))
            self._refuse(frame, self.readings.board(frame))
            return
        self.walk.at_rest = True
        bound = self.pending is not None and self.pending.bound
        if state == self.walk.states[-1] and not bound:
            self.pending = None
        elif self._leads_to(state):
            self._enter(state)
        else:
            self.walk.unlawful += 1
            self._refuse(frame, self.readings.board(frame))
            self._enter(state, lawful=False)
        self._clear_smear()

    def _leads_to(self, state: State) -> bool:
        """Whether a state can be there one frame after the last sighting."""
        here, pending = self.walk.states[-1], self.pending
        if pending is None:
            return self._is_one_move(here, state)
        if state == pending.onward:
            return True
        if not pending.bound and pending.phase <= REACH - 1 and self._is_one_move(here, state):
            return True
        if pending.phase >= 2 - REACH and self._is_one_move(pending.onward, state):
            self._enter(pending.onward)
            return True
        return False

    def _is_one_move(self, here: State, there: State) -> bool:
        return there in self._place(here).onwards

    def _place(self, state: State) -> Place:
        if state not in self._places:
            self._places[state] = Place(self.level, state, self.readings.eye.skin)
        return self._places[state]

    def _state(self, frame: int) -> State:
        """The state of the board that a frame shows; NoSuchBoard where there is none."""
        codes = self.readings.glyphs[frame].tobytes()
        if codes not in self._states:
            board, near = self.readings.board(frame), self._place(self.walk.states[-1]).ways
            known = next((way.onward for way in near if way.move.after == board), None)
            self._states[codes] = self.level.state(board) if known is None else known
        return self._states[codes]

    def _enter(self, state: State, *, lawful: bool = True) -> None:
        self.walk.states.append(state)
        self.walk.since.append(self.frame)
        self.walk.lawful += lawful
        self.board = self._place(state).board
        self.pending = None

    def _under_way(self, frame: int, unsettled: Mask, settled: Board | None) -> bool:
        """Whether a frame shows a lawful move under way; if so, the one that fits best becomes the pending one.

        A frame that can be read as a settled board must be nearer to a move that leads to another board.
        """
        here, last = self.walk.states[-1], self.pending
        most = np.inf if settled is None else self._off_at_rest(frame)
        enough = min(most, TOLERANCE)
        lawful = [
            (off, here, way, phase)
            for off, way, phase in self._fits(here, frame, unsettled, enough=enough)
            if self._may(way, phase)
        ]
        fits = _not_at_rest(lawful, most, settled)
        if not fits or min(fits, key=itemgetter(0))[0] > FURTHER:  # else none from further on can be nearer
            left = [(last.onward, last.phase)] if last else [] if lawful else self._begun(frame - 1)
            further = [
                (off, onward, way, phase)
                for onward, done in left
                for off, way, phase in self._fits(
                    onward, frame, unsettled, enough=enough, back_to=here if fits else None
                )
                if 1 - done + phase <= REACH
            ]
            fits += _not_at_rest(further, most, settled)
        if not fits:
            return False
        _, origin, way, phase = min(fits, key=lambda fit: fit[0] + FURTHER * (fit[1] != here))
        same = last is not None and last.onward == way.onward
        if origin != here:
            self._enter(origin)
        most = max(phase, last.most) if same and last is not None else phase
        self.walk.moved = True
        self.pending = Pending(way.onward, phase, most, not self._is_one_move(way.onward, origin))
        return True

    def _off_at_rest(self, frame: int) -> float:
        """How far off a move under way must be less than, in a frame that can be read as a board at rest.

        A board that the level cannot have explains it only where it is plainly nearer than any move.
        """
        strange = self._strange(frame, self.walk.states[-1])
        try:
            self._state(frame)
        except NoSuchBoard:
            return strange + FURTHER
        return strange - FURTHER

    def _begun(self, frame: int) -> list[tuple[State, float]]:
        """Where the moves lead that a frame at rest may show faintly under way, and how far they are."""
        nothing = np.zeros(self.readings.glyphs.shape[1:], bool)
        fits = self._fits(self.walk.states[-1], frame, nothing, enough=0.0)
        return [(way.onward, phase) for _, way, phase in fits]

    def _may(self, way: Way, phase: float) -> bool:
        """Whether a move from the present state can be so far under way, after what was seen last."""
        last = self.pending
        if last is None:
            return True
        if last.onward == way.onward:
            return not last.for_good or phase >= last.most - SLACK
        return not last.bound and last.phase + phase <= REACH

    def _fits(
        self, state: State, frame: int, unsettled: Mask, *, enough: float = TOLERANCE, back_to: State | None = None
    ) -> Iterator[tuple[float, Way, float]]:
        """The moves from a state that a frame may show under way: how far off, how far done; none back to a state."""
        here, sight, eye = self._place(state), self.readings.sights[frame], self.readings.eye
        differs = cells_where((self.readings.glyphs[frame] != here.codes) | unsettled)
        for way in here.ways:
            if way.onward == back_to or not all(way.move.changes(cell) for cell in differs):
                continue
            off, phase = phase_of(way.move, sight, eye, enough)
            if off < UNDERWAY * eye.tolerance / TOLERANCE:
                yield off, way, phase

    def _refuse(self, frame: int, board: Board) -> None:
        """Blame a change that no lawful move makes, from the first frame that cannot be explained otherwise."""
        if self.pending is not None and self.pending.bound:
            self._enter(self.pending.onward)
        if self.smear is not None and not self._is_of_change(self.smear, board):
            self._clear_smear()
        first = frame if self.smear is None else self.smear.frame
        self._blame(first, self.level.why(self.board, board), board)

    def _blame(self, frame: int, broken: Broken, board: Board) -> None:
        """Note a fault, unless the last one says the same.

        A cell that the rule did not name is where the board differs from the lawful one that it is nearest to.
        """
        reason, cell, detail = broken
        if cell is None and board.shape == self.board.shape:
            lawful = [self.board, *(way.move.after for way in self._place(self.walk.states[-1]).ways)]
            nearest = min(lawful, key=lambda one: len(one.differences(board)))
            cell = next(iter(nearest.differences(board)), None)
        last = self.walk.faults[-1] if self.walk.faults else None
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
        """Blame what is plainly wrong in a frame, or else the cell that matches least."""
        settled, glyphs = self.readings.settled[frame], self.readings.glyphs[frame]
        moving = {cell for way in self._place(self.walk.states[-1]).ways for cell in way.move.changed}
        wrong = [cell for cell in cells_where(settled & (glyphs != codes_of(self.board))) if cell not in moving]
        board = self.board.put({cell: chr(glyphs[cell]) for cell in wrong})
        if wrong and (broken := self.level.why(self.board, board)).reason in PLAIN:
            self._blame(frame, broken, board)
            return
        unsettled = cells_where(~settled)
        worst = max(unsettled, key=lambda cell: float(self.readings.off[frame][cell]))
        detail = f"{len(unsettled)} cells match nothing of the skin"
        self._blame(frame, Broken(Reason.SMEARED, worst, detail), self.board)


def _not_at_rest(fits: list[Fit], most: float, settled: Board | None) -> list[Fit]:
    """Those that are off by less than that, and lead elsewhere than to the settled board, if there is one."""
    return [fit for fit in fits if fit[0] < most and fit[2].move.after != settled]
