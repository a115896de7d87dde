"""The colours of a film: a curve of brightness, and how red, green and blue are mixed, from a board that is known.

First the few numbers that screens and editors have: contrast, brightness, saturation, hue. They tell of colours too
that the board does not have. Then, as far as the board tells more, any mixture.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int

from puzzlereel.renderers.sight.lens import CLIPPED, LUMA
from puzzlereel.renderers.sight.patches import COLOURS, PATCHES, Picture, by_cell

GAMMAS = (1.0, 0.8, 0.87, 0.93, 1.07, 1.15, 1.25)
BETTER, CLEARLY = 0.95, 0.3
"""How much what is less simple must bring, to be believed: as a share of how far off cells are, and of 255."""
EXACT, LEAN = 0.3, 0.03
"""How far off colours may be, of 255, where nothing less simple is tried; and how strongly a mixture is held to the few
numbers, where the first board does not tell."""
EDGE = 10.0
"""How much the colours of a patch differ where it tells half as much, of 255."""
STARTS = tuple(
    (contrast, -contrast * about, saturation, 0.0)
    for contrast in (-0.2, -0.1, 0.0, 0.1, 0.2)
    for about in (0.0, 0.5)
    for saturation in (-0.25, 0.0, 0.25)
)
REFINED = 2
"""From where on they are turned: from those places of these where a board is nearest, since what is clipped may hold
them where they are."""
ENDS = (CLIPPED[0] / 255, CLIPPED[1] / 255)
LUMAS = LUMA.astype(np.float64)

Mix = Float64[np.ndarray, "3 4"]
Knobs = Float64[np.ndarray, " 4"]


class Board(NamedTuple):
    """A board whose colours are looked at, cell for cell."""

    looks: Int[np.ndarray, " cells"]
    """The number of what each cell shows, from 0 on without a gap, row by row."""
    counts: Float64[np.ndarray, " looks"]
    """How much each of these counts."""

    def alike(self, picture: Picture) -> Float64[np.ndarray, "patches 3"]:
        """The middle colours of cells that show the same, in [0, 1], patch by patch."""
        cells = by_cell(picture).reshape(len(self.looks), COLOURS)
        middle = [np.median(cells[self.looks == look], axis=0) for look in range(len(self.counts))]
        colours: Float64[np.ndarray, "patches 3"] = np.array(middle, np.float64).reshape(-1, 3) / 255
        return colours


class Shown(NamedTuple):
    """Colours that were drawn, what is seen of them, in [0, 1], and how much they tell."""

    drawn: Float64[np.ndarray, "patches 3"]
    seen: Float64[np.ndarray, "patches 3"]
    counts: Float64[np.ndarray, " patches"]


def in_colour(
    curved: Callable[[float], Picture], seen: Picture, mixed: Picture, board: Board
) -> tuple[tuple[float, ...], float]:
    """The mixture and the gamma that bring a board nearest to what is seen; it can be had through any gamma.

    `mixed` is how much colours differ in each patch, or from patch to patch, as the mean of the squares: patches with
    edges tell little.
    """
    from puzzlereel.renderers.sight.knobs import off_of

    aim = board.alike(seen)
    even = np.broadcast_to(255 / (1 + mixed.mean(2, keepdims=True) / EDGE**2), mixed.shape)
    counts = np.repeat(board.counts, PATCHES**2) * board.alike(even.astype(np.float32))[:, 0]

    def shown(gamma: float) -> Shown:
        return Shown(board.alike(curved(gamma)), aim, counts)

    plain = shown(1.0)
    found, best, gamma = np.eye(3, 4), off_of(*plain, np.eye(3, 4)), 1.0
    knobs = _turned(plain)
    held = _of_knobs(knobs)
    for curve, lean in [(1.0, None), *((curve, LEAN) for curve in GAMMAS)]:
        if best < EXACT:
            break
        through = plain if curve == 1.0 else shown(curve)
        mix = held if lean is None else _loosened(through, _of_knobs(_turned(through, knobs)), lean)
        off = off_of(*through, mix)
        if off < best * BETTER - CLEARLY:
            found, best, gamma = mix, off, curve
    return _told(found), gamma


def likely_mixes() -> list[tuple[float, ...]]:
    """The mixtures from which on colours are looked for."""
    return [_told(_of_knobs(np.array(knobs))) for knobs in STARTS]


def _told(mix: Mix) -> tuple[float, ...]:
    return tuple(np.round(mix.ravel(), 4).tolist())


def _loosened(shown: Shown, held: Mix, lean: float) -> Mix:
    """The mixture that brings colours nearest to what is seen of them, held to another one."""
    from puzzlereel.renderers.sight.knobs import write_told

    mix, square, short = held, np.empty((3, 4, 4)), np.empty((3, 4))
    for _ in range(3):
        write_told(*shown, ENDS, mix, held, square, short)
        mix = held + np.linalg.solve(square + lean**2 * np.diag((1, 1, 1, 0.25)), short[:, :, None])[:, :, 0]
    return mix


def _turned(shown: Shown, start: Knobs | None = None) -> Knobs:
    """The knobs with which colours come nearest to what is seen of them, from some place on, or from many."""
    from puzzlereel.renderers.sight.knobs import off_of, turn

    starts = [np.array(knobs) for knobs in STARTS] if start is None else [start.copy()]
    if start is None:
        starts = sorted(starts, key=lambda knobs: off_of(*shown, _of_knobs(knobs)))[:REFINED]
    offs = [turn(*shown, ENDS, LUMAS, knobs) for knobs in starts]
    return starts[int(np.argmin(offs))]


def _of_knobs(knobs: Knobs) -> Mix:
    """The mixture that changes contrast, brightness, saturation and hue by so much."""
    from puzzlereel.renderers.sight.knobs import write_mix

    mix = np.empty((3, 4))
    write_mix(knobs, LUMAS, mix)
    return mix
