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
from functools import cached_property, lru_cache
from itertools import groupby
from random import Random
from string import ascii_uppercase
from typing import TypeAlias

import numpy as np
from jaxtyping import UInt8

from puzzlereel.puzzles import wordings
from puzzlereel.puzzles.board import Board, Cell, neighbours
from puzzlereel.puzzles.core import (
    MOST_MOVES,
    Accept,
    BadLevel,
    Broken,
    Effort,
    IllegalMove,
    NoSuchBoard,
    Outcome,
    Puzzle,
    Reason,
    Solution,
    Trajectory,
    anything,
    check_shape,
)
from puzzlereel.puzzles.text import parse_board

EMPTY = "."
ENDS = ascii_uppercase
Numbers: TypeAlias = UInt8[np.ndarray, "rows columns"]
"""The number of the colour in every cell, 1 for A, and 0 where there is none; kernels work on these."""
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

    @cached_property
    def numbers(self) -> Numbers:
        """The numbers of the ends."""
        glyphs = np.frombuffer("".join(self.plan.rows).encode("ascii"), np.uint8)
        return np.where(glyphs == ord(EMPTY), 0, glyphs - (ord("A") - 1)).astype(np.uint8).reshape(self.plan.shape)

    def start(self) -> Board:
        return self.plan

    def moves(self, state: Board) -> Iterable[str]:
        shape, colours = state.shape, [row.upper() for row in state.rows]
        return [
            f"{colour.lower()}{row},{column}"
            for row, column in state.find(EMPTY)
            for colour in sorted({colours[down][right] for down, right in _beside(shape, (row, column))} - {EMPTY})
            if _misgrown(state, (row, column), colour) is None
        ]

    def step(self, state: Board, move: str) -> Board:
        colour, cell = _read_move(move)
        if colour not in self.ends or state.get(cell, "") != EMPTY:
            raise IllegalMove(f"expected one of {self.moves(state)}, got {move!r} in\n{state}")
        after = state.put({cell: colour.lower()})
        if broken := _misgrown(state, cell, colour):
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
            for near in _beside(state.shape, cell):
                if near not in reach and state[near].upper() == state[end]:
                    reach.add(near)
                    queue.append(near)
        return reach

    def board(self, state: Board) -> Board:
        return state

    def state(self, board: Board) -> Board:
        check_shape(board, self.plan)
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
            if broken := _crowd(board, cell, colour, len(_flow_beside(board, cell, colour))):
                return broken
        first, last = self.ends[colour]
        if stray := set(cells) - self._reach(board, first) - self._reach(board, last):
            return _stray(min(stray), colour)
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


@lru_cache(maxsize=1 << 14)
def _read_move(move: str) -> tuple[str, Cell]:
    """The colour whose flow grows and the cell that it grows into; no colour where the text is no move."""
    match = MOVE.fullmatch(move)
    return (match[1].upper(), (int(match[2]), int(match[3]))) if match else ("", (-1, -1))


@lru_cache(maxsize=1 << 14)
def _beside(shape: tuple[int, int], cell: Cell) -> tuple[Cell, ...]:
    """The neighbours of a cell on a board of that shape."""
    return tuple((row, column) for row, column in neighbours(cell) if 0 <= row < shape[0] and 0 <= column < shape[1])


def _flow_beside(board: Board, cell: Cell, colour: str) -> list[Cell]:
    """The neighbours of a cell that belong to the flow of a colour."""
    rows, flow = board.rows, colour + colour.lower()
    return [near for near in _beside(board.shape, cell) if rows[near[0]][near[1]] in flow]


@lru_cache(maxsize=256)  # `step` asks once more what `moves` has just asked
def _misgrown(board: Board, cell: Cell, colour: str) -> Broken | None:
    """What is wrong with a flow, lawful on a board, that grows into a free cell of it; None where it still is."""
    near = _flow_beside(board, cell, colour)
    if not near:
        return _stray(cell, colour)
    grown = ((cell, len(near)), *((each, len(_flow_beside(board, each, colour)) + 1) for each in near))
    return next(filter(None, (_crowd(board, each, colour, count) for each, count in grown)), None)


def _crowd(board: Board, cell: Cell, colour: str, count: int) -> Broken | None:
    """What is wrong where a cell has so many neighbours of its flow: an end may have one, any other two."""
    most = 1 if board[cell] == colour else 2
    if count <= most:
        return None
    return Broken(Reason.TANGLED, cell, f"the flow of {colour} has more than {most} neighbours here")


def _stray(cell: Cell, colour: str) -> Broken:
    return Broken(Reason.STRAY, cell, f"the flow of {colour} does not lead to an end")


def parse(text: str) -> FlowFree:
    """The level of a text, which shows ends alone; BadLevel where it is none."""
    board, place = parse_board(text, EMPTY + ENDS)
    count = Counter(glyph for _, glyph in board.items() if glyph != EMPTY)
    for cell, glyph in board.items():
        if glyph != EMPTY and count[glyph] != 2:
            raise BadLevel(f"expected 2 ends {glyph!r}, found {count[glyph]}", *place(cell))
        if glyph != EMPTY and any(board[near] == glyph for near in _beside(board.shape, cell)):
            raise BadLevel(f"expected the ends {glyph!r} apart, got them side by side", *place(cell))
    if not count:
        raise BadLevel("expected at least one pair of ends, found none", *place((0, 0)))
    return FlowFree(board)


def search(level: FlowFree, effort: Effort) -> Solution:
    """The fill that never touches itself, grown colour by colour, and how many fills the general rules allow.

    They are counted up to `effort.count`, and not at all on boards of more than 15 rows and columns.
    """
    from puzzlereel.puzzles.flowfree_fills import can_count, count_ways, filled, quiet_fills

    fills = quiet_fills(level.numbers, effort, 1)
    if not fills:
        return Solution(Outcome.UNSOLVABLE, solutions=0, nodes=effort.nodes)
    trajectory = Trajectory(level, tuple(grow(level, filled(level, fills[0]))))
    count = count_ways(level.numbers, effort, fills[0]) if can_count(level.numbers) else None
    is_only = count == 1 and effort.count > 1
    return Solution(Outcome.SOLVED, trajectory, optimal=is_only, solutions=count, nodes=effort.nodes)


def count_fills(level: FlowFree, effort: Effort) -> int:
    """How many fills the general rules allow, counted up to `effort.count`: 1 proves a level unique where that is more.

    GaveUp where the effort is used up, or the board has more than 15 rows and columns.
    """
    from puzzlereel.puzzles.flowfree_fills import count_ways

    return count_ways(level.numbers, effort)


def difficulty(level: FlowFree, effort: Effort) -> int:
    """How hard a level is: the nodes that the search for quiet fills visits until it knows that there is no second.

    It is the mean over the ways to turn and reflect the board, rounded down; GaveUp where the effort is used up.
    """
    from puzzlereel.puzzles import flowfree_fills

    return flowfree_fills.difficulty(level.numbers, effort)


def grow(level: FlowFree, fill: Board) -> list[str]:
    """The moves that let every flow grow from its first end to its last, one colour after the other."""
    moves = []
    for colour, (first, last) in level.ends.items():
        before, cell = first, _flow_beside(fill, first, colour)[0]
        while cell != last:
            moves.append(f"{colour.lower()}{cell[0]},{cell[1]}")
            one, other = _flow_beside(fill, cell, colour)
            before, cell = cell, other if one == before else one
    return moves


def retell(way: Trajectory, rng: Random) -> Trajectory:
    """The same flows in any order of colours, each from either of its ends."""
    flows = [list(moves) for _, moves in groupby(way.moves, key=lambda move: move[0])]
    rng.shuffle(flows)
    return Trajectory(way.level, tuple(move for flow in flows for move in flow[:: rng.choice((1, -1))]))


@dataclass(frozen=True)
class Tier:
    """What the levels of a tier have in common."""

    shapes: tuple[tuple[int, int], ...]
    """The sizes of the board, up to 15 rows or 15 columns; one is drawn."""
    least: int
    most: int
    """The fewest and the most colours, up to 26."""
    longest: int
    """The most cells of a flow, ends among them; it has three at least."""
    moves: int = MOST_MOVES
    """The most cells to fill."""
    difficulty: tuple[int, int] | None = None
    """The least and the greatest `difficulty`; None where it does not matter."""
    palette: int | None = None
    """How many letters its colours are drawn from; None for no more than skins have, while they are enough."""

    @property
    def letters(self) -> int:
        """How many letters its colours are drawn from."""
        return self.palette or next(len(letters) for letters in (PALETTE, SHOWN, ENDS) if self.most <= len(letters))


TIERS = {
    "easy": Tier(shapes=((4, 5), (5, 4), (5, 5)), least=2, most=6, longest=16, difficulty=(0, 60)),
    "medium": Tier(shapes=((6, 6),), least=3, most=8, longest=20, difficulty=(80, 120)),
    "hard": Tier(shapes=((7, 7),), least=5, most=9, longest=25, difficulty=(140, 1000)),
    "ood": Tier(shapes=((5, 8), (8, 5), (5, 9), (9, 5)), least=3, most=9, longest=25, difficulty=(120, 1000)),
    "tiny": Tier(shapes=((4, 4),), least=3, most=5, longest=10, palette=5),
}
SHOWN = ENDS[:16]
"""The colours that skins have; level files that use other letters are renamed."""
PALETTE = ENDS[:10]
"""The colours that generated levels are drawn from."""


TRIES = 400_000
"""The most fills that are drawn for one level."""


def generate(rng: Random, tier: str | Tier, accept: Accept = anything) -> FlowFree:
    """A level whose fill touches itself nowhere and is proven the only one under the general rules.

    NoLevelFound after TRIES fills, or `flowfree_fills.MOST_NODES` nodes for proofs: about half a minute of one core at
    most, beside what `accept` takes.
    """
    from puzzlereel.puzzles.flowfree_fills import named, unique_ends

    name, wanted = (tier, TIERS[tier]) if isinstance(tier, str) else ("such", tier)
    return named(unique_ends(rng, wanted, tries=TRIES, accept=lambda ends: accept(named(ends)), name=name))


def alike(text: str) -> list[str]:
    """The level with its colours renamed in the order of reading."""
    colours = "".join(dict.fromkeys(text.replace(EMPTY, "")))
    return [text.translate(str.maketrans(colours, ENDS[: len(colours)]))]


FLOWFREE = Puzzle(
    name="flowfree",
    title="FlowFree",
    tiers=tuple(TIERS),
    prompts=wordings.FLOWFREE,
    parse=parse,
    generate=generate,
    search=search,
    alike=alike,
    example="AB\n..\nAB",
    separator=" ",
    retell=retell,
    unsolved={"joined": Reason.UNJOINED, "filled": Reason.UNFILLED},
)
