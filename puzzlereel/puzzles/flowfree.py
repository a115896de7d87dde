"""FlowFree: join the two ends of every colour by flows that fill the board and never touch themselves.

    B.A.    A…Z  the ends of a colour    BbAa
    C...    a…z  its flow                Cbba
    .C..    .    an empty cell           cCba
    B..A                                 BbbA

    a move fills one cell: "b0,1" lets the flow of B grow into row 0, column 1

A flow grows from either end. It touches itself where two of its cells share a side without following each other, so a
lawful board shows how every flow runs: each cell of a colour has at most two neighbours of that colour, an end one.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from string import ascii_uppercase

from puzzlereel.puzzles.board import Board, Cell, neighbours
from puzzlereel.puzzles.core import (
    MOST_MOVES,
    Accept,
    BadLevel,
    Broken,
    Effort,
    IllegalMove,
    NoLevelFound,
    NoSuchBoard,
    Outcome,
    Puzzle,
    Reason,
    Solution,
    Trajectory,
    anything,
)
from puzzlereel.puzzles.flowfree_search import EMPTY, count_fills, quiet_fills
from puzzlereel.puzzles.text import parse_board

ENDS = ascii_uppercase
MOVE = re.compile(r"([a-z])(0|[1-9][0-9]{0,3}),(0|[1-9][0-9]{0,3})", re.ASCII)


@dataclass(frozen=True)
class FlowFree:
    """A FlowFree level; its state is the board itself."""

    plan: Board

    def __str__(self) -> str:
        return str(self.plan)

    @cached_property
    def ends(self) -> Mapping[str, tuple[Cell, Cell]]:
        """The two end cells of every colour, by the colour's capital."""
        cells: dict[str, list[Cell]] = {}
        for cell, glyph in self.plan.items():
            if glyph != EMPTY:
                cells.setdefault(glyph, []).append(cell)
        return {colour: (pair[0], pair[1]) for colour, pair in sorted(cells.items())}

    def start(self) -> Board:
        return self.plan

    def moves(self, state: Board) -> Iterable[str]:
        return [
            f"{colour.lower()}{row},{column}"
            for (row, column), glyph in state.items()
            if glyph == EMPTY
            for colour in sorted({state[near].upper() for near in _beside(state, (row, column))} - {EMPTY})
            if self._fault(state.put({(row, column): colour.lower()}), colour) is None
        ]

    def step(self, state: Board, move: str) -> Board:
        match = MOVE.fullmatch(move)
        cell = (int(match[2]), int(match[3])) if match else (-1, -1)
        if match is None or match[1].upper() not in self.ends or cell not in state or state[cell] != EMPTY:
            raise IllegalMove(f"expected one of {self.moves(state)}, got {move!r} in\n{state}")
        after = state.put({cell: match[1]})
        if broken := self._fault(after, match[1].upper()):
            raise IllegalMove(f"{move!r} breaks a rule: {broken.detail} in\n{after}")
        return after

    def progress(self, state: Board) -> Mapping[str, float]:
        """The share of the colours whose ends are joined, and the share of the cells that are filled."""
        joined = sum(other in self._reach(state, end) for end, other in self.ends.values())
        free = len(self.plan.find(EMPTY))
        filled = 1 - len(state.find(EMPTY)) / free if free else 1.0
        return {"joined": joined / len(self.ends), "filled": filled}

    def _reach(self, state: Board, end: Cell) -> set[Cell]:
        """The cells that an end's flow leads to, itself among them."""
        reach, queue = {end}, [end]
        while queue:
            cell = queue.pop()
            for near in _beside(state, cell):
                if near not in reach and state[near].upper() == state[end]:
                    reach.add(near)
                    queue.append(near)
        return reach

    def board(self, state: Board) -> Board:
        return state

    def state(self, board: Board) -> Board:
        if board.shape != self.plan.shape:
            raise NoSuchBoard(Reason.SCENERY, None, f"expected a board of {self.plan.shape}, got {board.shape}")
        known = EMPTY + "".join(self.ends).lower()
        for cell, glyph in board.items():
            end = self.plan[cell]
            if glyph != end and (end != EMPTY or glyph not in known):
                raise NoSuchBoard(Reason.SCENERY, cell, f"expected {end!r}, got {glyph!r}")
        for colour in self.ends:
            if broken := self._fault(board, colour):
                raise NoSuchBoard(*broken)
        return board

    def _fault(self, board: Board, colour: str) -> Broken | None:
        """What is wrong with the flow of one colour; None where it is lawful."""
        cells = board.find(colour + colour.lower())
        for cell in cells:
            most = 1 if board[cell] == colour else 2
            if sum(board[near].upper() == colour for near in _beside(board, cell)) > most:
                return Broken(Reason.TANGLED, cell, f"the flow of {colour} has more than {most} neighbours here")
        first, last = self.ends[colour]
        if stray := set(cells) - self._reach(board, first) - self._reach(board, last):
            return Broken(Reason.STRAY, min(stray), f"the flow of {colour} does not lead to an end")
        return None

    def facts(self, states: Sequence[Board]) -> frozenset[tuple[Cell, str]]:
        """The filled cells of the last board with their colours."""
        return frozenset((cell, glyph) for cell, glyph in states[-1].items() if glyph.islower())

    def why(self, before: Board, after: Board) -> Broken:
        if after.shape == before.shape:
            for cell in before.differences(after):
                was, now = before[cell], after[cell]
                if was.islower() and now != was:
                    reason = Reason.SHRANK if now == EMPTY else Reason.OVERWRITTEN
                    return Broken(reason, cell, f"{was!r} became {now!r}")
        try:
            fresh = self.state(before).differences(self.state(after))
        except NoSuchBoard as error:
            return error.broken
        return Broken(Reason.JUMP, next(iter(fresh), None), f"{len(fresh)} cells were filled at once")


def _beside(board: Board, cell: Cell) -> list[Cell]:
    return [near for near in neighbours(cell) if near in board]


def parse(text: str) -> FlowFree:
    board, place = parse_board(text, EMPTY + ENDS)
    count = Counter(glyph for _, glyph in board.items() if glyph != EMPTY)
    for cell, glyph in board.items():
        if glyph != EMPTY and count[glyph] != 2:
            raise BadLevel(f"expected 2 ends {glyph!r}, found {count[glyph]}", *place(cell))
        if glyph != EMPTY and any(board[near] == glyph for near in _beside(board, cell)):
            raise BadLevel(f"expected the ends {glyph!r} apart, got them side by side", *place(cell))
    if not count:
        raise BadLevel("expected at least one pair of ends, found none", *place((0, 0)))
    return FlowFree(board)


def search(level: FlowFree, effort: Effort) -> Solution:
    """The fill that never touches itself, grown colour by colour, and how many fills the general rules allow."""
    fills = quiet_fills(level.plan, effort, limit=2)
    if not fills:
        return Solution(Outcome.UNSOLVABLE, solutions=0, nodes=effort.nodes)
    trajectory = Trajectory(level, tuple(grow(level, fills[0])))
    count = count_fills(level.plan, effort, limit=2)
    return Solution(Outcome.SOLVED, trajectory, optimal=count == 1, solutions=count, nodes=effort.nodes)


def grow(level: FlowFree, fill: Board) -> list[str]:
    """The moves that let every flow grow from its first end to its last, one colour after the other."""
    moves = []
    for colour, (first, last) in level.ends.items():
        cell, seen = first, {first}
        while True:
            onward = [near for near in _beside(fill, cell) if fill[near].upper() == colour and near not in seen]
            if onward[0] == last:
                break
            cell = onward[0]
            seen.add(cell)
            moves.append(f"{colour.lower()}{cell[0]},{cell[1]}")
    return moves


@dataclass(frozen=True)
class Tier:
    shapes: tuple[tuple[int, int], ...]
    """The sizes of the board; one is drawn."""
    least: int
    most: int
    """The fewest and the most colours."""
    longest: int
    """The most cells of a flow, ends among them."""


TIERS = {
    "easy": Tier(shapes=((4, 4), (5, 5)), least=3, most=5, longest=10),
    "medium": Tier(shapes=((6, 6),), least=4, most=7, longest=14),
    "hard": Tier(shapes=((7, 7),), least=5, most=8, longest=16),
    "ood": Tier(shapes=((5, 8), (8, 5), (5, 9), (9, 5)), least=4, most=8, longest=16),
}
TRIES = 400_000
TIGHT = 0.7
"""How often a flow takes the tightest way on, which leaves fewer holes, and not any way."""
SHOWN = ENDS[:16]
"""The colours that skins have; level files that use other letters are renamed."""
PALETTE = ENDS[:10]
"""The colours that generated levels are drawn from."""


def generate(rng: Random, tier: str, accept: Accept = anything) -> FlowFree:
    """The ends of a random fill by flows that never touch themselves, kept where no other fill exists."""
    wanted = TIERS[tier]
    for _ in range(TRIES):
        height, width = rng.choice(wanted.shapes)
        paths = _paths(rng, height, width, wanted.longest)
        if paths is None or not wanted.least <= len(paths) <= wanted.most:
            continue
        colours = rng.sample(PALETTE, len(paths))
        ends = {path[at]: colour for path, colour in zip(paths, colours, strict=True) for at in (0, -1)}
        level = FlowFree(Board((EMPTY * width,) * height).put(ends))
        if len(level.plan.find(EMPTY)) > MOST_MOVES or not accept(level):
            continue
        if count_fills(level.plan, Effort(), limit=2) == 1:
            return level
    raise NoLevelFound(f"no {tier} FlowFree of {wanted.least} to {wanted.most} colours in {TRIES} tries")


def _paths(rng: Random, height: int, width: int, longest: int) -> list[list[Cell]] | None:
    """Flows of three cells or more that cover the board and never touch themselves; None where a cell was left over."""
    free = {(r, c) for r in range(height) for c in range(width)}
    paths: list[list[Cell]] = []
    while free:
        path = [_tightest(rng, sorted(free), free)]
        free.remove(path[0])
        most = rng.randint(3, longest)
        for _ in range(2):
            _extend(rng, path, free, most)
            path.reverse()
        if len(path) < 3:
            return None
        paths.append(path)
    return paths


def _extend(rng: Random, path: list[Cell], free: set[Cell], most: int) -> None:
    """Let the last end of a path run on through free cells while it does not touch itself."""
    while len(path) < most:
        onward = [
            near
            for near in neighbours(path[-1])
            if near in free and sum(beside in path for beside in neighbours(near)) == 1
        ]
        if not onward:
            return
        path.append(_tightest(rng, onward, free) if rng.random() < TIGHT else rng.choice(onward))
        free.remove(path[-1])


def _tightest(rng: Random, cells: Sequence[Cell], free: set[Cell]) -> Cell:
    """One of the cells that have the fewest free neighbours."""
    return min(cells, key=lambda cell: (sum(near in free for near in neighbours(cell)), rng.random()))


def alike(plan: Board) -> list[Board]:
    """The level with its colours renamed in the order of reading."""
    names: dict[str, str] = {EMPTY: EMPTY}
    for _, glyph in plan.items():
        names.setdefault(glyph, ENDS[len(names) - 1])
    return [plan.put({cell: names[glyph] for cell, glyph in plan.items()})]


FLOWFREE = Puzzle(
    name="flowfree",
    title="FlowFree",
    tiers=tuple(TIERS),
    prompt=(
        "From each coloured disc a flow of its colour grows, cell by cell, until it joins the two discs of that colour:"
        " {colours}. Flows never cross and never cover each other, and at the end they fill every cell. The camera does"
        " not move."
    ),
    parse=parse,
    generate=generate,
    search=search,
    alike=alike,
    separator=" ",
    unsolved={"joined": Reason.UNJOINED, "filled": Reason.UNFILLED},
)
