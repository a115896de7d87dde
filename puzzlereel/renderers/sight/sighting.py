"""What is seen in one frame, and how it is measured."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Int

from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.renderers.draw import Frame, tile_of
from puzzlereel.renderers.sight.fit import Cells
from puzzlereel.renderers.sight.lens import Lens
from puzzlereel.renderers.sight.looks import Lexicon
from puzzlereel.renderers.sight.patches import Patches, Pose

MOST_DRIFT = 0.06
"""How far a board may go from where it was in the first frame, and how much it may grow, as a share of its own size."""


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


def grain_of(frame: Frame, lexicon: Lexicon, lens: Lens, sight: Sight) -> float:
    """How far the pixels of a board are off the board that is seen, beyond what its own detail may come to, of 255."""
    rows, columns = sight.looks.shape
    px, pose = lens.px, sight.pose
    tiles = {look: lens.tint(tile_of(lexicon.names[look].look, px).astype(np.float32)) for look in {*sight.looks.flat}}
    detail = {look: float(np.square(tile - lens.flat(tile)).mean()) for look, tile in tiles.items()}
    board = np.block([[[tiles[look]] for look in row] for row in sight.looks])
    down, across = ((np.arange(cells * px) + 0.5) / px for cells in (rows, columns))
    down, across = pose.top + down * pose.high, pose.left + across * pose.wide
    down_in, across_in = (down >= 0) & (down < len(frame)), (across >= 0) & (across < frame.shape[1])
    pixels = frame[np.ix_(down[down_in].astype(int), across[across_in].astype(int))]
    off = np.square(pixels - board[np.ix_(down_in, across_in)]).mean()
    return float(np.sqrt(max(0.0, off - 2 * np.mean([detail[look] for look in sight.looks.flat]))))


def may_come_to(pose: Pose, begin: Pose, shape: tuple[int, int]) -> bool:
    """Whether a board can have come from where it was in the first frame to a pose."""
    rows, columns = shape
    was, now = ((at.place((0, 0))[:2], at.place((rows - 1, columns - 1))[2:]) for at in (begin, pose))
    size = rows * begin.high, columns * begin.wide
    gone = [
        abs(a - b) / size[side]
        for one, other in zip(was, now, strict=True)
        for side, (a, b) in enumerate(zip(one, other, strict=True))
    ]
    return max(gone) < MOST_DRIFT


def far_off(off: Cells) -> float:
    """How far off cells are, in which none counts as more than quite another look."""
    return float(np.sqrt(np.square(np.minimum(off, 40)).mean()))
