"""How the red team films boards: as the suite does, but at any pace.

Beat ─ rest     the frames for which a board stands still
     ─ phases   how far the next move is in each of the frames that follow
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64, UInt8

from puzzlereel.puzzles.board import Board
from puzzlereel.renderers.change import changes, cut
from puzzlereel.renderers.draw import draw
from puzzlereel.renderers.film import STYLES, Video
from puzzlereel.renderers.layout import Canvas, layout_of
from puzzlereel.renderers.skins import Skin


class Film(NamedTuple):
    """The frames of a film, and what is known of them from its making."""

    frames: Video
    clock: Float64[np.ndarray, " frames"]
    """How many moves are done in each frame: 3.25 is a quarter of the way from the fourth board to the fifth."""
    source: Int64[np.ndarray, " frames"]
    """Which frame each was when the film was made, before frames were repeated, dropped or put in another order."""

    def but(self, frames: Video) -> "Film":
        """The same film with other frames, one for each."""
        return self._replace(frames=frames)

    def picked(self, index: Int64[np.ndarray, " picked"]) -> "Film":
        """The film of some of its frames, in that order."""
        return Film(self.frames[index], self.clock[index], self.source[index])


class Beat(NamedTuple):
    """How long a board stands, and how the move to the next one goes on: phases in (0, 1), none for a cut."""

    rest: int
    phases: tuple[float, ...] = ()

    @property
    def frames(self) -> int:
        return self.rest + len(self.phases)


def even_phases(hold: int) -> tuple[float, ...]:
    """A move that is drawn in equal steps, `hold` frames from board to board."""
    return tuple(late / hold for late in range(1, hold))


def eased_phases(hold: int) -> tuple[float, ...]:
    """A move that starts and ends slowly."""
    return tuple(phase * phase * (3 - 2 * phase) for phase in even_phases(hold))


MOST_HOLD = 8
"""The most frames from one board to the next in a film at an even pace, as in the suite's own."""


def even_beats(boards: int, frames: int) -> list[Beat]:
    """The pace of the suite's own films: every board as long as the others, the last one to the end."""
    hold = max(1, min(MOST_HOLD, frames // boards))
    return [Beat(1, even_phases(hold))] * (boards - 1) + [Beat(max(1, frames - hold * (boards - 1)))]


class Script(NamedTuple):
    """All that a film is made from."""

    boards: Sequence[Board]
    beats: Sequence[Beat]
    skin: Skin
    style: str
    canvas: Canvas

    @property
    def frames(self) -> int:
        return sum(beat.frames for beat in self.beats)

    def film(self) -> Film:
        return film_beats(self.boards, self.beats, self.skin, style=self.style, canvas=self.canvas)


def film_beats(boards: Sequence[Board], beats: Sequence[Beat], skin: Skin, *, style: str, canvas: Canvas) -> Film:
    """The film of boards in a row, each with its beat; the phases of the last one are not looked at."""
    beats = [*beats[:-1], Beat(beats[-1].rest)]
    layout = layout_of(boards[0].shape, canvas, skin.rim.cells)
    frame, between = draw(boards[0], skin, layout, *canvas), STYLES[style]
    count = sum(beat.frames for beat in beats)
    video, clock = np.empty((count, *canvas, 3), np.uint8), np.empty(count)
    changing, t = changes(boards, skin, layout), 0
    for number, beat in enumerate(beats):
        video[t : t + beat.rest], clock[t : t + beat.rest] = frame, number
        t += beat.rest
        change = next(changing, None)
        if change is None:
            break
        for phase in beat.phases:
            if between:
                between(frame, change, phase)
            video[t], clock[t] = frame, number + phase * (between is not None)
            t += 1
        cut(frame, change)
    return Film(video, clock, np.arange(count))


def first_difference(one: Video, other: UInt8[np.ndarray, "others other_height other_width 3"]) -> int | None:
    """The first frame in which two films differ, or that one of them alone has; None where they are the same."""
    both = min(len(one), len(other))
    differing = (t for t in range(both) if not np.array_equal(one[t], other[t]))
    return next(differing, None if len(one) == len(other) else both)


def fastest(film: Film) -> float:
    """The most moves from one frame to the next."""
    return max((after - before for before, after in pairwise(film.clock.tolist())), default=0.0)
