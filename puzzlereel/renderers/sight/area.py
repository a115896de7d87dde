"""The hot loops of reading: the mean colours of the fields of a grid, whose lines may lie between pixels."""

import numpy as np
from jaxtyping import Float32, Float64, UInt8

from puzzlereel.puzzles.kernels import kernel


@kernel
def line_means(
    line: Float32[np.ndarray, " bytes"],
    begin: int,
    xs: Float64[np.ndarray, " xs"],
    high: float,
    means: Float32[np.ndarray, "fields_across 3"],
) -> None:
    """Write the mean colours of the fields of one row, from the sums of its columns of pixels from `begin` on."""
    for column in range(len(xs) - 1):
        first, last = xs[column], xs[column + 1]
        onward, stop = int(np.floor(first)), int(np.ceil(last)) - 1
        share = np.float32(min(onward + 1, last) - first)
        place = 3 * (onward - begin)
        red, green, blue = share * line[place], share * line[place + 1], share * line[place + 2]
        for place in range(3 * (onward + 1 - begin), 3 * (stop - begin), 3):
            red += line[place]
            green += line[place + 1]
            blue += line[place + 2]
        if stop > onward:
            share = np.float32(last - stop)
            place = 3 * (stop - begin)
            red += share * line[place]
            green += share * line[place + 1]
            blue += share * line[place + 2]
        area = np.float32(high * (last - first))
        means[column, 0] = red / area
        means[column, 1] = green / area
        means[column, 2] = blue / area


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
    begin, end = min(int(np.floor(xs[0])), left), max(int(np.ceil(xs[-1])), right)
    line = np.empty(3 * (end - begin), np.float32)
    inside = line[3 * (left - begin) : 3 * (right - begin)]
    for row in range(len(ys) - 1):
        inside[:] = 0
        for y in range(int(np.floor(ys[row])), int(np.ceil(ys[row + 1]))):
            share = np.float32(min(y + 1, ys[row + 1]) - max(y, ys[row]))
            pixels = frame[min(max(y, 0), height - 1)][3 * left : 3 * right]
            for place in range(len(inside)):
                inside[place] += share * np.float32(pixels[place])
        for place in range(3 * (left - begin)):
            line[place] = inside[place % 3]
        for place in range(3 * (right - begin), len(line)):
            line[place] = inside[len(inside) - 3 + place % 3]
        line_means(line, begin, xs, ys[row + 1] - ys[row], means[row])


@kernel
def plane_means(
    plane: UInt8[np.ndarray, "height pitch"],
    width: int,
    ys: Float64[np.ndarray, " ys"],
    xs: Float64[np.ndarray, " xs"],
    means: Float32[np.ndarray, "fields_down fields_across"],
) -> None:
    """Write the means of all fields of one plane, which is so wide, as `field_means` does."""
    height = plane.shape[0]
    left = min(max(int(np.floor(xs[0])), 0), width - 1)
    right = max(min(int(np.ceil(xs[-1])), width), left + 1)
    begin, end = min(int(np.floor(xs[0])), left), max(int(np.ceil(xs[-1])), right)
    line = np.empty(end - begin, np.float32)
    inside = line[left - begin : right - begin]
    for row in range(len(ys) - 1):
        inside[:] = 0
        for y in range(int(np.floor(ys[row])), int(np.ceil(ys[row + 1]))):
            share = np.float32(min(y + 1, ys[row + 1]) - max(y, ys[row]))
            pixels = plane[min(max(y, 0), height - 1)][left:right]
            for place in range(len(inside)):
                inside[place] += share * np.float32(pixels[place])
        line[: left - begin] = inside[0]
        line[right - begin :] = inside[-1]
        for column in range(len(xs) - 1):
            first, last = xs[column], xs[column + 1]
            onward, stop = int(np.floor(first)), int(np.ceil(last)) - 1
            total = np.float32(min(onward + 1, last) - first) * line[onward - begin]
            for place in range(onward + 1 - begin, stop - begin):
                total += line[place]
            if stop > onward:
                total += np.float32(last - stop) * line[stop - begin]
            means[row, column] = total / np.float32((ys[row + 1] - ys[row]) * (last - first))


@kernel
def mixed_means(
    luma: UInt8[np.ndarray, "height pitch"],
    blue: UInt8[np.ndarray, "half_height half_pitch"],
    red: UInt8[np.ndarray, "half_height half_pitch"],
    width: int,
    ys: Float64[np.ndarray, " ys"],
    xs: Float64[np.ndarray, " xs"],
    mix: Float32[np.ndarray, "3 3"],
    lift: Float32[np.ndarray, " 3"],
    means: Float32[np.ndarray, "fields_down fields_across 3"],
) -> None:
    """Write the mean colours of all fields of a frame whose colour is kept for two by two pixels.

    Not pixels but means are kept from going below 0 or above 255.
    """
    shares = np.empty((3, means.shape[0], means.shape[1]), np.float32)
    plane_means(luma, width, ys, xs, shares[0])
    plane_means(blue, width // 2, ys / 2, xs / 2, shares[1])
    plane_means(red, width // 2, ys / 2, xs / 2, shares[2])
    for row in range(means.shape[0]):
        for column in range(means.shape[1]):
            one, two, three = shares[0, row, column], shares[1, row, column], shares[2, row, column]
            for channel in range(3):
                mean = mix[channel, 0] * one + mix[channel, 1] * two + mix[channel, 2] * three + lift[channel]
                means[row, column, channel] = min(max(mean, np.float32(0)), np.float32(255))
