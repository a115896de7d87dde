"""The hot loops over the cells of a board: how far off they are, and which of them keep the look that they had.

Called for every frame, they write into arrays of the caller's.
"""

import numpy as np
from jaxtyping import Bool, Float32, Int64

from puzzlereel.puzzles.kernels import kernel, summing_kernel
from puzzlereel.renderers.sight.pictures import write_steepness


@summing_kernel
def far(one: Float32[np.ndarray, " colours"], other: Float32[np.ndarray, " colours"]) -> np.float32:
    """The sum of the squares by which one is off the other."""
    squares = np.float32(0)
    for at in range(len(one)):
        squares += (one[at] - other[at]) * (one[at] - other[at])
    return squares


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
            off[row, column] = np.sqrt(far(seen[row, column], wanted[row, column]) / np.float32(colours))


@kernel
def write_nearest(
    alone: Float32[np.ndarray, "rows columns colours"],
    offset: Float32[np.ndarray, "rows columns colours"],
    own: Float32[np.ndarray, "looks colours"],
    foreign: Float32[np.ndarray, "looks grounds"],
    gaps: Float32[np.ndarray, "looks grounds"],
    first: Int64[np.ndarray, "rows columns"],
    ground: Int64[np.ndarray, "rows columns"],
    looks: Int64[np.ndarray, "rows columns"],
    off: Float32[np.ndarray, "rows columns"],
) -> None:
    """Write the nearest look to each cell, without what those around it add, over the one that it held, and how far off
    it is.

    In the look of its first board a cell has its offset too. What is foreign adds to the mean square. A gap is how far
    away the next look is, as the root of the sum of squares: by the triangle, none is nearer to a cell that is less
    than half of it off.
    """
    rows, columns, colours = alone.shape
    none, lifted = np.zeros(colours, np.float32), np.empty(colours, np.float32)
    for row in range(rows):
        for column in range(columns):
            held, begun, here = looks[row, column], first[row, column], ground[row, column]
            seen, more = alone[row, column], offset[row, column]
            for at in range(colours):
                lifted[at] = own[begun, at] + more[at]
            best = far(seen, lifted if held == begun else own[held])
            if 2 * np.sqrt(best) + np.sqrt(far(more, none)) >= gaps[held, here]:
                found, least = held, best + foreign[held, here] * np.float32(colours)
                for look in range(len(own)):
                    squares = far(seen, lifted if look == begun else own[look])
                    beyond = squares + foreign[look, here] * np.float32(colours)
                    if beyond < least or (beyond == least and look < found):
                        found, least, best = look, beyond, squares
                looks[row, column] = found
            off[row, column] = np.sqrt(best / np.float32(colours))


@kernel
def write_settled(
    looks: Int64[np.ndarray, "rows columns"],
    off: Float32[np.ndarray, "rows columns"],
    near: Float32[np.ndarray, " looks"],
    most: Float32[np.ndarray, " looks"],
    lenient: float,
    noise: float,
    beyond: Float32[np.ndarray, "rows columns"],
    may: Float32[np.ndarray, "rows columns"],
) -> bool:
    """Write how far cells are off their looks beyond the noise, and how far they may be; whether none is further.

    That is what is near to a look, so many times over, and at most what is most.
    """
    every = True
    for row in range(off.shape[0]):
        for column in range(off.shape[1]):
            look = looks[row, column]
            squares = off[row, column] ** 2 - np.float32(noise) ** 2
            beyond[row, column] = np.sqrt(max(squares, np.float32(0)))
            may[row, column] = min(near[look] * np.float32(lenient), most[look])
            every &= beyond[row, column] < may[row, column]
    return every


@kernel
def write_doubtful(
    looks: Int64[np.ndarray, "rows columns"],
    held: Int64[np.ndarray, "rows columns"],
    beyond: Float32[np.ndarray, "rows columns"],
    may: Float32[np.ndarray, "rows columns"],
    apart: Float32[np.ndarray, " looks"],
    walks: Bool[np.ndarray, " looks"],
    unbent: int,
    bounds: tuple[float, float, float],
    cells: Int64[np.ndarray, "most 2"],
) -> int:
    """Write the first cells that are further off than they may be, but not as far as half of the way to the next look,
    and how many there are; those of what walks, or was held to, and those that coarse films may have.
    """
    half, tolerance, lenient = bounds
    count = 0
    for row in range(looks.shape[0]):
        for column in range(looks.shape[1]):
            far, look = beyond[row, column], looks[row, column]
            if far < may[row, column] or far >= np.float32(half) * apart[look]:
                continue
            coarse = far < np.float32(tolerance * lenient) and (look >= unbent or lenient > 1)
            if coarse or walks[look] or walks[held[row, column]]:
                if count < len(cells):
                    cells[count] = row, column
                count += 1
    return count


@kernel
def write_beyond_edges(
    off: Float32[np.ndarray, "rows columns"],
    steep: Float32[np.ndarray, "rows columns"],
    least: float,
    most: float,
    beyond: Float32[np.ndarray, "rows columns"],
) -> float:
    """Write how far off cells are beyond what their edges make of it; how blunt these are, in patches, and at most so.

    Cells that change by `least` or less where they are laid a patch further tell nothing of it.
    """
    blunts, count = np.empty(off.size, np.float32), 0
    for row in range(off.shape[0]):
        for column in range(off.shape[1]):
            if steep[row, column] > np.float32(least):
                blunts[count] = off[row, column] / steep[row, column]
                count += 1
    blunt = 0.0
    if count:
        told = np.sort(blunts[:count])
        blunt = min(float(told[(count - 1) // 2] + told[count // 2]) / 2, most)
    for row in range(off.shape[0]):
        for column in range(off.shape[1]):
            edge = np.float32(1.5 * blunt) * steep[row, column]
            beyond[row, column] = np.sqrt(max(off[row, column] ** 2 - edge**2, np.float32(0)))
    return blunt


@kernel
def write_wanted(
    own: Float32[np.ndarray, "looks colours"],
    context: Float32[np.ndarray, "rows columns colours"],
    offset: Float32[np.ndarray, "rows columns colours"],
    looks: Int64[np.ndarray, "rows columns"],
    wanted: Float32[np.ndarray, "rows columns colours"],
) -> None:
    """Write what is seen of a board of some looks."""
    for row in range(looks.shape[0]):
        for column in range(looks.shape[1]):
            look = own[looks[row, column]]
            for at in range(own.shape[1]):
                wanted[row, column, at] = look[at] + context[row, column, at] + offset[row, column, at]


@kernel
def write_steep(
    own: Float32[np.ndarray, "looks colours"],
    context: Float32[np.ndarray, "rows columns colours"],
    looks: Int64[np.ndarray, "rows columns"],
    first: int,
    end: int,
    steep: Float32[np.ndarray, "rows columns"],
) -> None:
    """Write how much each cell of some rows of a board changes where it is laid a patch further, as the root of the
    mean square.
    """
    rows, columns, colours = context.shape
    above, below = max(0, first - 1), min(rows, end + 1)
    side = int(np.sqrt(colours // 3))
    numbers = np.uint64(3 * side)
    picture = np.empty(((below - above) * side, columns * 3 * side), np.float32)
    for row in range(above, below):
        for line in range(side):
            made, start = picture[(row - above) * side + line], np.uint64(line) * numbers
            for column in range(np.uint64(columns)):
                look = np.uint64(looks[row, column])
                for at in range(numbers):
                    made[column * numbers + at] = own[look, start + at] + context[row, column, start + at]
    found = np.empty((below - above, columns), np.float32)
    write_steepness(picture, found)
    for row in range(first, end):
        steep[row] = found[row - above]


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
            most = max(most, far(drawn[picture, cell], seen[cell]))
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


@kernel
def unevenness(change: float, even: float, noise: float) -> float:
    """How much further than all together a cell may have faded that changes by so much, as a mean square."""
    return float(even + noise / max(np.sqrt(change), 1e-6))


@summing_kernel
def write_mixed(
    starts: Float32[np.ndarray, "ways cells colours"],
    ends: Float32[np.ndarray, "ways cells colours"],
    seen: Float32[np.ndarray, "cells colours"],
    shown: Float32[np.ndarray, "cells colours"],
    bounds: tuple[float, float],
    even: float,
    noise: float,
    off: Float32[np.ndarray, " ways"],
    shares: Float32[np.ndarray, " ways"],
) -> None:
    """Write how far off the nearest mixture of each start and end is, in the cell that is furthest off, and its share.

    A share lies within bounds. Infinitely far where a cell would be nearer with another share, by more than `even` and
    what the noise may make of it, or where nothing changes. `shown` is how much of each patch counts.
    """
    cells = seen.shape[0]
    for way in range(len(starts)):
        dots, squares, changes = np.zeros(cells), np.zeros(cells), np.zeros(cells)
        for cell in range(cells):
            for at in range(seen.shape[1]):
                change = ends[way, cell, at] - starts[way, cell, at]
                dots[cell] += shown[cell, at] * (seen[cell, at] - starts[way, cell, at]) * change
                squares[cell] += shown[cell, at] * change * change
                changes[cell] += change * change
        if squares.min() == 0:
            off[way], shares[way] = np.inf, bounds[0]
            continue
        share = min(max(dots.sum() / squares.sum(), bounds[0]), bounds[1])
        most, is_even = 0.0, True
        for cell in range(cells):
            may = unevenness(changes[cell] / seen.shape[1], even, noise)
            is_even &= abs(dots[cell] / squares[cell] - share) <= may
            total = counted = 0.0
            for at in range(seen.shape[1]):
                start = starts[way, cell, at]
                mixture = start + np.float32(share) * (ends[way, cell, at] - start)
                total += shown[cell, at] * (mixture - seen[cell, at]) ** 2
                counted += shown[cell, at]
            most = max(most, np.sqrt(total / counted))
        off[way], shares[way] = most if is_even else np.inf, share
