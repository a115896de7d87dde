"""An extra puzzle: every command makes, films, judges and ranks it where it is asked for, and none where it is not."""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from test_cli import done, run

from puzzlereel.hub.options import Options
from puzzlereel.leaderboard.board import Commonest, commonest_fault
from puzzlereel.leaderboard.compare import comparison_of, read_scored
from puzzlereel.leaderboard.cuts import Cut, score_in
from puzzlereel.leaderboard.pages import outside
from puzzlereel.leaderboard.results import read_results
from puzzlereel.leaderboard.table import board_table
from puzzlereel.puzzles.core import Reason
from puzzlereel.puzzles.registry import PUZZLES, SUITE, weighed
from puzzlereel.renderers.film import STYLES


def test_the_suite_is_three_puzzles_and_fifteen_is_an_extra() -> None:
    assert ["maze", "flowfree", "sokoban"] == list(SUITE)
    assert ["fifteen"] == [name for name in PUZZLES if name not in SUITE]
    assert tuple(SUITE) == Options().puzzles


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["maze", "fifteen"], ["maze"]),
        (["fifteen"], ["fifteen"]),
        (["fifteen", "sokoban", "maze"], ["sokoban", "maze"]),
        (["fifteen", "another"], ["another"]),
        ([], []),
    ],
)
def test_a_mean_leaves_extras_out_unless_there_is_nothing_else(names: list[str], expected: list[str]) -> None:
    assert expected == weighed(names)


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of a maze and of Fifteen, films of two policies, and their results."""
    folder = tmp_path_factory.mktemp("board")
    size = ("--height", "160", "--width", "160")
    done("generate", "--out", folder / "data", "--puzzle", "maze", "--puzzle", "fifteen", "--tier", "easy",
         "--count", "1", "--style", "slide", "--workers", "1", *size)  # fmt: skip
    for policy in ("oracle", "frozen"):
        done("sample", "--policy", policy, "--data", folder / "data", "--out", folder / policy, "--workers", "1")
    (still,) = (folder / "frozen" / "videos" / "fifteen").iterdir()
    (solved,) = (folder / "oracle" / "videos" / "fifteen").iterdir()
    still.write_bytes(solved.read_bytes())
    for policy in ("oracle", "frozen"):
        done("score", folder / policy, "--data", folder / "data", "--out", folder / f"{policy}.json", "--workers", "1")
    return folder


def test_a_data_set_of_it_is_scored_beside_others_and_outside_of_their_mean(board: Path) -> None:
    """The frozen policy's film of Fifteen is the oracle's: its own total says so, and no mean does."""
    oracle, frozen = (read_results(board / f"{policy}.json") for policy in ("oracle", "frozen"))
    totals = {puzzle: total["success"]["value"] for puzzle, total in frozen["totals"].items()}

    assert {"maze": 0.0, "fifteen": 1.0} == totals
    assert (1.0, 0.0) == (oracle["macro"]["success"]["value"], frozen["macro"]["success"]["value"])
    for cut, expected in (
        (Cut(), 0.0),
        (Cut(tier="easy"), 0.0),
        (Cut("fifteen"), 1.0),
        (Cut("fifteen", "easy"), 1.0),
    ):
        told = score_in(frozen, cut)
        assert told is not None
        assert expected == told["success"].value, cut


def test_a_comparison_is_over_all_but_the_extras(board: Path) -> None:
    told = comparison_of(*(read_scored(board / f"{policy}.json") for policy in ("frozen", "oracle")))

    assert 1.0 == told["overall"]["success"]["difference"]["value"]
    assert {"maze", "fifteen"} == set(told["puzzles"])
    assert 0.0 == told["puzzles"]["fifteen"]["success"]["difference"]["value"]


def test_a_site_shows_its_levels_and_lets_people_play_them(board: Path) -> None:
    site = board / "site"
    done("leaderboard", board / "oracle.json", board / "frozen.json", "--out", site, "--data", board / "data",
         "--films", board / "oracle", "--films", board / "frozen", "--workers", "1")  # fmt: skip

    assert (site / "levels" / "fifteen-easy-test-0.html").is_file()
    assert "fifteen/easy/test/0" in (site / "play.html").read_text(encoding="utf-8")
    for page in ("index.html", "models/solver-oracle.html"):
        assert "Outside of all means, as an extra: Fifteen." in (site / page).read_text(encoding="utf-8")


def test_no_page_names_an_extra_where_there_is_nothing_else() -> None:
    assert ("", "") == (outside(["fifteen"]), outside(["maze", "sokoban"]))


def test_the_commonest_fault_of_all_is_none_of_an_extra(board: Path) -> None:
    oracle = read_results(board / "oracle.json")
    faults = {"maze": {"frozen": 1}, "fifteen": {"jump": 3}}

    assert Commonest(Reason.FROZEN.value, 1, 1) == commonest_fault({**oracle, "faults": faults})
    assert Commonest(Reason.JUMP.value, 3, 3) == commonest_fault({**oracle, "faults": faults}, "fifteen")


def test_the_table_of_four_puzzles_fits_in_80_columns(board: Path) -> None:
    oracle = read_results(board / "oracle.json")
    full = {**oracle["macro"]["success"], "value": 1.0, "low": 0.51, "high": 1.0}
    macro = {**oracle["macro"], **dict.fromkeys(("success", "cheating", "f1", "unjudged"), full)}
    totals = {name: {"success": full} for name in PUZZLES}
    console = Console(width=80, file=StringIO(), record=True)
    console.print(board_table([{**oracle, "macro": macro, "totals": totals}]))

    text = console.export_text()
    assert 8 == text.count("100.0")
    assert all(heading in text for heading in (*PUZZLES, "cheating", "unjudged"))


@pytest.mark.parametrize("style", STYLES)
def test_a_film_of_it_is_judged_from_a_file_and_explained(style: str, tmp_path: Path) -> None:
    film, why = tmp_path / "film.mp4", tmp_path / "why.png"
    done("film", "fifteen/easy/test/3", "--style", style, "--out", film)
    told = json.loads(done("verify", film, "--level", "fifteen/easy/test/3", "--json", "--explain", why))
    other = run("verify", film, "--level", "fifteen/easy/test/4", "--json")

    assert (True, 1.0) == (told["success"], told["metrics"]["f1"])
    assert why.is_file()
    assert (1, "wrong_start") == (other.status, json.loads(other.out)["fault"]["reason"])


def test_levels_solutions_pictures_and_the_red_team_know_it_by_name(tmp_path: Path) -> None:
    text = done("levels", "--puzzle", "fifteen", "--tier", "hard", "--count", "1")
    (tmp_path / "levels.txt").write_text(text, encoding="utf-8")
    solved = json.loads(done("solve", tmp_path / "levels.txt", "--json"))
    report = json.loads(run("redteam", "--puzzle", "fifteen", "--levels", "1", "--films", "2", "--workers", "1",
                            "--seed", "3", "--json").out)  # fmt: skip
    done("gallery", "--puzzle", "fifteen", "--tier", "ood", "--skin", "classic", "--out", tmp_path / "gallery")

    assert ("fifteen", "solved", True) == tuple(solved[key] for key in ("puzzle", "outcome", "optimal"))
    assert (2, 0, 0) == tuple(report[key] for key in ("films", "false_accepts", "false_rejects"))
    assert "fifteen" in (tmp_path / "gallery" / "index.html").read_text(encoding="utf-8")
