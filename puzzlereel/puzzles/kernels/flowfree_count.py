"""How many fills a FlowFree board has under the general rules, where a flow may touch itself: a frontier scan.

    a a a a     the cells are taken row by row; of those that are done only their frontier is kept: what crosses it,
    a a ┌ ·     slot by slot from the left: down from the cells done in this row, right into the cell at hand (·),
    └─┘ · ·     and down from the row above into this cell and those after it

A plug is 0 where nothing crosses, the number of a colour where a flow does that is sure to meet an end, and OPEN or
CLOSE for the left and the right end of a flow that is loose: such flows never cross, so that they pair like brackets.
States with one frontier are one state, with the number of ways that lead to it: two words, of which the first holds the
lower eight slots in 40 bits, the second the others and above them the number.
"""

import numpy as np
from jaxtyping import Int32, Int64, UInt64

from puzzlereel.puzzles.kernels import kernel

WIDEST = 15
"""The most columns: their slots and the one to the right take 16 times 5 bits, in two words."""
OPEN, CLOSE = 27, 28
BOTH, DEAD = 29, -1
CELL, TAKEN, HERE, AHEAD, SIDE = range(5)
"""What `scan` holds: the cell at hand, how many states before it are taken of how many there are, how many states
there are after it so far, and which half of `states` holds those before it."""

MAY_RIGHT, MAY_DOWN, MUST_RIGHT, MUST_DOWN = 1, 2, 4, 8
"""The bits of a bond: where a flow may and where one must go from a cell."""
MOST_WAYS = 2**24 - 1
"""The highest number of ways that is told from those above it."""

WORD = 8
SLOT_BITS, LAST_BITS, WORD_BITS = np.uint64(5), np.uint64(35), np.uint64(40)
SLOT, WHOLE = np.uint64(2**5 - 1), np.uint64(2**40 - 1)
FIRST = (0, 2**40)
"""The state before the first cell: nothing crosses, in one way."""
MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0xBF58476D1CE4E5B9))
HALF, THIRD = np.uint64(32), np.uint64(29)


@kernel
def carry_on(
    ends: Int64[np.ndarray, " cells"],
    bonds: Int64[np.ndarray, " cells"],
    width: int,
    scan: Int64[np.ndarray, "5"],
    states: UInt64[np.ndarray, "2 room 2"],
    table: Int32[np.ndarray, " slots"],
    limit: int,
    most: int,
) -> int:
    """Takes up to `most` states further, and fewer where the cells are done or the room is too small; how many.

    A bond tells of every cell where flows may go from it, and must; none may leave the board.
    There is room enough while it is twice the number of states before a cell; `table` has as many slots as `slots` of
    half the room tells. Ways are counted up to `limit`, at most MOST_WAYS.
    """
    taken = 0
    while taken < most and scan[CELL] < ends.size and 2 * scan[HERE] <= states.shape[1]:
        if scan[TAKEN] == 0:
            scan[AHEAD] = 0
            table[: slots(scan[HERE])] = -1
        count = min(most - taken, scan[HERE] - scan[TAKEN])
        _take(ends, bonds, width, scan, states, table, limit, count)
        taken += count
        scan[TAKEN] += count
        if scan[TAKEN] < scan[HERE]:
            break
        scan[CELL] = scan[CELL] + 1 if scan[AHEAD] else ends.size
        scan[TAKEN], scan[HERE], scan[SIDE] = 0, scan[AHEAD], 1 - scan[SIDE]
    return taken


@kernel
def slots(states: int) -> int:
    """How many slots of the table serve a cell that so many states come before, each with two after it at most."""
    enough = 4
    while enough < 4 * states:
        enough *= 2
    return enough


@kernel
def _take(
    ends: Int64[np.ndarray, " cells"],
    bonds: Int64[np.ndarray, " cells"],
    width: int,
    scan: Int64[np.ndarray, "5"],
    states: UInt64[np.ndarray, "2 room 2"],
    table: Int32[np.ndarray, " slots"],
    limit: int,
    count: int,
) -> None:
    """Takes `count` more states over the cell at hand."""
    cell, here, ahead = scan[CELL], states[scan[SIDE]], states[1 - scan[SIDE]]
    column, bond = cell % width, bonds[cell]
    is_last = column == width - 1
    may_down, may_right = bond & (MAY_DOWN | MUST_RIGHT) == MAY_DOWN, bond & (MAY_RIGHT | MUST_DOWN) == MAY_RIGHT
    below = ends[cell + width] if bond & MAY_DOWN else 0
    right = ends[cell + 1] if bond & MAY_RIGHT else 0
    found, mask = scan[AHEAD], slots(scan[HERE]) - 1
    for i in range(scan[TAKEN], scan[TAKEN] + count):
        ways = here[i, 1] >> WORD_BITS
        going, low, high = _enter(here[i, 0], here[i, 1] & WHOLE, column, ends[cell])
        if going == 0:
            if bond < MUST_RIGHT:
                found = _keep(low, high, ways, is_last, ahead, found, table, mask, limit)
        elif going == BOTH:
            if bond & MAY_RIGHT and bond & MAY_DOWN:
                alive, low, high = _begin(low, high, column, below, right)
                if alive:
                    found = _keep(low, high, ways, is_last, ahead, found, table, mask, limit)
        elif going > 0:
            if may_down:
                alive, one, two = _leave(low, high, column, column, going, below)
                if alive:
                    found = _keep(one, two, ways, is_last, ahead, found, table, mask, limit)
            if may_right:
                alive, one, two = _leave(low, high, column, column + 1, going, right)
                if alive:
                    found = _keep(one, two, ways, is_last, ahead, found, table, mask, limit)
    scan[AHEAD] = found


@kernel
def _enter(low: np.uint64, high: np.uint64, column: int, end: int) -> tuple[int, np.uint64, np.uint64]:
    """What leaves a cell after its two plugs have met there, and the frontier without them."""
    left, up = _plug(low, high, column), _plug(low, high, column + 1)
    low, high = _put(low, high, column, 0)
    low, high = _put(low, high, column + 1, 0)
    if end:
        if left and up:
            return DEAD, low, high
        if not left and not up:
            return end, low, high
        left, up = left + up, end
    elif not left and not up:
        return BOTH, low, high
    elif not left or not up:
        return left + up, low, high
    if left < OPEN and up < OPEN:
        return 0 if left == up else DEAD, low, high
    if left == OPEN and up == CLOSE:
        return DEAD, low, high
    if left == CLOSE and up == OPEN:
        return 0, low, high
    if left == up:
        low, high = _put(low, high, _mate(low, high, column, left), left)
    else:
        low, high = _put(low, high, _mate(low, high, column, max(left, up)), min(left, up))
    return 0, low, high


@kernel
def _begin(low: np.uint64, high: np.uint64, column: int, below: int, right: int) -> tuple[bool, np.uint64, np.uint64]:
    """The frontier where a flow leaves the cell both ways; a neighbour that is an end tells its colour at once."""
    colour = max(below, right)
    if below and right and below != right:
        return False, low, high
    low, high = _put(low, high, column, colour if colour else OPEN)
    low, high = _put(low, high, column + 1, colour if colour else CLOSE)
    return True, low, high


@kernel
def _leave(
    low: np.uint64, high: np.uint64, column: int, slot: int, plug: int, end: int
) -> tuple[bool, np.uint64, np.uint64]:
    """The frontier where a plug leaves the cell by one slot, into an end where `end` is its colour."""
    if end and plug != end:
        if plug < OPEN:
            return False, low, high
        low, high = _put(low, high, _mate(low, high, column, plug), end)
        plug = end
    low, high = _put(low, high, slot, plug)
    return True, low, high


@kernel
def _mate(low: np.uint64, high: np.uint64, column: int, plug: int) -> int:
    """The slot of the other end of a loose flow that has come into the cell; the cell's own slots are empty."""
    step = 1 if plug == OPEN else -1
    slot, depth = column + (1 if plug == OPEN else 0), 1
    while depth:
        slot += step
        other = _plug(low, high, slot)
        if other == plug:
            depth += 1
        elif other >= OPEN:
            depth -= 1
    return slot


@kernel
def _plug(low: np.uint64, high: np.uint64, slot: int) -> int:
    """What stands in a slot."""
    if slot < WORD:
        return int(np.int64((low >> (np.uint64(slot) * SLOT_BITS)) & SLOT))
    return int(np.int64((high >> (np.uint64(slot - WORD) * SLOT_BITS)) & SLOT))


@kernel
def _put(low: np.uint64, high: np.uint64, slot: int, plug: int) -> tuple[np.uint64, np.uint64]:
    """The frontier with a plug in a slot."""
    if slot < WORD:
        shift = np.uint64(slot) * SLOT_BITS
        return (low & ~(SLOT << shift)) | (np.uint64(plug) << shift), high
    shift = np.uint64(slot - WORD) * SLOT_BITS
    return low, (high & ~(SLOT << shift)) | (np.uint64(plug) << shift)


@kernel
def _keep(
    low: np.uint64,
    high: np.uint64,
    ways: np.uint64,
    is_last: bool,
    ahead: UInt64[np.ndarray, "room 2"],
    found: int,
    table: Int32[np.ndarray, " slots"],
    mask: int,
    limit: int,
) -> int:
    """Counts the ways to a frontier, at the end of a row that of the next one; how many frontiers there are now."""
    if is_last:
        high = (high << SLOT_BITS) | (low >> LAST_BITS)
        low = (low << SLOT_BITS) & WHOLE
    mixed = (low * MIX[0]) ^ (high * MIX[1])
    mixed = (mixed ^ (mixed >> THIRD)) * MIX[2]
    place = np.int64((mixed ^ (mixed >> HALF)) & np.uint64(mask))
    while table[place] >= 0:
        same = table[place]
        if ahead[same, 0] == low and ahead[same, 1] & WHOLE == high:
            ways = min(np.uint64(limit), ways + (ahead[same, 1] >> WORD_BITS))
            ahead[same, 1] = high | (ways << WORD_BITS)
            return found
        place = (place + 1) & mask
    table[place] = found
    ahead[found, 0], ahead[found, 1] = low, high | (ways << WORD_BITS)
    return found + 1
