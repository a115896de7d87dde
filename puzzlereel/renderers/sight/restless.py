"""The hot loops of following a board: what its cells tell of whether it has moved, or the light changed."""

import numpy as np
from jaxtyping import Bool, Float32, Int64

from puzzlereel.puzzles.kernels import kernel
from puzzlereel.renderers.sight.cells import far


@kernel
def write_often(looks: Int64[np.ndarray, "rows columns"], often: Int64[np.ndarray, "rows columns"], count: int) -> None:
    """Write how many cells have the look of each cell, of so many looks."""
    counts = np.zeros(count, np.int64)
    for look in looks.flat:
        counts[look] += 1
    for row in range(looks.shape[0]):
        for column in range(looks.shape[1]):
            often[row, column] = counts[looks[row, column]]


@kernel
def write_apart(
    short: Float32[np.ndarray, "rows columns colours"],
    looks: Int64[np.ndarray, "rows columns"],
    count: int,
    apart: Float32[np.ndarray, "rows columns"],
) -> None:
    """Write how far what each cell falls short by is off the mean of those of its look, of which there are so many."""
    rows, columns, colours = short.shape
    common, often = np.zeros((count, colours), np.float32), np.zeros(count, np.float32)
    for row in range(rows):
        for column in range(columns):
            often[looks[row, column]] += 1
            common[looks[row, column]] += short[row, column]
    for look in range(count):
        common[look] /= max(often[look], np.float32(1))
    for row in range(rows):
        for column in range(columns):
            squares = far(short[row, column], common[looks[row, column]])
            apart[row, column] = np.sqrt(squares / np.float32(colours))


@kernel
def write_told(
    looks: Int64[np.ndarray, "rows columns"],
    moves: Bool[np.ndarray, " looks"],
    walks: Bool[np.ndarray, " looks"],
    near: Float32[np.ndarray, " looks"],
    least: tuple[float, float],
    told: Float32[np.ndarray, "3 rows columns"],
) -> None:
    """Write how much each cell counts, how far it may be off, and how steady it is.

    A cell counts by how rare its look is; what moves and is the only one of its look, the first of `least`. What walks
    is as steady as the second.
    """
    often = np.zeros(len(near), np.int64)
    for look in looks.flat:
        often[look] += 1
    for row in range(looks.shape[0]):
        for column in range(looks.shape[1]):
            look = looks[row, column]
            is_alone = often[look] == 1 and moves[look]
            told[0, row, column] = np.float32(least[0]) if is_alone else np.float32(1 / often[look])
            told[1, row, column] = near[look]
            told[2, row, column] = np.float32(least[1]) if walks[look] else np.float32(1)


@kernel
def restless_of(
    counts: Float32[np.ndarray, "rows columns"],
    near: Float32[np.ndarray, "rows columns"],
    change: Float32[np.ndarray, "rows columns"],
    moving: int,
) -> float:
    """The mean change of cells that count so much, but for those that are beyond what is near among the `moving` cells
    that changed most."""
    weights, flat, limits = counts.copy().ravel(), change.ravel(), near.ravel()
    most = np.full(moving, -1)
    for cell in range(len(flat)):
        least = 0
        for at in range(1, moving):
            if most[least] >= 0 and (most[at] < 0 or flat[most[at]] < flat[most[least]]):
                least = at
        if most[least] < 0 or flat[cell] >= flat[most[least]]:
            most[least] = cell
    for at in range(moving):
        if most[at] >= 0 and flat[most[at]] > limits[most[at]]:
            weights[most[at]] = 0
    total = counted = 0.0
    for cell in range(len(flat)):
        total += float(weights[cell]) * flat[cell]
        counted += weights[cell]
    return total / max(counted, 1e-9)
