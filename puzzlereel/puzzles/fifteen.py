"""Fifteen: slide the numbered stones into their order, one at a time, through the one hole that there is.

%%%%%    % wall, the tray       . the hole       1 2 3 … 9 A B … F the stones: A is ten
%123%
%4.6%    solved where the stones stand in the order of reading and the hole comes last:
%758%    here, 5 goes up and then 8 goes left
%%%%%    a move is the direction in which the stone beside the hole goes into it: U D L R
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import isqrt
from random import Random

from puzzlereel.puzzles.board import STEPS, Board, Cell, distance, towards
from puzzlereel.puzzles.core import (
    Accept,
    BadLevel,
    Broken,
    Effort,
    Found,
    GaveUp,
    IllegalMove,
    NoLevelFound,
    NoSuchBoard,
    Puzzle,
    Reason,
    Solution,
    anything,
    check_shape,
    proven,
)
from puzzlereel.puzzles.text import parse_board

WALL, HOLE, STONES = "%", ".", "123456789ABCDEF"
BACK = {"U": "D", "D": "U", "L": "R", "R": "L"}

PROMPTS = (
    "The {stones} slide inside the {tray} until they stand in order: 1 at the top left, on row by row, and the"
    " {hole} at the bottom right. One square moves at a time, by one cell, into the {hole}. Static camera, one"
    " continuous shot.",
    "A sliding puzzle seen from above: {stones} in a {tray}, with one {hole}. A square beside the {hole} glides into it"
    " and leaves a {hole} behind, and so on, one square after the other, until the numbers rise from left to right and"
    " from top to bottom with the {hole} last. The camera is static: no cuts, no zoom.",
    "Solve this sliding puzzle. Bring the {stones} into order, row by row, with 1 first and the {hole} last. Only a"
    " square next to the {hole} can move, straight into it; squares are never lifted, swapped or turned, keep their"
    " numbers and colours, and do not leave the {tray}. Filmed by a static camera.",
    "Static camera, top view. In the {tray} there is room for one square more: the {hole}. Step by step a neighbouring"
    " square slides up, down, left or right into it. At the end the {stones} can be read in order from the top left,"
    " and the {hole} is at the bottom right.",
    "The {stones} are out of order. One by one they slide into the {hole} beside them, each move by one cell and never"
    " diagonally, until every row goes on where the one above it ends, from 1 at the top left to the {hole} at the"
    " bottom right. The {tray} stays as it is, and the camera stays static from the first frame to the last.",
)


@dataclass(frozen=True)
class Fifteen:
    """Stones in a tray; its state is the board."""

    plan: Board
    found: Found | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return str(self.plan)

    @cached_property
    def open(self) -> Sequence[Cell]:
        """The cells that are no walls, in the order of reading."""
        return self.plan.find(HOLE + STONES)

    @cached_property
    def goal(self) -> Board:
        """The board on which every stone is home."""
        return self.plan.put(dict(zip(self.open, STONES[: len(self.open) - 1] + HOLE, strict=True)))

    def start(self) -> Board:
        return self.plan

    def moves(self, state: Board) -> Iterable[str]:
        return [move for move in STEPS if self._after(state, move)]

    def _after(self, state: Board, move: str) -> Board | None:
        """The board after a stone has gone into the hole; None where none can go in that direction."""
        (hole,) = state.find(HOLE)
        if move not in STEPS or state.get(stone := towards(hole, BACK[move]), WALL) == WALL:
            return None
        return state.put({hole: state[stone], stone: HOLE})

    def step(self, state: Board, move: str) -> Board:
        if after := self._after(state, move):
            return after
        raise IllegalMove(f"expected one of {self.moves(state)}, got {move!r} in\n{state}")

    def progress(self, state: Board) -> Mapping[str, float]:
        """The share of the stones that are home."""
        return {"placed": sum(state[home] == self.goal[home] for home in self.open[:-1]) / (len(self.open) - 1)}

    def board(self, state: Board) -> Board:
        return state

    def state(self, board: Board) -> Board:
        check_shape(board, self.plan)
        stones = STONES[: len(self.open) - 1]
        for cell, glyph in board.items():
            if self.plan[cell] == WALL and glyph in STONES:
                raise NoSuchBoard(Reason.WALL, cell, f"stone {glyph} is inside a wall")
            if (self.plan[cell] == WALL) != (glyph == WALL) or glyph not in WALL + HOLE + STONES:
                raise NoSuchBoard(Reason.SCENERY, cell, f"expected {_ground(self.plan[cell])}, got {glyph!r}")
            if glyph in STONES and glyph not in stones:
                raise NoSuchBoard(Reason.APPEARED, cell, f"expected stones {stones}, got {glyph}")
        counts = {stone: len(board.find(stone)) for stone in stones}
        if twice := [stone for stone, count in counts.items() if count > 1]:
            raise NoSuchBoard(Reason.APPEARED, None, f"expected 1 stone {twice[0]}, found {counts[twice[0]]}")
        if missing := [stone for stone, count in counts.items() if not count]:
            raise NoSuchBoard(Reason.VANISHED, None, f"expected 1 stone {missing[0]}, found 0")
        return board

    def facts(self, states: Sequence[Board]) -> frozenset[tuple[str, Cell]]:
        """The stones that lawful moves have moved, each with the cell that it entered."""
        return frozenset(
            (after[hole], hole)
            for before, after in pairwise(states)
            for hole in before.find(HOLE)
            if any(self._after(before, move) == after for move in STEPS)
        )

    def why(self, before: Board, after: Board) -> Broken:
        try:
            self.state(after)
        except NoSuchBoard as error:
            return error.broken
        moved = [(cell, after.find(before[cell])[0]) for cell in before.differences(after) if before[cell] != HOLE]
        here, there = max(moved, key=lambda way: distance(*way))
        others = f", and {len(moved) - 1} more moved" if len(moved) > 1 else ""
        return Broken(Reason.JUMP, there, f"stone {before[here]} went from {here} to {there}{others}")


def _ground(glyph: str) -> str:
    return "a wall" if glyph == WALL else "a stone or the hole"


def parse(text: str) -> Fifteen:
    """The tray of a text, in which each stone up to the highest stands once; BadLevel where it is none."""
    board, place = parse_board(text, WALL + HOLE + STONES)
    holes, stones = board.find(HOLE), board.find(STONES)
    if len(holes) != 1:
        raise BadLevel(f"expected 1 hole {HOLE!r}, found {len(holes)}", *place(holes[1] if holes else (0, 0)))
    if not stones:
        raise BadLevel("expected at least 1 stone, found none", *place(holes[0]))
    wanted, seen = STONES[: len(stones)], set[str]()
    for cell in stones:
        if board[cell] not in wanted or board[cell] in seen:
            raise BadLevel(f"expected each stone of {wanted!r} once, got {board[cell]!r}", *place(cell))
        seen.add(board[cell])
    return Fifteen(board)


STATE_BYTES = 320
"""What a state that was seen takes in memory, at most."""


def search(level: Fifteen, effort: Effort) -> Solution:
    """The fewest moves, proven: breadth first from both ends, until the two meet."""
    return proven(level, effort, level.found, lambda: fewest_moves(level, effort))


def fewest_moves(level: Fifteen, effort: Effort) -> tuple[str, ...] | None:
    """The moves of a shortest solution; None where there is none. States are the glyphs of the open cells."""
    start, goal = ("".join(board[cell] for cell in level.open) for board in (level.plan, level.goal))
    if start == goal:
        return ()
    if _is_odd(level, start, goal):
        return None
    number = {cell: at for at, cell in enumerate(level.open)}
    near = [
        [(move, number[stone]) for move in STEPS if (stone := towards(hole, BACK[move])) in number]
        for hole in level.open
    ]
    came: list[dict[str, tuple[str, str]]] = [{start: ("", "")}, {goal: ("", "")}]
    fronts = [[start], [goal]]
    while all(fronts):
        side = int(len(fronts[1]) < len(fronts[0]))
        fronts[side] = _further(fronts[side], came[side], near, effort)
        effort.hold(STATE_BYTES * (len(came[0]) + len(came[1])))
        met = next((state for state in fronts[side] if state in came[1 - side]), None)
        if met:
            onward = [BACK[move] for move in _way(met, came[1])]
            return (*reversed(_way(met, came[0])), *onward)
    return None


def _further(
    front: Sequence[str], came: dict[str, tuple[str, str]], near: Sequence[Sequence[tuple[str, int]]], effort: Effort
) -> list[str]:
    """The states that are one move further than a front, and not in `came`, where they are then."""
    fresh = []
    for state in front:
        effort.spend()
        hole = state.index(HOLE)
        for move, stone in near[hole]:
            one, other = sorted((hole, stone))
            after = f"{state[:one]}{state[other]}{state[one + 1 : other]}{state[one]}{state[other + 1 :]}"
            if after not in came:
                came[after] = state, move
                fresh.append(after)
    return fresh


def _way(state: str, came: Mapping[str, tuple[str, str]]) -> list[str]:
    """The moves that led to a state, the last one first."""
    moves = []
    while came[state][0]:
        state, move = came[state]
        moves.append(move)
    return moves


def _is_odd(level: Fifteen, start: str, goal: str) -> bool:
    """Whether no moves can lead from one to the other: each swaps two glyphs, and takes the hole one cell further."""
    order = [goal.index(glyph) for glyph in start]
    swaps = sum(one > other for at, other in enumerate(order) for one in order[:at])
    steps = distance(level.open[start.index(HOLE)], level.open[goal.index(HOLE)])
    return (swaps - steps) % 2 == 1


@dataclass(frozen=True)
class Tier:
    """What levels are drawn: full square trays, stirred from the end by random moves that are not taken back."""

    side: int
    stirs: tuple[int, int]
    """The fewest and the most moves of the stirring."""
    least: int
    most: int
    """The fewest and the most moves of the shortest solution."""
    hardest: int = 20_000
    """The most nodes that the solver may take."""


TIERS = {
    "easy": Tier(3, (10, 40), least=8, most=16),
    "medium": Tier(3, (20, 60), least=17, most=22),
    "hard": Tier(3, (60, 120), least=23, most=31),
    "ood": Tier(4, (18, 30), least=16, most=26, hardest=50_000),
}
TRIES = 5_000
"""How many levels are shown to `accept` before the generator gives up."""


def generate(rng: Random, tier: str | Tier, accept: Accept = anything) -> Fifteen:
    """A tray whose stones were stirred, within the bounds of its tier; NoLevelFound after `TRIES` of them."""
    wanted = TIERS[tier] if isinstance(tier, str) else tier
    for _ in range(TRIES):
        level = Fifteen(_stirred(rng, wanted))
        if not accept(level):
            continue
        effort = Effort(nodes=wanted.hardest)
        try:
            moves = fewest_moves(level, effort)
        except GaveUp:
            continue
        if moves is not None and wanted.least <= len(moves) <= wanted.most:
            return Fifteen(level.plan, (moves, effort.nodes))
    raise NoLevelFound(f"no {tier} Fifteen of {wanted.least} to {wanted.most} moves in {TRIES} tries")


def _stirred(rng: Random, wanted: Tier) -> Board:
    """The board after random moves from the end, none of which takes back the one before it."""
    side, order = wanted.side, STONES[: wanted.side**2 - 1] + HOLE
    rows = [f"{WALL}{order[at : at + side]}{WALL}" for at in range(0, side * side, side)]
    level = Fifteen(Board((WALL * (side + 2), *rows, WALL * (side + 2))))
    board, last = level.plan, ""
    for _ in range(rng.randint(*wanted.stirs)):
        last = rng.choice([move for move in level.moves(board) if BACK[move] != last])
        board = level.step(board, last)
    return board


def alike(text: str) -> list[str]:
    """The level, and the one that its mirror image about the diagonal is, whose rows are numbered as columns were."""
    stones = "".join(sorted(glyph for glyph in text if glyph in STONES))
    side = isqrt(len(stones) + 1)
    if side**2 != len(stones) + 1:
        return [text]
    renamed = "".join(stones[side * (at % side) + at // side] for at in range(len(stones)))
    return [text, text.translate(str.maketrans(stones, renamed))]


FIFTEEN = Puzzle(
    name="fifteen",
    title="Fifteen",
    tiers=tuple(TIERS),
    prompts=PROMPTS,
    parse=parse,
    generate=generate,
    search=search,
    alike=alike,
    example=".1",
    border=WALL,
    extra=True,
)
