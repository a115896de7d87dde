"""What a light that comes after the first frame leaves of colours: the brightest, or the darkest, become one."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from jaxtyping import Float32

from puzzlereel.renderers.draw import tile_of
from puzzlereel.renderers.sight.fit import Light
from puzzlereel.renderers.sight.lens import Lens
from puzzlereel.renderers.sight.looks import named_looks
from puzzlereel.renderers.skins import Skin

MORE = 0.75
"""By how much of 255 a colour must be clipped otherwise than before."""
PX = 16
"""How wide the tiles are whose colours are taken."""


def lens_in(light: Light, lens: Lens, skin: Skin) -> Lens:
    """The lens of a film in another light: the same one, if that clips no colour otherwise."""
    plain = replace(lens, light=())
    told = np.column_stack([light.mix.T, light.lift / 255])
    lit = replace(lens, light=tuple(np.round(told, 4).ravel().tolist()))
    colours = _colours_of(skin)
    seen, by_day, before = (one.tint(colours) for one in (lit, plain, lens))
    if np.abs(seen - by_day).max() <= MORE:
        lit, seen = plain, by_day
    return lens if np.abs(seen - before).max() <= MORE else lit


@lru_cache(maxsize=32)
def _colours_of(skin: Skin) -> Float32[np.ndarray, "colours 3"]:
    """The colours that a skin draws with."""
    tiles = [tile_of(look, PX).reshape(-1, 3) for _, look in named_looks(skin)]
    colours: Float32[np.ndarray, "colours 3"] = np.unique(np.concatenate(tiles), axis=0).astype(np.float32)
    return colours
