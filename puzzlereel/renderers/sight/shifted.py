"""Boards that lie whole cells further: read where they were looked for, they seem to be other boards."""

from itertools import product

import numpy as np
from jaxtyping import Int

from puzzlereel.renderers.sight.looks import Lexicon

ANOTHER = 0.1
"""In how many of its cells a board may seem to be another one and be taken to lie where it lies as drawn."""
OVERLAP = 0.25
"""How much of a board must still be seen where it was looked for: else nearly all is canvas, of one look."""
Looks = Int[np.ndarray, "rows columns"]


def may_lie_further(looks: Looks, expected: Looks, ground: Looks, lexicon: Lexicon) -> bool:
    """Whether what seems to be another board may be the expected one, some whole cells further.

    It may where the cells that both would share show it, or where there are too few of them to tell.
    """
    differ = lexicon.differ(looks, expected, ground)
    if differ.mean() < ANOTHER:
        return False
    rows, columns = looks.shape
    if np.bincount(lexicon.glyphs[looks, ground].ravel()).max() > (1 - OVERLAP) * looks.size:
        return True
    for down, right in product(range(1 - rows, rows), range(1 - columns, columns)):
        here = slice(max(0, down), rows + min(0, down)), slice(max(0, right), columns + min(0, right))
        there = slice(max(0, -down), rows + min(0, -down)), slice(max(0, -right), columns + min(0, -right))
        shared = lexicon.differ(looks[here], expected[there], ground[there])
        if shared.size >= OVERLAP * looks.size and shared.mean() < ANOTHER:
            return True
    return False
