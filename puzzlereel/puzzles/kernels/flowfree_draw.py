"""Random FlowFree fills: flows of three cells or more that cover the board, none of which touches itself.

a a b b     flow after flow grows from a cell with few free neighbours, both ways and mostly as tightly as it can;
c a b d     what is too short then joins a flow at its end (c with e) or takes that end over, and flows join
e b b d     where they are too many
"""

import numpy as np
from jaxtyping import Int64, UInt8, UInt64

from puzzlereel.puzzles.kernels import kernel
from puzzlereel.puzzles.kernels.dice import roll

SHORTEST = 3
"""The fewest cells of a flow."""
MENDS = 4
"""How often flows are mended, at most, by the cells of the board."""
NONE = -1


@kernel
def draw(
    dice: UInt64[np.ndarray, "1"],
    near: Int64[np.ndarray, "cells 4"],
    least: int,
    most: int,
    longest: int,
    letters: int,
    flows: Int64[np.ndarray, "cells longest"],
    ends: UInt8[np.ndarray, " cells"],
    fill: UInt8[np.ndarray, " cells"],
    tries: int,
) -> int:
    """Draws until there is a fill of `least` to `most` flows of up to `longest` cells, and writes it and its ends.

    Each flow gets one of the first `letters` colours for itself. Gives the tries that were made, 0 if all were in vain;
    `near` holds the neighbours of every cell, NONE where there are fewer than four, and `flows` is for work.
    """
    owner, length = np.empty(ends.size, np.int64), np.empty(ends.size, np.int64)
    for turn in range(tries):
        count = _cover(dice, near, longest, flows, owner, length)
        count = _mend(dice, near, most, longest, flows, owner, length, count)
        if least <= count <= most:
            _name(dice, letters, flows, length, count, ends, fill)
            return turn + 1
    return 0


@kernel
def _cover(
    dice: UInt64[np.ndarray, "1"],
    near: Int64[np.ndarray, "cells 4"],
    longest: int,
    flows: Int64[np.ndarray, "cells longest"],
    owner: Int64[np.ndarray, " cells"],
    length: Int64[np.ndarray, " cells"],
) -> int:
    """Covers the board with flows of any length up to `longest`; how many there are."""
    owner[:] = NONE
    left, count, tightness = owner.size, 0, int(np.int64(roll(dice, 10)))
    while left:
        start, skip = 0, int(np.int64(roll(dice, left)))
        while skip or owner[start] != NONE:
            if owner[start] == NONE:
                skip -= 1
            start += 1
        owner[start], flows[count, 0], length[count] = count, start, 1
        wanted = SHORTEST + int(np.int64(roll(dice, longest - SHORTEST + 1)))
        for _ in range(2):
            _grow(dice, near, wanted, tightness, flows, owner, length, count)
            _turn(flows, length, count)
        left -= length[count]
        count += 1
    return count


@kernel
def _grow(
    dice: UInt64[np.ndarray, "1"],
    near: Int64[np.ndarray, "cells 4"],
    wanted: int,
    tightness: int,
    flows: Int64[np.ndarray, "cells longest"],
    owner: Int64[np.ndarray, " cells"],
    length: Int64[np.ndarray, " cells"],
    flow: int,
) -> None:
    """Lets the last cell of a flow go on through free cells up to the length that is wanted.

    So many times in ten it takes a way that leaves little room, where fewer holes are left, and otherwise any way.
    """
    while length[flow] < wanted:
        tip, onward, best, ties = flows[flow, length[flow] - 1], NONE, 5, 0
        is_tight = roll(dice, 10) < tightness
        for cell in near[tip]:
            if cell != NONE and owner[cell] == NONE and not _touches(near, owner, cell, flow, tip):
                room = _room(near, owner, cell) if is_tight else 0
                if room < best:
                    best, ties = room, 0
                if room == best:
                    ties += 1
                    if roll(dice, ties) == 0:
                        onward = cell
        if onward == NONE:
            return
        _append(flows, owner, length, flow, onward)


@kernel
def _room(near: Int64[np.ndarray, "cells 4"], owner: Int64[np.ndarray, " cells"], cell: int) -> int:
    """How many neighbours of a cell are free."""
    room = 0
    for other in near[cell]:
        if other != NONE and owner[other] == NONE:
            room += 1
    return room


@kernel
def _touches(
    near: Int64[np.ndarray, "cells 4"], owner: Int64[np.ndarray, " cells"], cell: int, flow: int, but: int
) -> bool:
    """Whether a cell lies beside a flow, other than beside the one cell `but`."""
    count = 0
    for other in near[cell]:
        if other not in (NONE, but) and owner[other] == flow:
            count += 1
    return count > 0


@kernel
def _append(
    flows: Int64[np.ndarray, "cells longest"],
    owner: Int64[np.ndarray, " cells"],
    length: Int64[np.ndarray, " cells"],
    flow: int,
    cell: int,
) -> None:
    """Adds a cell to a flow, after its last one."""
    flows[flow, length[flow]] = cell
    length[flow] += 1
    owner[cell] = flow


@kernel
def _turn(flows: Int64[np.ndarray, "cells longest"], length: Int64[np.ndarray, " cells"], flow: int) -> None:
    """Turns a flow round, so that its first cell is the last."""
    for i in range(length[flow] // 2):
        j = length[flow] - 1 - i
        flows[flow, i], flows[flow, j] = flows[flow, j], flows[flow, i]


@kernel
def _mend(
    dice: UInt64[np.ndarray, "1"],
    near: Int64[np.ndarray, "cells 4"],
    most: int,
    longest: int,
    flows: Int64[np.ndarray, "cells longest"],
    owner: Int64[np.ndarray, " cells"],
    length: Int64[np.ndarray, " cells"],
    count: int,
) -> int:
    """Mends flows until none is too short and there are not too many; how many there are, or 0 where that failed."""
    for _ in range(MENDS * owner.size):
        flow, ties = NONE, 0
        for i in range(count):
            if length[i] < SHORTEST:
                ties += 1
                if roll(dice, ties) == 0:
                    flow = i
        if flow == NONE:
            if count <= most:
                return count
            flow = int(np.int64(roll(dice, count)))
        other, kind = _partner(dice, near, longest, flows, owner, length, flow)
        if other != NONE:
            count = _merge(flows, owner, length, count, flow, other, kind)
        elif length[flow] < SHORTEST:
            return 0
    return 0


JOIN, TAKE = 4, 0
"""What a flow does with another one: join it, or take its end cell over. Plus 1 where it is the first cell of this
flow that lies beside the other one, and plus 2 where it is the first of that one; otherwise it is the last."""


@kernel
def _partner(
    dice: UInt64[np.ndarray, "1"],
    near: Int64[np.ndarray, "cells 4"],
    longest: int,
    flows: Int64[np.ndarray, "cells longest"],
    owner: Int64[np.ndarray, " cells"],
    length: Int64[np.ndarray, " cells"],
    flow: int,
) -> tuple[int, int]:
    """The flow that another one joins or, being too short, takes a cell from, and how; NONE where it cannot."""
    partner, chosen, weights = NONE, 0, 0
    for side in range(2):
        tip = flows[flow, 0 if side else length[flow] - 1]
        for cell in near[tip]:
            if cell == NONE or owner[cell] == flow:
                continue
            other = owner[cell]
            is_first, is_last = flows[other, 0] == cell, flows[other, length[other] - 1] == cell
            if not is_first and not is_last:
                continue
            for kind, weight in ((JOIN, 4), (TAKE, 2 if length[other] > SHORTEST else 1)):
                if kind == JOIN:
                    fits = _fit(near, longest, flows, owner, length, flow, other, tip, cell)
                else:
                    fits = length[flow] < SHORTEST  # so that there are three cells at most, which cannot touch
                if fits:
                    weights += weight
                    if roll(dice, weights) < weight:
                        partner, chosen = other, kind + side + (0 if is_last else 2)
    return partner, chosen


@kernel
def _fit(
    near: Int64[np.ndarray, "cells 4"],
    longest: int,
    flows: Int64[np.ndarray, "cells longest"],
    owner: Int64[np.ndarray, " cells"],
    length: Int64[np.ndarray, " cells"],
    flow: int,
    other: int,
    tip: int,
    cell: int,
) -> bool:
    """Whether two flows lie side by side nowhere but where the tip of one meets that cell of the other."""
    for i in range(length[flow]):
        if _touches(near, owner, flows[flow, i], other, cell if flows[flow, i] == tip else NONE):
            return False
    return bool(length[flow] + length[other] <= longest)


@kernel
def _merge(
    flows: Int64[np.ndarray, "cells longest"],
    owner: Int64[np.ndarray, " cells"],
    length: Int64[np.ndarray, " cells"],
    count: int,
    flow: int,
    other: int,
    kind: int,
) -> int:
    """Lets a flow join another one, or take its end cell over; how many flows there are then."""
    if kind & 1:
        _turn(flows, length, flow)
    if kind & 2:
        _turn(flows, length, other)
    gone = NONE
    if kind & JOIN:
        for i in range(length[flow]):
            _append(flows, owner, length, other, flows[flow, length[flow] - 1 - i])
        gone = flow
    else:
        length[other] -= 1
        _append(flows, owner, length, flow, flows[other, length[other]])
        if length[other] == 0:
            gone = other
    if gone == NONE:
        return count
    length[gone] = 0
    if gone < count - 1:
        for i in range(length[count - 1]):
            _append(flows, owner, length, gone, flows[count - 1, i])
    return count - 1


@kernel
def _name(
    dice: UInt64[np.ndarray, "1"],
    letters: int,
    flows: Int64[np.ndarray, "cells longest"],
    length: Int64[np.ndarray, " cells"],
    count: int,
    ends: UInt8[np.ndarray, " cells"],
    fill: UInt8[np.ndarray, " cells"],
) -> None:
    """Writes the flows and their ends, each with a colour of its own."""
    colours = np.arange(1, letters + 1)
    ends[:] = 0
    for flow in range(count):
        at = flow + int(np.int64(roll(dice, letters - flow)))
        colours[flow], colours[at] = colours[at], colours[flow]
        ends[flows[flow, 0]] = ends[flows[flow, length[flow] - 1]] = colours[flow]
        for i in range(length[flow]):
            fill[flows[flow, i]] = colours[flow]
