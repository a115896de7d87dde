"""Reference policies: what a board needs to know its ceiling and its floor.

oracle        films the reference solution: the ceiling
late          does nothing for a while, then the same: as good as the oracle
clumsy        the same at nine tenths of its pace, with one wrong move: what one slip costs
greedy        always makes the move that looks nearest to the end
random-walk   makes lawful moves at random
teleport      leaves out the middle of the way: arrives, and cheats
frozen        shows the first frame for ever: the floor
noise         shows random pixels: the floor of what can be read
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from puzzlereel.baselines.walks import greedy_walk, random_walk, stumbled
from puzzlereel.hub.dataset import Row
from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import State, Trajectory
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.film import Timing, Video, film_boards
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import Skin, skin_of
from puzzlereel.verifiers import redteam
from puzzlereel.verifiers.scene import Scene

LATE = 12
"""The frames for which the late policy does nothing."""
TENTHS = 9
"""The pace of the clumsy policy, in tenths of the oracle's."""
GRAIN = 16
"""The pixels along the side of a square of noise, which are of one colour: finer noise would take megabytes a film."""


@dataclass(frozen=True)
class Task:
    """What a policy is asked to film, and the solution that only the oracle should know."""

    id: str
    trajectory: Trajectory
    skin: Skin
    timing: Timing
    style: str
    canvas: Canvas
    seed: str
    """What all random numbers of the film come from."""

    @property
    def most_moves(self) -> int:
        """The most moves that a film has room for."""
        return self.timing.frames // self.timing.least - 1

    def film(self, boards: Sequence[Board]) -> Video:
        """The film of some boards in a row; longer than asked for where they do not fit."""
        frames = max(self.timing.frames, len(boards) * self.timing.least)
        timing = replace(self.timing, frames=frames)
        return film_boards(boards, self.skin, timing=timing, style=self.style, canvas=self.canvas)

    def film_states(self, states: Sequence[State]) -> Video:
        return self.film([self.trajectory.level.board(state) for state in states])


def task_of(row: Row, *, seed: int = 0, sample: int = 0) -> Task:
    """The task of one level of a data set; other seeds and samples give other random numbers."""
    puzzle = PUZZLES[row.puzzle]
    return Task(
        row.id,
        puzzle.read_moves(puzzle.parse(row.level), row.solution),
        skin_of(row.puzzle, row.skin),
        Timing(frames=row.n_frames, fps=row.fps),
        row.style,
        Canvas(row.height, row.width),
        f"{row.id} {seed} {sample}" if seed or sample else row.id,
    )


def oracle(task: Task) -> Video:
    return task.film(task.trajectory.boards)


def late(task: Task) -> Video:
    """The oracle's film after LATE still frames; still frames at its end make room for them where there are any."""
    video = oracle(task)
    end = max(_moving(video), len(video) - LATE)
    return np.concatenate([np.repeat(video[:1], LATE, axis=0), video[:end]])


def clumsy(task: Task) -> Video:
    """The film of a stumbled solution, slower, and longer where it would not fit."""
    hold = task.timing.hold(len(task.trajectory.boards))
    paced = replace(task, timing=replace(task.timing, least=hold, most=hold))
    video = paced.film_states(stumbled(task.trajectory, Random(task.seed)))
    frames = max(task.timing.frames, -(-10 * _moving(video) // TENTHS))
    shown: Video = video[np.minimum(np.arange(frames) * TENTHS // 10, len(video) - 1)]
    return shown


def greedy(task: Task) -> Video:
    level = task.trajectory.level
    return task.film_states(greedy_walk(level, task.skin.puzzle, Random(task.seed), task.most_moves))


def walk(task: Task) -> Video:
    return task.film_states(random_walk(task.trajectory.level, Random(task.seed), task.most_moves))


def teleport(task: Task) -> Video:
    scene = Scene(task.trajectory, None, task.skin, Random(task.seed))
    return task.film(list(redteam.teleport(scene) or redteam.end_without_the_way(scene)))


def frozen(task: Task) -> Video:
    return task.film(task.trajectory.boards[:1])


def noise(task: Task) -> Video:
    """Squares of random colours, others as often as states change in a film that is not in a hurry."""
    height, width = task.canvas
    rows, columns = -(-height // GRAIN), -(-width // GRAIN)
    pictures = -(-task.timing.frames // task.timing.most)
    drawn = np.frombuffer(Random(task.seed).randbytes(pictures * rows * columns * 3), np.uint8)
    squares = drawn.reshape(pictures, rows, columns, 3)
    held = squares[np.arange(task.timing.frames) // task.timing.most]
    shown: Video = held.repeat(GRAIN, axis=1).repeat(GRAIN, axis=2)[:, :height, :width]
    return shown


def _moving(video: Video) -> int:
    """The number of frames up to the last one that is unlike the one before it, itself among them; at least one."""
    return int((np.flatnonzero((video[1:] != video[:-1]).any((1, 2, 3))) + 2).max(initial=1))


POLICIES: Mapping[str, Callable[[Task], Video]] = {
    "oracle": oracle,
    "late": late,
    "clumsy": clumsy,
    "greedy": greedy,
    "random-walk": walk,
    "teleport": teleport,
    "frozen": frozen,
    "noise": noise,
}
