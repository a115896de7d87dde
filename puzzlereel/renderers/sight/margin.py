"""The canvas beside the board, on which nothing may be drawn.

In a film of the suite's own size and place it is known what should be there; in any other, what the first frame shows.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Float32

from puzzlereel.renderers.draw import canvas_of
from puzzlereel.renderers.layout import Canvas, Layout
from puzzlereel.renderers.planes import Planes, View
from puzzlereel.renderers.rim import shift
from puzzlereel.renderers.shapes import rgb
from puzzlereel.renderers.sight.fit import Light
from puzzlereel.renderers.sight.patches import PATCHES, Pose, coarser, patches_of, picture_at
from puzzlereel.renderers.skins import Skin

STANDS_OUT = 40
"""How far a pixel must be from the background to stand out from it."""
EDGE, STEP = 4, 4
"""How many pixels beside the board are left out, since the codec smears them; one in so many of the others is seen."""
UNLIKE = 8.0
"""How far the inside of a cell beside the board may be from its number, as `TOLERANCE` for the whole of one."""
FIELDS = 3
"""Into how many fields a cell's side is cut where the first frame is what should be seen."""


@lru_cache(maxsize=16)
def beside(skin: Skin, layout: Layout, canvas: Canvas) -> "Beside":
    return Beside(skin, layout, canvas)


class Beside:
    """The canvas beside the board: what should be there, at the pixels that are looked at."""

    def __init__(self, skin: Skin, layout: Layout, canvas: Canvas) -> None:
        picture = canvas_of(skin, layout, *canvas)
        top, left, bottom, right = layout.top, layout.left, *layout.corner((layout.rows, layout.columns))
        self.places = np.array(
            [
                (0, max(0, top - EDGE), 0, canvas.width),
                (bottom + EDGE, canvas.height, 0, canvas.width),
                (top, bottom, 0, max(0, left - EDGE)),
                (top, bottom, right + EDGE, canvas.width),
            ]
        )
        turns = np.array([(row, 0, column, 0) for row in range(STEP) for column in range(STEP)])
        self.turns = self.places + turns[:, None]
        self.wanted, self.background = picture, np.array(rgb(skin.background), np.float32)
        self.is_plain = (picture == self.background).all(2)
        self.blank = np.array([self.is_plain[:, first:end].all(1) for _, _, first, end in self.places])
        self.most = layout.px**2 / 10
        px, out = layout.px, shift(skin.rim, layout.px)
        strips = (
            Layout(px, top - px - out, left, 1, layout.columns),
            Layout(px, bottom + out, left, 1, layout.columns),
            Layout(px, top, left - px - out, layout.rows, 1),
            Layout(px, top, right + out, layout.rows, 1),
        )
        self.labels = strips if skin.rim.coordinates else ()
        self.numbers = [_insides(picture, strip) for strip in self.labels]

    def is_empty(self, frame: View, turn: int = 0) -> bool:
        """Whether nothing as large as a tenth of a cell stands out from what should be there, and each number is.

        In `STEP`² turns every pixel is seen.
        """
        for strip, numbers in zip(self.labels, self.numbers, strict=True):
            if np.sqrt(((_insides(frame, strip) - numbers) ** 2).mean(1)).max() > UNLIKE:
                return False
        return self.stray(frame, turn) <= self.most

    def worst(self, frame: View) -> int:
        """The most that stands out in any turn: in these, which see every row and every column."""
        return max(self.stray(frame, turn) for turn in range(0, STEP**2, STEP + 1))

    def stray(self, frame: View, turn: int = 0) -> int:
        """How many pixels stand out from what should be there."""
        from puzzlereel.renderers.sight.pixels import strays, strays_in_planes

        what = self.turns[turn % STEP**2], STEP, STANDS_OUT
        if isinstance(frame, Planes):
            plain = frame.unmix @ (self.background - frame.lift)
            pixels = frame.luma, frame.blue, frame.red, frame.words, frame.mix, frame.lift
            found = strays_in_planes(*pixels, self.wanted, plain, self.is_plain, self.blank, *what)
        else:
            found = strays(np.ascontiguousarray(frame), self.wanted, *what)
        return int(found) * STEP**2


def _insides(frame: View, strip: Layout) -> Float[np.ndarray, "cells patches"]:
    """The patches of the cells of a strip, without those at the sides, which the codec smears."""
    cells = strip.rows * strip.columns
    return patches_of(frame, strip).reshape(cells, PATCHES, PATCHES, 3)[:, 1:-1, 1:-1].reshape(cells, -1)


class Around:
    """All of the frame in fields of a third of a cell, of which those beside the board should stay as they were."""

    def __init__(self, frame: View, pose: Pose, rows: int, columns: int) -> None:
        height, width, _ = frame.shape
        self.before = int(np.ceil(pose.top / pose.high)), int(np.ceil(pose.left / pose.wide))
        after = (height - pose.top) / pose.high - rows, (width - pose.left) / pose.wide - columns
        self.down, self.across = (
            max(0, before) + side + max(0, int(np.ceil(behind)))
            for before, side, behind in zip(self.before, (rows, columns), after, strict=True)
        )
        self.before = max(0, self.before[0]), max(0, self.before[1])
        fields = self._fields(frame, pose)
        padded = np.pad(fields, ((1, 1), (1, 1), (0, 0)), mode="edge")
        shifted = [padded[y : y + len(fields), x : x + fields.shape[1]] for y in range(3) for x in range(3)]
        self.least, self.most = np.min(shifted, axis=0) - STANDS_OUT, np.max(shifted, axis=0) + STANDS_OUT
        self.canvas = height, width
        self.beside: Bool[np.ndarray, "down across"] = self._within(pose)
        """Which fields lay in the first frame and not on the board, nor at its edge."""
        top, left = (FIELDS * side for side in self.before)
        self.beside[max(0, top - 1) : top + FIELDS * rows + 1, max(0, left - 1) : left + FIELDS * columns + 1] = False

    def is_calm(self, frame: View, pose: Pose, light: Light) -> bool:
        """Whether no field beside the board shows what it, and those around it, did not show in the first frame."""
        fields = light.turned_back(self._fields(frame, pose))
        strange = ((fields < self.least) | (fields > self.most)).any(2)
        return not (strange & self.beside & self._within(pose)).any()

    def _within(self, pose: Pose) -> Bool[np.ndarray, "down across"]:
        """Which fields lie in the frame, but for a small part of them."""
        (height, width), high, wide = self.canvas, pose.high / FIELDS, pose.wide / FIELDS
        tops = pose.top - self.before[0] * pose.high + high * np.arange(self.down * FIELDS)
        lefts = pose.left - self.before[1] * pose.wide + wide * np.arange(self.across * FIELDS)
        within: Bool[np.ndarray, "down across"] = np.outer(
            (tops > -high / 4) & (tops + high < height + high / 4),
            (lefts > -wide / 4) & (lefts + wide < width + wide / 4),
        )
        return within

    def _fields(self, frame: View, pose: Pose) -> Float32[np.ndarray, "down across 3"]:
        corner = Pose(
            pose.top - self.before[0] * pose.high, pose.left - self.before[1] * pose.wide, pose.high, pose.wide
        )
        return coarser(picture_at(frame, corner, self.down, self.across), FIELDS)
