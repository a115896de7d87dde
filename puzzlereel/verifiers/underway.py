"""How far a move is under way in a frame: the move, drawn at every phase, against what is seen.

glide      sprites on their way from cell to cell, flows that grow
blend      the cells before and after, laid over each other, as where a film fades
"""

from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int

from puzzlereel.puzzles.board import Board, Cell
from puzzlereel.renderers.change import Glide, Growth, motions, origins, put_motion
from puzzlereel.renderers.draw import ground_of, put_tile
from puzzlereel.renderers.layout import Layout
from puzzlereel.renderers.sight.eye import Eye
from puzzlereel.renderers.sight.lens import Lens
from puzzlereel.renderers.sight.looks import TOLERANCE, finely_bent, lexicon_of
from puzzlereel.renderers.sight.sighting import Sight
from puzzlereel.renderers.skins import Look, Skin
from puzzlereel.verifiers.fades import Bends, Fade, Seen, by_phase, fade_of

STEPS = 32
"""In how many steps a sprite is drawn on its way, at least: in cells of up to twice as many pixels it is each pixel."""
HALFWAY = 0.5
"""How far off its picture a move may be, as a share of the way of the cell that changes least: or else what is seen
might as well be that nothing has moved there."""
FAR, MOST_FAR = 65.0, 1.5
"""Boards whose cells differ by more than this, of 255, are told apart although a move between them is further off its
picture, in proportion; and up to what factor."""

AROUND = tuple((down, right) for down, right in product((-1, 0, 1), repeat=2) if down or right)
"""The eight cells around a cell."""

Motions = tuple[Glide | Growth, ...]


class Move:
    """The way from one board to the next: the cells that it changes, seen from their own corner, and what moves."""

    def __init__(self, before: Board, after: Board, skin: Skin) -> None:
        self.before, self.after, self.skin = before, after, skin
        self._drawn: dict[tuple[Lens, Bends], Drawn] = {}

    def changes(self, cell: Cell) -> bool:
        """Whether the boards differ in a cell."""
        return self.before[cell] != self.after[cell]

    @cached_property
    def changed(self) -> list[Cell]:
        """The cells in which the boards differ, row by row."""
        return self.before.differences(self.after)

    @cached_property
    def index(self) -> tuple[Int[np.ndarray, " cells"], Int[np.ndarray, " cells"]]:
        """The rows and the columns of these cells."""
        rows, columns = np.array(self.changed).T
        return rows, columns

    def routes(self, corner: Cell) -> tuple["Route", ...]:
        """What moves, and where from, as seen from a corner."""
        found = []
        for motion in motions(self.before, self.after, self.skin):
            if isinstance(motion, Glide):
                sides = [motion.source]
            else:
                sides = origins(self.before, motion.target, motion.look.kind, self.skin)
            target, glides = _from(corner, motion.target), isinstance(motion, Glide)
            found.append(Route(glides, target, tuple(_from(corner, side) for side in sides)))
        return tuple(found)

    def drawn(self, lens: Lens, walkers: frozenset[str], bends: Bends) -> "Drawn":
        """The move as it is seen through a lens, drawn once for as long as the same things are bent."""
        key = lens, bends
        if key not in self._drawn:
            corner = min(row for row, _ in self.changed), min(column for _, column in self.changed)
            cells = tuple(_from(corner, cell) for cell in self.changed)
            was, now = ("".join(board[cell] for cell in self.changed) for board in (self.before, self.after))
            self._drawn[key] = Drawn(
                _drawings(self.skin, lens, cells, was, now, self.routes(corner), bends),
                Fade(self.skin, lens, walkers, cells, was, now, bends),
                *_far(self.skin, lens, walkers, was, now),
            )
        return self._drawn[key]


class Drawn(NamedTuple):
    """What a move may look like."""

    phases: list[Float32[np.ndarray, "phases cells patches"]]
    """Its cells at every phase, in every way in which it may be drawn."""
    fade: Fade
    least: float
    most: float
    """How far the cell goes that goes least, and the one that goes furthest, of 255."""


class Route(NamedTuple):
    """Where a sprite goes: it glides from its one side, or grows from any of several."""

    glides: bool
    target: Cell
    sides: tuple[Cell, ...]


def phase_of(move: Move, sight: Sight, eye: Eye, enough: float = TOLERANCE) -> tuple[float, float]:
    """How far off the changed cells are from the phase that they resemble most, and that phase, in (0, 1).

    What is decoration may be either way: a trail in any of the cells, the look of a sprite, and, where a flow joins,
    the side from which its last cell grows; and things may go from cell to cell or fade. They are not held against
    fades where what goes from cell to cell is near `enough`.
    """
    from puzzlereel.renderers.sight.cells import steepest

    lens, walkers = sight.lens, eye.walkers
    bends = tuple((kind, tuple(eye.bends(kind))) for kind in sorted(walkers)) if eye.bent or lens.bends else ()
    drawn, seen = move.drawn(lens, walkers, bends), _alone(move, sight, eye)
    mask = None if sight.visible is None else sight.visible[move.index]
    best, phase = np.inf, 0.0
    for phases in drawn.phases:
        off, at = _closest(phases, seen, mask, best)
        if off < best:
            best, phase = off, glide_phases(lens.px)[at]
    if best > min(enough, HALFWAY * drawn.least):
        off, share = fade_of(drawn.fade, seen, mask, sight.noise)
        if off < best:
            best, phase = off, share
    steep = steepest(seen) if sight.blunt else 0.0
    off = max(best**2 - sight.noise**2 - (1.5 * sight.blunt * steep) ** 2, 0) ** 0.5
    if off > HALFWAY * drawn.least:
        return np.inf, phase
    return float(off / min(max(drawn.most / FAR, 1), MOST_FAR)), phase


def _closest(
    drawn: Float32[np.ndarray, "phases cells patches"], seen: Seen, mask: Seen | None, least: float
) -> tuple[float, int]:
    """How far off the nearest phase is in the cell that is furthest off, and its number.

    Where none is off by less than `least`, it may be that and any number.
    """
    from puzzlereel.renderers.sight.cells import closest

    if mask is None:
        return closest(drawn, seen, least)
    off = np.sqrt(((drawn - seen) ** 2 * mask).sum(2) / mask.sum(1)).max(1)
    return float(off.min()), int(off.argmin())


def _alone(move: Move, sight: Sight, eye: Eye) -> Seen:
    """The patches of the changed cells without what those around them add."""
    seen: Seen = sight.patches[move.index]
    if any(sight.lens.soft):
        lexicon = lexicon_of(eye.skin, sight.lens, eye.walkers)
        rows, columns = sight.looks.shape
        for number, (row, column) in enumerate(move.changed):
            for down, right in AROUND:
                near = row + down, column + right
                if near in move.changed:
                    continue
                inside = 0 <= near[0] < rows and 0 <= near[1] < columns
                look = sight.looks[near] if inside else len(lexicon.names)
                seen[number] -= lexicon.shares[look, 1 - down, 1 - right]
    return seen


@lru_cache
def glide_phases(px: int) -> tuple[float, ...]:
    """The phases at which what goes from cell to cell is drawn, in (0, 1)."""
    steps = px if STEPS < px < 2 * STEPS else STEPS
    return tuple(step / steps for step in range(1, steps))


@lru_cache(maxsize=1024)
def _far(skin: Skin, lens: Lens, walkers: frozenset[str], was: str, now: str) -> tuple[float, float]:
    """How far cells go from some glyphs to others, of 255: the one that goes least, and the one that goes furthest."""
    lexicon = lexicon_of(skin, lens, walkers)
    before, after = (lexicon.own[[lexicon.first[glyph] for glyph in glyphs]] for glyphs in (was, now))
    far = np.sqrt(((before - after) ** 2).mean(1))
    return float(far.min()), float(far.max())


def _grounds(skin: Skin, glyph: str) -> list[Look]:
    return [skin.look(glyph), *([skin.trailed[glyph]] if glyph in skin.trailed else [])]


def _ways(route: Route, look: Look, skin: Skin, bends: Bends, px: int) -> list[Glide | Growth]:
    """The ways in which a sprite may be drawn on its route."""
    if route.glides:
        sprites = dict.fromkeys(other.sprite for other in skin.looks.values() if other.kind == look.kind)
        looks = [replace(look, sprite=sprite) for sprite in sprites]
        looks += [
            finely_bent(look, bend, px) for look in looks for kind, seen in bends if kind == look.kind for bend in seen
        ]
        return [Glide(look, route.sides[0], route.target) for look in looks]
    return [Growth(look, route.target, side) for side in route.sides] or [Growth(look, route.target, None)]


def _from(corner: Cell, cell: Cell) -> Cell:
    return cell[0] - corner[0], cell[1] - corner[1]


@lru_cache(maxsize=128)
def _drawings(
    skin: Skin, lens: Lens, cells: tuple[Cell, ...], was: str, now: str, routes: tuple[Route, ...], bends: Bends
) -> list[Float32[np.ndarray, "phases cells patches"]]:
    """The patches of some cells at every phase of a move, in every way in which it may be drawn."""
    before, after = dict(zip(cells, was, strict=True)), dict(zip(cells, now, strict=True))
    looks = [skin.look(before[route.sides[0]] if route.glides else after[route.target]) for route in routes]
    return [
        _drawn(cells, grounds, moving, lens)
        for grounds in product(*[_grounds(skin, glyph) for glyph in was])
        for moving in product(
            *[_ways(route, look, skin, bends, lens.px) for route, look in zip(routes, looks, strict=True)]
        )
    ]


@lru_cache(maxsize=512)
def _drawn(
    cells: tuple[Cell, ...], grounds: tuple[Look, ...], moving: Motions, lens: Lens
) -> Float32[np.ndarray, "phases cells patches"]:
    """The patches of some cells at every phase of the motions over them."""
    px = lens.px
    rows, columns = (1 + max(cell[side] for cell in cells) for side in (0, 1))
    layout = Layout(px, 0, 0, rows, columns)
    still = np.zeros((rows * px, columns * px, 3), np.uint8)
    for cell, look in zip(cells, grounds, strict=True):
        put_tile(still, layout, cell, ground_of(look, px))
    phases = glide_phases(px)
    pictures = np.repeat(still[None], len(phases), 0)
    for picture, phase in zip(pictures, phases, strict=True):
        for motion in moving:
            put_motion(picture, layout, motion, phase)
    return by_phase(lens.seen(pictures), cells)
