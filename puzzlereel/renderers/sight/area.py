"""The hot loop of reading: the mean colours of the fields of a grid, whose lines may lie between pixels."""

import numpy as np
from jaxtyping import Float32, Float64, UInt8

from puzzlereel.puzzles.kernels import kernel


@kernel
def field_means(
    frame: UInt8[np.ndarray, "height rowbytes"],
    ys: Float64[np.ndarray, " ys"],
    xs: Float64[np.ndarray, " xs"],
    means: Float32[np.ndarray, "fields_down fields_across 3"],
) -> None:
    """Write the mean colours of all fields; a pixel counts by the part of it that lies in a field.

    A line is the number of pixels before it. What lies beyond the frame looks like the frame's own rim.
    """
    height, width = frame.shape[0], frame.shape[1] // 3
    left = min(max(int(np.floor(xs[0])), 0), width - 1)
    right = max(min(int(np.ceil(xs[-1])), width), left + 1)
    line = np.zeros(3 * width, np.float32)
    for row in range(len(ys) - 1):
        line[3 * left : 3 * right] = 0
        for y in range(int(np.floor(ys[row])), int(np.ceil(ys[row + 1]))):
            share = np.float32(min(y + 1, ys[row + 1]) - max(y, ys[row]))
            pixels = frame[min(max(y, 0), height - 1)]
            for place in range(3 * left, 3 * right):
                line[place] += share * np.float32(pixels[place])
        for column in range(len(xs) - 1):
            first, last = xs[column], xs[column + 1]
            red = green = blue = np.float32(0)
            for x in range(int(np.floor(first)), int(np.ceil(last))):
                share = np.float32(min(x + 1, last) - max(x, first))
                place = 3 * min(max(x, 0), width - 1)
                red += share * line[place]
                green += share * line[place + 1]
                blue += share * line[place + 2]
            area = np.float32((ys[row + 1] - ys[row]) * (last - first))
            means[row, column, 0] = red / area
            means[row, column, 1] = green / area
            means[row, column, 2] = blue / area
