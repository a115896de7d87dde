"""Levels that none of us wrote, which stand beside the repository: solved, filmed and verified as they come."""

import json
from pathlib import Path
from typing import Any

import pytest
from strategies import LEVELS
from test_cli import done, objects, run

from puzzlereel.puzzles.formats import read_collection
from puzzlereel.puzzles.registry import PUZZLES

MICROBAN = LEVELS / "microban" / "Microban_155.xsb"
BOXOBAN = LEVELS / "boxoban" / "medium_train_100.txt"
FLOWS = LEVELS / "flow_solver"

pytestmark = pytest.mark.skipif(not LEVELS.is_dir(), reason="../shared/levels is not beside the repository")


def solved(source: str | Path, path: Path, title: str) -> dict[str, Any]:
    """What `solve --json` says of a level; its solution is played out by the rules."""
    (told,) = objects(done("solve", source, "--json"))
    puzzle = PUZZLES[told["puzzle"]]
    (level,) = [entry.level for entry in read_collection(path.read_text()) if entry.title == title]
    way = puzzle.read_moves(level, told["solution"])

    assert (title, "solved", True, True) == (told["title"], told["outcome"], told["optimal"], way.solved)
    assert len(way.moves) == told["moves"]
    return told


@pytest.mark.parametrize(("number", "pushes"), [(1, 8), (2, 3), (3, 13), (4, 7)])
def test_solve_finds_the_fewest_pushes_of_a_microban_level(number: int, pushes: int) -> None:
    told = solved(f"{MICROBAN}#{number}", MICROBAN, str(number))

    assert ("sokoban", pushes) == (told["puzzle"], told["pushes"])


def test_a_microban_level_is_found_by_its_number_where_it_has_a_name_too() -> None:
    told = solved(f"{MICROBAN}#154", MICROBAN, "154 'Take the long way home.'")

    assert 2 == told["pushes"]


def test_solve_answers_for_a_boxoban_level() -> None:
    told = solved(f"{BOXOBAN}#10", BOXOBAN, "10")

    assert ("sokoban", 22) == (told["puzzle"], told["pushes"])


@pytest.mark.parametrize("name", ["regular_5x5_01", "regular_6x6_01", "regular_7x7_01"])
def test_solve_answers_for_a_flow_solver_file_and_proves_the_solution_unique(name: str) -> None:
    path = FLOWS / f"{name}.txt"

    told = solved(path, path, "1")

    assert ("flowfree", 1) == (told["puzzle"], told["solutions"])


def test_solve_proves_that_a_flow_solver_file_has_no_solution() -> None:
    (told,) = objects(done("solve", FLOWS / "unsolvable_cross.txt", "--json"))

    assert ("flowfree", "unsolvable", 0, None) == tuple(
        told[key] for key in ("puzzle", "outcome", "solutions", "solution")
    )


@pytest.mark.parametrize("path", [MICROBAN, BOXOBAN], ids=lambda path: path.stem)
def test_solve_names_every_level_of_a_collection_and_gives_up_in_time(path: Path) -> None:
    ran = run("solve", path, "--time-limit", "0", "--json")
    told = objects(ran.out)
    titles = [entry.title for entry in read_collection(path.read_text())]

    assert titles == [one["title"] for one in told]
    assert len(titles) == len(set(titles)) == int(path.stem.rpartition("_")[2])
    assert {"sokoban"} == {one["puzzle"] for one in told}
    assert {"solved", "gave_up"} >= {one["outcome"] for one in told}
    assert ("gave_up" in [one["outcome"] for one in told]) == ran.status


@pytest.mark.parametrize("style", ["hold", "slide"])
def test_the_film_of_a_microban_level_is_accepted_for_that_level_and_no_other(style: str, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    done("film", f"{MICROBAN}#2", "--out", out, "--style", style)

    verdict = json.loads(done("verify", out, "--level", f"{MICROBAN}#2", "--json"))
    other = json.loads(run("verify", out, "--level", f"{MICROBAN}#7", "--json").out)

    assert (True, None, 1.0) == (verdict["success"], verdict["fault"], verdict["metrics"]["f1"])
    assert (False, False) == (other["success"], other["arrived"])


def test_the_film_of_a_flow_solver_file_is_accepted(tmp_path: Path) -> None:
    level, out = FLOWS / "regular_5x5_01.txt", tmp_path / "film.mp4"
    done("film", level, "--out", out)

    assert json.loads(done("verify", out, "--level", level, "--json"))["success"]


def test_a_solution_too_long_for_the_film_is_refused_with_the_length_that_would_do(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    ran = run("film", f"{MICROBAN}#3", "--out", out)
    frames = ran.err.partition("film it with at least ")[2].split()[0]

    assert (2, "") == (ran.status, ran.out)
    assert 0 == (int(frames) - 1) % 4
    done("film", f"{MICROBAN}#3", "--out", out, "--frames", frames, "--height", "240", "--width", "416")
    assert 0 == run("verify", out, "--level", f"{MICROBAN}#3").status
