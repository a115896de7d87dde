"""The hot loops over colours that were drawn and what is seen of them: contrast, brightness, saturation and hue."""

import numpy as np
from jaxtyping import Float64

from puzzlereel.puzzles.kernels import kernel

USUAL = 40.0
"""How far off a colour may be while they are fitted, of 255, before it counts little."""
TURNS, STEP, MOST_STEP = 5, 1e-3, 0.4
"""In how many steps the knobs are found, by how much each is changed to see what it does, and by how much at once."""
HOLD = (0.05, 0.02, 0.05, 0.05)
"""How strongly contrast, brightness, saturation and hue (in radians) are held to none."""

Colours = Float64[np.ndarray, "patches 3"]
Counts = Float64[np.ndarray, " patches"]
Mix = Float64[np.ndarray, "3 4"]
Knobs = Float64[np.ndarray, " 4"]


@kernel
def write_mix(knobs: Knobs, luma: Float64[np.ndarray, " 3"], mix: Mix) -> None:
    """Write the mixture that changes contrast, brightness, saturation and hue by so much."""
    contrast, brightness, saturation, hue = knobs
    cosine, sine = np.cos(hue), np.sin(hue) / np.sqrt(3.0)
    for row in range(3):
        for column in range(3):
            turn = (1 - cosine) / 3  # the colours turn about the greys
            if row == column:
                turn += cosine
            elif (column - row) % 3 == 1:
                turn -= sine
            else:
                turn += sine
            mix[row, column] = (1 + contrast) * ((1 + saturation) * turn - saturation * luma[column])
        mix[row, 3] = brightness


@kernel
def mixed(drawn: Float64[np.ndarray, " 3"], mix: Float64[np.ndarray, " 4"]) -> float:
    """One channel of a colour in a mixture."""
    return float(drawn[0] * mix[0] + drawn[1] * mix[1] + drawn[2] * mix[2] + mix[3])


@kernel
def off_of(drawn: Colours, seen: Colours, counts: Counts, mix: Mix) -> float:
    """How far off colours are, of 255, where they are mixed so: the root of the mean square, none beyond `USUAL`."""
    total, weight, most = 0.0, 0.0, (USUAL / 255) ** 2
    for at in range(len(drawn)):
        squares = 0.0
        for channel in range(3):
            squares += (min(max(mixed(drawn[at], mix[channel]), 0.0), 1.0) - seen[at, channel]) ** 2
        total += counts[at] * min(squares / 3, most)
        weight += counts[at]
    return float(255 * np.sqrt(total / weight))


@kernel
def write_told(
    drawn: Colours,
    seen: Colours,
    counts: Counts,
    clipped: tuple[float, float],
    mix: Mix,
    held: Mix,
    square: Float64[np.ndarray, "3 4 4"],
    short: Float64[np.ndarray, "3 4"],
) -> None:
    """Write what colours tell of each channel near to a mixture, and of how short of what is seen another one falls.

    Nothing where a colour is clipped as foreseen, little where it is far off.
    """
    square[:], short[:] = 0.0, 0.0
    foreseen, colour = np.empty(3), np.ones(4)
    for at in range(len(drawn)):
        squares = 0.0
        for channel in range(3):
            foreseen[channel] = mixed(drawn[at], mix[channel])
            squares += (min(max(foreseen[channel], 0.0), 1.0) - seen[at, channel]) ** 2
        count = counts[at] / (1 + squares / 3 * (255 / USUAL) ** 2) ** 2
        colour[:3] = drawn[at]
        for channel in range(3):
            ends = min(seen[at, channel], foreseen[channel]), max(seen[at, channel], foreseen[channel])
            if ends[1] < clipped[0] or ends[0] > clipped[1]:
                continue
            less = seen[at, channel] - mixed(drawn[at], held[channel])
            for row in range(4):
                short[channel, row] += count * colour[row] * less
                for column in range(4):
                    square[channel, row, column] += count * colour[row] * colour[column]
    square /= counts.sum()
    short /= counts.sum()


@kernel
def solve(square: Float64[np.ndarray, "4 4"], right: Float64[np.ndarray, " 4"]) -> None:
    """Write into the right side what solves four equations, whose matrix is positive and is overwritten."""
    for pivot in range(4):
        for row in range(pivot + 1, 4):
            factor = square[row, pivot] / square[pivot, pivot]
            for column in range(pivot, 4):
                square[row, column] -= factor * square[pivot, column]
            right[row] -= factor * right[pivot]
    for row in range(3, -1, -1):
        for column in range(row + 1, 4):
            right[row] -= square[row, column] * right[column]
        right[row] /= square[row, row]


@kernel
def write_step(
    drawn: Colours,
    seen: Colours,
    counts: Counts,
    clipped: tuple[float, float],
    luma: Float64[np.ndarray, " 3"],
    knobs: Knobs,
    step: Knobs,
) -> None:
    """Write one step of Gauss and Newton from some knobs on."""
    here, there, slopes = np.empty((3, 4)), np.empty((3, 4)), np.empty((4, 3, 4))
    write_mix(knobs, luma, here)
    for knob in range(4):
        turned = knobs.copy()
        turned[knob] += STEP
        write_mix(turned, luma, there)
        slopes[knob] = (there - here) / STEP
    told, short, square = np.empty((3, 4, 4)), np.empty((3, 4)), np.zeros((4, 4))
    write_told(drawn, seen, counts, clipped, here, here, told, short)
    for one in range(4):
        hold = HOLD[one] ** 2
        square[one, one] = hold
        step[one] = -hold * knobs[one] + (slopes[one] * short).sum()
        for other in range(4):
            for channel in range(3):
                for row in range(4):
                    along = (told[channel, row] * slopes[other, channel]).sum()
                    square[one, other] += slopes[one, channel, row] * along
    solve(square, step)
    for one in range(4):
        step[one] = min(max(step[one], -MOST_STEP), MOST_STEP)


@kernel
def turn(
    drawn: Colours,
    seen: Colours,
    counts: Counts,
    clipped: tuple[float, float],
    luma: Float64[np.ndarray, " 3"],
    knobs: Knobs,
) -> float:
    """Turn knobs from where they are so that colours come nearest to what is seen; how far off they are then."""
    mix, step, tried = np.empty((3, 4)), np.empty(4), np.empty(4)
    write_mix(knobs, luma, mix)
    best = off_of(drawn, seen, counts, mix)
    for _ in range(TURNS):
        write_step(drawn, seen, counts, clipped, luma, knobs, step)
        begun, taken = knobs.copy(), 0.0
        for share in (0.25, 0.5, 1.0):
            tried[:] = begun + share * step
            write_mix(tried, luma, mix)
            off = off_of(drawn, seen, counts, mix)
            if off < best:
                best, taken = off, share
                knobs[:] = tried
        if taken == 0.0:
            break
    return best
