"""A film that can be tampered with: the honest one, and what a cheat needs to know of it.

    Stage ─ script  boards, beats, skin, style, canvas      Faked ─ film
          ─ film    the honest frames, and their clock            ─ since   the first frame that is not honest

Cheats are painted with the film's own pixels and with rendered frames: nobody is asked what a frame shows.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import UInt8

from puzzlereel.puzzles.board import Board, Cell, distance
from puzzlereel.puzzles.core import Reason
from puzzlereel.renderers.change import Glide, put_motion
from puzzlereel.renderers.draw import Frame
from puzzlereel.renderers.film import Video
from puzzlereel.renderers.layout import Layout, layout_of
from puzzlereel.verifiers.redteam.filming import Beat, Film, Script, even_phases
from puzzlereel.verifiers.scene import Scene

Piece = UInt8[np.ndarray, "_ height width 3"]


class Faked(NamedTuple):
    film: Film
    since: int
    """The first frame that no honest film with the same beginning has."""


@dataclass(frozen=True, eq=False)
class Stage:
    scene: Scene
    script: Script
    """The honest one: at an even pace, each board for as many frames as the others, the last one for more."""

    @property
    def boards(self) -> Sequence[Board]:
        return self.script.boards

    @property
    def count(self) -> int:
        return len(self.script.boards)

    @property
    def middle(self) -> int:
        return self.count // 2

    @property
    def hold(self) -> int:
        """The frames from one board to the next."""
        return self.script.beats[0].frames

    @cached_property
    def film(self) -> Film:
        return self.script.film()

    @property
    def frames(self) -> Video:
        return self.film.frames

    @cached_property
    def layout(self) -> Layout:
        skin = self.script.skin
        return layout_of(self.boards[0].shape, self.script.canvas, skin.rim.cells)

    @property
    def glides(self) -> bool:
        """Whether there are frames between two boards that look like neither."""
        return self.script.style != "hold" and self.hold > 1

    def at(self, number: int) -> int:
        """The first frame that shows a board."""
        return number * self.hold

    def walker(self, number: int) -> Cell:
        return self.scene.find(self.boards[number], self.scene.walker)[0]

    def filmed(self, boards: Sequence[Board], rests: Sequence[int] | None = None) -> Film:
        """The film of other boards, at the same pace; `rests` are the frames that each stands still, one without."""
        moving = even_phases(self.hold)
        rests = rests or [1] * len(boards)
        beats = [Beat(rest, moving) for rest in rests]
        last = max(rests[-1], self.script.beats[-1].rest if len(boards) > 1 else len(self.frames))
        return self.script._replace(boards=boards, beats=[*beats[:-1], Beat(last)]).film()

    def told(self, boards: Sequence[Board], wrong: int, rests: Sequence[int] | None = None) -> Faked:
        """The film of other boards, of which the one of that number is the first that is not honest."""
        film = self.filmed(boards, rests)
        arrives = int(np.argmax(film.clock >= wrong))
        return Faked(film, max(0, arrives - (self.hold - 1) * self.glides) if wrong else 0)

    def amended(
        self, change: Callable[[Board], Board | None], begin: int, end: int, opacity: float = 1.0
    ) -> Faked | None:
        """The honest film, with what a change makes of every board laid over its frames from `begin` to before `end`;
        None where the change cannot be made on each board that is seen there."""
        seen = {int(state) for clock in self.film.clock[begin:end] for state in (np.floor(clock), np.ceil(clock))}
        changed = {state: change(self.boards[state]) for state in seen}
        if begin >= end or None in changed.values():
            return None
        boards = [changed.get(state) or board for state, board in enumerate(self.boards)]
        other = self.script._replace(boards=boards).film()
        return self.blended(other.frames, begin, end, opacity)

    def blended(self, other: Video, begin: int, end: int, opacity: float) -> Faked:
        """The honest film with other frames laid over its own."""
        frames = self.frames.copy()
        frames[begin:end] = mixture(frames[begin:end], other[begin:end], opacity)
        return Faked(self.film.but(frames), begin)

    def spliced(self, pieces: Sequence[Piece], since: int) -> Faked:
        """The film of some pieces, one after the other; its clock stands still, since nobody may trust it."""
        frames = np.concatenate(pieces)
        return Faked(Film(frames, np.zeros(len(frames)), np.arange(len(frames))), since)

    def resting(self, number: int, frames: int) -> Video:
        """A board that stands still, as the film shows it, for so many frames."""
        return np.repeat(self.frames[self.at(number)][None], frames, axis=0)

    def up_to(self, number: int) -> Video:
        """The frames before the film goes on from a board: it has just arrived there."""
        begin: Video = self.frames[: self.at(number) + 1]
        return begin

    def onwards(self, number: int) -> Video:
        """The frames from a board on."""
        rest: Video = self.frames[self.at(number) :]
        return rest

    def put_sprite(self, frame: Frame, kind: str, source: Cell, target: Cell, phase: float) -> None:
        """Draw a sprite of a kind on a frame, anywhere on the straight line between two cells."""
        look = self.script.skin.look(self.scene.dressed(kind))
        put_motion(frame, self.layout, Glide(look, source, target), phase)

    def bared(self, number: int, cells: Sequence[Cell]) -> Frame:
        """The frame of a board, some of whose cells have lost what stood on them."""
        board = self.boards[number]
        frame: Frame = self.frames[self.at(number)].copy()
        ground = self.filmed([board.put({cell: self.scene.bare(board[cell]) for cell in cells})]).frames[0]
        for cell in cells:
            top, left = self.layout.corner(cell)
            tile = slice(top, top + self.layout.px), slice(left, left + self.layout.px)
            frame[tile] = ground[tile]
        return frame

    def painted(self, number: int, pictures: Sequence[Frame]) -> Faked:
        """The film, interrupted by other pictures while it shows a board."""
        begin = self.up_to(number)
        return self.spliced([begin, np.stack(pictures), self.onwards(number)], len(begin))

    def strayed(self, number: int, line: Sequence[tuple[str, Cell, Cell, float]], away: Sequence[Cell]) -> list[Frame]:
        """A board without what stood on some cells, once for each place that a sprite is put instead."""
        ground, pictures = self.bared(number, away), []
        for kind, source, target, phase in line:
            pictures.append(ground.copy())
            self.put_sprite(pictures[-1], kind, source, target, phase)
        return pictures

    def interrupted(self, number: int, board: Board, frames: int) -> Faked:
        """The film, interrupted after a board by another one, which stands for so many frames."""
        boards = [*self.boards[: number + 1], board, *self.boards[number:]]
        return self.told(boards, number + 1, [frames if at == number + 1 else 1 for at in range(len(boards))])

    def window(self, length: int) -> tuple[int, int]:
        """So many frames from the middle of the way on: the first of them and the one behind the last."""
        begin = self.at(self.middle)
        return begin, min(begin + length, len(self.frames))

    def added(self, kind: str, length: int, opacity: float = 1.0) -> Faked | None:
        """One thing more stands on a plain cell, away from all others, in the middle of the film."""
        if not kind:
            return None
        later = [set(self.scene.spare(board)) for board in self.boards[self.middle :]]
        cells = sorted(set.intersection(*later)) or self.scene.spare(self.boards[self.middle])
        if not cells:
            return None
        cell, glyph, plain = self.scene.rng.choice(cells), self.scene.dressed(kind), self.scene.plain
        window = self.window(length)
        return self.amended(lambda board: board.put({cell: glyph}) if board[cell] == plain else None, *window, opacity)

    @cached_property
    def wall(self) -> str:
        """The commonest glyph at the edge of the board."""
        board = self.boards[0]
        rows, columns = board.shape
        edge = Counter(glyph for (r, c), glyph in board.items() if r in (0, rows - 1) or c in (0, columns - 1))
        glyph: str = edge.most_common(1)[0][0]
        return glyph

    def gap(self, least: int, *, wide: bool) -> tuple[int, int] | None:
        """Two boards with others between them, far enough from each other that no lawful move is seen between them.

        The first two that are at least `least` moves apart, from a quarter of the film on; or, wide, half of the film.
        """
        quarter = self.count // 4
        starts = [*range(quarter, self.count), *range(quarter)]
        for first in starts[:1] if wide else starts:
            for last in range(first + (max(least, self.middle) if wide else least), self.count):
                if self.is_far(first, last):
                    return first, last
        return None

    def is_far(self, first: int, last: int) -> bool:
        """Whether two boards are more than one move apart, whichever way they are reached."""
        if not self.scene.walker:
            return last > first + 1
        if distance(self.walker(first), self.walker(last)) > 1:
            return True
        here, there = (set(self.scene.find(self.boards[at], self.scene.other_kind)) for at in (first, last))
        changed = sorted(here ^ there) if self.scene.other_kind else []
        return len(changed) > 2 or (len(changed) == 2 and distance(*changed) > 1)


def mixture(below: Video, above: Video, opacity: float) -> Video:
    """Frames laid over frames."""
    if opacity == 1:
        return above
    mixed = (1 - opacity) * below.astype(np.float32) + opacity * above
    whole: Video = np.rint(mixed).astype(np.uint8)
    return whole


Make: TypeAlias = Callable[[Stage, bool], Faked | None]
"""What makes a cheat, gross or mild; None where the film does not lend itself to it."""


class Needs(Enum):
    """What must move in a puzzle for a cheat to be possible there."""

    NOTHING = "anything"
    WALKER = "a walker: Maze, Sokoban"
    LONE_WALKER = "a walker and nothing else: Maze"
    BOXES = "something that the walker moves: Sokoban"
    FLOWS = "flows: FlowFree"
    STONES = "things that glide without a walker: Fifteen"

    def met_by(self, scene: Scene) -> bool:
        return {
            Needs.NOTHING: True,
            Needs.WALKER: bool(scene.walker),
            Needs.LONE_WALKER: bool(scene.walker) and not scene.other_kind,
            Needs.BOXES: bool(scene.other_kind),
            Needs.FLOWS: not scene.gliding,
            Needs.STONES: scene.is_loose,
        }[self]


@dataclass(frozen=True)
class Kind:
    """One way to cheat."""

    make: Make
    reasons: frozenset[Reason]
    """Those that name it rightly, as far as can be told beforehand."""
    needs: Needs = Needs.NOTHING

    @property
    def name(self) -> str:
        return self.make.__name__


BRIEF, SHORT, LONG = 3, 6, 15
"""For how many frames things are otherwise: the fewest, mildly, and grossly."""
WRONG_PLACE = frozenset({Reason.JUMP, Reason.WALL, Reason.UNPUSHED, Reason.PULLED, Reason.UNLAWFUL, Reason.SMEARED})
"""Something is where it cannot have come to."""
WRONG_COUNT = frozenset({Reason.APPEARED, Reason.VANISHED, Reason.SMEARED})
"""There is more or less of something."""
WRONG_ADDED = WRONG_COUNT | {Reason.STRAY, Reason.OVERWRITTEN, Reason.UNPUSHED}
WRONG_SCENERY = frozenset({Reason.SCENERY, Reason.WRONG_START, Reason.SMEARED})
WRONG_FLOW = frozenset(
    {Reason.OVERWRITTEN, Reason.SHRANK, Reason.TANGLED, Reason.STRAY, Reason.JUMP, Reason.UNLAWFUL, Reason.SMEARED}
)
WRONG_END = frozenset({Reason.UNSOLVED, Reason.UNJOINED, Reason.UNFILLED, Reason.FROZEN})
ILLEGIBLE = frozenset({Reason.SMEARED, Reason.UNREADABLE, Reason.VANISHED, Reason.SCENERY})
SKIPPED = WRONG_PLACE | WRONG_COUNT | WRONG_FLOW
