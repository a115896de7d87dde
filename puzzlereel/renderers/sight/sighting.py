"""What is seen in one frame, and how it is measured."""

from functools import lru_cache
from math import ceil
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Int

from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.renderers.draw import tile_of
from puzzlereel.renderers.planes import View, pixels_within
from puzzlereel.renderers.sight.lens import Lens
from puzzlereel.renderers.sight.looks import Lexicon
from puzzlereel.renderers.sight.patches import PATCHES, Patches, Pose
from puzzlereel.renderers.skins import Look

MOST_DRIFT = 0.035
"""How far a corner of the board may be from where it was in the first frame, as a share of the frame's side."""


class BadFrame(PuzzlereelError):
    """A frame of another size than those before it."""


class Sight(NamedTuple):
    """What one frame shows."""

    looks: Int[np.ndarray, "rows columns"]
    """The nearest look of each cell."""
    glyphs: Int[np.ndarray, "rows columns"]
    """The code point of its glyph."""
    off: Float32[np.ndarray, "rows columns"]
    """How far the cell is from that look, of 255, beyond the noise of the film."""
    settled: Bool[np.ndarray, "rows columns"]
    """Whether that is near enough."""
    patches: Patches
    """In the light of the first frame."""
    margin: bool
    """Whether nothing is drawn beside the board."""
    pose: Pose
    noise: float
    """How far off most cells are, of 255."""
    blunt: float
    """How far edges are elsewhere or smeared, in patches, where that was looked at."""
    visible: Patches | None
    """How much of each patch lies within the frame; None where all do."""
    lens: Lens


def grain_of(frame: View, lexicon: Lexicon, lens: Lens, sight: Sight) -> float:
    """How far the pixels of a board are off the board that is seen, beyond what its own detail may come to, of 255.

    0 where a patch is no wider than two pixels: there patches tell as much.
    """
    from puzzlereel.renderers.sight.pixels import squares_off

    rows, columns = sight.looks.shape
    px, pose = lens.px, sight.pose
    if min(pose.high, pose.wide) < 2 * PATCHES:
        return 0.0
    looks, which, often = np.unique(sight.looks, return_inverse=True, return_counts=True)
    drawn = [_detailed(lexicon.names[look].look, lens) for look in looks]
    down, across = ((np.arange(cells * px) + 0.5) / px for cells in (rows, columns))
    top, left = (2 * max(0, int(side) // 2) for side in (pose.top, pose.left))
    bottom, right = (
        min(side, ceil(end)) for side, end in zip(frame.shape[:2], pose.place((rows, columns))[:2], strict=True)
    )
    off = squares_off(
        np.ascontiguousarray(pixels_within(frame, top, left, bottom, right)),
        np.floor(pose.top + down * pose.high).astype(np.int64) - top,
        np.floor(pose.left + across * pose.wide).astype(np.int64) - left,
        np.stack([tile for tile, _ in drawn]),
        which.reshape(sight.looks.shape),
    )
    detail = float(np.dot(often, [detail for _, detail in drawn])) / sight.looks.size
    return float(np.sqrt(max(0.0, off - 2 * detail)))


@lru_cache(maxsize=256)
def _detailed(look: Look, lens: Lens) -> tuple[Float32[np.ndarray, "px px 3"], float]:
    """A look's tile through a lens, and the mean square of its detail."""
    tile = np.ascontiguousarray(lens.tint(tile_of(look, lens.px).astype(np.float32)))
    return tile, float(np.square(tile - lens.flat(tile)).mean())


def may_come_to(pose: Pose, begin: Pose, shape: tuple[int, int], canvas: tuple[int, int]) -> bool:
    """Whether a board can have come from where it was in the first frame to a pose."""
    rows, columns = shape
    was, now = ((at.place((0, 0))[:2], at.place((rows - 1, columns - 1))[2:]) for at in (begin, pose))
    gone = [
        abs(a - b) / canvas[side]
        for one, other in zip(was, now, strict=True)
        for side, (a, b) in enumerate(zip(one, other, strict=True))
    ]
    return max(gone) < MOST_DRIFT
