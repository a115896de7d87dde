"""The hot loops of reading: the mean colours of the fields of a grid, whose lines may lie between pixels."""

import numpy as np
from jaxtyping import Float32, Float64, UInt8, UInt64

from puzzlereel.puzzles.kernels import kernel


@kernel
def taps_of(
    xs: Float64[np.ndarray, " xs"], width: int
) -> tuple[int, UInt64[np.ndarray, "fields taps"], Float32[np.ndarray, "fields taps"]]:
    """The first pixel of a row that counts; each field's pixels from there on, and how much they count, maybe nothing.

    A line is the number of pixels before it. What lies beyond the frame looks like the frame's own rim.
    """
    fields, taps = len(xs) - 1, 1
    for field in range(fields):
        taps = max(taps, int(np.ceil(xs[field + 1])) - int(np.floor(xs[field])))
    places, shares = np.empty((fields, taps), np.int64), np.empty((fields, taps), np.float32)
    for field in range(fields):
        first, last = xs[field], xs[field + 1]
        for tap in range(taps):
            place = int(np.floor(first)) + tap
            places[field, tap] = min(max(place, 0), width - 1)
            shares[field, tap] = max(0.0, min(place + 1, last) - max(place, first)) / (last - first)
    begin = places.min()
    return begin, (places - begin).astype(np.uint64), shares


@kernel
def field_means(
    frame: UInt8[np.ndarray, "height rowbytes"],
    ys: Float64[np.ndarray, " ys"],
    xs: Float64[np.ndarray, " xs"],
    means: Float32[np.ndarray, "fields_down fields_across 3"],
) -> None:
    """Write the mean colours of all fields; a pixel counts by the part of it that lies in a field."""
    height = frame.shape[0]
    first, places, shares = taps_of(xs, frame.shape[1] // 3)
    left, right = 3 * first, 3 * (first + int(places.max()) + 1)
    line = np.empty(right - left, np.float32)
    for row in range(len(ys) - 1):
        line[:] = 0
        high = ys[row + 1] - ys[row]
        for y in range(int(np.floor(ys[row])), int(np.ceil(ys[row + 1]))):
            share = np.float32((min(y + 1, ys[row + 1]) - max(y, ys[row])) / high)
            pixels = frame[min(max(y, 0), height - 1)][left:right]
            for place in range(len(line)):
                line[place] += share * np.float32(pixels[place])
        for column in range(len(xs) - 1):
            red = green = blue = np.float32(0)
            for tap in range(np.uint64(shares.shape[1])):
                place, share = np.uint64(3) * places[column, tap], shares[column, tap]
                red += share * line[place]
                green += share * line[place + np.uint64(1)]
                blue += share * line[place + np.uint64(2)]
            means[row, column, 0], means[row, column, 1], means[row, column, 2] = red, green, blue


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
    left, places, shares = taps_of(xs, width)
    right = left + int(places.max()) + 1
    line = np.empty(right - left, np.float32)
    for row in range(len(ys) - 1):
        line[:] = 0
        high = ys[row + 1] - ys[row]
        for y in range(int(np.floor(ys[row])), int(np.ceil(ys[row + 1]))):
            share = np.float32((min(y + 1, ys[row + 1]) - max(y, ys[row])) / high)
            pixels = plane[min(max(y, 0), height - 1)][left:right]
            for place in range(len(line)):
                line[place] += share * np.float32(pixels[place])
        for column in range(np.uint64(len(xs) - 1)):
            total = np.float32(0)
            for tap in range(np.uint64(shares.shape[1])):
                total += shares[column, tap] * line[places[column, tap]]
            means[row, column] = total


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


@kernel
def write_by_cell(
    picture: Float32[np.ndarray, "rows patches columns numbers"], cells: Float32[np.ndarray, "rows columns colours"]
) -> None:
    """Write the numbers of a picture of patches cell by cell."""
    rows, patches, columns, numbers = picture.shape
    for row in range(rows):
        for line in range(patches):
            for column in range(columns):
                for number in range(numbers):
                    cells[row, column, line * numbers + number] = picture[row, line, column, number]
