"""A trained policy films the levels of a data set, at its own sizes: first frames are made smaller, films larger.

first frame 112×112 ──mean of 2×2──► 56×56 ──policy──► film 56×56 ──each pixel 2×2──► film 112×112
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from puzzlereel.baselines.policies import frozen, task_of
from puzzlereel.baselines.sample import Progress, Shot
from puzzlereel.baselines.sde_grpo.lessons import canvas_of, stacked
from puzzlereel.baselines.sde_grpo.policy import TinyPolicy
from puzzlereel.baselines.sde_grpo.presets import STEPS
from puzzlereel.baselines.sde_grpo.rollout import sample
from puzzlereel.baselines.sde_grpo.runs import policy_of
from puzzlereel.baselines.sde_grpo.sde import moves
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.renderers.draw import Frame
from puzzlereel.renderers.film import Video
from puzzlereel.renderers.video import write_video

AT_ONCE = 32
"""Films that are sampled together."""


def film_with(run: Path, shots: Sequence[Shot], *, progress: Progress | None = None) -> None:
    """Make every film that is not there yet with the policy of a run; PuzzlereelError where the sizes do not fit."""
    policy = policy_of(run)
    missing = [shot for shot in shots if not shot.path.exists()]
    for first in range(0, len(missing), AT_ONCE):
        some = missing[first : first + AT_ONCE]
        for shot, video in zip(some, films_of(policy, some), strict=True):
            write_video(shot.path, video, fps=shot.row.fps)
        if progress:
            progress(len(shots) - len(missing) + first + len(some), len(shots))


def films_of(policy: TinyPolicy, shots: Sequence[Shot]) -> list[Video]:
    """The films of some shots; a film's noise depends on its level, seed and sample alone."""
    tasks = [task_of(shot.row) for shot in shots]
    begun = [frozen(task)[0] for task in tasks]
    sizes = [canvas_of(task.trajectory, policy.shape) for task in tasks]
    images = stacked([shrunk(frame, size) for frame, size in zip(begun, sizes, strict=True)])
    condition = policy.encode([shot.row.prompt for shot in shots], images)
    along = moves(policy.sigmas(STEPS), "ode", 1.0, ())
    names = [("sample", shot.row.id, shot.seed, shot.sample) for shot in shots]
    films = policy.decode(sample(policy, condition, along, names).latents).numpy()
    larger = [len(frame) // height for frame, (height, _) in zip(begun, sizes, strict=True)]
    return [
        film[:, :height, :width].repeat(times, 1).repeat(times, 2)
        for film, (height, width), times in zip(films, sizes, larger, strict=True)
    ]


def shrunk(frame: Frame, size: tuple[int, int]) -> UInt8[np.ndarray, "rows columns 3"]:
    """A picture made smaller by a whole number, by means; PuzzlereelError where there is no such number."""
    height, width = size
    times = len(frame) // height
    if not times or frame.shape != (times * height, times * width, 3):
        raise PuzzlereelError(
            f"expected films of {height}x{width} times a whole number, as the policy makes them,"
            f" got {frame.shape[0]}x{frame.shape[1]}: generate the data set in that size"
        )
    means: UInt8[np.ndarray, "rows columns 3"] = (
        frame.reshape(height, times, width, times, 3).mean((1, 3)).round().astype(np.uint8)
    )
    return means
