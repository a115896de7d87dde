"""How people see a skin: what is left of its colours for colour-blind eyes, and how much brighter one tile is than
another.

Where eyes lack one of their three kinds of cones, the colours that differ by it alone become one. The matrices say what
is seen instead, on linear light.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from puzzlereel.renderers.draw import tile_of
from puzzlereel.renderers.palette import Pair, nearest
from puzzlereel.renderers.shapes import LUMA
from puzzlereel.renderers.sight.looks import named_looks
from puzzlereel.renderers.sight.patches import tile_patches
from puzzlereel.renderers.skins import Skin

Light = Float[np.ndarray, "*pixels 3"]

EYES: Mapping[str, Float[np.ndarray, "3 3"]] = {
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
"""Machado, Oliveira and Fernandes (2009), at full severity: the two kinds that nearly all colour-blind people have."""
BRIGHT = 90
"""The percentile of a tile's pixels at which its contrast is taken: a tenth of the tile has at least that."""


def nearest_for(skin: Skin, px: int, eyes: str) -> Pair:
    """The two looks of different glyphs that come nearest to each other for such eyes, as distances of reading."""
    named = named_looks(skin)
    seen = [_seen(tile_patches(tile_of(look, px)).reshape(-1, 3), EYES[eyes]).ravel() for _, look in named]
    return nearest([glyph for glyph, _ in named], np.stack(seen))


def _seen(colours: Light, matrix: Float[np.ndarray, "3 3"]) -> Light:
    """What colours of 0 to 255 look like."""
    light = np.clip(linear(colours) @ matrix.T, 0, 1)
    seen: Light = 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return seen


def linear(colours: Light) -> Light:
    """The light that sRGB colours of 0 to 255 stand for, in [0, 1]."""
    share = colours / 255
    light: Light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return light


def contrast(skin: Skin, glyph: str, ground: str, px: int = 40) -> float:
    """The contrast ratio, from 1 to 21, that a tenth of a glyph's tile has to a ground; what both show does not count.

    It is the ratio of the Web Content Accessibility Guidelines, which ask for 7 where sight is weak.
    """
    tile, floor = (tile_of(skin.look(name), px) for name in (glyph, ground))
    bright, dark = (linear(picture.astype(float)) @ LUMA + 0.05 for picture in (tile, floor))
    ratio = np.maximum(bright / np.median(dark), np.median(dark) / bright)
    return float(np.percentile(np.where((tile != floor).any(2), ratio, 1.0), BRIGHT))
