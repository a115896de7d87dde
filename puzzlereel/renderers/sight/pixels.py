"""The hot loops over the pixels of a frame: which rows are new, how many stand out, how far they are off a board."""

import numpy as np
from jaxtyping import Float32, Int64, UInt8, UInt64

from puzzlereel.puzzles.kernels import kernel


@kernel
def new_rows(one: UInt64[np.ndarray, "rows words"], other: UInt64[np.ndarray, "rows words"]) -> tuple[int, int]:
    """The first row in which two pictures differ, and the one after the last; the same twice where they are one."""
    rows, words = one.shape
    top, bottom = 0, rows
    while top < bottom:
        differ = np.uint64(0)
        for word in range(words):
            differ |= one[top, word] ^ other[top, word]
        if differ:
            break
        top += 1
    while top < bottom:
        differ = np.uint64(0)
        for word in range(words):
            differ |= one[bottom - 1, word] ^ other[bottom - 1, word]
        if differ:
            break
        bottom -= 1
    return top, bottom


@kernel
def strays(
    frame: UInt8[np.ndarray, "height width 3"],
    wanted: UInt8[np.ndarray, "height width 3"],
    boxes: Int64[np.ndarray, "boxes 4"],
    step: int,
    most: int,
) -> int:
    """How many pixels are off the wanted ones by more than `most` in a channel: one in `step` rows and columns is seen.

    A box is its first row, the one after its last, and its columns likewise.
    """
    found = 0
    for box in range(len(boxes)):
        for y in range(boxes[box, 0], boxes[box, 1], step):
            for x in range(boxes[box, 2], boxes[box, 3], step):
                for channel in range(3):
                    if abs(np.int64(frame[y, x, channel]) - np.int64(wanted[y, x, channel])) > most:
                        found += 1
                        break
    return found


@kernel
def squares_off(
    frame: UInt8[np.ndarray, "height width 3"],
    down: Int64[np.ndarray, " rows_px"],
    across: Int64[np.ndarray, " columns_px"],
    tiles: Float32[np.ndarray, "tiles px px 3"],
    which: Int64[np.ndarray, "rows columns"],
) -> float:
    """The mean of the squares by which a board is off its tiles; one pixel of the frame is seen for each of a tile's.

    Its rows and columns are given, and count only where they lie in the frame; nan where none do.
    """
    px, total, seen = tiles.shape[1], 0.0, 0
    for row in range(len(down)):
        if not 0 <= down[row] < frame.shape[0]:
            continue
        for column in range(which.shape[1]):
            tile = tiles[which[row // px, column], row % px]
            squares = np.float32(0)
            for at in range(px):
                x = across[column * px + at]
                if 0 <= x < frame.shape[1]:
                    seen += 3
                    for channel in range(3):
                        squares += (np.float32(frame[down[row], x, channel]) - tile[at, channel]) ** 2
            total += float(squares)
    return total / seen if seen else np.nan
