"""The hot loops over pictures of patches: where a board lies, and in what light."""

import numpy as np
from jaxtyping import Float32, Float64

from puzzlereel.puzzles.kernels import kernel, summing_kernel


@kernel
def write_off_by_cell(
    seen: Float32[np.ndarray, "down across 3"],
    wanted: Float32[np.ndarray, "down across 3"],
    off: Float32[np.ndarray, "rows columns"],
) -> None:
    """Write how far each cell of a picture is off, as the root of the mean square."""
    rows, columns = off.shape
    side = seen.shape[0] // rows
    for row in range(rows):
        for column in range(columns):
            squares = np.float32(0)
            for line in range(row * side, (row + 1) * side):
                for at in range(column * side, (column + 1) * side):
                    for channel in range(3):
                        squares += (seen[line, at, channel] - wanted[line, at, channel]) ** 2
            off[row, column] = np.sqrt(squares / np.float32(3 * side * side))


@kernel
def write_steepness(
    picture: Float32[np.ndarray, "down across_and_channels"], steep: Float32[np.ndarray, "rows columns"]
) -> None:
    """Write how much each cell of a picture changes where it is laid a patch further: the root of the mean square."""
    rows, columns = steep.shape
    high, wide = picture.shape
    side = high // rows
    squares = np.empty(wide, np.float32)
    for row in range(rows):
        squares[:] = 0
        for line in range(row * side, (row + 1) * side):
            above, here, below = picture[max(line - 1, 0)], picture[line], picture[min(line + 1, high - 1)]
            share = np.float32(0.5 if 0 < line < high - 1 else 1)
            for at in range(wide):
                down = share * (below[at] - above[at])
                squares[at] += down * down
            for at in range(3, wide - 3):
                right = np.float32(0.5) * (here[at + 3] - here[at - 3])
                squares[at] += right * right
            for at in range(3):
                squares[at] += (here[at + 3] - here[at]) ** 2
                squares[wide - 3 + at] += (here[wide - 3 + at] - here[wide - 6 + at]) ** 2
        for column in range(columns):
            total = np.float32(0)
            for at in range(3 * side * column, 3 * side * (column + 1)):
                total += squares[at]
            steep[row, column] = np.sqrt(total / np.float32(3 * side * side))


@kernel
def write_completed(
    seen: Float32[np.ndarray, " numbers"],
    turned: Float32[np.ndarray, " numbers"],
    wanted: Float32[np.ndarray, " numbers"],
    low: int,
    high: int,
    most: float,
    whole: Float32[np.ndarray, " numbers"],
) -> None:
    """Write colours turned back, but what is wanted, or as near to it as `most`, where that cannot be seen: where it is
    brighter than what is seen as brighter than `high`, or darker than what is seen as darker than `low`."""
    far = np.float32(most)
    for at in range(len(seen)):
        reached = min(max(wanted[at], turned[at] - far), turned[at] + far)
        beyond = (seen[at] > high and reached > turned[at]) or (seen[at] < low and reached < turned[at])
        whole[at] = reached if beyond else turned[at]


@summing_kernel
def add_light(
    seen: Float32[np.ndarray, "down across 3"],
    wanted: Float32[np.ndarray, "down across 3"],
    counts: Float32[np.ndarray, "down across"],
    square: Float64[np.ndarray, "4 4"],
    right: Float64[np.ndarray, "4 3"],
) -> None:
    """Add what patches that count so much tell of a light: the two sides of its normal equations, of 255.

    The unknowns are shares of red, green and blue, and of 1.
    """
    for one in range(4):
        for other in range(one, 4):
            total = 0.0
            for line in range(seen.shape[0]):
                for at in range(seen.shape[1]):
                    mine = seen[line, at, one] if one < 3 else np.float32(1)
                    its = seen[line, at, other] if other < 3 else np.float32(1)
                    total += counts[line, at] * mine * its
            square[one, other] += total
            if other > one:
                square[other, one] += total
        for channel in range(3):
            total = 0.0
            for line in range(seen.shape[0]):
                for at in range(seen.shape[1]):
                    mine = seen[line, at, one] if one < 3 else np.float32(1)
                    total += counts[line, at] * mine * (wanted[line, at, channel] - seen[line, at, channel])
            right[one, channel] += total


@kernel
def write_softened(picture: Float32[np.ndarray, "down across 3"], soft: Float32[np.ndarray, "down across 3"]) -> None:
    """Write a picture whose patches are mixed with those above and below, and then with those beside them."""
    down, across, channels = picture.shape
    quarter, half = np.float32(0.25), np.float32(0.5)
    line = np.empty((across, channels), np.float32)
    for row in range(down):
        above, here, below = picture[max(row - 1, 0)], picture[row], picture[min(row + 1, down - 1)]
        for at in range(across):
            for channel in range(channels):
                line[at, channel] = (
                    quarter * above[at, channel] + half * here[at, channel] + quarter * below[at, channel]
                )
        for at in range(across):
            before, behind = line[max(at - 1, 0)], line[min(at + 1, across - 1)]
            for channel in range(channels):
                soft[row, at, channel] = (
                    quarter * before[channel] + half * line[at, channel] + quarter * behind[channel]
                )
