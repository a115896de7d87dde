"""Reference policies: what a board needs to know its ceiling and its floor.

oracle      films the reference solution: the ceiling
late        does nothing for a while, then the same: as good as the oracle
teleport    leaves out the middle of the way: arrives, and cheats
frozen      shows the first frame for ever: the floor
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

import numpy as np

from puzzlereel.hub.dataset import Row
from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import Trajectory
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.film import Timing, Video, film_boards
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import Skin, skin_of
from puzzlereel.verifiers import redteam
from puzzlereel.verifiers.scene import Scene

LATE = 12
"""The frames for which the late policy does nothing."""


@dataclass(frozen=True)
class Task:
    """What a policy is asked to film, and the solution that only the oracle should know."""

    id: str
    trajectory: Trajectory
    skin: Skin
    timing: Timing
    style: str
    canvas: Canvas

    def film(self, boards: tuple[Board, ...] | list[Board]) -> Video:
        return film_boards(boards, self.skin, timing=self.timing, style=self.style, canvas=self.canvas)


def task_of(row: Row) -> Task:
    """The task of one level of a data set."""
    puzzle = PUZZLES[row.puzzle]
    return Task(
        row.id,
        puzzle.read_moves(puzzle.parse(row.level), row.solution),
        skin_of(row.puzzle, row.skin),
        Timing(frames=row.n_frames, fps=row.fps),
        row.style,
        Canvas(row.height, row.width),
    )


def oracle(task: Task) -> Video:
    return task.film(task.trajectory.boards)


def late(task: Task) -> Video:
    """The oracle's film after LATE still frames; still frames at its end make room for them where there are any."""
    video = oracle(task)
    moving = int(np.flatnonzero((video[1:] != video[:-1]).any((1, 2, 3))).max(initial=0)) + 2
    end = max(moving, len(video) - LATE)
    return np.concatenate([np.repeat(video[:1], LATE, axis=0), video[:end]])


def teleport(task: Task) -> Video:
    scene = Scene(task.trajectory, None, task.skin, Random(task.id))
    return task.film(list(redteam.teleport(scene) or redteam.end_without_the_way(scene)))


def frozen(task: Task) -> Video:
    return task.film(task.trajectory.boards[:1])


POLICIES: Mapping[str, Callable[[Task], Video]] = {
    policy.__name__: policy for policy in (oracle, late, teleport, frozen)
}
