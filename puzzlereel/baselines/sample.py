"""Let policies film the levels of a data set."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from puzzlereel.baselines.policies import POLICIES, task_of
from puzzlereel.hub.dataset import Row
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.renderers.video import write_video
from puzzlereel.workers import spread

Progress = Callable[[int, int], None]


class Shot(NamedTuple):
    """One film to be made."""

    policy: str
    row: Row
    path: Path


def sample(shots: Sequence[Shot], *, workers: int = 1, progress: Progress | None = None) -> None:
    """Make every film, each by its policy and of its level."""
    for done, (shot, made) in enumerate(spread(shoot, shots, workers), start=1):
        if made is None:
            raise PuzzlereelError(f"the worker that filmed {shot.row.id} died, twice")
        if progress:
            progress(done, len(shots))


def shoot(shot: Shot) -> Path:
    """Make one film; the path of its file."""
    write_video(shot.path, POLICIES[shot.policy](task_of(shot.row)), fps=shot.row.fps)
    return shot.path
