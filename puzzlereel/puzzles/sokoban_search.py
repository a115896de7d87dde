"""The solver of Sokoban: the fewest pushes, proven, and of such solutions one with few moves.

    board ──survey──► room, distances ──explore, slice by slice──► pushes ──► moves

The kernels know cells by number and keep all they find out in arrays, which are made and grown here, so that limits on
time, nodes and memory hold between two slices. Since it imports them, this module is imported where it is used.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int32, Int64, UInt8

from puzzlereel.puzzles.board import STEPS
from puzzlereel.puzzles.core import Effort, GaveUp
from puzzlereel.puzzles.kernels import sokoban as kernels
from puzzlereel.puzzles.kernels import sokoban_prune as prune
from puzzlereel.puzzles.kernels import sokoban_room as rooms
from puzzlereel.puzzles.kernels import sokoban_walk as walks

MOVES = "".join(STEPS).lower() + "".join(STEPS)
"""The moves as the kernels count them: walks in the four directions, and pushes."""
SLICE = 4096
"""The most nodes that are expanded before limits are looked at again."""
WORK = 1 << 24
"""The most steps that a slice is meant to take."""
MOST_WORK = 1 << 28
"""A level of which a single node may take more steps is too large to search."""
HARD = 500
"""A search that has expanded so many nodes goes on with a table of lost pairs, and looks for pens."""
PAIRED_CELLS = 400
"""The largest room of which such a table is made."""
TIES = 1 << 14
"""How many nodes may be expanded to compare all solutions with the fewest pushes."""
NO_PAIRS = np.zeros((1, 1), np.uint8)


class Task(NamedTuple):
    """A level as the kernels take it."""

    room: Int32[np.ndarray, "cells+1 16"]
    far: Int32[np.ndarray, "poses+1 targets+1"]
    boxes: Int32[np.ndarray, " boxes"]
    player: int
    deepest: int
    """A bound of the pushes that the boxes need, each alone."""

    @property
    def work(self) -> int:
        """How many steps a node takes at most, in the rough: floods and assignments after every push."""
        return _work(len(self.room), len(self.boxes), self.far.shape[1] - 1)

    @property
    def slice(self) -> int:
        return max(1, min(SLICE, WORK // self.work))


def _work(cells: int, boxes: int, targets: int) -> int:
    return 4 * boxes * (8 * cells + boxes * targets)


class Table(NamedTuple):
    """What a search has found out; see `kernels.sokoban` for the columns."""

    nodes: Int32[np.ndarray, "capacity columns"]
    slots: Int32[np.ndarray, " slots"]
    heads: Int32[np.ndarray, " layers"]
    tally: Int64[np.ndarray, " 5"]


def fewest_pushes(text: str, effort: Effort) -> tuple[str, ...] | None:
    """The moves of a solution with the fewest pushes; None where it is proven that there is no solution.

    Of all such solutions it is one with the fewest moves, unless they are too many to compare (`TIES`): then the walks
    between its pushes are the shortest. GaveUp where the effort is used up.
    """
    things = rooms.THINGS[np.frombuffer(text.encode("ascii"), np.uint8)]
    room, boxes, targets, player, is_lost = rooms.survey(things, text.find("\n") + 1 or len(text) + 1)
    if is_lost or len(boxes) > len(targets):
        return None
    if not len(boxes):
        return ()
    task = _task(room, boxes, targets, player, effort)
    pushes = _search(task, effort)
    if pushes is None:
        return None
    return tuple(map(MOVES.__getitem__, walks.moves_of(room, boxes, task.player, pushes).tolist()))


def _task(
    room: Int32[np.ndarray, "cells+1 16"],
    boxes: Int32[np.ndarray, " boxes"],
    targets: Int32[np.ndarray, " targets"],
    player: int,
    effort: Effort,
) -> Task:
    """A level with its distances; GaveUp where it is too large."""
    poses = int(room[-1, rooms.PLAIN]) + 1
    if _work(len(room), len(boxes), len(targets)) > MOST_WORK:
        raise GaveUp(f"no answer, since a level of {len(room) - 1} cells and {len(boxes)} boxes is too large")
    effort.hold(room.nbytes + 4 * poses * (len(targets) + 1))
    far = np.full((poses, len(targets) + 1), rooms.NEVER, np.int32)
    step, farthest = max(1, WORK // (8 * poses)), 0
    for first in range(0, len(targets), step):
        farthest = max(farthest, rooms.measure(room, targets, far, first, min(first + step, len(targets))))
        effort.spend(0)
    return Task(room, far, boxes, player, len(boxes) * farthest)


def _search(task: Task, effort: Effort) -> Int32[np.ndarray, " pushes"] | None:
    """The pushes of the best solution; None where there is none."""
    table, pairs, is_hard, outcome = _begun(task, 2 * task.deepest + 64, effort), NO_PAIRS, False, kernels.GOING_ON
    while outcome in (kernels.GOING_ON, kernels.FULL):
        if outcome == kernels.FULL:
            table = _grown(table, effort)
        expanded = int(table.tally[kernels.EXPANDED])
        if expanded >= HARD and not is_hard:
            is_hard = True
            if len(task.room) <= PAIRED_CELLS:
                pairs = np.zeros((len(task.room) - 1,) * 2, np.uint8)
                prune.find_lost_pairs(task.room, pairs)
        share = effort.share(min(task.slice, SLICE if is_hard else HARD - expanded))
        outcome = kernels.explore(task.room, task.far, pairs, *table, share, -1, is_hard)
        effort.spend(int(table.tally[kernels.EXPANDED]) - expanded)
    if outcome == kernels.EXHAUSTED:
        return None
    answer = int(table.tally[kernels.ANSWER])
    most = int(table.nodes[answer, kernels.SPENT])
    try:
        return _compared(task, _begun(task, most + 1, effort) if is_hard else table, pairs, most, effort)
    except GaveUp:
        return walks.pushes_to(table.nodes, answer)


def _compared(
    task: Task, table: Table, pairs: UInt8[np.ndarray, "pairs pairs"], most: int, effort: Effort
) -> Int32[np.ndarray, " pushes"]:
    """Of all solutions of `most` pushes one with the fewest moves; GaveUp where they are too many to compare."""
    ties = Effort(nodes=min(TIES, 4 * WORK // task.work))
    while True:
        expanded = int(table.tally[kernels.EXPANDED])
        outcome = kernels.explore(task.room, task.far, pairs, *table, ties.share(task.slice), most, False)
        if outcome == kernels.EXHAUSTED:
            return walks.best_pushes(task.room, table.nodes, table.slots, int(table.tally[kernels.STORED]), most)
        ties.spend(int(table.tally[kernels.EXPANDED]) - expanded)
        if outcome == kernels.FULL:
            table = _grown(table, effort)


def _begun(task: Task, layers: int, effort: Effort) -> Table:
    """A table with the boxes and the player of the first node in it; GaveUp where it takes too much memory."""
    table = _table(max(1024, 8 * len(task.boxes)), kernels.BOXES + len(task.boxes), layers, effort)
    table.nodes[0, kernels.BOXES :], table.nodes[0, kernels.PUSH] = 16 * task.boxes, 4 * task.player
    table.tally[kernels.DEEPEST] = task.deepest
    return table


def _table(capacity: int, columns: int, layers: int, effort: Effort) -> Table:
    """An empty table; GaveUp where it takes too much memory."""
    slots = 1 << (2 * capacity - 1).bit_length()
    effort.hold(4 * (capacity * columns + slots + layers))
    nodes, tally = np.empty((capacity, columns), np.int32), np.zeros(kernels.TALLY, np.int64)
    return Table(nodes, np.full(slots, -1, np.int32), np.full(layers, -1, np.int32), tally)


def _grown(table: Table, effort: Effort) -> Table:
    """The same table with room for twice as many nodes and layers; GaveUp where not both fit in the memory."""
    capacity, columns = table.nodes.shape
    effort.hold(3 * sum(array.nbytes for array in table))
    larger = _table(2 * capacity, columns, 2 * len(table.heads), effort)
    larger.nodes[:capacity], larger.heads[: len(table.heads)] = table.nodes, table.heads
    larger.tally[:] = table.tally
    kernels.rehash(larger.nodes, larger.slots, int(table.tally[kernels.STORED]))
    return larger
