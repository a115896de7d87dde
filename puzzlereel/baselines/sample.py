"""Let a policy film every level of a data set."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from puzzlereel.baselines.policies import POLICIES, task_of
from puzzlereel.hub.dataset import Row
from puzzlereel.renderers.video import write_video

Progress = Callable[[int, int], None]


def sample(
    policy: str,
    rows: Sequence[Row],
    place: Callable[[Row], Path],
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> None:
    """Write the policy's film of each level to where `place` says."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for done, _ in enumerate(pool.map(partial(_film, policy), rows, map(place, rows)), start=1):
            if progress:
                progress(done, len(rows))


def _film(policy: str, row: Row, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, POLICIES[policy](task_of(row)), fps=row.fps)
