"""From a trajectory to a film: frame by frame, redrawing only what changed.

Shot, Shot, Shot, …      one picture, drawn on again and again, and the rows of pixels that are new in it
film                     the same as one array, for who needs all frames at once
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8

from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import PuzzlereelError, Trajectory
from puzzlereel.renderers.change import Change, changes, cut, fade, slide
from puzzlereel.renderers.draw import Box, Frame, draw, new_in, whole
from puzzlereel.renderers.layout import FULL, Canvas, layout_of
from puzzlereel.renderers.skins import Skin

Video = UInt8[np.ndarray, "frames height width 3"]


MOST_FRAMES = 1200
MOST_BYTES = 3 * 2**29
"""The longest film that is made or read, and the most memory that its frames may take."""


class DoesNotFit(PuzzlereelError):
    """A solution that is longer than the film, or a style that does not exist."""


@dataclass(frozen=True)
class Timing:
    """How many frames a film has and how long each state lasts."""

    frames: int = 81
    fps: int = 8
    least: int = 2
    """The fewest frames a state is held."""
    most: int = 8
    """The most frames a state is held, but for the last one, which stays to the end."""

    def hold(self, states: int) -> int:
        """The frames from one state to the next; DoesNotFit where there are too many states."""
        if self.frames > MOST_FRAMES:
            raise DoesNotFit(f"expected at most {MOST_FRAMES} frames, got {self.frames}")
        if states * self.least > self.frames:
            needed = states * self.least
            raise DoesNotFit(
                f"expected at most {self.frames // self.least} states of {self.least} frames in {self.frames} frames,"
                f" got {states}: film it with at least {needed + -(needed - 1) % 4} frames"
            )
        return min(self.most, self.frames // states)


STYLES: Mapping[str, Callable[[Frame, Change, float], None] | None] = {"hold": None, "slide": slide, "fade": fade}
"""How the frames between two boards are drawn; None where the old board stands until the new one is there."""


class Shot(NamedTuple):
    """One frame of a film that is being made."""

    frame: Frame
    """The picture, which the next shot draws upon: who wants to keep it copies it."""
    changed: Box | None
    """The pixels outside of which it is the last shot's; None where nothing is new."""


def film(
    trajectory: Trajectory,
    skin: Skin,
    *,
    timing: Timing = Timing(),
    style: str = "hold",
    canvas: Canvas = FULL,
) -> Video:
    """The film of a trajectory; DoesNotFit where it has more states than frames to hold them."""
    return film_boards(trajectory.boards, skin, timing=timing, style=style, canvas=canvas)


def film_boards(boards: Sequence[Board], skin: Skin, *, timing: Timing, style: str, canvas: Canvas) -> Video:
    """The film of any boards in a row, lawful or not."""
    if (size := timing.frames * canvas.height * canvas.width * 3) > MOST_BYTES:
        raise DoesNotFit(f"expected a film of at most {MOST_BYTES} bytes in memory, got {size}")
    shots = shoot(boards, skin, timing=timing, style=style, canvas=canvas)
    video = np.empty((timing.frames, *canvas, 3), np.uint8)
    for t, shot in enumerate(shots):
        video[t] = shot.frame
    return video


def shoot(
    boards: Sequence[Board], skin: Skin, *, timing: Timing, style: str = "hold", canvas: Canvas = FULL
) -> Iterator[Shot]:
    """The shots of a film of any boards in a row; DoesNotFit, at once, where they are too many or the style is none."""
    if style not in STYLES:
        raise DoesNotFit(f"expected a style of {', '.join(STYLES)}, got {style!r}")
    hold = timing.hold(len(boards))
    layout = layout_of(boards[0].shape, canvas, skin.rim.cells)
    return _shots(draw(boards[0], skin, layout, *canvas), list(changes(boards, skin, layout)), timing, hold, style)


def _shots(frame: Frame, changing: Sequence[Change], timing: Timing, hold: int, style: str) -> Iterator[Shot]:
    between = STYLES[style]
    new: Box | None = whole(frame)
    for change in changing:
        yield Shot(frame, new)
        for late in range(1, hold):
            if between:
                between(frame, change, late / hold)
            yield Shot(frame, change.box if between else None)
        cut(frame, change)
        new = change.box
    for _ in range(timing.frames - hold * len(changing)):
        yield Shot(frame, new)
        new = None


def shots_of(video: Iterable[Frame]) -> Iterator[Shot]:
    """The shots of a film that was made elsewhere: what is new in each frame is found by comparing."""
    last = None
    for frame in video:
        yield Shot(frame, whole(frame) if last is None else new_in(frame, last))
        last = frame
