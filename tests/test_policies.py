"""The reference policies: floor and ceiling are where a board expects them."""

from pathlib import Path

import pytest

from puzzlereel import __version__
from puzzlereel.baselines.policies import LATE, POLICIES, Task, task_of
from puzzlereel.baselines.sample import Shot, sample
from puzzlereel.hub.dataset import Row
from puzzlereel.puzzles.core import Reason
from puzzlereel.puzzles.ids import parse_id, solution_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.film import STYLES
from puzzlereel.renderers.video import read_video
from puzzlereel.verifiers.judge import judge


def row_of(name: str, style: str = "hold") -> Row:
    identity = parse_id(name)
    puzzle = PUZZLES[identity.puzzle]
    way = solution_of(identity).trajectory
    assert way is not None
    return Row(
        id=name,
        puzzle=identity.puzzle,
        tier=identity.tier,
        split=identity.split,
        prompt="",
        level=str(way.level),
        solution=puzzle.write_moves(way),
        skin="classic",
        style=style,
        width=256,
        height=192,
        fps=8,
        n_frames=81,
        generator_version=__version__,
        video="",
    )


def tasks() -> list[Task]:
    """An easy level, and one of the hardest whose film leaves little room at its end, of each puzzle and style."""
    names = [f"{puzzle}/{tier}/test/2" for puzzle in PUZZLES for tier in ("easy", "hard")]
    return [task_of(row_of(name, style)) for name in names for style in STYLES]


@pytest.mark.parametrize("policy", ["oracle", "late"])
def test_an_honest_policy_succeeds_everywhere(policy: str) -> None:
    verdicts = [judge(POLICIES[policy](task), task.trajectory.level, task.skin) for task in tasks()]

    assert [None] * len(verdicts) == [verdict.fault for verdict in verdicts]


def test_the_teleporter_arrives_everywhere_and_succeeds_nowhere() -> None:
    verdicts = [judge(POLICIES["teleport"](task), task.trajectory.level, task.skin) for task in tasks()]

    assert [(True, False)] * len(verdicts) == [(verdict.arrived, verdict.success) for verdict in verdicts]


def test_a_frozen_film_never_moves() -> None:
    verdicts = [judge(POLICIES["frozen"](task), task.trajectory.level, task.skin) for task in tasks()]

    assert [Reason.FROZEN] * len(verdicts) == [verdict.fault and verdict.fault.reason for verdict in verdicts]


def test_the_late_policy_does_nothing_at_first_and_is_no_longer_than_it_must() -> None:
    task = task_of(row_of("maze/easy/test/2"))
    video = POLICIES["late"](task)

    assert (video[:LATE] == video[0]).all()
    assert (video[LATE:] == POLICIES["oracle"](task)[: len(video) - LATE]).all()
    assert 81 == len(video)


def test_sample_writes_each_film_to_its_place(tmp_path: Path) -> None:
    row = row_of("maze/easy/test/2")
    shots = [Shot("frozen", row, tmp_path / "a" / "1.mp4"), Shot("oracle", row, tmp_path / "b" / "2.mp4")]
    told: list[tuple[int, int]] = []
    sample(shots, progress=lambda done, total: told.append((done, total)))

    assert [(1, 2), (2, 2)] == told
    assert [(81, 192, 256, 3)] * 2 == [read_video(shot.path).shape for shot in shots]
