"""The hot loops of reading: the mean colours of the fields of a grid, whose lines may lie between pixels."""

import numpy as np
from jaxtyping import Float32, Float64, UInt8, UInt64

from puzzlereel.puzzles.kernels import kernel


@kernel
def taps_of(
    xs: Float64[np.ndarray, " xs"], width: int
) -> tuple[int, int, UInt64[np.ndarray, " fields"], Float32[np.ndarray, "fields taps"]]:
    """The pixels of a row that count, from one to another, and where in them those of each field begin.

    And how much each of the pixels from there on counts in a field, maybe nothing. A line is the number of pixels
    before it. What lies beyond the frame looks like the frame's own rim.
    """
    fields, taps = len(xs) - 1, 1
    for field in range(fields):
        taps = max(taps, int(np.ceil(xs[field + 1])) - int(np.floor(xs[field])))
    firsts, shares = np.empty(fields, np.int64), np.zeros((fields, taps), np.float32)
    for field in range(fields):
        first, last = xs[field], xs[field + 1]
        firsts[field] = max(0, min(int(np.floor(first)), width - taps))
        for tap in range(taps):
            place = int(np.floor(first)) + tap
            share = max(0.0, min(place + 1, last) - max(place, first)) / (last - first)
            shares[field, min(max(place, 0), width - 1) - firsts[field]] += share
    begin = firsts.min()
    return begin, min(firsts.max() + taps, width), (firsts - begin).astype(np.uint64), shares


@kernel
def write_line(
    plane: UInt8[np.ndarray, "height pitch"],
    above: float,
    below: float,
    left: int,
    right: int,
    line: Float32[np.ndarray, " places"],
) -> None:
    """Write the means of the columns of a picture between two lines, from one column to another; then nothing."""
    height, high = plane.shape[0], below - above
    line[:] = 0
    for y in range(int(np.floor(above)), int(np.ceil(below))):
        share = np.float32((min(y + 1, below) - max(y, above)) / high)
        pixels = plane[min(max(y, 0), height - 1)][left:right]
        for place in range(len(pixels)):
            line[place] += share * np.float32(pixels[place])


@kernel
def field_means(
    frame: UInt8[np.ndarray, "height rowbytes"],
    ys: Float64[np.ndarray, " ys"],
    xs: Float64[np.ndarray, " xs"],
    means: Float32[np.ndarray, "fields_down fields_across 3"],
) -> None:
    """Write the mean colours of all fields; a pixel counts by the part of it that lies in a field."""
    left, right, firsts, shares = taps_of(xs, frame.shape[1] // 3)
    line = np.empty(3 * max(right - left, shares.shape[1]), np.float32)
    for row in range(len(ys) - 1):
        write_line(frame, ys[row], ys[row + 1], 3 * left, 3 * right, line)
        for column in range(np.uint64(len(firsts))):
            red = green = blue = np.float32(0)
            for tap in range(np.uint64(shares.shape[1])):
                place, share = np.uint64(3) * (firsts[column] + tap), shares[column, tap]
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
    left, right, firsts, shares = taps_of(xs, width)
    line = np.empty(max(right - left, shares.shape[1]), np.float32)
    for row in range(len(ys) - 1):
        write_line(plane, ys[row], ys[row + 1], left, right, line)
        for column in range(np.uint64(len(firsts))):
            total = np.float32(0)
            for tap in range(np.uint64(shares.shape[1])):
                total += shares[column, tap] * line[firsts[column] + tap]
            means[row, column] = total


@kernel
def both_means(
    blue: UInt8[np.ndarray, "height pitch"],
    red: UInt8[np.ndarray, "height pitch"],
    width: int,
    ys: Float64[np.ndarray, " ys"],
    xs: Float64[np.ndarray, " xs"],
    means: Float32[np.ndarray, "2 fields_down fields_across"],
) -> None:
    """Write what `plane_means` does of two planes at once."""
    left, right, firsts, shares = taps_of(xs, width)
    places = max(right - left, shares.shape[1])
    blues, reds = np.empty(places, np.float32), np.empty(places, np.float32)
    for row in range(len(ys) - 1):
        write_line(blue, ys[row], ys[row + 1], left, right, blues)
        write_line(red, ys[row], ys[row + 1], left, right, reds)
        for column in range(np.uint64(len(firsts))):
            one = two = np.float32(0)
            for tap in range(np.uint64(shares.shape[1])):
                place, share = firsts[column] + tap, shares[column, tap]
                one += share * blues[place]
                two += share * reds[place]
            means[0, row, column], means[1, row, column] = one, two


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
    both_means(blue, red, width // 2, ys / 2, xs / 2, shares[1:])
    made = np.empty((3, means.shape[1]), np.float32)
    for row in range(means.shape[0]):
        ones, twos, threes = shares[0, row], shares[1, row], shares[2, row]
        for channel in range(3):
            by_one, by_two, by_three = mix[channel, 0], mix[channel, 1], mix[channel, 2]
            line = made[channel]  # channel by channel, which is twice as fast as field by field
            for column in range(len(ones)):
                mean = by_one * ones[column] + by_two * twos[column] + by_three * threes[column] + lift[channel]
                line[column] = min(max(mean, np.float32(0)), np.float32(255))
        for column in range(means.shape[1]):
            for channel in range(3):
                means[row, column, channel] = made[channel, column]


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
