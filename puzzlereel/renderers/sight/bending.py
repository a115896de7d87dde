"""How what walks is bent in a film: what its first frame shows of it, against every bend."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np
from jaxtyping import Float32

from puzzlereel.puzzles.board import Board
from puzzlereel.renderers.draw import tile_of
from puzzlereel.renderers.sight.lens import PLAIN, Bend, Lens, surroundings
from puzzlereel.renderers.sight.looks import BENDS, Name, finely_bent
from puzzlereel.renderers.sight.patches import Patches
from puzzlereel.renderers.skins import Look, Skin

SIZES, SQUARES = (0.75, 1.25), (-0.5, 0.5)
"""Between which bounds a walker may be deformed."""
STEPS = ((0.04, 0.25), (0.02, 0.12), (0.01, 0.06), (0.005, 0.03))
"""By how much size and squareness are changed to find the bend, roughly and then finely."""
CLOSE = 6.0
"""How far off its plain look, of 255, a walker may be and it is not taken to be bent."""
BETTER = 0.75
"""How much nearer than the plain look a bent one must be to be believed."""


def bends_of(
    alone: Patches, start: Board, skin: Skin, lens: Lens, walkers: Collection[str]
) -> tuple[tuple[str, Bend], ...]:
    """The walkers that are bent, and how, where cells are seen without what those around them add."""
    bends = []
    for cell in start.find("".join(glyph for glyph, look in skin.looks.items() if look.kind in walkers)):
        look = skin.look(start[cell])
        if (bend := bend_of(alone[cell], look, lens)) != PLAIN:
            bends.append((look.kind, bend))
    return tuple(bends)


def usual_bends(kind: str, own: Iterable[tuple[str, Bend]], bent: Mapping[Name, int]) -> list[Bend]:
    """How sprites of a kind were bent: their own way in a film, and the two in which they were seen most often."""
    seen: Counter[Bend] = Counter()
    for name, often in bent.items():
        if name.look.kind == kind:
            seen[name.bend] += often
    first = [bend for bent_kind, bend in own if bent_kind == kind]
    return list(dict.fromkeys(first + [bend for bend, _ in seen.most_common(2)]))


def bent_skin(skin: Skin, bends: Mapping[str, Bend], px: int) -> Skin:
    """A skin in which some kinds of sprites are bent, for tiles of so many pixels."""
    looks = {
        glyph: finely_bent(look, bends[look.kind], px) if look.kind in bends else look
        for glyph, look in skin.looks.items()
    }
    return replace(skin, looks=looks)


def bend_of(seen: Float32[np.ndarray, " colours"], look: Look, lens: Lens) -> Bend:
    """The bend in which a look comes nearest to the patches of a cell."""
    known = {PLAIN: float(np.square(_plain(look, lens) - seen).mean())}
    if known[PLAIN] < CLOSE**2:
        return PLAIN

    def off(bend: Bend) -> float:
        if bend not in known:
            known[bend] = float(np.square(_own(finely_bent(look, bend, lens.px), lens) - seen).mean())
        return known[bend]

    # Not from the plain look, whose sides lie on whole pixels: what is beside it, drawn finely, may be further off.
    best = min(BENDS, key=off)
    for steps in STEPS:
        moves = [(size, square) for size in (-1, 0, 1) for square in (-1, 0, 1)]
        last = None
        while best != last:
            last = best
            best = min((_within(best[0] + a * steps[0], best[1] + b * steps[1]) for a, b in moves), key=off)
    return best if off(best) < BETTER**2 * off(PLAIN) else PLAIN


def _own(look: Look, lens: Lens) -> Float32[np.ndarray, " colours"]:
    """The patches of a cell of a look, without what it adds to those around it."""
    own: Float32[np.ndarray, " colours"] = surroundings(lens, tile_of(look, lens.px)[None].astype(np.float32))[0, 1, 1]
    return own


_plain = lru_cache(maxsize=64)(_own)


def _within(size: float, square: float) -> Bend:
    return round(min(max(size, SIZES[0]), SIZES[1]), 3), round(min(max(square, SQUARES[0]), SQUARES[1]), 3)
