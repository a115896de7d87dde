"""What need not be searched: pushes after which some box can never be brought home, and pushes that can wait.

#####     frozen: a box that can move along neither axis, for walls or for boxes that cannot move themselves,
#.$ #     stays where it is for ever
#$$@#
#####     lost pair: two boxes that cannot both be brought home, from any side, even if there were no others

          pen: a part of the room that the player cannot enter but by pushing one of the boxes around it inward
"""

import numpy as np
from jaxtyping import Int32, UInt8

from puzzlereel.puzzles.kernels import kernel
from puzzlereel.puzzles.kernels.sokoban_room import DEAD, GOAL, NEAR, inner

SEEN, FROZEN, PEN, QUEUE, CLUSTER, CHILD, CLOCK = range(7)
"""The rows of the desk: of each cell the time at which a flood last came to it, whether it holds a frozen box, and the
time of the pen it belongs to; two lists of cells; the boxes of a new node; and last the clock of floods and of pens."""
DESK = 7
BLOCKED = (1 << 31) - 1
"""The time at which a flood comes to a box or a wall: no later one does."""


@inner
def flood(room: Int32[np.ndarray, "cells+1 16"], desk: Int32[np.ndarray, "7 cells+1"], start: int) -> int:
    """The time of a new flood, which marks every cell that can be walked to from a first one."""
    desk[CLOCK, 0] += 1
    now = desk[CLOCK, 0]
    desk[QUEUE, 0], desk[SEEN, start] = start, now
    done, found = 0, 1
    while done < found:
        cell = desk[QUEUE, done]
        done += 1
        for direction in range(4):
            other = room[cell, NEAR + direction]
            if desk[SEEN, other] < now:
                desk[SEEN, other] = now
                desk[QUEUE, found] = other
                found += 1
    return int(now)


@inner
def freezes(
    room: Int32[np.ndarray, "cells+1 16"], desk: Int32[np.ndarray, "7 cells+1"], box: int, direction: int
) -> bool:
    """Whether a box just pushed keeps boxes off the targets for ever, itself or some that touch it."""
    cells, ahead = len(room) - 1, room[box, NEAR + direction]
    if ahead < cells and desk[SEEN, ahead] != BLOCKED and not room[ahead, DEAD]:
        return False
    desk[CLUSTER, 0], desk[FROZEN, box] = box, 1
    done, found = 0, 1
    while done < found:
        for way in range(4):
            other = room[desk[CLUSTER, done], NEAR + way]
            if other < cells and desk[SEEN, other] == BLOCKED and not desk[FROZEN, other]:
                desk[FROZEN, other] = 1
                desk[CLUSTER, found] = other
                found += 1
        done += 1
    is_thawing = True
    while is_thawing:
        is_thawing = False
        for n in range(2 * found):
            cell = desk[CLUSTER, n // 2]
            if desk[FROZEN, cell] and _can_slide(room, desk, cell, 2 * (n % 2)):
                desk[FROZEN, cell] = 0
                is_thawing = True
    is_lost = False
    for n in range(found):
        cell = desk[CLUSTER, n]
        is_lost |= desk[FROZEN, cell] > room[cell, GOAL]
        desk[FROZEN, cell] = 0
    return is_lost


@inner
def _can_slide(
    room: Int32[np.ndarray, "cells+1 16"], desk: Int32[np.ndarray, "7 cells+1"], cell: int, axis: int
) -> bool:
    """Whether a box could be pushed along an axis to some end if only thawed boxes moved away."""
    one, other = room[cell, NEAR + axis], room[cell, NEAR + axis + 1]
    is_free = one < len(room) - 1 and other < len(room) - 1 and not desk[FROZEN, one] and not desk[FROZEN, other]
    return is_free and not (room[one, DEAD] and room[other, DEAD])


@inner
def find_pen(
    room: Int32[np.ndarray, "cells+1 16"], desk: Int32[np.ndarray, "7 cells+1"], now: int, is_full: bool
) -> int:
    """The time that marks the pen with the fewest pushes into it; 0 where there is no pen.

    All other pushes can wait: a solution must push into the pen at some time, and loses nothing by doing so first. For
    until then nothing outside can enter the pen, and nothing in it can leave. `now` is when the player's flood was; a
    level is full when it has no more targets than boxes.
    """
    cells = len(room) - 1
    before, best, fewest = desk[CLOCK, 1], cells, cells * 4 + 1
    for seed in range(cells):
        if desk[SEEN, seed] < now and desk[PEN, seed] <= before:
            pushes = _pen_around(room, desk, seed, now, is_full)
            if 0 <= pushes < fewest:
                best, fewest = seed, pushes
    if best == cells:
        return 0
    _pen_around(room, desk, best, now, is_full)
    return int(desk[CLOCK, 1])


@inner
def _pen_around(
    room: Int32[np.ndarray, "cells+1 16"], desk: Int32[np.ndarray, "7 cells+1"], seed: int, now: int, is_full: bool
) -> int:
    """Marks the least pen around a cell without a box, and gives the pushes into it; -1 where there is none."""
    desk[CLOCK, 1] += 1
    tag = desk[CLOCK, 1]
    cells, more, done, found = len(room) - 1, seed, 0, 0
    while more >= 0:
        desk[CLUSTER, found], desk[PEN, more] = more, tag
        found += 1
        while done < found:
            cell = desk[CLUSTER, done]
            done += 1
            if desk[SEEN, cell] != BLOCKED:
                for direction in range(4):
                    other = room[cell, NEAR + direction]
                    if other < cells and desk[PEN, other] != tag:
                        desk[CLUSTER, found], desk[PEN, other] = other, tag
                        found += 1
        more = _gap(room, desk, found, now)
    if more == LEAK:
        return -1
    is_needed, pushes = False, 0
    for n in range(found):
        cell = desk[CLUSTER, n]
        if desk[SEEN, cell] == BLOCKED:
            is_needed |= not room[cell, GOAL]
            for direction in range(4):
                onto = room[cell, NEAR + direction]
                is_inward = desk[PEN, onto] == tag and desk[SEEN, onto] < now and not room[onto, DEAD]
                pushes += is_inward and desk[SEEN, room[cell, NEAR + (direction ^ 1)]] == now
        elif is_full and room[cell, GOAL]:
            is_needed = True
    return pushes if is_needed else -1


CLOSED, LEAK = -1, -2


@inner
def _gap(room: Int32[np.ndarray, "cells+1 16"], desk: Int32[np.ndarray, "7 cells+1"], found: int, now: int) -> int:
    """A cell that must join a pen since boxes could else be pushed out, or in but not at once.

    CLOSED where there is none, LEAK where a box could be pushed out from a place that the player walks to.
    """
    cells, tag = len(room) - 1, desk[CLOCK, 1]
    for n in range(found):
        box = desk[CLUSTER, n]
        if desk[SEEN, box] != BLOCKED:
            continue
        for direction in range(4):
            onto, player = room[box, NEAR + direction], room[box, NEAR + (direction ^ 1)]
            if cells in (onto, player) or desk[PEN, player] == tag or room[onto, DEAD]:
                continue
            if desk[PEN, onto] == tag:
                if desk[SEEN, onto] != BLOCKED and desk[SEEN, player] != now:
                    return int(player)
            elif desk[SEEN, onto] != now:
                return int(onto)
            elif desk[SEEN, player] != now:
                return int(player)
            else:
                return LEAK
    return CLOSED


@kernel
def find_lost_pairs(room: Int32[np.ndarray, "cells+1 16"], pairs: UInt8[np.ndarray, "cells cells"]) -> int:
    """Fills in for boxes on any two cells, as bits, the sides of the first from which the player could bring both home.

    They are found by pulling backward from all pairs of targets; the number of floods that this took is given back.
    """
    cells = len(room) - 1
    desk = np.zeros((DESK, cells + 1), np.int32)
    desk[SEEN, cells] = BLOCKED
    queue = np.empty(cells * cells * 4, np.int32)
    found = 0
    for one in range(cells):
        for other in range(cells):
            if one != other and room[one, GOAL] and room[other, GOAL]:
                for direction in range(4):
                    if room[one, NEAR + direction] not in (cells, other):
                        queue[found] = (one * cells + other) * 4 + direction
                        pairs[one, other] |= 16 << direction
                        found += 1
    done, floods = 0, 0
    while done < found:
        pair, direction = queue[done] >> 2, queue[done] & 3
        one, other = pair // cells, pair % cells
        done += 1
        if not pairs[one, other] >> direction & 1:
            desk[SEEN, one] = desk[SEEN, other] = BLOCKED
            now = flood(room, desk, room[one, NEAR + direction])
            floods += 1
            found = _pull_one(room, desk, pairs, queue, found, one, other, now)
            found = _pull_one(room, desk, pairs, queue, found, other, one, now)
            desk[SEEN, one] = desk[SEEN, other] = 0
    for one in range(cells):
        for other in range(cells):
            pairs[one, other] &= 15
    return floods


@inner
def _pull_one(
    room: Int32[np.ndarray, "cells+1 16"],
    desk: Int32[np.ndarray, "7 cells+1"],
    pairs: UInt8[np.ndarray, "cells cells"],
    queue: Int32[np.ndarray, " places"],
    found: int,
    one: int,
    other: int,
    now: int,
) -> int:
    """Notes the sides of the first box of a pair that a flood came to, and queues what pulling it leads to."""
    cells = len(room) - 1
    for direction in range(4):
        onto = room[one, NEAR + direction]
        if desk[SEEN, onto] == now:
            pairs[one, other] |= 1 << direction
            back = room[onto, NEAR + direction]
            if back < cells and back != other and not pairs[onto, other] >> (4 + direction) & 1:
                pairs[onto, other] |= 16 << direction
                queue[found] = (onto * cells + other) * 4 + direction
                found += 1
    return found
