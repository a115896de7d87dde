"""One film in, one verdict out, in any number of processes, none of which is this one.

local          children of this process, each with its limits
other engines  groups of films to workers elsewhere (`puzzlereel.cluster`), each of which has a child with the limits
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from puzzlereel.cluster import ENGINES
from puzzlereel.hub.dataset import sha256_of
from puzzlereel.leaderboard.files import plain
from puzzlereel.leaderboard.readings import judge_and_tell
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.verifiers.children import LIMITS, Children, How, Limits, Lost
from puzzlereel.verifiers.reward import reward
from puzzlereel.verifiers.verdict import Verdict, unreadable

KILLED = "the worker that judged the film died"
FAILED = "the judge failed"
CHANGED = "the film changed while it was judged"
"""How rows begin where the fault may have been the machine's: such films are judged again by the next run."""


class Task(NamedTuple):
    """One film to be judged, and all that the judge has to know."""

    id: str
    film: Path
    puzzle: str
    level: str
    skin: str
    solution: str
    sha256: str
    """Of the film."""


Judgement: TypeAlias = tuple[Task, dict[str, Any]]
Judge: TypeAlias = Callable[[Task], dict[str, Any]]


def judge_task(task: Task) -> dict[str, Any]:
    """The verdict on one film as plain values, its reward, and what was seen; PuzzlereelError for a broken level.

    Any other failure of the judge costs this film only: it could not be judged, and the row says how the judge failed.
    """
    try:
        verdict, reading = judge_and_tell(task.film, task.puzzle, task.level, task.skin, task.solution)
        if verdict.judged and sha256_of(task.film) != task.sha256:
            return unreadable(CHANGED).json()
        return verdict.json() | {"reward": round(reward(verdict), 6), "reading": reading}
    except PuzzlereelError as error:  # of the root class, since others may not travel between processes
        raise PuzzlereelError(f"{task.id}: {error}") from None
    except Exception as error:  # noqa: BLE001
        said = plain(str(error).replace(str(task.film), task.film.name))
        return unreadable(f"{FAILED} with {type(error).__name__}: {said[:200]}").json()


LOCAL = "local"
GROUP = 8
"""How many films a worker elsewhere is given at once: its child is started once for all of them."""


def judged(
    tasks: Sequence[Task], workers: int, *, judge: Judge = judge_task, limits: Limits = LIMITS, engine: str = LOCAL
) -> Iterator[Judgement]:
    """Every task with its verdict as soon as it is there; only the order depends on the machine and the engine.

    PuzzlereelError, which names the level, where a level is at fault.
    """
    if engine == LOCAL:
        yield from _judged_here(tasks, workers, judge=judge, limits=limits)
        return
    groups = [tuple(tasks[at : at + GROUP]) for at in range(0, len(tasks), GROUP)]
    for group, verdicts in ENGINES[engine](partial(_judge_group, judge=judge, limits=limits), groups, workers):
        lost = unreadable(f"{KILLED}, twice").json()
        yield from zip(group, verdicts or [lost] * len(group), strict=True)


def check_engine(engine: str) -> None:
    """Refuses an engine that there is none of."""
    if engine not in ENGINES:
        raise PuzzlereelError(f"expected an engine of {', '.join(ENGINES)}, got {engine!r}")


def _judge_group(tasks: tuple[Task, ...], *, judge: Judge, limits: Limits) -> list[dict[str, Any]]:
    """The verdicts on some films, in their order, from a child of whoever calls."""
    verdicts = dict(_judged_here(tasks, 1, judge=judge, limits=limits))
    return [verdicts[task] for task in tasks]


def _judged_here(tasks: Sequence[Task], workers: int, *, judge: Judge, limits: Limits) -> Iterator[Judgement]:
    with Children(workers, limits) as children:
        for task, answer in children.answers(judge, tasks, ordered=False):
            yield task, _lost(answer).json() if isinstance(answer, Lost) else answer


def _lost(answer: Lost) -> Verdict:
    """The verdict on a film whose judge gave none."""
    match answer.how:
        case How.REFUSED:
            raise PuzzlereelError(answer.detail)
        case How.DIED:
            return unreadable(f"{KILLED}, twice, with {answer.detail}")
        case How.LATE:
            return unreadable(f"{FAILED} to end within {answer.detail}")
        case How.FAILED:
            return unreadable(f"{FAILED} with {answer.detail}")
        case How.MEMORY:
            return unreadable(answer.sentence)
