"""The hot loops over the pixels of a frame: which rows are new, how many stand out, how far they are off a board."""

from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float32, Int64, UInt8, UInt64

from puzzlereel.puzzles.kernels import kernel

Part: TypeAlias = UInt64[np.ndarray, "_ _"] | UInt8[np.ndarray, "_ _"]
"""One plane of a frame, in bytes or eight of them at once; each row may be longer than the picture is wide."""
EACH, HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
"""A word of eight bytes that are 1 each, and one of which the highest bit of each is set."""


@kernel
def new_rows(one: Part, other: Part, words: int) -> tuple[int, int]:
    """The first row in which two pictures that are so wide differ, and the one after the last; the same twice where
    they are one.
    """
    rows = one.shape[0]
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
def new_rows_of_planes(one: tuple[Part, Part, Part], other: tuple[Part, Part, Part], words: int) -> tuple[int, int]:
    """What `new_rows` tells of two frames whose colour, so many words wide, is kept for two by two pixels."""
    top, bottom = new_rows(one[0], other[0], 2 * words)
    for plane in range(1, 3):
        first, end = new_rows(one[plane], other[plane], words)
        if first < end:
            top, bottom = (2 * first, 2 * end) if top == bottom else (min(top, 2 * first), max(bottom, 2 * end))
    return top, bottom


@kernel
def mixed(
    luma: int, blue: int, red: int, mix: Float32[np.ndarray, "3 3"], lift: Float32[np.ndarray, " 3"], channel: int
) -> np.float32:
    """What one pixel of planes shows of red, green or blue, in [0, 255]."""
    value = mix[channel, 0] * np.float32(luma) + mix[channel, 1] * np.float32(blue) + mix[channel, 2] * np.float32(red)
    return min(max(value + lift[channel], np.float32(0)), np.float32(255))


@kernel
def write_pixels(
    luma: UInt8[np.ndarray, "height pitch"],
    blue: UInt8[np.ndarray, "half_height half_pitch"],
    red: UInt8[np.ndarray, "half_height half_pitch"],
    mix: Float32[np.ndarray, "3 3"],
    lift: Float32[np.ndarray, " 3"],
    top: int,
    left: int,
    pixels: UInt8[np.ndarray, "high wide 3"],
) -> None:
    """Write the pixels of a frame whose colour is kept for two by two of them, from an even row and column on."""
    height, width, channels = pixels.shape
    low, high = np.float32(0.5), np.float32(255.5)
    share, line = np.empty(width + 1, np.float32), np.empty((channels, width), np.uint8)
    for y in range(height):
        bright, half_row = luma[top + y][left:], (top + y) // 2
        blues, reds = blue[half_row][left // 2 :], red[half_row][left // 2 :]
        for channel in range(channels):
            by_luma, by_blue, by_red = mix[channel, 0], mix[channel, 1], mix[channel, 2]
            for half in range((width + 1) // 2):
                value = by_blue * np.float32(blues[half]) + by_red * np.float32(reds[half]) + lift[channel] + low
                share[2 * half] = share[2 * half + 1] = value
            made = line[channel]
            for x in range(width):
                made[x] = np.uint8(np.int32(min(max(by_luma * np.float32(bright[x]) + share[x], low), high)))
        for x in range(width):
            for channel in range(channels):
                pixels[y, x, channel] = line[channel, x]


@kernel
def windows(
    plain: Float32[np.ndarray, " 3"], bright: np.float32, colour: np.float32, most: int
) -> tuple[UInt64[np.ndarray, " 3"], UInt64[np.ndarray, " 3"]]:
    """The lowest bytes of luma, blue and red, eight times over, and which bits are 0 in what a byte is above its lowest
    one, where no channel is off what is plain by more than `most`, which is 8 at least.

    Such bytes are a power of two in number, four times as many of luma, and as many as may be.
    """
    low, mask = np.empty(3, np.uint64), np.empty(3, np.uint64)
    for bits in range(5, -1, -1):
        far = 0.0
        for plane in range(3):
            count = 1 << (bits + 2 * (plane == 0))
            least = min(max(int(np.round(plain[plane] - 0.5 * (count - 1))), 0), 256 - count)
            off = max(abs(plain[plane] - least), abs(plain[plane] - (least + count - 1)))
            far += off * (bright if plane == 0 else colour)
            low[plane], mask[plane] = np.uint64(least) * EACH, np.uint64(256 - count) * EACH
        if far <= most:
            break
    return low, mask


@kernel
def is_near(words: UInt64[np.ndarray, " words"], low: np.uint64, mask: np.uint64) -> bool:
    """Whether what each byte is above its own of `low`, modulo 256, has none of the bits of `mask`: eight at once."""
    beyond, high = np.uint64(0), HIGH
    for at in range(len(words)):
        word = words[at]
        beyond |= (((word | high) - (low & ~high)) ^ ((word ^ ~low) & high)) & mask
    return bool(beyond == np.uint64(0))


@kernel
def strays_in_planes(
    luma: UInt8[np.ndarray, "height pitch"],
    blue: UInt8[np.ndarray, "half_height half_pitch"],
    red: UInt8[np.ndarray, "half_height half_pitch"],
    words: tuple[UInt64[np.ndarray, "_ _"], UInt64[np.ndarray, "_ _"], UInt64[np.ndarray, "_ _"]],
    mix: Float32[np.ndarray, "3 3"],
    lift: Float32[np.ndarray, " 3"],
    wanted: UInt8[np.ndarray, "height width 3"],
    plain: Float32[np.ndarray, " 3"],
    is_plain: Bool[np.ndarray, "height width"],
    blank: Bool[np.ndarray, "boxes height"],
    boxes: Int64[np.ndarray, "boxes 4"],
    step: int,
    most: int,
) -> int:
    """`strays` of a frame whose colour is kept for two by two pixels, most of which should show one plain colour.

    That is told as luma, blue and red: where these are so near that no channel can be off by more than `most`, none is
    made. `words` are the planes eight bytes at once, or empty: by them it is told of most rows of a box that should be
    `blank` that they are.
    """
    found, bright, colour = 0, np.float32(0), np.float32(0)
    for channel in range(3):
        bright = max(bright, abs(mix[channel, 0]))
        colour = max(colour, abs(mix[channel, 1]), abs(mix[channel, 2]))
    low, mask = windows(plain, bright, colour, most)
    for box in range(len(boxes)):
        left, right = boxes[box, 2], boxes[box, 3]
        begin, end = (left + 15) // 16, right // 16
        for y in range(boxes[box, 0], boxes[box, 1], step):
            light, blues, reds, plains = luma[y], blue[y // 2], red[y // 2], is_plain[y]
            near = (
                blank[box, y]
                and words[0].size > 0
                and begin < end
                and is_near(words[0][y, 2 * begin : 2 * end], low[0], mask[0])
                and is_near(words[1][y // 2, begin:end], low[1], mask[1])
                and is_near(words[2][y // 2, begin:end], low[2], mask[2])
            )
            x = left
            while x < right:
                if near and 16 * begin <= x < 16 * end:
                    x += (16 * end - x + step - 1) // step * step
                    continue
                one, two, three = light[x], blues[x // 2], reds[x // 2]
                off = bright * abs(one - plain[0]) + colour * (abs(two - plain[1]) + abs(three - plain[2]))
                if not (plains[x] and off <= most):
                    for channel in range(3):
                        value = np.int64(mixed(one, two, three, mix, lift, channel) + np.float32(0.5))
                        if abs(value - np.int64(wanted[y, x, channel])) > most:
                            found += 1
                            break
                x += step
    return found


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
        line = frame[down[row]]
        for column in range(which.shape[1]):
            tile = tiles[which[row // px, column], row % px]
            red = green = blue = np.float32(0)
            for at in range(px):
                x = across[column * px + at]
                if 0 <= x < frame.shape[1]:
                    seen += 3
                    red += (np.float32(line[x, 0]) - tile[at, 0]) ** 2
                    green += (np.float32(line[x, 1]) - tile[at, 1]) ** 2
                    blue += (np.float32(line[x, 2]) - tile[at, 2]) ** 2
            total += float(red + green + blue)
    return total / seen if seen else np.nan
