"""Cells that fade from one board to the next: how far, and whether all together."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float32

from puzzlereel.puzzles.board import Cell
from puzzlereel.renderers.draw import put_tile, tile_of
from puzzlereel.renderers.layout import Layout
from puzzlereel.renderers.sight.lens import PLAIN, Bend, Lens
from puzzlereel.renderers.sight.looks import Name, lexicon_of
from puzzlereel.renderers.sight.patches import COLOURS, PATCHES
from puzzlereel.renderers.skins import Look, Skin

PHASES = tuple(np.arange(1, 32) / 32)
"""The phases at which a move is drawn: 0 and 1 are boards at rest."""
EVEN = 0.1
"""How much further one cell of a move may have faded than all of them together."""
Seen = Float32[np.ndarray, "cells patches"]
Bends: TypeAlias = tuple[tuple[str, tuple[Bend, ...]], ...]
"""How sprites of each kind may be bent."""
Ends: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]
"""The looks of some cells before and after."""


class Fade(NamedTuple):
    """What may fade: cells, seen from their own corner, from some glyphs to others."""

    skin: Skin
    lens: Lens
    walkers: frozenset[str]
    cells: tuple[Cell, ...]
    was: str
    now: str
    bends: Bends

    @property
    def names(self) -> tuple[Name, ...]:
        return lexicon_of(self.skin, self.lens, self.walkers).names

    def ends(self) -> Iterator[Ends]:
        """Every two looks that the cells may have: each with a trail or without, with a sprite that kept its look or
        has another, and that is bent in one way, before and after."""
        kinds = {self.skin.look(glyph).kind for glyph in self.was + self.now}
        bent = [(kind, (PLAIN, *bends)) for kind, bends in self.bends if kind in kinds]
        for bends in product(*[dict.fromkeys(ways) for _, ways in bent]):
            chosen = dict(zip([kind for kind, _ in bent], bends, strict=True))
            starts, ends = (
                [_named(self.names, glyph, chosen.get(self.skin.look(glyph).kind, PLAIN)) for glyph in glyphs]
                for glyphs in (self.was, self.now)
            )
            yield from product(product(*starts), product(*ends))


def fade_of(fade: Fade, seen: Seen, shown: Seen | None, noise: float) -> tuple[float, float]:
    """How far off cells are from the nearest mixture of before and after, and the share of after in it.

    Infinitely far where some have faded further than others. `shown` is how much of each patch counts.
    """
    shown = np.ones_like(seen) if shown is None else shown
    off, share = (_mixed if fade.lens.is_straight else _dissolved)(fade, seen, shown, noise)
    best = int(off.argmin()) if off.size else 0
    return (float(off[best]), float(share[best])) if off.size else (np.inf, 0.0)


Found: TypeAlias = tuple[Float32[np.ndarray, " ways"], Float32[np.ndarray, " ways"]]


def _mixed(fade: Fade, seen: Seen, shown: Seen, noise: float) -> Found:
    """How far off each way is, and its share, where a mixture of what is drawn is a mixture of what is seen."""
    from puzzlereel.renderers.sight.cells import write_mixed

    starts, ends = _at_rest(fade)
    off, shares = np.empty(len(starts), np.float32), np.empty(len(starts), np.float32)
    write_mixed(starts, ends, seen, shown, (PHASES[0], PHASES[-1]), EVEN, noise, off, shares)
    return off, shares


def _dissolved(fade: Fade, seen: Seen, shown: Seen, noise: float) -> Found:
    """The same where colours are clipped or bent: the mixtures are drawn, and then seen through the lens."""
    from puzzlereel.renderers.sight.cells import unevenness

    off, shares, phases = [], [], np.array(PHASES)
    for drawn in _dissolving(fade):
        far = np.sqrt((shown * (drawn - seen) ** 2).sum(2) / shown.sum(1))
        best = int(far.max(1).argmin())
        changes = np.square(drawn[-1] - drawn[0]).mean(1)
        may = np.array([unevenness(change, EVEN, noise) for change in changes])
        uneven = np.abs(phases[far.argmin(0)] - phases[best]) > may
        off.append(np.inf if uneven.any() else far[best].max())
        shares.append(phases[best])
    return np.array(off, np.float32), np.array(shares, np.float32)


@lru_cache(maxsize=128)
def _at_rest(fade: Fade) -> tuple[Float32[np.ndarray, "ways cells patches"], Float32[np.ndarray, "ways cells patches"]]:
    """What is seen before and after, in every way."""
    lexicon = lexicon_of(fade.skin, fade.lens, fade.walkers)
    shape = (1 + max(row for row, _ in fade.cells), 1 + max(column for _, column in fade.cells))
    soft = any(fade.lens.soft)
    found: list[list[Seen]] = [[], []]
    for ends in fade.ends():
        for every, looks in zip(found, ends, strict=True):
            every.append(lexicon.of_cells(fade.cells, looks, shape) if soft else lexicon.own[list(looks)])
    before, after = (np.reshape(every, (-1, len(fade.cells), COLOURS)).astype(np.float32) for every in found)
    return before, after


@lru_cache(maxsize=32)
def _dissolving(fade: Fade) -> list[Float32[np.ndarray, "phases cells patches"]]:
    """The patches of the cells at every phase, in every way."""
    px, drawn = fade.lens.px, []
    rows, columns = (1 + max(cell[side] for cell in fade.cells) for side in (0, 1))
    layout = Layout(px, 0, 0, rows, columns)
    for chosen in fade.ends():
        ends = np.zeros((2, rows * px, columns * px, 3), np.uint8)
        for picture, looks in zip(ends, chosen, strict=True):
            for cell, look in zip(fade.cells, looks, strict=True):
                put_tile(picture, layout, cell, tile_of(fade.names[look].look, px))
        start, end = ends.astype(np.float32)
        mixtures = np.stack([start + np.float32(phase) * (end - start) for phase in PHASES])
        drawn.append(by_phase(fade.lens.seen(mixtures), fade.cells))
    return drawn


@lru_cache(maxsize=1024)
def _named(names: tuple[Name, ...], glyph: str, bend: Bend) -> Sequence[int]:
    """The looks that a cell may have for a glyph that is bent so."""
    seen: dict[Look, int] = {}
    for number, name in enumerate(names):
        if name.glyph == glyph and name.bend == bend:
            seen.setdefault(name.look, number)
    return list(seen.values())


def by_phase(
    pictures: Float32[np.ndarray, "phases down across 3"], cells: tuple[Cell, ...]
) -> Float32[np.ndarray, "phases cells patches"]:
    """The patches of some cells in pictures of patches."""
    phases, down, across, _ = pictures.shape
    by_cell = pictures.reshape(phases, down // PATCHES, PATCHES, across // PATCHES, PATCHES, 3)
    by_cell = by_cell.transpose(0, 1, 3, 2, 4, 5)
    return np.stack([by_cell[:, row, column].reshape(phases, -1) for row, column in cells], axis=1)
