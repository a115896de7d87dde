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
USUAL = 40.0
"""How far off a colour may be while they are fitted, before it counts little."""
EDGE = 10.0
"""How much the colours of a patch differ where it tells half as much, of 255."""
KNOBS = np.array((0.05, 0.02, 0.05, 0.05))
"""How strongly contrast, brightness, saturation and hue (in radians) are held to none."""
STARTS = tuple(
    (contrast, -contrast * about, saturation, 0.0)
    for contrast in (-0.2, -0.1, 0.0, 0.1, 0.2)
    for about in (0.0, 0.5)
    for saturation in (-0.25, 0.0, 0.25)
)
REFINED = 2
"""From where on they are turned: from those places of these where a board is nearest, since what is clipped may hold
them where they are."""
TURNS, STEP, MOST_STEP = 5, 1e-3, 0.4
"""In how many steps they are found, by how much each is changed to see what it does, and by how much at once."""

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
    """Colours that were drawn, what is seen of them, and how much they tell."""

    drawn: Float64[np.ndarray, "patches 4"]
    """Red, green and blue, and 1."""
    seen: Float64[np.ndarray, "patches 3"]
    counts: Float64[np.ndarray, " patches"]

    def off(self, mix: Mix) -> float:
        """How far off they are, of 255, where colours are mixed so."""
        squares = np.square((self.drawn @ mix.T).clip(0, 1) - self.seen).mean(1)
        return float(255 * np.sqrt(np.average(np.minimum(squares, (USUAL / 255) ** 2), weights=self.counts)))

    def told(self, mix: Mix) -> Float64[np.ndarray, "patches 3"]:
        """How much each tells of a mixture that is near to that one: nothing where it is clipped as foreseen."""
        foreseen, low, high = self.drawn @ mix.T, CLIPPED[0] / 255, CLIPPED[1] / 255
        clipped = ((self.seen < low) & (foreseen < low)) | ((self.seen > high) & (foreseen > high))
        far = 255 * np.sqrt(np.square(foreseen.clip(0, 1) - self.seen).mean(1))
        counts: Float64[np.ndarray, "patches 3"] = (self.counts / (1 + (far / USUAL) ** 2) ** 2)[:, None] * ~clipped
        return counts


def in_colour(
    curved: Callable[[float], Picture], seen: Picture, mixed: Picture, board: Board
) -> tuple[tuple[float, ...], float]:
    """The mixture and the gamma that bring a board nearest to what is seen; it can be had through any gamma.

    `mixed` is how much colours differ in each patch, or from patch to patch, as the mean of the squares: patches with
    edges tell little.
    """
    aim = board.alike(seen)
    even = np.broadcast_to(255 / (1 + mixed.mean(2, keepdims=True) / EDGE**2), mixed.shape)
    counts = np.repeat(board.counts, PATCHES**2) * board.alike(even.astype(np.float32))[:, 0]

    def shown(gamma: float) -> Shown:
        drawn = board.alike(curved(gamma))
        return Shown(np.concatenate([drawn, np.ones((len(drawn), 1))], 1), aim, counts)

    plain = shown(1.0)
    found, best, gamma = np.eye(3, 4), plain.off(np.eye(3, 4)), 1.0
    knobs = _turned(plain)
    held = _of_knobs(knobs)
    for curve, lean in [(1.0, None), *((curve, LEAN) for curve in GAMMAS)]:
        if best < EXACT:
            break
        through = plain if curve == 1.0 else shown(curve)
        mix = held if lean is None else _loosened(through, _of_knobs(_turned(through, knobs)), lean)
        off = through.off(mix)
        if off < best * BETTER - CLEARLY:
            found, best, gamma = mix, off, curve
    return tuple(np.round(found.ravel(), 4).tolist()), gamma


def _loosened(shown: Shown, held: Mix, lean: float) -> Mix:
    """The mixture that brings colours nearest to what is seen of them, held to another one."""
    mix = held
    for _ in range(3):
        told, short, rows = shown.told(mix), shown.seen - shown.drawn @ held.T, []
        for channel in range(3):
            weighted = shown.drawn * told[:, channel, None]
            square = weighted.T @ shown.drawn / shown.counts.sum() + lean**2 * np.diag((1, 1, 1, 0.25))
            rows.append(np.linalg.solve(square, weighted.T @ short[:, channel] / shown.counts.sum()))
        mix = held + np.array(rows)
    return mix


def _turned(shown: Shown, start: Knobs | None = None) -> Knobs:
    """The knobs with which colours come nearest to what is seen of them, from some place on, or from many."""

    def off(knobs: Knobs) -> float:
        return shown.off(_of_knobs(knobs))

    starts = [start] if start is not None else sorted(map(np.array, STARTS), key=off)[:REFINED]
    found = []
    for knobs in starts:
        for _ in range(TURNS):
            step = _step(knobs, shown)
            knobs = min((knobs, knobs + step / 4, knobs + step / 2, knobs + step), key=off)
        found.append(knobs)
    return min(found, key=off)


def _step(knobs: Knobs, shown: Shown) -> Knobs:
    """One step of Gauss and Newton."""
    here = shown.drawn @ _of_knobs(knobs).T
    slopes = np.stack([(shown.drawn @ _of_knobs(knobs + STEP * one).T - here).ravel() / STEP for one in np.eye(4)], 1)
    weighted = slopes * shown.told(_of_knobs(knobs)).reshape(-1, 1)
    square = weighted.T @ slopes / shown.counts.sum() + np.diag(KNOBS**2)
    right = weighted.T @ (shown.seen - here).ravel() / shown.counts.sum() - KNOBS**2 * knobs
    step: Knobs = np.linalg.solve(square, right).clip(-MOST_STEP, MOST_STEP)
    return step


def _of_knobs(knobs: Knobs) -> Mix:
    """The mixture that changes contrast, brightness, saturation and hue by so much."""
    contrast, brightness, saturation, hue = knobs
    grey = np.broadcast_to(LUMA.astype(np.float64), (3, 3))
    axis = np.full((3, 3), 1 / 3)
    across = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
    turn = np.cos(hue) * np.eye(3) + np.sin(hue) * across + (1 - np.cos(hue)) * axis
    mixed = (1 + contrast) * turn @ (np.eye(3) * (1 + saturation) - saturation * grey)
    return np.concatenate([mixed, np.full((3, 1), brightness)], 1)
