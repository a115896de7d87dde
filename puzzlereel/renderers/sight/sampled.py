"""The first board as a film of few pixels shows it: drawn large, and scaled to the film's own pixels.

Patterns as fine as these pixels look otherwise in each cell, as no blur of them does.
"""

from math import ceil, floor

import numpy as np
from PIL import Image

from puzzlereel.puzzles.board import Board
from puzzlereel.renderers.draw import draw
from puzzlereel.renderers.layout import Layout
from puzzlereel.renderers.sight.bending import bent_skin
from puzzlereel.renderers.sight.fit import Cells, off_by_cell
from puzzlereel.renderers.sight.lens import Lens
from puzzlereel.renderers.sight.patches import Patches, Pose, as_picture, picture_at
from puzzlereel.renderers.skins import Skin

COARSE = 8.0
"""In cells of how many pixels at most it is asked what scaling makes of a board."""
BESIDE = 2
"""How many cells beside the board are drawn too: one has its numbers, or one and a half beyond a frame."""
WAYS = (Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
"""The ways in which pictures are commonly scaled."""


def off_as_sampled(seen: Patches, start: Board, skin: Skin, pose: Pose, lens: Lens) -> Cells:
    """How far each cell is off the board that is scaled to the film's own pixels, in the way that is nearest to it.

    Infinitely far where cells have more pixels than such as are coarse.
    """
    rows, columns = start.shape
    if max(pose.high, pose.wide) > COARSE:
        return np.full((rows, columns), np.inf, np.float32)
    px, bends = lens.px, dict(lens.bends)
    layout = Layout(px, BESIDE * px, BESIDE * px, rows, columns)
    drawn = draw(start, bent_skin(skin, bends, px), layout, (rows + 2 * BESIDE) * px, (columns + 2 * BESIDE) * px)
    picture = Image.fromarray(np.rint(lens.tint(drawn.astype(np.float32))).astype(np.uint8))
    top, left = pose.top - BESIDE * pose.high, pose.left - BESIDE * pose.wide
    first, before = ceil(top), ceil(left)
    last, behind = floor(top + (rows + 2 * BESIDE) * pose.high), floor(left + (columns + 2 * BESIDE) * pose.wide)
    (up, down), (begin, end) = (
        ((a - side) / length * px, (b - side) / length * px)
        for a, b, side, length in ((first, last, top, pose.high), (before, behind, left, pose.wide))
    )
    there, wanted = pose._replace(top=pose.top - first, left=pose.left - before), as_picture(seen)
    offs = []
    for way in WAYS:
        scaled = picture.resize((behind - before, last - first), way, (begin, up, end, down))
        offs.append(off_by_cell(picture_at(np.asarray(scaled), there, rows, columns), wanted))
    nearest: Cells = np.min(offs, axis=0)
    return nearest
