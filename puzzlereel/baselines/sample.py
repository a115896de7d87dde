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


class NoPolicy(PuzzlereelError):
    """A name that no policy has."""


class Shot(NamedTuple):
    """One film to be made."""

    policy: str
    row: Row
    path: Path
    seed: int = 0
    sample: int = 0


def sample(shots: Sequence[Shot], *, workers: int = 1, progress: Progress | None = None) -> None:
    """Make every film that is not there yet, each by its policy and of its level.

    The same shots give the same films in any number of processes, and after any stop. NoPolicy, before anything is
    made, where a policy is none.
    """
    for shot in shots:
        if shot.policy not in POLICIES:
            raise NoPolicy(f"expected a policy of {', '.join(POLICIES)}, got {shot.policy!r}")
    missing = [shot for shot in shots if not shot.path.exists()]
    for done, (shot, made) in enumerate(spread(shoot, missing, workers), start=len(shots) - len(missing) + 1):
        if made is None:
            raise PuzzlereelError(f"the worker that filmed {shot.row.id} died, twice")
        if progress:
            progress(done, len(shots))
    for folder in {shot.path.parent for shot in shots}:
        for draft in folder.glob(".*.part"):  # of runs that were killed
            draft.unlink()


def shoot(shot: Shot) -> Path:
    """Make one film; the path of its file."""
    task = task_of(shot.row, seed=shot.seed, sample=shot.sample)
    write_video(shot.path, POLICIES[shot.policy](task), fps=shot.row.fps)
    return shot.path
