"""What every puzzle is made of: levels, moves, trajectories, and the reasons why a change is not lawful.

#####   a board is what is seen of a state: its text, the golden file, what is drawn and what is read back
#@ G#
#####   level.start() ─ step(move) ─► state ─ step(move) ─► … until every part of level.progress(state) is 1
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from random import Random
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

from puzzlereel.puzzles.board import Board, Cell, at

State: TypeAlias = Any  # a hashable value; every puzzle has its own
Move: TypeAlias = str

MOST_MOVES = 39
"""The longest solution a generator may give: 40 states, each held 2 frames, fit a film of 81."""


class PuzzlereelError(Exception):
    """Anything wrong with what came from outside, told in one line."""


class BadLevel(PuzzlereelError):
    """A text that is not a level; `line` and `column` count from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.message, self.line, self.column = message, line, column


class IllegalMove(PuzzlereelError):
    """A move that the rules do not allow in that state."""


class NoLevelFound(PuzzlereelError):
    """A generator that used up its tries."""


class GaveUp(PuzzlereelError):
    """A search that ran out of time, nodes or memory."""


class Reason(Enum):
    """Why a film is refused; the value is the sentence that is shown."""

    UNREADABLE = "the film could not be read"
    WRONG_START = "the film does not begin with the level's first board"
    SCENERY = "scenery changed"
    SMEARED = "something was seen that no lawful move explains"
    APPEARED = "something appeared that the level does not have"
    VANISHED = "something vanished"
    JUMP = "more changed between two frames than one move can change"
    WALL = "something went into or through a wall"
    UNPUSHED = "a box moved without being pushed"
    PULLED = "a box was pulled"
    OVERWRITTEN = "a flow was overwritten"
    SHRANK = "a flow shrank"
    TANGLED = "a flow branched or touched itself"
    STRAY = "a flow appeared away from its ends"
    UNLAWFUL = "no lawful move leads here"
    FROZEN = "nothing moved"
    UNSOLVED = "the film ends before the level is solved"
    UNJOINED = "the film ends with a flow not joined"
    UNFILLED = "the film ends with a cell not filled"


class Broken(NamedTuple):
    """The rule that a board or a change breaks, where, and the particulars."""

    reason: Reason
    cell: Cell | None
    detail: str


class NoSuchBoard(PuzzlereelError):
    """A board that is no state of the level; `broken` says why."""

    def __init__(self, reason: Reason, cell: Cell | None, detail: str) -> None:
        super().__init__(f"{reason.value}{at(cell)}: {detail}")
        self.broken = Broken(reason, cell, detail)


@runtime_checkable
class Level(Protocol):
    """A frozen value that carries its rules; `str(level)` is the text that the puzzle's `parse` takes back."""

    def start(self) -> State:
        """The state that the film begins with."""

    def moves(self, state: State) -> Iterable[Move]:
        """Every lawful move, in a fixed order."""

    def step(self, state: State, move: Move) -> State:
        """The state after a move; IllegalMove where it is not one of `moves`."""

    def progress(self, state: State) -> Mapping[str, float]:
        """Named parts in [0, 1]; all 1 is solved."""

    def board(self, state: State) -> Board:
        """What is seen of a state."""

    def state(self, board: Board) -> State:
        """The state that is seen so; NoSuchBoard where none is."""

    def facts(self, states: Sequence[State]) -> frozenset[Any]:
        """What precision and recall are counted on."""

    def why(self, before: Board, after: Board) -> Broken:
        """The rule broken by a change that no lawful move makes; `before` is a board of the level."""


def check_shape(board: Board, plan: Board) -> None:
    """NoSuchBoard where a board has not the rows and columns of a level's."""
    if board.shape != plan.shape:
        raise NoSuchBoard(Reason.SCENERY, None, f"expected a board of {plan.shape}, got {board.shape}")


def is_solved(level: Level, state: State) -> bool:
    """Whether every part of the progress is 1."""
    return all(part == 1 for part in level.progress(state).values())


@dataclass(frozen=True)
class Trajectory:
    """A level and the moves made in it, lawful from first to last: IllegalMove otherwise."""

    level: Any
    moves: tuple[Move, ...]

    def __post_init__(self) -> None:
        _ = self.states

    @cached_property
    def states(self) -> tuple[State, ...]:
        """The state before each move and after the last: one more than there are moves."""
        step, state = self.level.step, self.level.start()
        return (state, *[state := step(state, move) for move in self.moves])

    @cached_property
    def boards(self) -> tuple[Board, ...]:
        return tuple(map(self.level.board, self.states))

    @property
    def solved(self) -> bool:
        return is_solved(self.level, self.states[-1])


class Outcome(Enum):
    """How a search ended: with a solution, with the proof that there is none, or at a limit."""

    SOLVED = "solved"
    UNSOLVABLE = "unsolvable"
    GAVE_UP = "gave_up"


@dataclass(frozen=True)
class Solution:
    """What a solver found out about a level."""

    outcome: Outcome
    trajectory: Trajectory | None = None
    optimal: bool = False
    """Whether the trajectory is proven the best: in moves (Maze), in pushes (Sokoban), the only fill (FlowFree)."""
    solutions: int | None = None
    """How many solutions there are, as far as they were counted; None where they were not."""
    nodes: int = 0
    """Search nodes visited."""


MOST_MEGABYTES = 2048
"""The memory that a search may fill unless told otherwise."""


class Effort:
    """What a search has spent and may spend: nodes, seconds, megabytes; GaveUp where one of them is used up.

    `count` is how many solutions are worth counting.
    """

    def __init__(
        self,
        seconds: float | None = None,
        nodes: int | None = None,
        megabytes: float = MOST_MEGABYTES,
        count: int = 2,
    ) -> None:
        self.nodes, self.most_nodes = 0, nodes
        self.seconds, self.megabytes, self.count = seconds, megabytes, count
        self.end = None if seconds is None else time.monotonic() + seconds

    def spend(self, nodes: int = 1) -> None:
        """Counts nodes that were visited."""
        self.nodes += nodes
        if self.most_nodes is not None and self.nodes > self.most_nodes:
            raise GaveUp(f"no answer after {self.most_nodes} nodes")
        if self.end is not None and time.monotonic() > self.end:
            raise GaveUp(f"no answer after {self.seconds:g} s and {self.nodes} nodes")

    def share(self, most: int) -> int:
        """How many nodes a kernel may visit before they are spent: `most`, or the one too many that ends the search."""
        return most if self.most_nodes is None else min(most, self.most_nodes - self.nodes + 1)

    def hold(self, size: int) -> None:
        """Asks for memory of `size` bytes in all."""
        if size > self.megabytes * 2**20:
            raise GaveUp(f"no answer within {self.megabytes:g} MB of memory, after {self.nodes} nodes")


Found: TypeAlias = tuple[tuple[Move, ...], int]
"""A solver's moves and the nodes it took, kept with a level whose generator has asked for them already."""


def proven(level: Any, effort: Effort, found: Found | None, fewest: Callable[[], tuple[Move, ...] | None]) -> Solution:
    """The best solution: what was found before, or what `fewest` finds and proves to be so, None where there is none.

    `fewest` spends the effort itself.
    """
    if found is None:
        moves = fewest()
    else:
        moves, nodes = found
        effort.spend(nodes)
    if moves is None:
        return Solution(Outcome.UNSOLVABLE, nodes=effort.nodes)
    return Solution(Outcome.SOLVED, Trajectory(level, moves), optimal=True, nodes=effort.nodes)


Accept: TypeAlias = Callable[[Any], bool]
"""Whether a level will do; asked before its solution is known, since that is what costs."""


def anything(level: Any) -> bool:
    """Accepts every level."""
    return True


@dataclass(frozen=True, eq=False)
class Puzzle:
    """All that the rest of the suite knows of a puzzle."""

    name: str
    title: str
    """The name as people write it."""
    tiers: tuple[str, ...]
    prompts: tuple[str, ...]
    """What the video model may be told, in several wordings; `{names}` in braces are filled in by the skin's words."""
    parse: Callable[[str], Any]
    """The level of a text; BadLevel with line and column where it is none."""
    generate: Callable[..., Any]
    """`generate(rng, tier, accept)`: a fresh level of a tier, told by name or as the puzzle's own `Tier`, that is
    accepted; NoLevelFound after a bounded number of tries."""
    search: Callable[[Any, Effort], Solution]
    """Solve a level; GaveUp where the effort is used up."""
    alike: Callable[[str], Iterable[str]]
    """The same level told otherwise (recoloured, ends swapped), itself among them: the glyphs of its first board in
    the order of reading, as they would be then."""
    example: str
    """The text of a small level."""
    separator: str = ""
    """What stands between the moves of a solution's text."""
    pushes: Callable[[Trajectory], int] | None = None
    """How many moves of a trajectory are pushes; None in puzzles that have none."""
    retell: Callable[[Trajectory, Random], Trajectory] | None = None
    """The same solution in another lawful order of its moves, drawn at random; None where there is one order only."""
    unsolved: Mapping[str, Reason] | None = None
    """The reason for a last state in which a part of `progress` is not 1; UNSOLVED where none is named."""
    border: str = ""
    """The glyph that stands all around the suite's levels; "" where there is none."""
    extra: bool = False
    """Whether it is made, filmed and judged only where it is asked for, and stands outside of the suite's means."""

    def solve(
        self,
        level: Any,
        *,
        seconds: float | None = None,
        nodes: int | None = None,
        megabytes: float = MOST_MEGABYTES,
        count: int = 2,
    ) -> Solution:
        """The best solution, or the proof that there is none, or the word that a limit was met first.

        Where solutions are counted, they are counted up to `count`.
        """
        self.ready()
        effort = Effort(seconds, nodes, megabytes, count)
        try:
            return self.search(level, effort)
        except GaveUp:
            return Solution(Outcome.GAVE_UP, nodes=effort.nodes)

    def ready(self) -> None:
        """Compiles what the solver runs on, once, so that no search pays for it."""
        _solve_example(self)

    def write_moves(self, trajectory: Trajectory) -> str:
        return self.separator.join(trajectory.moves)

    def read_moves(self, level: Any, text: str) -> Trajectory:
        """The inverse of `write_moves`, run lengths understood; IllegalMove, with its place, where one is wrong."""
        from puzzlereel.puzzles.lurd import read_moves

        return read_moves(self, level, text)


@cache
def _solve_example(puzzle: Puzzle) -> Solution:
    return puzzle.search(puzzle.parse(puzzle.example), Effort())
