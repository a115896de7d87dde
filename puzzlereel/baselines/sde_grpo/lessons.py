"""Tiny levels with the films of their solutions: what the tiny policy learns from, and is asked.

train, val and test share no level: as in the data sets, the level's form alone decides where it belongs.
"""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from puzzlereel.baselines.sde_grpo.policy import TinyShape
from puzzlereel.puzzles import maze
from puzzlereel.puzzles.core import Trajectory
from puzzlereel.puzzles.ids import split_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.film import Timing, Video, film
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import Skin, skin_of
from puzzlereel.verifiers.apart import Rollout

TIERS = {"maze": maze.Tier(sides=(3,), least=2, most=8)}
"""What levels of each puzzle a film of 17 frames and 32×32 pixels has room for, one frame a state."""


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
    """One lesson, the same forever; NoLevelFound where the split has none that the generator comes upon."""
    identity, about, skin = f"{puzzle}/tiny/{split}/{index}", PUZZLES[puzzle], skin_of(puzzle)
    level = about.generate(Random(identity), TIERS[puzzle], lambda level: split_of(about, level) == split)
    way: Any = about.solve(level).trajectory
    prompt = skin.prompt(about.prompts[:1], way.boards[0], identity)
    timing = Timing(shape.frames, least=1, most=1)
    return Lesson(identity, way, skin, prompt, film(way, skin, timing=timing, canvas=Canvas(shape.height, shape.width)))


def lessons(puzzle: str, split: str, numbers: Iterable[int], shape: TinyShape) -> list[Lesson]:
    """Lessons of a puzzle and split; two numbers may give the same level."""
    return [lesson_of(puzzle, split, number, shape) for number in numbers]


def films_of(lessons: Sequence[Lesson]) -> UInt8[Tensor, "lessons frames height width 3"]:
    """Their films, stacked."""
    return torch.from_numpy(np.stack([lesson.film for lesson in lessons]))
