"""Levels with the films of their solutions: what a policy learns from, and is asked.

tiny levels      by their numbers, one frame a state, one block of the codec a cell: for the tiny policy
a data set       the train levels of a folder that `generate` wrote, in its size, skins and styles: for large policies

train, val and test share no level: the level's form alone decides where it belongs. Films are drawn when they are
wanted, in less time than it takes to read them from files, and without what a codec does to them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from puzzlereel import __version__
from puzzlereel.baselines.policies import task_of
from puzzlereel.baselines.sde_grpo.policy import TinyShape
from puzzlereel.hub.dataset import BadDataset, Row, open_dataset
from puzzlereel.puzzles.core import Trajectory
from puzzlereel.puzzles.ids import TINY, parse_id, solution_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.draw import Frame
from puzzlereel.renderers.film import Timing, Video, film, film_boards
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import Skin, skin_of
from puzzlereel.verifiers.apart import Rollout

JOINED = "+"
"""What stands between the names of puzzles that are learned together."""


@dataclass(frozen=True)
class Lesson:
    id: str
    way: Trajectory
    """The level and its reference solution."""
    skin: Skin
    prompt: str
    timing: Timing
    style: str
    canvas: Canvas

    @property
    def film(self) -> Video:
        """Of the reference solution; its first frame is what the policy starts from."""
        return film(self.way, self.skin, timing=self.timing, style=self.style, canvas=self.canvas)

    @property
    def first(self) -> Frame:
        """The first frame of the film."""
        timing = Timing(1, least=1)
        (still,) = film_boards(self.way.boards[:1], self.skin, timing=timing, style=self.style, canvas=self.canvas)
        return np.asarray(still)

    @property
    def told(self) -> tuple[object, ...]:
        """All that the film depends on."""
        canvas, moves = tuple(self.canvas), repr(self.way.moves)
        return __version__, self.id, str(self.way.level), moves, self.skin.name, self.timing, self.style, canvas

    def answered(self, video: UInt8[Tensor, "frames height width 3"]) -> Rollout:
        """A film of this level, as it is judged: without what is around it."""
        own = video[:, : self.canvas.height, : self.canvas.width]
        return Rollout(own.contiguous().numpy(), self.way.level, self.skin, self.way)


def lesson_of(puzzle: str, split: str, index: int, shape: TinyShape) -> Lesson:
    """One lesson, the same forever: the level of that id, one frame a state; UnknownId where there is no such id."""
    identity = parse_id(f"{puzzle}/{TINY}/{split}/{index}")
    about, skin, way = PUZZLES[puzzle], skin_of(puzzle), solution_of(identity).trajectory
    assert way is not None
    prompt = skin.prompt(about.prompts, way.boards[0], str(identity))
    timing, canvas = Timing(shape.frames, least=1, most=1), canvas_of(way, shape)
    return Lesson(str(identity), way, skin, prompt, timing, "hold", canvas)


def canvas_of(way: Trajectory, shape: TinyShape) -> Canvas:
    """The size of tiny films of a level: each cell of the board is one block of the codec."""
    rows, columns = way.boards[0].shape
    return Canvas(shape.side * rows, shape.side * columns)


def lessons(puzzle: str, split: str, numbers: Iterable[int], shape: TinyShape) -> list[Lesson]:
    """Lessons of a puzzle and split, or of several puzzles in turn, with + between their names.

    Two numbers may give the same level.
    """
    names = puzzle.split(JOINED)
    return [lesson_of(names[i % len(names)], split, i // len(names), shape) for i in numbers]


def lesson_from(row: Row) -> Lesson:
    """The lesson of one level of a data set, filmed as that has it."""
    task = task_of(row)
    return Lesson(row.id, task.trajectory, task.skin, row.prompt, task.timing, task.style, task.canvas)


def rows_of(data: Path, split: str, puzzle: str = "") -> list[Row]:
    """The levels of a data set of a split, of one puzzle where it is named; BadDataset where there is none of them."""
    rows = [row for row in open_dataset(data).rows if row.split == split and puzzle in ("", row.puzzle)]
    if not rows:
        raise BadDataset(f"expected {puzzle or 'levels'} of the split {split}, found none in {data}")
    return rows


def films_of(lessons: Sequence[Lesson]) -> UInt8[Tensor, "lessons frames height width 3"]:
    """Their films, stacked."""
    return stacked([lesson.film for lesson in lessons])


def firsts_of(lessons: Sequence[Lesson]) -> UInt8[Tensor, "lessons height width 3"]:
    """Their first frames, stacked."""
    return stacked([lesson.first for lesson in lessons])


def stacked(pictures: Sequence[UInt8[np.ndarray, "*frames _ _ 3"]]) -> UInt8[Tensor, "*some height width 3"]:
    """Pictures or films in one: smaller ones in the upper left corner of the largest size, and black around them."""
    height, width = (max(one.shape[axis] for one in pictures) for axis in (-3, -2))
    whole = np.zeros((len(pictures), *pictures[0].shape[:-3], height, width, 3), np.uint8)
    for place, one in zip(whole, pictures, strict=True):
        place[..., : one.shape[-3], : one.shape[-2], :] = one
    return torch.from_numpy(whole)
