"""What `levels --stats` says of levels agrees with the levels themselves."""

import json
from pathlib import Path
from typing import Any

import pytest
import strategies
from PIL import Image
from test_cli import done, run

from puzzlereel.puzzles.core import Puzzle
from puzzlereel.puzzles.ids import LevelId, level_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.puzzles.stats import Spread, stats_of


def form(puzzle: Puzzle, level: Any) -> str:
    """The same text for all guises of a level, found by hand."""
    return min(strategies.plain(puzzle, guise) for guise in strategies.guises(puzzle, level))


@pytest.mark.parametrize("puzzle", PUZZLES)
def test_stats_tell_of_the_levels_that_the_ids_name(puzzle: str) -> None:
    stats, rules = stats_of(puzzle, "easy", "val", 20), PUZZLES[puzzle]
    solutions = [strategies.solution(LevelId(puzzle, "easy", "val", index)) for index in range(20)]

    assert [len(solution.moves) for solution in solutions] == list(stats.moves)
    assert [rules.solve(solution.level).nodes for solution in solutions] == list(stats.difficulty)
    assert (20, stats.distinct[-1]) == (stats.count, len({form(rules, solution.level) for solution in solutions}))
    assert stats.rate == 20 / stats.seconds > 0


def test_levels_that_are_the_same_in_another_guise_count_once() -> None:
    stats, rules = stats_of("maze", "easy", "test", 3000), PUZZLES["maze"]
    forms = [form(rules, level_of(LevelId("maze", "easy", "test", n))) for n in range(3000)]

    assert [len(set(forms[: n + 1])) for n in range(3000)] == list(stats.distinct)
    assert stats.distinct[-1] < 3000


def test_a_spread_is_least_mean_middle_and_most() -> None:
    assert (1, 3, 2.5, 6) == Spread.of([6, 1, 3, 2])


def test_stats_are_printed_as_a_table_or_as_json_and_drawn(tmp_path: Path) -> None:
    options = ("--puzzle", "maze", "--tier", "medium", "--split", "test", "--count", "12")
    told = json.loads(done("levels", "--stats", *options, "--json"))
    table = done("levels", "--stats", *options, "--plot", tmp_path / "stats.png")
    stats = stats_of("maze", "medium", "test", 12)

    assert stats.json() | {"rate": 0} == told | {"rate": 0}
    assert told["rate"] > 0
    assert "maze medium test: 12 levels, 12 distinct forms" in table
    assert f"{min(stats.moves)}" in table.split("moves of the solution")[1].splitlines()[0].split()
    with Image.open(tmp_path / "stats.png") as picture:
        assert ("PNG", (1200, 360)) == (picture.format, picture.size)
        assert len(set(picture.convert("L").resize((60, 18)).tobytes())) > 8


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ["maze/easy/test/0", "--stats"],
            "expected --puzzle, --tier and --split with --stats, got the id maze/easy/test/0",
        ),
        (["--plot", "x.png"], "expected --stats with --plot"),
        (["--stats", "--plot", "/no/such/folder/x.png"], "expected a folder for the plot, found no /no/such/folder"),
        (["--stats", "--tier", "ood", "--split", "train"], "ood has no train split"),
    ],
)
def test_stats_of_nothing_are_refused_in_one_line(arguments: list[str], complaint: str) -> None:
    ran = run("levels", *arguments)

    assert (2, "", 1) == (ran.status, ran.out, ran.err.count("\n"))
    assert complaint in ran.err
