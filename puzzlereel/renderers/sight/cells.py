"""The hot loops over the cells of a board: how far off they are, and which of them keep the look that they had.

Called for every frame, they write into arrays of the caller's.
"""

import numpy as np
from jaxtyping import Bool, Float32, Int64

from puzzlereel.puzzles.kernels import kernel


@kernel
def write_off(
    seen: Float32[np.ndarray, "rows columns colours"],
    wanted: Float32[np.ndarray, "rows columns colours"],
    off: Float32[np.ndarray, "rows columns"],
) -> None:
    """Write how far each cell is off what is wanted, as the root of the mean square."""
    rows, columns, colours = seen.shape
    for row in range(rows):
        for column in range(columns):
            one, other = seen[row, column], wanted[row, column]
            red = green = blue = np.float32(0)
            for at in range(0, colours, 3):
                red += (one[at] - other[at]) ** 2
                green += (one[at + 1] - other[at + 1]) ** 2
                blue += (one[at + 2] - other[at + 2]) ** 2
            off[row, column] = np.sqrt((red + green + blue) / np.float32(colours))


@kernel
def write_held(
    alone: Float32[np.ndarray, "rows columns colours"],
    offset: Float32[np.ndarray, "rows columns colours"],
    own: Float32[np.ndarray, "looks colours"],
    gaps: Float32[np.ndarray, "looks grounds"],
    first: Int64[np.ndarray, "rows columns"],
    ground: Int64[np.ndarray, "rows columns"],
    held: Int64[np.ndarray, "rows columns"],
    off: Float32[np.ndarray, "rows columns"],
    sure: Bool[np.ndarray, "rows columns"],
) -> None:
    """Write how far cells, without what those around them add, are off the looks that they hold; which surely keep it.

    In the look of its first board a cell has its offset too. A gap is how far away the next look is, as the root of the
    sum of squares: by the triangle, none is nearer to a cell that is less than half of it off.
    """
    rows, columns, colours = alone.shape
    for row in range(rows):
        for column in range(columns):
            name = held[row, column]
            seen, more, look = alone[row, column], offset[row, column], own[name]
            counts = np.float32(name == first[row, column])
            red = green = blue = lifted = np.float32(0)
            for at in range(0, colours, 3):
                red += (seen[at] - look[at] - counts * more[at]) ** 2
                green += (seen[at + 1] - look[at + 1] - counts * more[at + 1]) ** 2
                blue += (seen[at + 2] - look[at + 2] - counts * more[at + 2]) ** 2
                lifted += more[at] ** 2 + more[at + 1] ** 2 + more[at + 2] ** 2
            far = np.sqrt(red + green + blue)
            off[row, column] = far / np.sqrt(np.float32(colours))
            sure[row, column] = 2 * far + np.sqrt(lifted) < gaps[name, ground[row, column]]


@kernel
def closest(
    drawn: Float32[np.ndarray, "pictures cells colours"], seen: Float32[np.ndarray, "cells colours"], least: float
) -> tuple[float, int]:
    """How far off the nearest of some pictures is in the cell that is furthest off, and the number of the first such.

    `least` and -1 where none is less far off than that. A picture is left as soon as one cell is too far off.
    """
    pictures, cells, colours = drawn.shape
    best, found = least * least * colours, -1
    for picture in range(pictures):
        most = np.float32(0)
        for cell in range(cells):
            one, other = drawn[picture, cell], seen[cell]
            red = green = blue = np.float32(0)
            for at in range(0, colours, 3):
                red += (one[at] - other[at]) ** 2
                green += (one[at + 1] - other[at + 1]) ** 2
                blue += (one[at + 2] - other[at + 2]) ** 2
                if at % 36 == 33 and red + green + blue >= best:
                    break
            most = max(most, red + green + blue)
            if most >= best:
                break
        if most < best:
            best, found = most, picture
    return (float(np.sqrt(best / colours)), found) if found >= 0 else (least, -1)


@kernel
def steepest(seen: Float32[np.ndarray, "cells colours"]) -> float:
    """How much the cell that changes most does where it is laid a patch further, as the root of the mean square."""
    side, most = int(np.sqrt(seen.shape[1] // 3)), 0.0
    for cell in range(len(seen)):
        picture = seen[cell].reshape(side, side, 3)
        squares = 0.0
        for row in range(side):
            above, below = max(row - 1, 0), min(row + 1, side - 1)
            for column in range(side):
                before, behind = max(column - 1, 0), min(column + 1, side - 1)
                for channel in range(3):
                    down = (picture[below, column, channel] - picture[above, column, channel]) / (below - above)
                    right = (picture[row, behind, channel] - picture[row, before, channel]) / (behind - before)
                    squares += down * down + right * right
        most = max(most, squares / seen.shape[1])
    return float(np.sqrt(most))
