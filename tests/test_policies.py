"""The reference policies: floor and ceiling are where a board expects them."""

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from test_cli import done, run

from puzzlereel import __version__
from puzzlereel.baselines.policies import LATE, POLICIES, Task, task_of
from puzzlereel.baselines.sample import NoPolicy, Shot, sample
from puzzlereel.baselines.walks import greedy_walk, random_walk, stumbled
from puzzlereel.cli.sample import REFERENCES
from puzzlereel.hub.build import build
from puzzlereel.hub.dataset import Row
from puzzlereel.hub.options import Options
from puzzlereel.puzzles.core import Reason, Trajectory, is_solved
from puzzlereel.puzzles.ids import parse_id, solution_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.film import STYLES, Timing
from puzzlereel.renderers.video import read_video
from puzzlereel.verifiers.judge import judge
from puzzlereel.verifiers.verdict import ENDINGS


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


def test_noise_could_not_be_judged() -> None:
    verdicts = [judge(POLICIES["noise"](task), task.trajectory.level, task.skin) for task in tasks()[::6]]

    assert [False] * len(PUZZLES) == [verdict.judged for verdict in verdicts]


LAWFUL = (*ENDINGS, None)


@pytest.mark.parametrize("policy", ["random-walk", "greedy", "clumsy"])
def test_a_policy_that_errs_never_breaks_a_rule(policy: str) -> None:
    verdicts = [judge(POLICIES[policy](task), task.trajectory.level, task.skin) for task in tasks()[::2]]

    assert [] == [verdict.fault for verdict in verdicts if verdict.fault and verdict.fault.reason not in LAWFUL]
    assert not all(verdict.success for verdict in verdicts)


def test_the_clumsy_policy_solves_what_one_slip_does_not_spoil_with_less_precision() -> None:
    metrics: dict[str, list[float]] = {name: [] for name in PUZZLES}
    success: dict[str, list[bool]] = {name: [] for name in PUZZLES}
    for task in tasks()[::2]:
        verdict = judge(POLICIES["clumsy"](task), task.trajectory.level, task.skin, reference=task.trajectory)
        assert verdict.metrics is not None
        metrics[task.skin.puzzle].append(verdict.metrics["precision"])
        success[task.skin.puzzle].append(verdict.success)

    assert all(success["maze"])
    assert max(metrics["maze"]) < 1
    assert not any(success["flowfree"])
    assert min(metrics["flowfree"]) > 0.5


def test_the_clumsy_policy_is_slower_by_a_tenth_and_longer_where_it_must(tmp_path: Path) -> None:
    task = task_of(row_of("maze/easy/test/2"))
    states = stumbled(task.trajectory, Random(task.seed))
    hold = task.timing.hold(len(task.trajectory.boards))
    video = POLICIES["clumsy"](task)
    (changes,) = (video[1:] != video[:-1]).any((1, 2, 3)).nonzero()

    assert [-(-at * hold * 10 // 9) for at in range(1, len(states))] == (changes + 1).tolist()
    assert 81 == len(video)
    full = replace(task, timing=Timing(frames=2 * len(task.trajectory.boards)))
    slower = POLICIES["clumsy"](full)
    assert -(-10 * (2 * len(states) - 1) // 9) == len(slower)
    assert (slower[-1] == video[-1]).all()


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_is_the_same_for_the_same_seed_and_those_with_dice_are_not_for_another(policy: str) -> None:
    row = row_of("sokoban/medium/test/1")
    films = [POLICIES[policy](task_of(row, seed=seed, sample=n)) for seed, n in ((0, 0), (0, 0), (7, 0), (0, 1))]

    assert (films[0] == films[1]).all()
    dice = policy in ("clumsy", "random-walk", "noise")
    if policy != "greedy":
        assert [dice] * 2 == [not np.array_equal(films[0], film) for film in films[2:]]


# Walks, told by hand

FORK = "#####\n#   #\n#@#G#\n# ###\n#####"


def maze(text: str) -> Any:
    return PUZZLES["maze"].parse(text)


def way(puzzle: str, text: str, moves: str) -> Trajectory:
    return PUZZLES[puzzle].read_moves(PUZZLES[puzzle].parse(text), moves)


def test_a_random_walk_is_as_long_as_it_may_be_or_ends_at_the_goal() -> None:
    lengths = {len(random_walk(maze("#####\n#@ G#\n#####"), Random(seed), 4)) for seed in range(20)}

    assert {3, 5} == lengths
    assert [maze("####\n#@G#\n####").start()] == random_walk(maze("####\n#@G#\n####"), Random(0), 0)


def test_a_walk_ends_where_no_move_is_lawful() -> None:
    level = PUZZLES["flowfree"].parse("A.A")

    assert 2 == len(random_walk(level, Random(0), 9))
    assert 2 == len(greedy_walk(level, "flowfree", Random(0), 9))


def test_a_greedy_walk_goes_where_the_goal_is_nearest_and_never_back() -> None:
    shut = maze("######\n#@  ##\n# ####\n#   G#\n######")

    assert [(1, 1), (1, 2), (1, 3)] == greedy_walk(shut, "maze", Random(1), 9)[:3] or [(1, 1), (2, 1)] == greedy_walk(
        shut, "maze", Random(1), 9
    )[:2]
    trap = maze("#######\n#     #\n# ### #\n#@  #G#\n#######")
    assert [(3, 1), (3, 2), (3, 3)] == greedy_walk(trap, "maze", Random(0), 9)


def test_a_greedy_walk_pushes_the_box_towards_its_target() -> None:
    level = PUZZLES["sokoban"].parse("#######\n#     #\n#@ $ .#\n#     #\n#######")
    states = greedy_walk(level, "sokoban", Random(0), 9)

    assert 4 == len(states)
    assert level.targets == states[-1].boxes


def test_a_puzzle_that_is_not_known_is_walked_by_its_own_progress() -> None:
    trap = maze("#######\n#     #\n# ### #\n#@  #G#\n#######")

    assert trap.goal == greedy_walk(trap, "chess", Random(0), 20)[-1]


def test_a_slip_is_taken_back_where_one_move_can_do_that() -> None:
    for seed in range(10):
        states = stumbled(way("maze", FORK, "URRD"), Random(seed))

        assert [(2, 1), (3, 1), (2, 1), (1, 1), (1, 2), (1, 3), (2, 3)] == states


def test_where_there_is_only_one_way_the_slip_is_a_step_back_and_where_there_is_no_other_move_there_is_none() -> None:
    assert {(1, 1), (1, 2), (1, 3)} == set(stumbled(way("maze", "#####\n#@ G#\n#####", "RR"), Random(0)))
    assert 5 == len(stumbled(way("maze", "#####\n#@ G#\n#####", "RR"), Random(0)))
    assert 2 == len(stumbled(way("maze", "####\n#@G#\n####", "R"), Random(0)))


def test_a_slip_that_cannot_be_taken_back_is_gone_on_from_as_far_as_the_rules_allow() -> None:
    solution = way("flowfree", "AB\n..\n..\nAB", "a1,0 a2,0 b1,1 b2,1")
    assert solution.solved
    for seed in range(10):
        states = stumbled(solution, Random(seed))

        assert not is_solved(solution.level, states[-1])
        assert len(states) > 2


# Into a folder


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


def test_a_film_that_is_there_is_not_made_again_and_drafts_of_killed_runs_go(tmp_path: Path) -> None:
    row = row_of("maze/easy/test/2")
    shots = [Shot("frozen", row, tmp_path / f"{number}.mp4") for number in range(2)]
    shots[0].path.write_bytes(b"made before")
    (tmp_path / ".1.mp4.123.part").write_bytes(b"half a film")
    told: list[tuple[int, int]] = []
    sample(shots, progress=lambda done, total: told.append((done, total)))

    assert b"made before" == shots[0].path.read_bytes()
    assert [(2, 2)] == told
    assert ["0.mp4", "1.mp4"] == sorted(path.name for path in tmp_path.iterdir())


def test_a_policy_that_is_none_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    row = row_of("maze/easy/test/2")
    with pytest.raises(NoPolicy, match=r"expected a policy of oracle, late, clumsy, .*, got 'wizard'"):
        sample([Shot("oracle", row, tmp_path / "0.mp4"), Shot("wizard", row, tmp_path / "1.mp4")])

    assert [] == list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of a level a puzzle."""
    folder = tmp_path_factory.mktemp("data")
    build(folder, Options(tiers=("easy",), count=1, height=176, width=304))
    return folder


def test_every_policy_is_told_of_and_its_submission_is_right(data: Path, tmp_path: Path) -> None:
    assert list(POLICIES) == list(REFERENCES)
    for policy, (name, _) in REFERENCES.items():
        out = tmp_path / policy
        said = done("sample", "--policy", policy, "--data", data, "--out", out, "--workers", "1")

        assert f"{out}: 3 films by the {name}\n" == said
        assert "3 of 3 films can be read" in done("submit", "check", out, "--data", data, "--workers", "1")


def test_samples_go_on_where_they_were_stopped_whatever_the_number_of_workers(data: Path, tmp_path: Path) -> None:
    def argv(out: Path, *others: str) -> tuple[str | Path, ...]:
        return ("sample", "--policy", "random-walk", "--samples", "2", "--data", data, "--out", out, *others)

    done(*argv(tmp_path / "whole", "--workers", "2"))
    films = {path.relative_to(tmp_path / "whole"): path.read_bytes() for path in (tmp_path / "whole").rglob("*.mp4")}
    done(*argv(tmp_path / "parts", "--workers", "1"))
    for path in list((tmp_path / "parts").rglob("*.s1.mp4")):
        path.unlink()
    done(*argv(tmp_path / "parts", "--workers", "1"))

    assert 6 == len(films)
    assert films == {
        path.relative_to(tmp_path / "parts"): path.read_bytes() for path in (tmp_path / "parts").rglob("*.mp4")
    }
    assert len(set(films.values())) > 3
    ran = run(*argv(tmp_path / "parts", "--seed", "1"))
    assert (2, "") == (ran.status, ran.out)
    assert f"expected the sampler with which {tmp_path / 'parts'} was begun, got another" in ran.err
