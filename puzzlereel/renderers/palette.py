"""The palette check: how far apart a skin's tiles are once they have been through the video codec, and how far it
takes each from itself.

    0 1 6 2 5 3 4     every look beside every other: a row goes through all looks in a zigzag,
    1 2 0 3 6 4 5     and the next row goes the same way from the next look on
    2 3 1 4 0 5 6

Distances are those of reading: the root of the mean square over patches and channels, of 255.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from puzzlereel.renderers.draw import put_tile, tile_of
from puzzlereel.renderers.film import Video
from puzzlereel.renderers.layout import Layout
from puzzlereel.renderers.shapes import rgb
from puzzlereel.renderers.sight.lens import Lens
from puzzlereel.renderers.sight.looks import SAME, lexicon_of, named_looks
from puzzlereel.renderers.sight.patches import patches_of, tile_patches
from puzzlereel.renderers.skins import Look, Skin
from puzzlereel.renderers.video import read_video, write_video

LEAST_DISTANCE = 12.0
"""The floor of every skin. Reading settles a cell that is off a look by less than NEARER of the way to the next, so at
the floor it allows 4.8: twice what the codec takes from a tile that is drawn in so little contrast."""
MOST_DRIFT = 0.85
"""How much of what reading allows a look the codec may use up: at 1, an honest film would be refused. Only the smallest
cells that are filmed to files come near it; in cells of 24 pixels it is under half."""
PAGE_ROWS, PAGE_FRAMES = 6, 2
"""How many rows of tiles a film shows at once, and for how many frames: a codec gets better on what stands still."""


class Pair(NamedTuple):
    """Two looks, by the glyphs that they stand for, and how far apart they are, of 255."""

    one: str
    other: str
    distance: float


class Palette(NamedTuple):
    """What the codec leaves of a skin at one size of cells."""

    nearest: Pair
    """The two looks of different glyphs that come nearest to each other."""
    drifted: str
    """The glyph of the look that is taken furthest from itself, of what reading allows it."""
    drift: float
    """How far that is, of 255."""
    used: float
    """How much of what reading allows it."""

    @property
    def holds(self) -> bool:
        """Whether the skin keeps to the floor."""
        return self.nearest.distance >= LEAST_DISTANCE and self.used <= MOST_DRIFT


def measure(skin: Skin, px: int) -> Palette:
    """The palette of a skin in cells of `px` pixels, after a file has been written and read."""
    named = named_looks(skin)
    glyphs = [glyph for glyph, _ in named]
    order = np.array(zigzag(len(named)))
    back = _through_codec(skin, [look for _, look in named], order, px)
    seen = [back[:, order == at].reshape(-1, back.shape[-1]) for at in range(len(named))]
    clean = np.stack([tile_patches(tile_of(look, px)) for _, look in named])
    off = [float(apart(tiles, clean[at : at + 1]).max()) for at, tiles in enumerate(seen)]
    used = off / lexicon_of(skin, Lens(px)).near
    worst = int(used.argmax())
    return Palette(nearest(glyphs, clean, seen), glyphs[worst], off[worst], float(used[worst]))


def nearest(
    glyphs: Sequence[str],
    clean: Float[np.ndarray, "looks patches"],
    seen: Sequence[Float[np.ndarray, "_ patches"]] | None = None,
) -> Pair:
    """The two looks of different glyphs that come nearest in what is seen of each, the clean one where that is None.

    Looks that are drawn alike are one: they are told apart by what they stand on.
    """
    tiles = seen or [look[None] for look in clean]
    differ = apart(clean, clean) >= SAME
    pairs = [
        Pair(glyphs[one], glyphs[other], float(apart(tiles[one], tiles[other]).min()))
        for one in range(len(glyphs))
        for other in range(one)
        if differ[one, other] and glyphs[one] != glyphs[other]
    ]
    return min(pairs, key=lambda pair: pair.distance)


def zigzag(count: int) -> list[list[int]]:
    """Rows of the numbers under `count` in which every two stand beside each other at least once."""
    even = count + count % 2
    way = [(place + 1) // 2 if place % 2 else -(place // 2) for place in range(even)]
    return [[(step + row) % even % count for step in way] for row in range(even // 2)]


def _through_codec(
    skin: Skin, looks: Sequence[Look], order: Int[np.ndarray, "rows columns"], px: int
) -> Float[np.ndarray, "frames rows columns patches"]:
    """The patches of rows of tiles as they come back from a file."""
    pages = []
    with TemporaryDirectory() as folder:
        path = Path(folder, "page.mp4")
        for first in range(0, len(order), PAGE_ROWS):
            numbers = order[first : first + PAGE_ROWS]
            layout = Layout(px, px, px, *numbers.shape)
            write_video(path, _page(skin, looks, numbers, layout), fps=8)
            pages.append(np.stack([patches_of(frame, layout) for frame in read_video(path)]))
    return np.concatenate(pages, axis=1)


def _page(skin: Skin, looks: Sequence[Look], numbers: Int[np.ndarray, "rows columns"], layout: Layout) -> Video:
    """A film of rows of tiles with a margin of one cell."""
    frame = np.empty(((layout.rows + 2) * layout.px, (layout.columns + 2) * layout.px, 3), np.uint8)
    frame[:] = rgb(skin.background)
    for (row, column), number in np.ndenumerate(numbers):
        put_tile(frame, layout, (row, column), tile_of(looks[number], layout.px))
    return np.repeat(frame[None], PAGE_FRAMES, axis=0)


def apart(
    ones: Float[np.ndarray, "ones patches"], others: Float[np.ndarray, "others patches"]
) -> Float[np.ndarray, "ones others"]:
    """How far each of some tiles is from each of some others."""
    squares = (ones**2).sum(1)[:, None] - 2 * ones @ others.T + (others**2).sum(1)
    far: Float[np.ndarray, "ones others"] = np.sqrt(np.maximum(squares, 0) / ones.shape[1])
    return far
