"""The work spread over processes: one film in, one verdict out; a worker's death costs its own film only."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from puzzlereel.leaderboard.files import plain
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.verifiers.judge import judge_file
from puzzlereel.verifiers.verdict import unreadable

AHEAD = 2
"""How many films a worker are handed out before their verdicts are back."""
KILLED = "the worker that judged the film died, twice"


class NoWorkers(PuzzlereelError):
    """This machine starts no worker processes."""


class Task(NamedTuple):
    """One film to be judged, and all that the judge has to know."""

    id: str
    film: Path
    puzzle: str
    level: str
    skin: str
    solution: str


Judgement: TypeAlias = tuple[Task, dict[str, Any]]
Judge: TypeAlias = Callable[[Task], dict[str, Any]]


def judge_task(task: Task) -> dict[str, Any]:
    """The verdict on one film as plain values; PuzzlereelError, which names the level, where the level is at fault.

    Any other failure of the judge costs this film only: it could not be judged, and the row says how the judge failed.
    """
    try:
        return judge_file(task.film, task.puzzle, task.level, task.skin, task.solution).json()
    except PuzzlereelError as error:  # of the root class, since others may not travel between processes
        raise PuzzlereelError(f"{task.id}: {error}") from None
    except Exception as error:  # noqa: BLE001
        said = plain(str(error).replace(str(task.film), task.film.name))
        return unreadable(f"the judge failed with {type(error).__name__}: {said[:200]}").json()


def judged(tasks: Sequence[Task], workers: int, *, judge: Judge = judge_task) -> Iterator[Judgement]:
    """Every task with its verdict as soon as it is there; only the order depends on the machine.

    One worker is this process itself; more are processes of their own, and one that dies costs its own film only.
    """
    if workers == 1:
        yield from ((task, judge(task)) for task in tasks)
        return
    waiting = deque(tasks)
    while waiting:
        flying: dict[Future[dict[str, Any]], Task] = {}
        with _pool(workers) as pool, suppress(BrokenProcessPool):
            yield from _until_a_worker_dies(pool, judge, waiting, flying, workers * AHEAD)
        for task in flying.values():
            yield task, judged_alone(task, judge=judge)


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def _until_a_worker_dies(
    pool: ProcessPoolExecutor, judge: Judge, waiting: deque[Task], flying: dict[Future[dict[str, Any]], Task], most: int
) -> Iterator[Judgement]:
    """Verdicts as they come; at BrokenProcessPool, `flying` holds what has none and `waiting` what was not begun."""
    while waiting or flying:
        while waiting and len(flying) < most:
            flying[pool.submit(judge, waiting[0])] = waiting[0]
            waiting.popleft()
        done, _ = wait(flying, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda one: one.exception() is not None):
            verdict = future.result()
            yield flying.pop(future), verdict


def judged_alone(task: Task, *, judge: Judge = judge_task) -> dict[str, Any]:
    """The verdict from a fresh worker of its own; unreadable where it dies, NoWorkers where it cannot even start."""
    with _pool(1) as pool:
        try:
            pool.submit(int).result()
        except BrokenProcessPool:
            raise NoWorkers("worker processes die at their start; try --workers 1") from None
        try:
            return pool.submit(judge, task).result()
        except BrokenProcessPool:
            return unreadable(KILLED).json()
