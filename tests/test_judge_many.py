"""Films in memory, as a trainer has them: judged in their order, by any number of processes, each for itself."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from apart_calls import Rigged

from puzzlereel.puzzles.core import Reason
from puzzlereel.puzzles.ids import LevelId, solution_of
from puzzlereel.puzzles.registry import SUITE
from puzzlereel.renderers.film import Timing, film
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import skin_of
from puzzlereel.verifiers.apart import Judged, Judges, Rollout, judge_many
from puzzlereel.verifiers.children import WINDOW, Limits
from puzzlereel.verifiers.judge import judge

SMALL = Canvas(240, 416)


def honest(puzzle: str, index: int) -> Rollout:
    """A film of the solution, as its judge gets it."""
    way = solution_of(LevelId(puzzle, "easy", "test", index)).trajectory
    assert way is not None
    skin = skin_of(puzzle)
    video = film(way, skin, timing=Timing(frames=2 * len(way.moves) + 3), canvas=SMALL)
    return Rollout(video, way.level, skin, way)


def rigged(how: str) -> Rollout:
    """A rollout whose level does something to whoever judges it."""
    return Rollout(np.zeros((2, 64, 64, 3), np.uint8), Rigged(how), skin_of("maze"))


@pytest.fixture(scope="module")
def rollouts() -> list[Rollout]:
    """Honest films, cheats, and films that cannot be judged, none like another."""
    films = [honest(puzzle, index) for index in range(2) for puzzle in SUITE]
    maze, rng = films[0], np.random.default_rng(1)
    video: Any = maze.video
    return [
        *films,
        maze._replace(video=video[::-1]),
        maze._replace(video=np.concatenate([video[:3], video[-4:]])),
        maze._replace(video=video[:1].repeat(9, 0)),
        maze._replace(reference=None),
        maze._replace(level=films[3].level, reference=films[3].reference),
        maze._replace(skin=skin_of("maze", "dark")),
        maze._replace(video=rng.integers(0, 256, video.shape, np.uint8)),
        maze._replace(video=video[:0]),
        maze._replace(video=video[:, :0]),
        maze._replace(video=list(video)),
        maze._replace(video=[video[0], video[1][::2]]),
        maze._replace(video=[]),
        maze._replace(video=video / np.float32(255)),
        maze._replace(video=np.moveaxis(video, 3, 1)),
        maze._replace(video=video[0]),
        maze._replace(video=[None]),  # type: ignore[list-item]
        rigged("raise"),
    ]


@pytest.fixture(scope="module")
def here(rollouts: list[Rollout]) -> list[Judged]:
    """What came of them in this process."""
    return list(judge_many(rollouts, workers=1))


def sentence(judged: Judged) -> str:
    """What is said of a film in a few words."""
    if judged.verdict is None:
        return f"error: {judged.error}"
    return judged.verdict.fault.sentence if judged.verdict.fault else "solved"


def test_every_rollout_has_a_verdict_or_an_error_and_never_both(rollouts: list[Rollout], here: list[Judged]) -> None:
    assert len(rollouts) == len(here)
    assert all((one.verdict is None) != (one.error is None) for one in here)
    for rollout, judged in zip(rollouts[:6], here, strict=False):
        assert judge(rollout.video, rollout.level, rollout.skin, reference=rollout.reference) == judged.verdict
        assert judged.verdict is not None
        assert judged.verdict.success
    assert [Reason.WRONG_START, Reason.JUMP, Reason.FROZEN] == [
        judged.verdict.fault.reason for judged in here[6:9] if judged.verdict and judged.verdict.fault
    ]


def test_what_cannot_be_judged_is_a_verdict_and_what_is_no_film_or_a_bug_is_an_error(here: list[Judged]) -> None:
    found = list(map(sentence, here[12:]))
    unread = "frame 0: the film could not be read"
    wrong = "error: expected frames (height, width, 3) of uint8, got"

    assert found[0].startswith(unread)
    assert [
        f"{unread} (the film has no frames)",
        f"{unread} (expected frames of one size, got 0x416)",
        "solved",
        f"{unread} (expected frames of one size, got 240x416 and 120x416)",
        f"{unread} (the film has no frames)",
        f"{wrong} (240, 416, 3) of float32",
        f"{wrong} (3, 240, 416) of uint8",
        f"{wrong} (416, 3) of uint8",
        f"{wrong} NoneType",
        "error: the judge failed with ZeroDivisionError: a bug",
    ] == found[1:]


@pytest.mark.parametrize("workers", [0, 2, 3])
def test_results_are_the_same_with_any_number_of_workers(
    workers: int, rollouts: list[Rollout], here: list[Judged]
) -> None:
    assert here == list(judge_many(iter(rollouts), workers=workers))


def test_a_crash_or_a_time_out_is_the_error_of_its_own_rollout(rollouts: list[Rollout]) -> None:
    batch = [rollouts[0], rigged("segfault"), rollouts[1], rigged("sleep"), rigged("exit"), rollouts[2]]
    got = list(judge_many(batch, workers=2, limits=Limits(seconds=3.0)))

    assert [
        "solved",
        "error: it ended the process that judged it, twice, with signal SIGSEGV",
        "solved",
        "error: judging it took longer than 3 seconds",
        "error: it ended the process that judged it, twice, with exit status 3",
        "solved",
    ] == list(map(sentence, got))


def test_judges_live_on_from_batch_to_batch(rollouts: list[Rollout], here: list[Judged]) -> None:
    with Judges(2) as judges:
        assert judges.children is not None
        first = list(judges.judge(rollouts[:8]))
        processes = {child.process.pid for child in judges.children.children}
        second = list(judges.judge(rollouts[8:]))

        assert processes == {child.process.pid for child in judges.children.children}
    assert here == first + second
    assert [] == judges.children.children


@pytest.mark.parametrize("workers", [1, 2])
def test_rollouts_are_taken_as_they_are_judged(workers: int, rollouts: list[Rollout]) -> None:
    taken = 0

    def some() -> Iterator[Rollout]:
        nonlocal taken
        for _ in range(200):
            taken += 1
            yield rollouts[0]

    results = judge_many(some(), workers=workers)
    for _ in range(5):
        next(results)

    assert taken <= 5 + WINDOW * workers


def test_a_skin_of_ones_own_is_as_good(rollouts: list[Rollout]) -> None:
    """And one that was changed is another, though it has the same name."""
    rollout = rollouts[0]
    looks = rollout.skin.looks
    changed = replace(rollout.skin, looks={**looks, "G": looks["#"], "#": looks["G"]})
    batch = [rollout._replace(skin=skin) for skin in (replace(rollout.skin), changed, rollout.skin)]

    assert ["solved", "solved"] == [sentence(one) for one in list(judge_many(batch, workers=2))[::2]]
    assert list(judge_many(batch, workers=1)) == list(judge_many(batch, workers=2))
    assert not getattr(list(judge_many(batch, workers=2))[1].verdict, "success", True)
