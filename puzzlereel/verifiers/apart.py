"""Films judged apart from this process, so that none can hang it, eat its memory or end it.

judge_apart     a film in a file, which is decoded there too: what it does to its judge is its own fault
judge_many      films in memory, as a trainer has them: what happens over them is an error of the verifier
Judges          the same with processes that live on from batch to batch
"""

import pickle
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from puzzlereel.puzzles.core import PuzzlereelError, Trajectory
from puzzlereel.renderers.draw import Frame
from puzzlereel.renderers.film import Video
from puzzlereel.renderers.skins import Skin
from puzzlereel.renderers.video import views_of
from puzzlereel.verifiers.children import LIMITS, Children, How, Limits, Lost, attempt
from puzzlereel.verifiers.judge import judge
from puzzlereel.verifiers.verdict import Verdict, unreadable

FILMS_FAULT = (How.LATE, How.DIED, How.MEMORY)
"""What a file can do to whoever decodes it."""


class Film(NamedTuple):
    """A film in a file, and all that its judge has to know."""

    path: Path
    level: Any
    skin: Skin
    reference: Trajectory | None = None


class Rollout(NamedTuple):
    """A film in memory, and all that its judge has to know."""

    video: Video | Sequence[Frame]
    level: Any
    skin: Skin
    reference: Trajectory | None = None


@dataclass(frozen=True)
class Judged:
    """What came of a rollout: its verdict, or the error that the verifier ended in; one of them is None."""

    verdict: Verdict | None
    error: str | None = None


def judge_apart(film: Film, *, limits: Limits = LIMITS) -> Verdict:
    """The verdict on a film in a file, from a process of its own, whatever the file does to that process.

    PuzzlereelError where the file is no film, or where the judge itself fails.
    """
    with Children(1, limits) as children:
        ((_, answer),) = children.answers(judge_film, [film])
    if not isinstance(answer, Lost):
        return answer
    if answer.how in FILMS_FAULT:
        return unreadable(answer.sentence)
    raise PuzzlereelError(answer.sentence)


def judge_film(film: Film) -> Verdict:
    """The verdict on a film in a file; BadVideo where it is none."""
    return judge(views_of(film.path), film.level, film.skin, reference=film.reference)


class Judges:
    """Who judges rollouts, batch after batch: this process with one worker or none, otherwise its children."""

    def __init__(self, workers: int, limits: Limits = LIMITS) -> None:
        self.children = Children(workers, limits) if workers > 1 else None

    def __enter__(self) -> "Judges":
        return self

    def __exit__(self, *raised: object) -> None:
        if self.children is not None:
            self.children.close()

    def judge(self, rollouts: Iterable[Rollout]) -> Iterator[Judged]:
        """What came of each rollout, in their order; a crash or a time-out is that rollout's error.

        Limits hold in processes of their own only. Few rollouts are taken ahead.
        """
        if self.children is None:
            yield from (_judged(attempt(judge_rollout, rollout)) for rollout in rollouts)
        else:
            yield from (_judged(answer) for _, answer in self.children.answers(_unpack, map(_pack, rollouts)))


def judge_many(rollouts: Iterable[Rollout], *, workers: int, limits: Limits = LIMITS) -> Iterator[Judged]:
    """What came of each rollout, in their order, as `Judges` tell it."""
    with Judges(workers, limits) as judges:
        yield from judges.judge(rollouts)


def judge_rollout(rollout: Rollout) -> Verdict:
    """The verdict on a film in memory; PuzzlereelError where it is no film, ZeroDivisionError and the like are bugs."""
    video, level, skin, reference = rollout
    for frame in video:
        if not isinstance(frame, np.ndarray) or frame.dtype != np.uint8 or frame.shape[2:] != (3,):
            raise PuzzlereelError(f"expected frames (height, width, 3) of uint8, got {_told(frame)}")
    sizes = list(dict.fromkeys(frame.shape[:2] for frame in video))
    if len(sizes) > 1 or (sizes and 0 in sizes[0]):
        return unreadable(f"expected frames of one size, got {' and '.join(f'{h}x{w}' for h, w in sizes[:2])}")
    return judge(video, level, skin, reference=reference)


def _told(frame: Any) -> str:
    return f"{frame.shape} of {frame.dtype}" if isinstance(frame, np.ndarray) else type(frame).__name__


def _judged(answer: Verdict | Lost) -> Judged:
    return Judged(None, answer.sentence) if isinstance(answer, Lost) else Judged(answer)


def _pack(rollout: Rollout) -> tuple[Any, ...]:
    """A rollout as it travels: with the bytes of its skin, by which the child knows it again."""
    video, level, skin, reference = rollout
    return video, level, pickle.dumps(skin), reference


def _unpack(packed: tuple[Any, ...]) -> Verdict:
    video, level, skin, reference = packed
    return judge_rollout(Rollout(video, level, _skin(skin), reference))


@lru_cache(maxsize=64)
def _skin(packed: bytes) -> Skin:
    """One skin for the same bytes, so that what is remembered of a skin is found again."""
    skin: Skin = pickle.loads(packed)  # noqa: S301 (what our own parent has just written)
    return skin
