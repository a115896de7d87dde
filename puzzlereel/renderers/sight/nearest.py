"""The look that each cell is nearest to.

look held ──► so near that no other can be nearer? ──► it stays
              otherwise ──► every look is tried
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float32, Int

from puzzlereel.renderers.sight.looks import FAINT_SPRITE, NEARER, SAME, TOLERANCE, Lexicon
from puzzlereel.renderers.sight.patches import COLOURS, Patches

HALF = 0.5
"""How far a cell may be off a look, as a share of the way to the next one, where it leans to no other."""
MOST_DOUBTFUL = 4
"""In how many cells of a frame it is asked where they lean to."""
MOST_NOISE = 9.0
"""How far off most cells may be, of 255: beyond it, nothing is settled."""
STEEP, MOST_BLUNT = 8.0, 0.2
"""From what change a patch on a cell tells how blunt edges are, of 255; and how blunt they may be, in patches."""
Looks = Int[np.ndarray, "rows columns"]
Off = Float32[np.ndarray, "rows columns"]


def off_by(seen: Patches, wanted: Patches, visible: Patches | None = None) -> Off:
    """How far off each cell is, as the root of the mean square; `visible` is how much of each patch counts."""
    from puzzlereel.renderers.sight.cells import write_off

    if visible is not None:
        return np.sqrt(((seen - wanted) ** 2 * visible).sum(2) / visible.sum(2))  # type: ignore[no-any-return]
    off = np.empty(seen.shape[:2], np.float32)
    write_off(seen, wanted, off)
    return off


def wanted_of(looks: Looks, lexicon: Lexicon, context: Patches, offset: Patches) -> Patches:
    """What is seen of a board of some looks, of what the cells around each add to it, and of what else they show."""
    from puzzlereel.renderers.sight.cells import write_wanted

    wanted = np.empty((*looks.shape, COLOURS), np.float32)
    write_wanted(lexicon.own, context, offset, looks, wanted)
    return wanted


def leniency(tolerance: float, noise: float) -> float:
    """How many times over a cell may be off as much as is near to its look, in so much noise."""
    return max(tolerance / TOLERANCE, 0.5 + 1.5 * min(noise, MOST_NOISE) / TOLERANCE)


def allowed(looks: Looks, off: Off, lexicon: Lexicon, lenient: float, noise: float) -> tuple[Off, Off, bool]:
    """How far off their looks cells are beyond the noise, how far they may be, and whether none is further.

    As far as is near to a look, so many times over, and at most `NEARER` of the way to the next one.
    """
    from puzzlereel.renderers.sight.cells import write_settled

    beyond, may = np.empty(looks.shape, np.float32), np.empty(looks.shape, np.float32)
    return beyond, may, write_settled(looks, off, lexicon.near, lexicon.most, lenient, noise, beyond, may)


def leaning(short: Float32[np.ndarray, " colours"], look: int, lexicon: Lexicon) -> float:
    """How far a cell leans from its look to another glyph's, as a share of the way; `short` is what it is off by."""
    glyph, shown, _ = lexicon.names[look]
    others = [
        number
        for number, (other, its, _) in enumerate(lexicon.names)
        if other != glyph and not its.kind == shown.kind != ""
    ]
    ways = lexicon.own[others] - lexicon.own[look]
    long = (ways**2).sum(1)
    return float(np.max((ways @ short) / np.where(long > COLOURS * SAME**2, long, np.inf), initial=0.0))


def bear(
    looks: Looks, held: Looks, beyond: Off, may: Off, lenient: float, lexicon: Lexicon, alone: Callable[[], Patches]
) -> None:
    """Let cells be off by up to `HALF` of the way to the next look where they lean to none, if only a few are doubtful.

    Where what walks is, or was held to be, they may lean as far as is not noticed; all may up to `NEARER` of the way,
    within `TOLERANCE`, in a film whose first frame is coarse already, which `lenient` says, or if bent. `alone` tells
    what is seen, without what is no look's.
    """
    from puzzlereel.renderers.sight.cells import write_doubtful

    cells = np.empty((MOST_DOUBTFUL, 2), np.int64)
    count = write_doubtful(
        looks, held, beyond, may, lexicon.apart, lexicon.walks, lexicon.unbent, (HALF, TOLERANCE, lenient), cells
    )
    if not 0 < count <= MOST_DOUBTFUL:
        return
    short = alone() - lexicon.own[looks]
    for row, column in cells[:count]:
        look = int(looks[row, column])
        coarse = beyond[row, column] < TOLERANCE * lenient and (look >= lexicon.unbent or lenient > 1)
        if leaning(short[row, column], look, lexicon) < (NEARER if coarse else FAINT_SPRITE):
            may[row, column] = HALF * lexicon.apart[look]


def still(looks: Looks, lexicon: Lexicon) -> Bool[np.ndarray, "rows columns"]:
    """Where nothing can be under way: what walks pushes what is beside it, and without it things only grow.

    Things that glide and of which there are many, as stones, are held to it all the same.
    """
    moves = lexicon.moves[looks]
    walking = _widened(_widened(lexicon.walks[looks])) if lexicon.walks.any() else _widened(moves) & ~moves
    resting: Bool[np.ndarray, "rows columns"] = ~walking
    return resting


def _widened(cells: Bool[np.ndarray, "rows columns"]) -> Bool[np.ndarray, "rows columns"]:
    """The same cells, and the eight around each."""
    wide = np.pad(cells, 1)
    tall = wide[:-2] | wide[1:-1] | wide[2:]
    around: Bool[np.ndarray, "rows columns"] = tall[:, :-2] | tall[:, 1:-1] | tall[:, 2:]
    return around


def beyond_edges(off: Off, steep: Off) -> tuple[Off, float]:
    """How far off cells are beyond what the film's edges are: a little elsewhere, or smeared; and how much so."""
    from puzzlereel.renderers.sight.cells import write_beyond_edges

    beyond = np.empty(off.shape, np.float32)
    return beyond, write_beyond_edges(off, steep, STEEP, MOST_BLUNT, beyond)


def is_same(one: Looks, other: Looks) -> bool:
    """Whether two boards have the same looks; by their bytes, which takes a tenth of what numpy's own takes."""
    return one.tobytes() == other.tobytes()


class Edges:
    """How much each cell of a board of some looks changes where it is laid a patch further: found once a board."""

    def __init__(self) -> None:
        self._looks: Looks | None = None
        self._seen: tuple[Lexicon, Patches] | None = None
        self._steep: Off

    def steepness(self, looks: Looks, lexicon: Lexicon, context: Patches) -> Off:
        """It is kept in one array, of which only the rows are written anew whose looks, or those beside, are new."""
        from puzzlereel.renderers.sight.cells import write_steep

        same = self._seen is not None and self._seen[0] is lexicon and self._seen[1] is context
        if not same or self._looks is None:
            self._seen, self._steep = (lexicon, context), np.empty(looks.shape, np.float32)
            write_steep(lexicon.own, context, looks, 0, len(looks), self._steep)
        elif not is_same(looks, self._looks):
            rows = np.flatnonzero((looks != self._looks).any(1))
            first, end = max(0, int(rows[0]) - 1), min(len(looks), int(rows[-1]) + 2)
            write_steep(lexicon.own, context, looks, first, end, self._steep)
        self._looks = looks
        return self._steep


def nearest(
    alone: Patches,
    held: Looks,
    lexicon: Lexicon,
    first: Looks,
    ground: Looks,
    offset: Patches,
    visible: Patches | None = None,
) -> tuple[Looks, Off]:
    """The nearest look to each cell, without what those around them add, and how far off it is, of 255.

    In the look of its first board a cell has its offset too; `visible` is how much of each patch counts.
    """
    if visible is not None:
        flat, more, shown = (one.reshape(-1, COLOURS) for one in (alone, offset, visible))
        found, far = searched(flat, lexicon, first.ravel(), ground.ravel(), more, shown)
        return found.reshape(held.shape), far.reshape(held.shape)
    from puzzlereel.renderers.sight.cells import write_nearest

    looks, off = held.copy(), np.empty(held.shape, np.float32)
    write_nearest(alone, offset, lexicon.own, lexicon.foreign, lexicon.gaps, first, ground, looks, off)
    return looks, off


def searched(
    alone: Float32[np.ndarray, "cells colours"],
    lexicon: Lexicon,
    first: Int[np.ndarray, " cells"],
    ground: Int[np.ndarray, " cells"],
    offset: Float32[np.ndarray, "cells colours"],
    visible: Float32[np.ndarray, "cells colours"],
) -> tuple[Int[np.ndarray, " cells"], Float32[np.ndarray, " cells"]]:
    """The same of some cells where patches count by how much of them is visible."""
    own, every = lexicon.own, np.arange(len(alone))
    differ = alone - own[first] - offset
    squares = (visible * alone**2).sum(1)[:, None] - 2 * (visible * alone) @ own.T + visible @ (own**2).T
    squares[every, first] = (visible * differ**2).sum(1)
    squares /= visible.sum(1)[:, None]
    looks = (squares + lexicon.foreign[:, ground].T).argmin(1)
    return looks, np.sqrt(np.maximum(squares[every, looks], 0)).astype(np.float32)
