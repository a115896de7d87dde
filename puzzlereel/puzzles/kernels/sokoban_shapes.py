"""Rooms of many shapes, for the generator of Sokoban levels: which cells within the border are floor.

scatter     blocks      cave        chambers    cross
......#     ###....     ##..###     ...#...     ##...##
.#.....     ###....     #....##     .......     .......
...#...     .......     ..#....     ...#...     .......
....#.#     ....###     .......     ...#...     ##...##

Every room is one piece that touches all four sides, so that a level has the size that was drawn for it.
"""

import numpy as np
from jaxtyping import Int32, UInt8, UInt64

from puzzlereel.puzzles.kernels import kernel
from puzzlereel.puzzles.kernels.dice import roll
from puzzlereel.puzzles.kernels.sokoban_room import inner

SCATTER, BLOCKS, CAVE, CHAMBERS, CROSS = range(5)


@inner
def pick(dice: UInt64[np.ndarray, "1"], sides: int) -> int:
    """As `roll`, in the type that a kernel counts in: unsigned numbers become floats where they meet others."""
    return int(np.int64(roll(dice, sides)))


@kernel
def draw_room(
    dice: UInt64[np.ndarray, "1"], height: int, width: int, shape: int, walls: int
) -> UInt8[np.ndarray, "height width"]:
    """A room of a shape, of which that many cells in a hundred are walls; all 0 where the draw went wrong."""
    floor = np.empty((height, width), np.uint8)
    _fill(floor, 0, 0, height, width, shape not in (BLOCKS, CAVE))
    if shape == BLOCKS:
        for _ in range(2 + pick(dice, 3)):
            _fill_block(dice, floor)
    elif shape == CAVE:
        _dig_cave(dice, floor)
    elif shape == CHAMBERS:
        _divide(dice, floor)
    elif shape == CROSS:
        _cut_corners(dice, floor)
    for row in range(height):
        for column in range(width):
            if pick(dice, 100) < walls:
                floor[row, column] = 0
    _keep_largest(floor)
    return floor


@inner
def _fill(floor: UInt8[np.ndarray, "height width"], top: int, left: int, tall: int, wide: int, is_floor: bool) -> None:
    """Makes a rectangle floor or wall."""
    for row in range(top, top + tall):
        for column in range(left, left + wide):
            floor[row, column] = is_floor


@inner
def _fill_block(dice: UInt64[np.ndarray, "1"], floor: UInt8[np.ndarray, "height width"]) -> None:
    """Makes a rectangle floor, at least 2 cells high and wide."""
    height, width = floor.shape
    tall, wide = 2 + pick(dice, height - 1), 2 + pick(dice, width - 1)
    tall, wide = min(tall, height), min(wide, width)
    top, left = pick(dice, height - tall + 1), pick(dice, width - wide + 1)
    _fill(floor, top, left, tall, wide, True)


@inner
def _dig_cave(dice: UInt64[np.ndarray, "1"], floor: UInt8[np.ndarray, "height width"]) -> None:
    """Makes floor of where a drunken digger comes, until about three fifths are floor."""
    height, width = floor.shape
    row, column, dug = pick(dice, height), pick(dice, width), 0
    for _ in range(12 * height * width):
        dug += 1 - floor[row, column]
        floor[row, column] = 1
        if 5 * dug >= 3 * height * width:
            return
        way = pick(dice, 4)
        if way < 2:
            row = min(max(row + 2 * way - 1, 0), height - 1)
        else:
            column = min(max(column + 2 * way - 5, 0), width - 1)


@inner
def _divide(dice: UInt64[np.ndarray, "1"], floor: UInt8[np.ndarray, "height width"]) -> None:
    """Builds one or two walls from side to side, each with one or two doors."""
    height, width = floor.shape
    way = pick(dice, 2)
    for turn in range(1 + pick(dice, 2)):
        if (way + turn) % 2 == 0 and height > 4:
            row = 2 + pick(dice, height - 4)
            _fill(floor, row, 0, 1, width, False)
            for _ in range(1 + pick(dice, 2)):
                floor[row, pick(dice, width)] = 1
        elif width > 4:
            column = 2 + pick(dice, width - 4)
            _fill(floor, 0, column, height, 1, False)
            for _ in range(1 + pick(dice, 2)):
                floor[pick(dice, height), column] = 1


@inner
def _cut_corners(dice: UInt64[np.ndarray, "1"], floor: UInt8[np.ndarray, "height width"]) -> None:
    """Makes walls of up to four corners: what is left is an L, a T, an S, a cross or a part of one."""
    height, width = floor.shape
    for corner in range(4):
        if pick(dice, 3):
            tall, wide = 1 + pick(dice, height // 2), 1 + pick(dice, width // 2)
            top = 0 if corner < 2 else height - tall
            left = 0 if corner % 2 == 0 else width - wide
            _fill(floor, top, left, tall, wide, False)


@kernel
def _keep_largest(floor: UInt8[np.ndarray, "height width"]) -> None:
    """Keeps the largest connected part, or nothing where that does not touch all four sides."""
    height, width = floor.shape
    queue, best, most, tag = np.empty(height * width, np.int32), 0, 0, 1
    for start in range(height * width):
        if floor[start // width, start % width] == 1:
            tag += 1
            size = _paint(floor, queue, start, tag)
            if size > most:
                best, most = tag, size
    sides = 0
    for row in range(height):
        for column in range(width):
            floor[row, column] = floor[row, column] == best and best > 0
            if floor[row, column]:
                sides |= (row == 0) | (row == height - 1) << 1 | (column == 0) << 2 | (column == width - 1) << 3
    if sides != 15:
        _fill(floor, 0, 0, height, width, False)


@inner
def _paint(floor: UInt8[np.ndarray, "height width"], queue: Int32[np.ndarray, " cells"], start: int, tag: int) -> int:
    """Gives a tag to all cells of one part; how many they are."""
    height, width = floor.shape
    queue[0], done, found = start, 0, 1
    floor[start // width, start % width] = tag
    while done < found:
        row, column = queue[done] // width, queue[done] % width
        done += 1
        for way in range(4):
            down, right = (-1, 1, 0, 0)[way], (0, 0, -1, 1)[way]
            r, c = row + down, column + right
            if 0 <= r < height and 0 <= c < width and floor[r, c] == 1:
                floor[r, c] = tag
                queue[found] = r * width + c
                found += 1
    return found
