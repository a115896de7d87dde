"""From a trajectory to a film: frame by frame, redrawing only what changed."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from puzzlereel.puzzles.board import Board, Cell
from puzzlereel.puzzles.core import PuzzlereelError, Trajectory
from puzzlereel.renderers.draw import Frame, draw, motions, put_grounds, put_motion, put_tile, tile_of
from puzzlereel.renderers.layout import FULL, Canvas, Layout, layout_of
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


STYLES: Mapping[str, Callable[[int, int], float]] = {
    "hold": lambda _late, _hold: 0.0,
    "slide": lambda late, hold: late / hold,
}
"""How far the way to the next state is done, `late` frames after a state began and `hold` frames before the next."""


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
    if style not in STYLES:
        raise DoesNotFit(f"expected a style of {', '.join(STYLES)}, got {style!r}")
    hold = timing.hold(len(boards))
    layout = layout_of(boards[0].shape, canvas)
    if (size := timing.frames * canvas.height * canvas.width * 3) > MOST_BYTES:
        raise DoesNotFit(f"expected a film of at most {MOST_BYTES} bytes in memory, got {size}")
    video = np.empty((timing.frames, *canvas, 3), np.uint8)
    frame = draw(boards[0], skin, layout, *canvas)
    trail: set[Cell] = set()
    for now, (board, onward) in enumerate(zip(boards, [*boards[1:], None], strict=True)):
        first = now * hold
        if onward is None:
            video[first:] = frame
            break
        left = _left(board, onward, skin)
        for late in range(hold):
            phase = STYLES[style](late, hold)
            video[first + late] = _between(frame, layout, board, onward, skin, trail | left, phase) if phase else frame
        trail |= left
        for cell in board.differences(onward):
            put_tile(frame, layout, cell, tile_of(skin.look(onward[cell], trailed=cell in trail), layout.px))
    return video


def _left(before: Board, after: Board, skin: Skin) -> set[Cell]:
    """The cells that a trailing sprite leaves between two boards."""
    changed = before.differences(after)
    return {cell for cell in changed if skin.trail and skin.look(before[cell]).kind == skin.trail}


def _between(
    frame: Frame, layout: Layout, before: Board, after: Board, skin: Skin, trail: Set[Cell], phase: float
) -> Frame:
    """A frame in which the change from one board to the next is under way."""
    moving = frame.copy()
    put_grounds(moving, layout, before, set(before.differences(after)), skin, trail)
    for motion in motions(before, after, skin):
        put_motion(moving, layout, motion, phase)
    return moving
