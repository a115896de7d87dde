"""Frames as codecs keep them: how bright each pixel is, and the colour of every two by two of them.

    luma (height, width) ──┐
    blue (height/2, width/2) ├─ mix, lift ─► red, green, blue, none of them below 0 or above 255
    red  (height/2, width/2) ┘

Means of areas are mixed as well as pixels are, and to make pixels of all of a frame costs as much as to decode it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from jaxtyping import Float32, UInt8, UInt64

from puzzlereel.renderers.draw import Frame

Plane = UInt8[np.ndarray, "height pitch"]
Half = UInt8[np.ndarray, "half_height half_pitch"]
Words = UInt64[np.ndarray, "_ _"]
Mix = Float32[np.ndarray, "3 3"]
Lift = Float32[np.ndarray, " 3"]


@dataclass(frozen=True, eq=False)
class Planes:
    """One frame, on which nobody draws; its height and width are even."""

    luma: Plane
    blue: Half
    red: Half
    """How blue and how red; each row may be longer than the picture is wide."""
    width: int
    mix: Mix
    """So much of luma, blue and red for each of red, green and blue."""
    lift: Lift
    unmix: Mix
    """The inverse of mixing."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """That of the same frame as an array of pixels."""
        return len(self.luma), self.width, 3

    @property
    def all(self) -> tuple[Plane, Half, Half, Mix, Lift]:
        """The planes, and how they are mixed."""
        return self.luma, self.blue, self.red, self.mix, self.lift

    @cached_property
    def words(self) -> tuple[Words, Words, Words]:
        """The planes, eight bytes at once; empty where a row is no whole number of such."""
        luma, blue, red = (plane for plane in (self.luma, self.blue, self.red))
        if any(plane.shape[1] % 8 for plane in (luma, blue, red)):
            luma = blue = red = np.empty((0, 0), np.uint8)
        return luma.view(np.uint64), blue.view(np.uint64), red.view(np.uint64)

    def copy(self) -> "Planes":
        """The same, since nobody draws on it."""
        return self


View: TypeAlias = Frame | Planes
"""A frame to be looked at."""


def mixing(*, is_709: bool, is_full: bool) -> tuple[Mix, Lift, Mix]:
    """How planes are mixed to red, green and blue after BT.709 or BT.601, in full range or limited, and the inverse.

    FFmpeg's converter cuts off what is below a whole number: of luma, where the range is limited, and of each share of
    colour. On average that is half of one each, which is left out here too.
    """
    red, blue = (0.2126, 0.0722) if is_709 else (0.299, 0.114)
    green = 1 - red - blue
    bright, colour, black = (1.0, 1.0, 0.0) if is_full else (255 / 219, 255 / 224, 16.0)
    mix = np.array(
        [
            (bright, 0, 2 * (1 - red) * colour),
            (bright, -2 * blue * (1 - blue) / green * colour, -2 * red * (1 - red) / green * colour),
            (bright, 2 * (1 - blue) * colour, 0),
        ]
    )
    cut = np.array((0.5, 1.0, 0.5)) + (0 if is_full else 0.5)
    lift = -mix @ (black, 128, 128) - cut
    return mix.astype(np.float32), lift.astype(np.float32), np.linalg.inv(mix).astype(np.float32)


def pixels_of(view: View) -> Frame:
    """The pixels of a frame."""
    height, width, _ = view.shape
    return pixels_within(view, 0, 0, height, width)


def pixels_within(view: View, top: int, left: int, bottom: int, right: int) -> UInt8[np.ndarray, "_ _ 3"]:
    """The pixels of a part of a frame that begins in an even row and column."""
    if not isinstance(view, Planes):
        return view[top:bottom, left:right]
    from puzzlereel.renderers.sight.pixels import write_pixels

    pixels = np.empty((bottom - top, right - left, 3), np.uint8)
    write_pixels(*view.all, top, left, pixels)
    return pixels
