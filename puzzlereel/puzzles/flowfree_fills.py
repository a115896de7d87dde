"""FlowFree fills in arrays: found, counted and drawn by kernels, cell by cell from one side of the board.

`quiet_fills` finds the fills in which no flow touches itself. `count_ways` counts fills under the general rules, where
a flow may touch itself: it keeps only the frontier, that is how the flows that cross the line between done and open
cells hang together. How much there is to keep depends on the side it begins at, so that scans from all sides race.
`unique_ends` draws fills until one is the only one, and bounds its tries.

This module loads the compiler, so that it is imported only inside the functions that call it.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from random import Random
from typing import TypeAlias

import numpy as np
from jaxtyping import Int64, UInt64

from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import Effort, GaveUp, NoLevelFound, anything
from puzzlereel.puzzles.flowfree import EMPTY, ENDS, FlowFree, Numbers, Tier
from puzzlereel.puzzles.kernels.dice import dice_of
from puzzlereel.puzzles.kernels.flowfree_count import (
    CELL,
    FIRST,
    HERE,
    MAY_DOWN,
    MAY_RIGHT,
    MOST_WAYS,
    MUST_DOWN,
    MUST_RIGHT,
    SIDE,
    WIDEST,
    WORD_BITS,
    carry_on,
    slots,
)
from puzzlereel.puzzles.kernels.flowfree_draw import NONE, SHORTEST, draw
from puzzlereel.puzzles.kernels.flowfree_quiet import FOES, look_on, trace
from puzzlereel.puzzles.kernels.flowfree_quiet import WIDEST as WIDEST_QUIET

Side: TypeAlias = Callable[[Numbers], Numbers]
"""A view of a board from one of its sides, which becomes the upper one."""

SIDES: tuple[Side, ...] = (lambda ends: ends, lambda ends: ends[::-1], lambda ends: ends.T, lambda ends: ends.T[::-1])
START, SLICE = 1 << 12, 1 << 17
"""The most nodes from one look at the limits to the next: at first, when small boards are done, and later."""


def quiet_fills(ends: Numbers, effort: Effort, limit: int) -> list[Numbers]:
    """Up to `limit` fills in which no flow touches itself; GaveUp where the effort is used up."""
    side = SIDES[0] if ends.shape[1] <= ends.shape[0] else SIDES[2]
    return [side(fill) for fill in _quiet_fills(side(ends), effort, limit)]


LETTERS = bytes(number + ord("A") - 1 & 255 if number else ord(EMPTY) for number in range(256))
"""The glyph of every number, as `bytes.translate` takes it."""


def named(ends: Numbers) -> FlowFree:
    """The level that has these ends."""
    return FlowFree(_board(ends.tobytes().translate(LETTERS).decode("ascii"), ends.shape[1]))


def filled(level: FlowFree, fill: Numbers) -> Board:
    """The board on which a level is filled so."""
    flows = fill.tobytes().translate(LETTERS).decode("ascii").lower()
    glyphs = (flow if end == EMPTY else end for flow, end in zip(flows, "".join(level.plan.rows), strict=True))
    return _board("".join(glyphs), fill.shape[1])


def _board(glyphs: str, width: int) -> Board:
    """The board of glyphs in the order of reading."""
    return Board(tuple(glyphs[at : at + width] for at in range(0, len(glyphs), width)))


def difficulty(ends: Numbers, effort: Effort) -> int:
    """The nodes that the search for quiet fills visits until it knows that there is no second; GaveUp as it does.

    That is their mean over the eight ways to turn and to reflect the board, so that all of these are as difficult.
    """
    before = effort.nodes
    for side in SIDES:
        for seen in (side(ends), side(ends)[:, ::-1]):
            for _ in _quiet_fills(seen, effort, 2):
                pass
    return (effort.nodes - before) // 8


def _quiet_fills(ends: Numbers, effort: Effort, limit: int) -> Iterator[Numbers]:
    """The fills of `quiet_fills`, searched row by row from above."""
    (height, width), flat = ends.shape, _flat(ends)
    if width > WIDEST_QUIET:
        raise GaveUp(f"expected a board of at most {WIDEST_QUIET} rows or columns, got {height} rows of {width}")
    shape = (flat.size + 1, FOES + width // 2 + 2 + width)
    effort.hold(8 * shape[0] * shape[1])
    frames, depth = np.zeros(shape, np.int64), 0
    while limit:
        depth, nodes = look_on(flat, width, frames, depth, effort.share(START))
        effort.spend(nodes)
        if depth < 0:
            return
        if depth == flat.size:
            fill = np.zeros(flat.size, np.uint8)
            trace(flat, width, frames, fill)
            yield fill.reshape(height, width)
            limit, depth = limit - 1, depth - 1


def _flat(ends: Numbers) -> Int64[np.ndarray, " cells"]:
    """The cells of a board in the order of reading, as kernels take them."""
    return np.array(ends, np.int64, order="C").ravel()


def can_count(ends: Numbers) -> bool:
    """Whether a board has few enough rows or columns for `count_ways`."""
    return bool(min(ends.shape) <= WIDEST)


def count_ways(ends: Numbers, effort: Effort, fill: Numbers | None = None) -> int:
    """How many fills there are under the general rules, counted up to `effort.count`; GaveUp where it is used up.

    Where a quiet fill is known, there may be others nearly like it, which are soon found. None are counted beyond
    MOST_WAYS.
    """
    height, width = ends.shape
    if not can_count(ends):
        raise GaveUp(f"expected a board of at most {WIDEST} rows or columns, got {height} rows of {width}")
    sides = _prospects(ends)
    scans = [Scan(sides.pop(0)(ends))]
    scans[0].carry_on(effort)
    if fill is not None and not scans[0].is_done and has_near(ends, fill, effort):
        return effort.count
    while not (scan := min(scans, key=Scan.toil)).is_done:
        if sides and scan.toil() > UNTRIED:
            scan = Scan(sides.pop(0)(ends))
            scans.append(scan)
        if scan.is_full:
            _make_room(scan, scans, effort)
        scan.carry_on(effort)
    return scan.ways


def has_near(ends: Numbers, fill: Numbers, effort: Effort) -> bool:
    """Whether `effort.count` fills differ from a quiet one in a band of so few rows or columns only."""
    for side in (SIDES[0], SIDES[2]):
        seen, flows = side(ends), side(fill)
        for left in range(max(1, seen.shape[1] - BAND + 1) if seen.shape[1] <= WIDEST else 0):
            scan = Scan(seen, _bonds(flows, left))
            while not scan.is_done:
                if scan.is_full:
                    _make_room(scan, [scan], effort)
                scan.carry_on(effort)
            if scan.ways >= effort.count:
                return True
    return False


def _bonds(fill: Numbers, left: int) -> Int64[np.ndarray, "rows columns"]:
    """The bonds of a board on which a quiet fill stands firm but in BAND columns."""
    bonds, free = np.zeros(fill.shape, np.int64), _free(fill.shape)
    bonds[:, :-1] += (MAY_RIGHT | MUST_RIGHT) * (fill[:, 1:] == fill[:, :-1])
    bonds[:-1] += (MAY_DOWN | MUST_DOWN) * (fill[1:] == fill[:-1])
    right = min(left + BAND, fill.shape[1]) - 1
    bonds[:, left:right] = free[:, left:right]
    bonds[:, right] = (bonds[:, right] & (MAY_RIGHT | MUST_RIGHT)) + (free[:, right] & MAY_DOWN)
    return bonds


@lru_cache(maxsize=64)
def _free(shape: tuple[int, int]) -> Int64[np.ndarray, "rows columns"]:
    """The bonds of a board on which flows go where they like."""
    bonds = np.zeros(shape, np.int64)
    bonds[:, :-1] += MAY_RIGHT
    bonds[:-1] += MAY_DOWN
    return bonds


def _make_room(scan: "Scan", scans: list["Scan"], effort: Effort) -> None:
    """Gives a scan more room; where memory runs short, the other scans make way for it."""
    while len(scans) > 1 and scan.more + sum(one.size for one in scans) > effort.megabytes * 2**20:
        scans.remove(max((one for one in scans if one is not scan), key=Scan.toil))
    effort.hold(scan.more + sum(one.size for one in scans))
    scan.make_room()


def _prospects(ends: Numbers) -> list[Side]:
    """The sides from which there are few enough columns: the fewest first, and of those the one nearer to the ends."""
    (height, width), (rows, columns) = ends.shape, np.nonzero(ends)
    down, across = int(rows.sum()), int(columns.sum())
    far = (down, (height - 1) * len(rows) - down, across, (width - 1) * len(columns) - across)
    wide = (width, width, height, height)
    return [SIDES[i] for i in sorted(range(4), key=lambda i: (wide[i], far[i])) if wide[i] <= WIDEST]


ROOM = 1 << 8
"""How many states a scan has room for at first."""
UNTRIED = 1 << 16
"""The toil of a scan that has not begun: more of it calls for another side."""
BAND = 4
"""How many columns, or rows, a fill is altered in to find others that are near."""


class Scan:
    """One scan of the frontiers of a board, on its way down; its arrays are those of the kernel `carry_on`."""

    def __init__(self, ends: Numbers, bonds: Int64[np.ndarray, "rows columns"] | None = None) -> None:
        self.ends, self.width, self.nodes = _flat(ends), ends.shape[1], 0
        self.bonds = (_free(ends.shape) if bonds is None else bonds).ravel()
        self.at, self.states = np.zeros(5, np.int64), np.empty((2, ROOM, 2), np.uint64)
        self.table = np.empty(slots(ROOM // 2), np.int32)
        self.at[HERE], self.states[0, 0] = 1, FIRST

    def carry_on(self, effort: Effort) -> None:
        """Visits some more nodes, while there is room."""
        most, limit = effort.share(min(SLICE, START + self.nodes // 4)), min(effort.count, MOST_WAYS)
        nodes = carry_on(self.ends, self.bonds, self.width, self.at, self.states, self.table, limit, most)
        self.nodes += nodes
        effort.spend(nodes)

    def toil(self) -> int:
        """The nodes visited by how far that led; squared, since each cell costs more than the one before."""
        return (self.nodes * UNTRIED) // (int(self.at[CELL]) + 1) ** 2

    @property
    def is_done(self) -> bool:
        return int(self.at[CELL]) == self.ends.size

    @property
    def is_full(self) -> bool:
        return 2 * int(self.at[HERE]) > self.states.shape[1]

    @property
    def size(self) -> int:
        """The bytes that its states and the table to find them take up."""
        return self.states.nbytes + self.table.nbytes

    @property
    def more(self) -> int:
        """The bytes that they take up with more room."""
        return 2 * 16 * self.room + 4 * slots(self.room // 2)

    @property
    def room(self) -> int:
        """The states to have room for next: twice those before the cell at hand, and a half more."""
        return 3 * int(self.at[HERE])

    def make_room(self) -> None:
        half, count, room = int(self.at[SIDE]), int(self.at[HERE]), self.room
        states = np.empty((2, room, 2), np.uint64)
        states[half, :count] = self.states[half, :count]
        self.states, self.table = states, np.empty(slots(room // 2), np.int32)

    @property
    def ways(self) -> int:
        """How many fills there are, where the scan is done."""
        return int(self.states[self.at[SIDE], 0, 1] >> WORD_BITS) if self.at[HERE] else 0


BATCH = 100
"""The most fills that are drawn in one call of the kernel."""
MOST_NODES = 1 << 29
"""The most nodes that are visited for one level, all in all, to find out how difficult fills are and to prove them."""
PROOF = 1 << 25
"""The most nodes for one fill: what takes more is dropped."""


def unique_ends(
    rng: Random, tier: Tier, *, tries: int, accept: Callable[[Numbers], bool] = anything, name: str = ""
) -> Numbers:
    """The ends of a random fill that is accepted and then proven the only one under the general rules.

    NoLevelFound after so many fills, or MOST_NODES nodes; ValueError where a board of the tier is too large for proofs.
    """
    if wide := [shape for shape in tier.shapes if min(shape) > WIDEST]:
        raise ValueError(f"expected boards of at most {WIDEST} rows or columns, got {wide[0]}")
    if not (1 <= tier.least <= tier.most <= len(ENDS) and tier.longest >= SHORTEST):
        raise ValueError(f"expected 1 to {len(ENDS)} colours and flows of {SHORTEST} cells or more, got {tier}")
    if tier.letters < tier.most:
        raise ValueError(f"expected a palette of {tier.most} colours or more, got {tier}")
    dice, made, nodes = dice_of(rng), 0, 0
    while made < tries and nodes < MOST_NODES:
        ends, fill, count = _draw(dice, tier, rng.choice(tier.shapes), min(BATCH, tries - made))
        made += count
        if ends is not None and accept(ends):
            effort = Effort(nodes=PROOF)
            if _is_wanted(ends, fill, tier, effort):
                return ends
            nodes += effort.nodes
    proofs = "" if nodes < MOST_NODES else f"{nodes} nodes of proofs and "
    raise NoLevelFound(f"no {name} FlowFree of {tier.least} to {tier.most} colours in {proofs}{made} tries")


def _is_wanted(ends: Numbers, fill: Numbers, tier: Tier, effort: Effort) -> bool:
    """Whether a fill is as difficult as the tier has it and proven the only one."""
    try:
        if tier.difficulty and not tier.difficulty[0] <= difficulty(ends, effort) <= tier.difficulty[1]:
            return False
        return count_ways(ends, effort, fill) == 1
    except GaveUp:
        return False


def _draw(
    dice: UInt64[np.ndarray, "1"], tier: Tier, shape: tuple[int, int], tries: int
) -> tuple[Numbers | None, Numbers, int]:
    """The ends of a random fill, None where all tries were in vain, the fill, and how many tries were made."""
    near = _near(shape)
    ends, fill = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
    flows = np.empty((ends.size, min(ends.size, tier.longest)), np.int64)
    least = max(tier.least, (ends.size - tier.moves + 1) // 2)
    made = draw(dice, near, least, tier.most, tier.longest, tier.letters, flows, ends.ravel(), fill.ravel(), tries)
    return ends if made else None, fill, made or tries


@lru_cache(maxsize=16)
def _near(shape: tuple[int, int]) -> Int64[np.ndarray, "cells 4"]:
    """The neighbours of every cell."""
    height, width = shape
    cells = np.full((height + 2, width + 2), NONE)
    cells[1:-1, 1:-1] = np.arange(height * width).reshape(shape)
    return np.stack([cells[:-2, 1:-1], cells[2:, 1:-1], cells[1:-1, :-2], cells[1:-1, 2:]], axis=-1).reshape(-1, 4)
