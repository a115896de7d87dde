"""Tiny levels with the films of their solutions: what the tiny policy learns from, and is asked.

train, val and test share no level: as in the data sets, the level's form alone decides where it belongs.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from puzzlereel.baselines.sde_grpo.policy import TinyShape
from puzzlereel.puzzles.core import Trajectory
from puzzlereel.puzzles.ids import TINY, parse_id, solution_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.film import Timing, Video, film
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import Skin, skin_of
from puzzlereel.verifiers.apart import Rollout


class Lesson(NamedTuple):
    id: str
    way: Trajectory
    """The level and its reference solution."""
    skin: Skin
    prompt: str
    film: Video
    """Of the reference solution; its first frame is what the policy starts from."""

    def answered(self, video: UInt8[Tensor, "frames height width 3"]) -> Rollout:
        """A film of this level, as it is judged."""
        return Rollout(video.numpy(), self.way.level, self.skin, self.way)


def lesson_of(puzzle: str, split: str, index: int, shape: TinyShape) -> Lesson:
    """One lesson, the same forever: the level of that id, one frame a state; UnknownId where there is no such id."""
    identity = parse_id(f"{puzzle}/{TINY}/{split}/{index}")
    about, skin, way = PUZZLES[puzzle], skin_of(puzzle), solution_of(identity).trajectory
    assert way is not None
    prompt = skin.prompt(about.prompts, way.boards[0], str(identity))
    made = film(way, skin, timing=Timing(shape.frames, least=1, most=1), canvas=Canvas(shape.height, shape.width))
    return Lesson(str(identity), way, skin, prompt, made)


def lessons(puzzle: str, split: str, numbers: Iterable[int], shape: TinyShape) -> list[Lesson]:
    """Lessons of a puzzle and split; two numbers may give the same level."""
    return [lesson_of(puzzle, split, number, shape) for number in numbers]


def films_of(lessons: Sequence[Lesson]) -> UInt8[Tensor, "lessons frames height width 3"]:
    """Their films, stacked."""
    return torch.from_numpy(np.stack([lesson.film for lesson in lessons]))
