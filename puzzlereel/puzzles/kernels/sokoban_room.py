"""What of a Sokoban level never changes while it is solved: its cells, and how far a lone box is from each target.

#######    the cells that the player could reach if there were no boxes are numbered row by row;
#01234#    all others are one wall, whose number comes after them: 5
#######    a box on cell 2 parts the room: it has two poses, one with the player on either side

A room is an array with a row a cell and the columns below. Directions are 0 to 3 for up, down, left and right, so that
`direction ^ 1` is the opposite one.
"""

from typing import Any, cast

import numpy as np
from jaxtyping import Int32, UInt8
from numba import njit

from puzzlereel.puzzles.kernels import Function, kernel

OPEN, TARGET, BOX, PLAYER = 1, 2, 4, 8
"""What is at a place of the board, as bits."""
GLYPHS = np.frombuffer(b"# ?.?$?*?@?+", np.uint8)
"""The glyphs of all that can be at a place, by its bits."""
THINGS = np.zeros(256, np.uint8)
"""What is at a place, by its glyph; the end of a line is as good as a wall."""
THINGS[GLYPHS] = np.arange(len(GLYPHS))
THINGS[ord("?")] = 0

NEAR = 0
"""The neighbours, one column a direction."""
POSE = 4
"""The pose of a box on the cell while the player is at the neighbour in a direction, one column a direction."""
PLAIN = 8
"""The pose while the player is in none of the parts that such a box cuts off."""
CUTS = 9
"""The directions, as bits, in which a box on the cell cuts off a part."""
ENTER, LEAVE = 10, 11
"""When a walk through all cells, depth first, came to the cell, and when it had seen all that lies beyond."""
GOAL, DEAD = 12, 13
"""Whether the cell is a target, and whether a box on it can never be brought to any target."""
PLACE = 14
"""Where the cell is on the board, counted row by row."""
MARK = 15
"""Random bits that tell the cell in hashes."""
COLUMNS = 16

NEVER = 1 << 30
"""The distance from where there is no way."""


def inner(function: Function) -> Function:
    """As `kernel`, for functions that other kernels call often and that neither make nor give arrays.

    They need not count who holds which array, which is an atomic addition an array and call: half of the time.
    """
    return cast(Function, cast(Any, njit)(_nrt=False)(function))


@kernel
def survey(
    things: UInt8[np.ndarray, " places"], width: int
) -> tuple[Int32[np.ndarray, "cells+1 16"], Int32[np.ndarray, " boxes"], Int32[np.ndarray, " targets"], int, bool]:
    """The room that the player is in, the boxes and targets there, the player's cell, and whether some box is lost.

    A box is lost if it is outside of the room and off the targets. Rows begin `width` places apart; there is nothing
    beside them, or a wall at the end of each.
    """
    place, number, player = _reached(things, width)
    cells, size = len(place), len(things)
    room = np.zeros((cells + 1, COLUMNS), np.int32)
    boxes, targets, standing, wanted = np.empty(cells, np.int32), np.empty(cells, np.int32), 0, 0
    for cell in range(cells + 1):
        mixed = np.uint64(cell + 1) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        room[cell, MARK] = np.int64((mixed ^ (mixed >> np.uint64(27))) >> np.uint64(33))
        room[cell, PLACE] = place[cell] if cell < cells else -1
        for direction in range(4):
            there = room[cell, PLACE] + (-width, width, -1, 1)[direction]
            room[cell, NEAR + direction] = number[there] if cell < cells and 0 <= there < size else cells
        if cell < cells and things[place[cell]] & BOX:
            boxes[standing] = cell
            standing += 1
        if cell < cells and things[place[cell]] & TARGET:
            targets[wanted], room[cell, GOAL] = cell, 1
            wanted += 1
    is_lost = False
    for other in range(size):
        is_lost |= number[other] == cells and things[other] & (BOX | TARGET) == BOX
    _find_cuts(room)
    _number_poses(room)
    return room, boxes[:standing], targets[:wanted], int(number[player]), is_lost


@kernel
def _reached(
    things: UInt8[np.ndarray, " places"], width: int
) -> tuple[Int32[np.ndarray, " cells"], Int32[np.ndarray, " places"], int]:
    """The places that the player could reach if there were no boxes, the numbers of all places as cells, and where the
    player is."""
    size, player = len(things), 0
    number, queue = np.zeros(size, np.int32), np.empty(size, np.int32)
    for place in range(size):
        if things[place] & PLAYER:
            player = place
    queue[0], number[player], done, found = player, 1, 0, 1
    while done < found:
        place = queue[done]
        done += 1
        for direction in range(4):
            other = place + (-width, width, -1, 1)[direction]
            if 0 <= other < size and not number[other] and things[other] & OPEN:
                number[other] = 1
                queue[found] = other
                found += 1
    cells = 0
    for place in range(size):
        if number[place]:
            number[place], queue[cells] = cells, place
            cells += 1
        else:
            number[place] = found
    return queue[:cells], number, player


@kernel
def _find_cuts(room: Int32[np.ndarray, "cells+1 16"]) -> None:
    """Walks through all cells depth first, and finds what boxes would cut off (Tarjan 1972)."""
    cells = len(room) - 1
    low, turn, way = np.zeros(cells + 1, np.int32), np.zeros(cells + 1, np.int32), np.empty(cells + 1, np.int32)
    for cell in range(cells):
        room[cell, ENTER] = -1
    room[0, ENTER], room[cells, ENTER], way[0] = 0, cells, -1
    cell, time = 0, 1
    while cell < cells:
        if turn[cell] < 4:
            direction = turn[cell]
            turn[cell] += 1
            other = room[cell, NEAR + direction]
            if room[other, ENTER] < 0:
                room[other, ENTER] = low[other] = time
                way[other] = direction
                time += 1
                cell = other
            else:
                low[cell] = min(low[cell], room[other, ENTER])
        else:
            room[cell, LEAVE] = time
            direction = way[cell]
            if direction < 0:
                break
            above = room[cell, NEAR + (direction ^ 1)]
            low[above] = min(low[above], low[cell])
            if low[cell] >= room[above, ENTER]:
                room[above, CUTS] |= 1 << direction
            cell = above


@inner
def _number_poses(room: Int32[np.ndarray, "cells+1 16"]) -> None:
    """Gives every pose a number; what cannot be has the last one, which is the wall's."""
    cells = len(room) - 1
    count = 0
    for cell in range(cells + 1):
        for column in range(POSE, PLAIN + 1):
            room[cell, column] = -1
    for cell in range(cells):
        for direction in range(4):
            other = room[cell, NEAR + direction]
            if other < cells:
                part = part_of(room, cell, other)
                if room[cell, part] < 0:
                    room[cell, part] = count
                    count += 1
                room[cell, POSE + direction] = room[cell, part]
    for cell in range(cells + 1):
        for column in range(POSE, PLAIN + 1):
            if room[cell, column] < 0:
                room[cell, column] = count


@inner
def part_of(room: Int32[np.ndarray, "cells+1 16"], box: int, player: int) -> int:
    """The column of a box's row that holds its pose while the player is on another cell."""
    if room[box, CUTS]:
        for direction in range(4):
            if room[box, CUTS] >> direction & 1:
                child = room[box, NEAR + direction]
                if room[child, ENTER] <= room[player, ENTER] < room[child, LEAVE]:
                    return POSE + direction
    return PLAIN


@kernel
def measure(
    room: Int32[np.ndarray, "cells+1 16"],
    targets: Int32[np.ndarray, " targets"],
    far: Int32[np.ndarray, "poses+1 targets+1"],
    first: int,
    last: int,
) -> int:
    """Fills in the fewest pushes from each pose to some of the targets, by pulling a lone box backward.

    The last column is the least of those known so far; cells are dead from which no target is known to be reached. The
    most pushes of all are given back.
    """
    farthest = 0
    cells, poses = len(room) - 1, len(far) - 1
    home, queue = np.empty(poses + 1, np.int32), np.empty(poses + 1, np.int32)
    for cell in range(cells + 1):
        for column in range(POSE, PLAIN + 1):
            home[room[cell, column]] = cell
    for target in range(first, last):
        done, found = 0, 0
        for pose in range(poses + 1):
            far[pose, target] = NEVER
            if pose < poses and home[pose] == targets[target]:
                far[pose, target] = 0
                queue[found] = pose
                found += 1
        while done < found:
            pose = queue[done]
            cell, pushes = home[pose], far[pose, target] + 1
            farthest = max(farthest, pushes - 1)
            done += 1
            for direction in range(4):
                before = room[cell, NEAR + direction]
                pulled = room[before, POSE + direction]
                if room[cell, POSE + direction] == pose and pulled < poses and far[pulled, target] == NEVER:
                    far[pulled, target] = pushes
                    queue[found] = pulled
                    found += 1
    for pose in range(poses + 1):
        for target in range(first, last):
            far[pose, len(targets)] = min(far[pose, len(targets)], far[pose, target])
    for cell in range(cells + 1):
        room[cell, DEAD] = 1
        for column in range(POSE, PLAIN + 1):
            room[cell, DEAD] &= far[room[cell, column], len(targets)] == NEVER
    return farthest
