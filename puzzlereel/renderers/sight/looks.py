"""All that a cell may look like: every look of a skin, the walker bent a little, seen through the film's lens.

A sprite may hide what it stands on: then the ground that the cell had on the first board decides between the looks that
are the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from puzzlereel.puzzles.board import Board, Cell
from puzzlereel.renderers.draw import tile_of
from puzzlereel.renderers.shapes import Coverage, Fill, Shape
from puzzlereel.renderers.sight.lens import PLAIN, Bend, Lens, surroundings
from puzzlereel.renderers.sight.patches import COLOURS
from puzzlereel.renderers.skins import Look, Skin

TOLERANCE = 12.0
"""How far a cell may be from a look, as the root of the mean square over patches and channels, of 255."""
NEARER = 0.4
"""How far a cell may be from a look, as a share of the way from there to the next look of another glyph."""
FAINT, FAINT_SPRITE, MOST_APART = 0.22, 0.3, 80.0
"""The same where that is more than `TOLERANCE`: what is laid so faintly over a cell, or over a sprite, is not noticed;
and how far apart looks count as being at most."""
SAME = 2.0
"""Looks nearer to each other than this count as one."""
FOREIGN = 4.0
"""How much nearer a sprite must be on another ground than its cell had on the first board, to be taken as that."""
BENDS = tuple(
    (size, square)
    for square in (0.0, 0.5, -0.5)
    for size in (1.0, 0.75, 0.83, 0.91, 1.09, 1.17, 1.25)
    if (size, square) != (1, 0)
)
"""How a walker may be deformed, beside the way in which the first frame shows it."""
FINE = 96
"""How many points a side at least has of a shape that is deformed just as the first frame shows it."""


@dataclass(frozen=True)
class Bent:
    """A shape that is larger or smaller, squarer or rounder, about the middle of its tile."""

    shape: Shape
    size: float
    square: float
    fine: int = 1
    """How much finer than pixels the shape is drawn before it is deformed."""

    @property
    def colour(self) -> str:
        return self.shape.colour

    def coverage(self, px: int) -> Coverage:
        fine = self.fine * px
        whole = self.shape.coverage(fine)
        ruler = np.arange(fine) + 0.5 - fine / 2
        down, across = np.meshgrid(ruler, ruler, indexing="ij")
        widest = np.maximum(np.abs(down), np.abs(across))
        bend = np.where(widest > 0, widest / np.maximum(np.hypot(down, across), 1e-9), 1) ** self.square / self.size
        bent = _sampled(whole, down * bend + fine / 2 - 0.5, across * bend + fine / 2 - 0.5)
        covered: Coverage = bent.reshape(px, self.fine, px, self.fine).mean((1, 3))
        return covered


def _sampled(whole: Coverage, down: Coverage, across: Coverage) -> Coverage:
    """A coverage between its pixels; nothing is beyond it."""
    padded = np.pad(whole, 1)
    down, across = (np.clip(at + 1, 0, len(padded) - 1.001) for at in (down, across))
    rows, columns = down.astype(int), across.astype(int)
    below, right = down - rows, across - columns
    upper = padded[rows, columns] * (1 - right) + padded[rows, columns + 1] * right
    lower = padded[rows + 1, columns] * (1 - right) + padded[rows + 1, columns + 1] * right
    sampled: Coverage = upper * (1 - below) + lower * below
    return sampled


def bent(look: Look, bend: Bend, fine: int = 1) -> Look:
    """A look whose sprite is deformed."""
    return Look(look.ground, tuple(Bent(shape, *bend, fine) for shape in look.sprite), look.kind)


def finely_bent(look: Look, bend: Bend, px: int) -> Look:
    """The same where tiles are so many pixels wide and every one of them counts."""
    return bent(look, bend, -(-FINE // px))


class Name(NamedTuple):
    """A look, the glyph that it stands for, and how it is bent."""

    glyph: str
    look: Look
    bend: Bend = PLAIN


class Lexicon(NamedTuple):
    """All looks of a skin through one lens."""

    names: tuple[Name, ...]
    grounds: tuple[tuple[Shape, ...], ...]
    """The different grounds."""
    glyphs: Int[np.ndarray, "looks grounds"]
    """The code point of a look's glyph in a cell that has a ground."""
    foreign: Float32[np.ndarray, "looks grounds"]
    """What is added to the square of the distance of a sprite on another ground than the cell's."""
    near: Float32[np.ndarray, " looks"]
    """How far off a look a cell may be to be settled."""
    apart: Float32[np.ndarray, " looks"]
    """How far each look is from the next one of another glyph, `MOST_APART` at most."""
    shares: Float32[np.ndarray, "looks_and_outside 3 3 colours"]
    """What each look, and last the canvas beside the board, adds to its own cell and to those around it."""

    moves: Bool[np.ndarray, " looks"]
    """Which looks have a sprite."""
    walks: Bool[np.ndarray, " looks"]
    """Which have one that there is just one of."""
    unbent: int
    """How many looks are not bent; they come first."""
    first: Mapping[str, int]
    """The plain look of each glyph."""
    own: Float32[np.ndarray, "looks colours"]
    """What each look adds to its own cell."""
    most: Float32[np.ndarray, " looks"]
    """How far off a look a cell may be, whatever is tolerated."""
    gaps: Float32[np.ndarray, "looks grounds"]
    """How far each look is from the next one, as the root of the sum of squares; 0 on a ground where it is foreign."""

    def differ(
        self,
        looks: Int[np.ndarray, "rows columns"],
        others: Int[np.ndarray, "rows columns"],
        ground: Int[np.ndarray, "rows columns"],
    ) -> Bool[np.ndarray, "rows columns"]:
        """In which cells, that have some grounds, looks stand for another glyph than others do."""
        other: Bool[np.ndarray, "rows columns"] = self.glyphs[looks, ground] != self.glyphs[others, ground]
        return other

    def looks_of(self, board: Board) -> Int[np.ndarray, "rows columns"]:
        """The look of each cell of a board that has no trail."""
        return np.array([[self.first[glyph] for glyph in row] for row in board.rows])

    def context(self, looks: Int[np.ndarray, "rows columns"]) -> Float32[np.ndarray, "rows columns colours"]:
        """What the cells around each cell add to it; -1 stands for a cell that adds nothing."""
        padded = np.pad(looks, 1, constant_values=len(self.names))
        shares = np.concatenate([self.shares, np.zeros((1, 3, 3, COLOURS), np.float32)])  # the last one is -1
        rows, columns = looks.shape
        total = np.zeros((rows, columns, COLOURS), np.float32)
        for down in range(3):
            for right in range(3):
                if (down, right) != (1, 1):
                    total += shares[padded[down : down + rows, right : right + columns], 2 - down, 2 - right]
        return total

    def of_cells(
        self, cells: Sequence[Cell], looks: Sequence[int], shape: tuple[int, int]
    ) -> Float32[np.ndarray, "cells colours"]:
        """What is seen of some cells of a board of which the others, and all beside it, add nothing."""
        grid = np.full((shape[0] + 2, shape[1] + 2), -1)
        for (row, column), look in zip(cells, looks, strict=True):
            grid[row + 1, column + 1] = look
        around = self.context(grid)
        return np.stack(
            [self.own[look] + around[row + 1, column + 1] for (row, column), look in zip(cells, looks, strict=True)]
        )


@lru_cache(maxsize=64)
def lexicon_of(skin: Skin, lens: Lens, walkers: frozenset[str] = frozenset()) -> Lexicon:
    """The lexicon of a skin through a lens, in which sprites of some kinds may be bent."""
    own_bends = dict(lens.bends)
    names = _names(skin, walkers, own_bends, lens.px)
    tiles = np.stack([tile_of(name.look, lens.px) for name in names]).astype(np.float32)
    outside = tile_of(Look((Fill(skin.background),)), lens.px)[None].astype(np.float32)
    shares = surroundings(lens, np.concatenate([tiles, outside]))
    grounds = tuple(dict.fromkeys(name.look.ground for name in names))
    own = np.ascontiguousarray(shares[:-1, 1, 1])
    near, apart, glyphs = _told_apart(names, grounds, own)
    foreign = [
        [bool(name.look.kind) and skin.look(name.glyph).ground != ground for ground in grounds] for name in names
    ]
    first = {name.glyph: number for number, name in reversed(list(enumerate(names)))}
    first |= {name.glyph: at for at, name in enumerate(names) if name.bend == own_bends.get(name.look.kind)}
    unbent = sum(name.bend == PLAIN for name in names)
    moves = np.array([bool(name.look.kind) for name in names])
    walks = np.array([name.look.kind in walkers for name in names])
    penalty = (np.array(foreign) * FOREIGN**2).astype(np.float32)
    gaps = np.where(foreign, 0, _gaps(own)[:, None]).astype(np.float32)
    return Lexicon(
        names, grounds, glyphs, penalty, near, apart, shares, moves, walks, unbent, first, own, NEARER * apart, gaps
    )


def _gaps(own: Float[np.ndarray, "looks colours"]) -> Float[np.ndarray, " looks"]:
    """How far each look is from the next one, as the root of the sum of squares."""
    exact = own.astype(np.float64)
    squares = (exact**2).sum(1)
    apart = squares[:, None] + squares - 2 * exact @ exact.T
    np.fill_diagonal(apart, np.inf)
    gaps: Float[np.ndarray, " looks"] = np.sqrt(np.maximum(apart.min(1), 0))
    return gaps


def _names(skin: Skin, walkers: frozenset[str], own: Mapping[str, Bend], px: int) -> tuple[Name, ...]:
    plain = [Name(glyph, look) for glyph, look in named_looks(skin)]
    walking = [name for name in plain if name.look.kind in walkers]
    first = [
        Name(glyph, finely_bent(look, own[look.kind], px), own[look.kind])
        for glyph, look, _ in walking
        if look.kind in own
    ]
    grid = [
        Name(glyph, bent(look, bend), bend)
        for glyph, look, _ in walking
        for bend in BENDS
        if bend != own.get(look.kind)
    ]
    return (*plain, *first, *grid)


def _told_apart(
    names: tuple[Name, ...], grounds: tuple[tuple[Shape, ...], ...], own: Float[np.ndarray, "looks colours"]
) -> tuple[Float32[np.ndarray, " looks"], Float32[np.ndarray, " looks"], Int[np.ndarray, "looks grounds"]]:
    """How far off each look a cell may be, how far the next one is, and what it stands for on each ground."""
    squares = (own**2).sum(1)
    off = np.sqrt(np.maximum(squares[:, None] + squares - 2 * own @ own.T, 0) / COLOURS)
    near, apart = np.empty(len(names), np.float32), np.empty(len(names), np.float32)
    glyphs = np.empty((len(names), len(grounds)), np.int64)
    for at, (glyph, look, bend) in enumerate(names):
        alike: dict[tuple[Shape, ...], str] = {}
        others = [MOST_APART]
        for (twin, its_look, its_bend), far in zip(names, off[at], strict=True):
            if far < SAME and its_bend == bend:
                alike[its_look.ground] = twin
            elif twin != glyph and far >= SAME and its_bend in (bend, PLAIN) and not look.kind == its_look.kind != "":
                others.append(far)
        apart[at] = min(others)
        near[at] = min(NEARER * apart[at], max(TOLERANCE, (FAINT_SPRITE if look.kind else FAINT) * apart[at]))
        glyphs[at] = [ord(alike.get(ground, glyph)) for ground in grounds]
    return near, apart, glyphs


def named_looks(skin: Skin) -> list[tuple[str, Look]]:
    """Every look that a cell may have, with the glyph that it stands for."""
    return [*skin.looks.items(), *skin.trailed.items(), *_undressed(skin)]


def _undressed(skin: Skin) -> list[tuple[str, Look]]:
    """Sprites that keep their look on a ground where another of their kind looks otherwise: that is decoration."""
    moving = [(glyph, look) for glyph, look in skin.looks.items() if look.kind]
    return [
        (glyph, Look(look.ground, other.sprite, look.kind))
        for glyph, look in moving
        for _, other in moving
        if other.kind == look.kind and other.ground != look.ground and other.sprite != look.sprite
    ]
