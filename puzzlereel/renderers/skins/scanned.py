"""Pictures as shapes: a picture of a few colours is one shape a colour, laid over each other.

picture ── few colours ──► Colours ── one a colour ──► Scanned(colour, …), each covering what its colour covers
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Float
from PIL import Image

from puzzlereel.renderers.shapes import Coverage
from puzzlereel.renderers.skins.still import opened

SIDE = 96
"""Pictures are kept as squares of so many pixels a side."""
MOST_COLOURS = 16
"""The most colours that are kept of a picture."""
CLEAR = 255
"""Stands for no colour at all."""
OPAQUE = 128
"""The least alpha, of 255, of a pixel that has a colour."""
MOST_SIDE, MOST_FILE = 2048, 4 * 2**20
"""The largest picture that is read: pixels a side, and bytes."""


@dataclass(frozen=True)
class Colours:
    """A square picture of a few colours."""

    numbers: bytes
    """Which colour each pixel has, row by row, or `CLEAR`."""


@dataclass(frozen=True)
class Scanned:
    """All of a picture that has one of its colours; the shapes of its colours are painted in their order."""

    colour: str
    number: int
    picture: Colours

    def coverage(self, px: int) -> Coverage:
        shares = _shares(self.picture, px)
        rest = 1 - shares[self.number + 1 :].sum(0)
        covered: Coverage = np.divide(shares[self.number], rest, out=np.zeros((px, px)), where=rest > 1e-9).clip(0, 1)
        return covered


@lru_cache(maxsize=512)
def _shares(picture: Colours, px: int) -> Float[np.ndarray, "colours px px"]:
    """How much of each pixel of a tile `px` pixels wide has each of a picture's colours."""
    numbers = np.frombuffer(picture.numbers, np.uint8).reshape(SIDE, SIDE)
    edges = np.arange(px + 1) * (SIDE / px)
    ruler = np.arange(SIDE)
    overlap = np.clip(np.minimum(edges[1:, None], ruler + 1) - np.maximum(edges[:-1, None], ruler), 0, None) * px / SIDE
    colours = int(numbers[numbers != CLEAR].max(initial=0)) + 1
    shares: Float[np.ndarray, "colours px px"] = np.stack(
        [overlap @ (numbers == colour) @ overlap.T for colour in range(colours)]
    )
    return shares


def scan(path: Path) -> tuple[Scanned, ...]:
    """The shapes of a picture file, which is taken for a square; BadPicture where it is none, or too large."""
    picture = opened(path, "RGBA", most_bytes=MOST_FILE, most_side=MOST_SIDE)
    square = picture.resize((SIDE, SIDE), Image.Resampling.BOX)
    few = square.convert("RGB").quantize(MOST_COLOURS, dither=Image.Dither.NONE)
    numbers = np.where(np.asarray(square)[:, :, 3] < OPAQUE, CLEAR, np.asarray(few)).astype(np.uint8)
    used = np.unique(numbers[numbers != CLEAR])
    told = np.full(256, CLEAR, np.uint8)
    told[used] = np.arange(len(used))
    colours = Colours(told[numbers].tobytes())
    palette = few.getpalette() or []
    return tuple(
        Scanned(bytes(palette[3 * old : 3 * old + 3]).hex().upper(), new, colours) for new, old in enumerate(used)
    )
