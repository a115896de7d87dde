"""The look that each cell is nearest to.

look held ──► so near that no other can be nearer? ──► it stays
              otherwise ──► every look is tried
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Float32, Int

from puzzlereel.renderers.sight.lens import Lens
from puzzlereel.renderers.sight.looks import Lexicon, lexicon_of
from puzzlereel.renderers.sight.patches import COLOURS, Patches
from puzzlereel.renderers.skins import Skin

Looks = Int[np.ndarray, "rows columns"]
Off = Float32[np.ndarray, "rows columns"]


def off_by(seen: Patches, wanted: Patches) -> Off:
    """How far off each cell is, as the root of the mean square."""
    from puzzlereel.renderers.sight.cells import write_off

    off = np.empty(seen.shape[:2], np.float32)
    write_off(seen, wanted, off)
    return off


def middle(off: Off) -> float:
    """The median, without what numpy's own does beside it."""
    flat = np.sort(off, axis=None)
    return float((flat[(len(flat) - 1) // 2] + flat[len(flat) // 2]) / 2)


@lru_cache(maxsize=64)
def gaps_of(skin: Skin, lens: Lens, walkers: frozenset[str]) -> Float32[np.ndarray, "looks grounds"]:
    """How far each look is from the next one, as the root of the sum of squares; 0 on a ground where it is foreign."""
    lexicon = lexicon_of(skin, lens, walkers)
    own = lexicon.own.astype(np.float64)
    squares = (own**2).sum(1)
    apart = squares[:, None] + squares - 2 * own @ own.T
    np.fill_diagonal(apart, np.inf)
    gaps = np.sqrt(np.maximum(apart.min(1), 0))
    return np.where(lexicon.foreign > 0, 0, gaps[:, None]).astype(np.float32)


def nearest(
    alone: Patches,
    held: Looks,
    lexicon: Lexicon,
    gaps: Float32[np.ndarray, "looks grounds"],
    first: Looks,
    ground: Looks,
    offset: Patches,
) -> tuple[Looks, Off]:
    """The nearest look to each cell, without what those around them add, and how far off it is, of 255.

    In the look of its first board a cell has its offset too.
    """
    from puzzlereel.renderers.sight.cells import write_held

    looks, off, sure = held.copy(), np.empty(held.shape, np.float32), np.empty(held.shape, bool)
    write_held(alone, offset, lexicon.own, gaps, first, ground, looks, off, sure)
    if not sure.all():
        rest = ~sure
        looks[rest], off[rest] = searched(alone[rest], lexicon, first[rest], ground[rest], offset[rest], None)
    return looks, off


def searched(
    alone: Float32[np.ndarray, "cells colours"],
    lexicon: Lexicon,
    first: Int[np.ndarray, " cells"],
    ground: Int[np.ndarray, " cells"],
    offset: Float32[np.ndarray, "cells colours"],
    visible: Float32[np.ndarray, "cells colours"] | None,
) -> tuple[Int[np.ndarray, " cells"], Float32[np.ndarray, " cells"]]:
    """The nearest of all looks to each of some cells, and how far off it is; `visible` is how much counts."""
    own, every = lexicon.own, np.arange(len(alone))
    differ = alone - own[first] - offset
    if visible is None:
        counted = np.float32(COLOURS)
        squares = (alone**2).sum(1)[:, None] - 2 * alone @ own.T + lexicon.squares
        squares[every, first] = (differ**2).sum(1)
    else:
        counted = visible.sum(1)[:, None]
        squares = (visible * alone**2).sum(1)[:, None] - 2 * (visible * alone) @ own.T + visible @ (own**2).T
        squares[every, first] = (visible * differ**2).sum(1)
    squares /= counted
    looks = (squares + lexicon.foreign[:, ground].T).argmin(1)
    return looks, np.sqrt(np.maximum(squares[every, looks], 0)).astype(np.float32)
