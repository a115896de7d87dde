"""The FlowFree fills in which no flow touches itself: a search cell by cell that takes back what cannot go on.

    A a a a     the cells are taken row by row, and each flow goes on down or to the right; of those that are done the
    b b b a     lowest of every column is kept with the flow it belongs to: its flow must not touch itself there, nor
    b ? . .     may two flows that touch become one

A flow is the number of its colour once it is sure to meet an end, and from LOOSE upward before. A loose flow has foes:
the colours and the loose flows that it touches and so can never be.
"""

import numpy as np
from jaxtyping import Int64

from puzzlereel.puzzles.kernels import kernel

WIDEST = 60
"""The most columns: every flow at the frontier has a bit in a word of 64."""
LOOSE = 27
DOWN, RIGHT, USED, WAY, FOES = range(5)
"""What a frame holds of the frontier before a cell: the columns that a flow leaves downward, whether one leaves the
cell before to the right, the loose flows that there are, how many ways on from here were tried, the foes of every loose
flow, and last of all the flows of the columns' lowest cells. Flows are bits in `USED`, counted from LOOSE, and in the
foes."""
STUCK, NO, YES = -1, 0, 1
"""No way leads on from here; this way does not; it does."""


@kernel
def look_on(
    ends: Int64[np.ndarray, " cells"], width: int, frames: Int64[np.ndarray, "frames size"], depth: int, most: int
) -> tuple[int, int]:
    """Looks on from a depth for a fill through up to `most` nodes; the depth it has come to, and the nodes visited.

    It stops at the depth of all cells with a fill, and below 0 when there is none left. There is a frame for every
    cell and one more, the first of them 0 at the outset.
    """
    nodes = 0
    while 0 <= depth < ends.size and nodes < most:
        frame = frames[depth]
        way = frame[WAY]
        if way == 2:
            depth -= 1
            continue
        nodes += 1
        frame[WAY] += 1
        column = depth % width
        left = frame[frame.size - width + column - 1] if column else 0
        up = frame[frame.size - width + column]
        answer = _check(ends, width, frame, depth, column, way, left, up)
        if answer == STUCK:
            depth -= 1
        elif answer == YES:
            _go(ends, width, frame, frames[depth + 1], depth, column, way, left, up)
            depth += 1
    return depth, nodes


@kernel
def _check(
    ends: Int64[np.ndarray, " cells"],
    width: int,
    frame: Int64[np.ndarray, " size"],
    cell: int,
    column: int,
    way: int,
    left: int,
    up: int,
) -> int:
    """Whether the flow in a cell may go on down (way 0) or to the right (way 1), beside the flows left and up."""
    end, is_last, is_bottom = ends[cell], column == width - 1, cell + width >= ends.size
    below = 0 if is_bottom else ends[cell + width]
    right = 0 if is_last else ends[cell + 1]
    has_left, has_up = frame[RIGHT] == 1, (frame[DOWN] >> column) & 1 == 1
    if has_left and has_up:
        return YES if not end and _may_be(frame, left, up) else STUCK
    if not has_left and not has_up and not end:
        into = max(below, right)
        is_clear = not into or (into not in (left, up) and min(below, right) in (0, into))
        return YES if is_clear and not is_last and not is_bottom else STUCK
    flow = left if has_left else up if has_up else end
    beside, above = 0 if has_left else left, 0 if has_up else up
    if flow in (beside, above):
        return STUCK
    if end and (has_left or has_up):
        return YES if end not in (beside, above) and _may_be(frame, flow, end) else STUCK
    if is_last if way else is_bottom or _is_hairpin(ends, width, frame, cell, column, flow):
        return NO
    into = right if way else below
    return YES if not into or (into not in (beside, above) and _may_be(frame, flow, into)) else NO


@kernel
def _may_be(frame: Int64[np.ndarray, " size"], one: int, other: int) -> bool:
    """Whether two flows may be one: parts of one colour, or two that are no foes of which one is loose."""
    loose = max(one, other)
    if one == other or loose < LOOSE:
        return one == other and loose < LOOSE
    return bool((frame[FOES + loose - LOOSE] >> min(one, other)) & 1 == 0)


@kernel
def _is_hairpin(
    ends: Int64[np.ndarray, " cells"],
    width: int,
    frame: Int64[np.ndarray, " size"],
    cell: int,
    column: int,
    flow: int,
) -> bool:
    """Whether a flow that goes down here has come up too close on the left.

    That is in the next column, or with one cell between to which nothing is open but the way down.
    """
    first = frame.size - width
    if column and (frame[DOWN] >> (column - 1)) & 1:
        return bool(frame[first + column - 1] == flow)
    is_near = column > 1 and (frame[DOWN] >> (column - 2)) & 1 == 1 and frame[first + column - 2] == flow
    return bool(is_near and flow >= LOOSE and not ends[cell + width - 1])


@kernel
def _go(
    ends: Int64[np.ndarray, " cells"],
    width: int,
    before: Int64[np.ndarray, " size"],
    frame: Int64[np.ndarray, " size"],
    cell: int,
    column: int,
    way: int,
    left: int,
    up: int,
) -> None:
    """Writes the frame after a cell from the one before, where the flow goes on one way or has no choice."""
    for i in range(frame.size):
        frame[i] = before[i]
    end = ends[cell]
    has_left, has_up = frame[RIGHT] == 1, (frame[DOWN] >> column) & 1 == 1
    is_new = not has_left and not has_up and not end
    is_joined = (has_left or has_up) and (end > 0 or has_left == has_up)
    goes_down, goes_right = is_new or (not is_joined and way == 0), is_new or (not is_joined and way == 1)
    if goes_down == goes_right:
        before[WAY] = 2
    flow = _begin(frame) if is_new else left if has_left else up if has_up else end
    if is_joined:
        flow = _become(frame, width, flow, end if end else up)
    if not has_left:
        _touch(frame, flow, left)
    if not has_up:
        _touch(frame, flow, up)
    frame[frame.size - width + column] = flow
    frame[DOWN] = (frame[DOWN] & ~(1 << column)) | (np.int64(goes_down) << column)
    frame[RIGHT], frame[WAY] = np.int64(goes_right), 0
    if goes_down and ends[cell + width]:
        flow = _become(frame, width, flow, ends[cell + width])
    if goes_right and ends[cell + 1]:
        _become(frame, width, flow, ends[cell + 1])


@kernel
def _begin(frame: Int64[np.ndarray, " size"]) -> int:
    """A new loose flow."""
    loose = 0
    while (frame[USED] >> loose) & 1:
        loose += 1
    frame[USED] |= 1 << loose
    frame[FOES + loose] = 0
    return LOOSE + loose


@kernel
def _touch(frame: Int64[np.ndarray, " size"], one: int, other: int) -> None:
    """Notes that two flows lie side by side; 0 is none."""
    if one >= LOOSE and other:
        frame[FOES + one - LOOSE] |= 1 << other
    if other >= LOOSE and one:
        frame[FOES + other - LOOSE] |= 1 << one


@kernel
def _become(frame: Int64[np.ndarray, " size"], width: int, one: int, other: int) -> int:
    """Makes two flows that may be one into that with the lower number, which it gives."""
    flow, loose = min(one, other), max(one, other)
    if flow == loose:
        return flow
    if flow >= LOOSE:
        frame[FOES + flow - LOOSE] |= frame[FOES + loose - LOOSE]
    first = frame.size - width
    for row in range(FOES, first):
        if (frame[row] >> loose) & 1:
            frame[row] = (frame[row] & ~(1 << loose)) | (1 << flow)
    for column in range(first, frame.size):
        if frame[column] == loose:
            frame[column] = flow
    frame[USED] &= ~(1 << (loose - LOOSE))
    frame[FOES + loose - LOOSE] = 0
    return flow


@kernel
def trace(
    ends: Int64[np.ndarray, " cells"],
    width: int,
    frames: Int64[np.ndarray, "frames size"],
    fill: Int64[np.ndarray, " cells"],
) -> None:
    """Writes the colour of every cell, where the frames tell a whole fill and `fill` is 0 everywhere."""
    for first in range(ends.size):
        cell, before, is_on = first, -1, ends[first] > 0 and fill[first] == 0
        while is_on:
            fill[cell] = ends[first]
            here, is_on = cell, False
            for step in (-width, -1, 1, width):
                frame = frames[here + (1 if step > 0 else 0)]
                joins = (frame[DOWN] >> (here % width)) & 1 if step in (-width, width) else frame[RIGHT]
                if joins and here + step != before and not is_on:
                    cell, is_on = here + step, True
            before = here
