"""What all solvers have in common, and the levels that others made."""

from pathlib import Path as SystemPath

import pytest
import strategies

from puzzlereel.puzzles.core import Effort, Outcome, Puzzle
from puzzlereel.puzzles.fifteen import FIFTEEN
from puzzlereel.puzzles.flowfree import FLOWFREE
from puzzlereel.puzzles.formats import Entry, read_collection
from puzzlereel.puzzles.maze import MAZE
from puzzlereel.puzzles.sokoban import SOKOBAN


@pytest.mark.parametrize(
    ("puzzle", "text"),
    [
        (MAZE, "#####\n#@#G#\n#####"),
        (MAZE, "@ #\n##G"),
        (FLOWFREE, "A..B\n....\nB..A"),
        (FLOWFREE, "A.A.\n....\n...."),
        (FLOWFREE, "A.A\n...\nB.B"),
        (SOKOBAN, "#####\n#@ $#\n#. ##\n#####"),
        (SOKOBAN, "@#$."),
        (SOKOBAN, "$@."),
        (SOKOBAN, "#######\n#.$@$ #\n###.###\n#######"),
        (FIFTEEN, "123\n456\n87."),
        (FIFTEEN, "1234\n5678\n9ABC\nDFE."),
        (FIFTEEN, "21%\n%.3"),
        (FIFTEEN, "2.1"),
    ],
)
def test_a_level_without_a_solution_is_said_to_have_none(puzzle: Puzzle, text: str) -> None:
    answer = puzzle.solve(puzzle.parse(text))

    assert (Outcome.UNSOLVABLE, None, False) == (answer.outcome, answer.trajectory, answer.optimal)
    assert (0 if puzzle in (MAZE, FLOWFREE) else None) == answer.solutions


@pytest.mark.parametrize("text", ["@G", "@#G", "A..B\n....\nB..A", "A.A\nB.B", "@#$.", "@$.", "%2.1%", "%1.2%"])
def test_a_search_tells_the_nodes_that_it_has_spent(text: str) -> None:
    (entry,), effort = read_collection(text), Effort()
    answer = entry.puzzle.search(entry.level, effort)

    assert effort.nodes == answer.nodes


def test_a_level_that_starts_solved_is_solved_without_a_move() -> None:
    answer = SOKOBAN.solve(SOKOBAN.parse("@*"))

    assert (Outcome.SOLVED, True) == (answer.outcome, answer.optimal)
    assert answer.trajectory is not None
    assert () == answer.trajectory.moves


@pytest.mark.parametrize(
    ("puzzle", "text"),
    [
        (MAZE, "@" + "\n".join([" " * 40] * 40) + "G"),
        (FLOWFREE, "A...........\nB..........." + "\n............" * 9 + "\n..........AB"),
        (SOKOBAN, "############\n" + "#          #\n# $ $  . . #\n" * 4 + "#@         #\n############"),
        (FIFTEEN, "FEDC\nBA98\n7654\n312."),
    ],
    ids=["maze", "flowfree", "sokoban", "fifteen"],
)
def test_a_solver_gives_up_when_its_time_is_over(puzzle: Puzzle, text: str) -> None:
    answer = puzzle.solve(puzzle.parse(text), seconds=1e-9)

    assert (Outcome.GAVE_UP, None, False) == (answer.outcome, answer.trajectory, answer.optimal)
    assert answer.nodes <= 2**20


# Levels that others made


def collection(path: str) -> list[Entry]:
    """The levels of a file of the folder beside the repository."""
    return read_collection((levels_folder() / path).read_text(encoding="utf-8"))


def levels_folder() -> SystemPath:
    """The folder beside the repository; the test is skipped where there is none."""
    if not strategies.LEVELS.is_dir():
        pytest.skip(f"the levels that others made are not part of the repository, and not in {strategies.LEVELS}")
    return strategies.LEVELS


@pytest.mark.parametrize(
    ("path", "titles"),
    [
        ("microban/Microban_155.xsb", [str(n) for n in range(1, 156)]),
        ("boxoban/unfiltered_test_200.txt", [str(n) for n in range(0, 1000, 5)]),
        ("boxoban/medium_train_100.txt", [str(n) for n in range(0, 1000, 10)]),
    ],
)
def test_every_level_of_a_sokoban_collection_is_read(path: str, titles: list[str]) -> None:
    entries = collection(path)

    assert [] == [str(entry.error) for entry in entries if entry.error]
    assert {"sokoban"} == {entry.puzzle.name for entry in entries}
    assert titles == [entry.title.split(" ")[0] for entry in entries]
    assert titles[-1] + {"155": " 'The Dungeon'"}.get(titles[-1], "") == entries[-1].title


def test_every_file_of_flow_solver_is_read_as_one_square_level() -> None:
    names = sorted(path.name for path in (levels_folder() / "flow_solver").glob("*.txt"))
    entries = [entry for name in names for entry in collection(f"flow_solver/{name}")]
    levels = [entry.level for entry in entries]

    assert len(names) == len(entries)
    assert {("flowfree", "1", None)} == {(entry.puzzle.name, entry.title, entry.error) for entry in entries}
    assert all(len(row) == text.count("\n") + 1 for text in map(str, levels) for row in text.split("\n"))
