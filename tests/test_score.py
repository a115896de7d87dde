"""Scoring: numbers told by hand, runs that are killed and go on, workers that die, and the intervals."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from itertools import combinations, product
from pathlib import Path
from statistics import fmean
from typing import Any, cast

import numpy as np
import pytest
from apart_calls import hang_over_the_third

from puzzlereel.cluster import ENGINES
from puzzlereel.files import write_whole
from puzzlereel.hub.build import build
from puzzlereel.hub.dataset import Dataset, Row, open_dataset
from puzzlereel.hub.options import Options
from puzzlereel.intervals import wilson
from puzzlereel.leaderboard import judging, stats
from puzzlereel.leaderboard import score as scoring
from puzzlereel.leaderboard.files import BadFile
from puzzlereel.leaderboard.films import expected_films, film_path
from puzzlereel.leaderboard.judging import Task, judge_task, judged
from puzzlereel.leaderboard.readings import Judged
from puzzlereel.leaderboard.results import BadResults, ks_of, numbers_of, read_results, write_results
from puzzlereel.leaderboard.schema import validator
from puzzlereel.leaderboard.score import result_path, score
from puzzlereel.leaderboard.stats import Estimate
from puzzlereel.leaderboard.submission import BadSubmission, Submission, write_submission
from puzzlereel.puzzles.core import BadLevel, PuzzlereelError, Reason
from puzzlereel.verifiers import children
from puzzlereel.verifiers.children import Limits
from puzzlereel.verifiers.reward import reward
from puzzlereel.verifiers.verdict import PARTS, Fault, Verdict, unreadable
from puzzlereel.workers import NoWorkers, spread

MANIFEST, LEVELS = "0f" * 32, "1e" * 32
META: dict[str, Any] = {"schema_version": 1, "model": {"name": "a model"}, "dataset": {}}
SOLVED = Verdict(dict.fromkeys(PARTS, 1.0), arrived=True, metrics={"precision": 1.0, "recall": 1.0, "f1": 1.0})
CHEAT = Verdict(
    dict.fromkeys(PARTS, 0.5),
    (Fault(7, Reason.JUMP, (2, 3), "5 cells"), Fault(9, Reason.WALL)),
    arrived=True,
    metrics={"precision": 0.5, "recall": 0.25, "f1": 1 / 3},
)
LOST = Verdict(
    dict.fromkeys(PARTS, 0.5), (Fault(80, Reason.UNSOLVED),), metrics={"precision": 1.0, "recall": 0.5, "f1": 2 / 3}
)
VERDICTS = {"solved": SOLVED, "cheat": CHEAT, "lost": LOST, "noise": unreadable("noise")}


def data(*ids: str, manifest: str = MANIFEST, skin: str = "classic") -> Dataset:
    """A data set of levels that have an id and nothing that the stand-in for the judge asks for."""
    rows = []
    for id in ids:
        puzzle, tier, split, _ = id.split("/")
        rows.append(Row(id, puzzle, tier, split, "", "", "", skin, "hold", 832, 480, 8, 81, "0", ""))
    return Dataset(Path("data"), "0", manifest, tuple(rows), LEVELS)


MAZES = data(*(f"maze/easy/test/{index}" for index in (0, 1, 2, 10)))


def submit(folder: Path, films: dict[str, str], meta: dict[str, Any] = META) -> Submission:
    """A submission whose films say their own verdict, by level."""
    submission = write_submission(folder, meta)
    for id, text in films.items():
        write_whole(film_path(folder, data(id).rows[0]), text)
    return submission


def judged_here(tasks: Sequence[Task], _: int, *, engine: str) -> Iterator[tuple[Task, dict[str, Any]]]:
    """The verdicts from this process, in which a stand-in can take the judge's place."""
    for task in tasks:
        yield task, judge_task(task)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The films that were judged, by name; the judge believes what they say."""
    names: list[str] = []

    def believe(path: Path, puzzle: str, level: str, skin: str, solution: str) -> Judged:
        names.append(path.stem)
        return Judged(VERDICTS[path.read_text()], {"why_not": f"a stand-in for {path.read_text()}"})

    monkeypatch.setattr(judging, "judge_and_tell", believe)
    monkeypatch.setattr(scoring, "judged", judged_here)
    return names


def lines(path: Path) -> list[dict[str, Any]]:
    """The rows of a log."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_level_of_the_data_set_counts_whatever_the_submission_holds(tmp_path: Path, calls: list[str]) -> None:
    films = {"maze/easy/test/0": "solved", "maze/easy/test/1": "cheat", "maze/easy/test/2": "noise"}
    submission = submit(tmp_path / "sub", films)
    write_whole(tmp_path / "sub/videos/maze/maze-easy-test-3.mp4", "solved")

    results = score(submission, MAZES, tmp_path / "results.json", workers=1)
    maze = results["totals"]["maze"]

    shares = {name: maze[name]["value"] for name in maze if name not in ("tiers", "skins")}
    assert {
        "success": 0.25,
        "arrived": 0.5,
        "cheating": 0.25,
        "unjudged": 0.5,
        "missing": 0.25,
        "unreadable": 0.25,
        "precision": 0.375,
        "recall": 0.3125,
        "f1": 0.333333,
        "reward": 0.253906,
    } == shares
    assert {4} == {maze[name]["n"] for name in shares}
    assert {"maze": {"jump": 1, "unreadable": 1}} == results["faults"]
    assert {"count": 1, "films": ["videos/maze/maze-easy-test-3.mp4"]} == results["strangers"]
    assert 3 == len(calls)
    assert results == read_results(tmp_path / "results.json")


def test_the_log_has_a_row_for_each_level_in_the_order_of_their_indices(tmp_path: Path, calls: list[str]) -> None:
    submission = submit(tmp_path / "sub", {"maze/easy/test/10": "cheat", "maze/easy/test/2": "noise"})

    score(submission, MAZES, tmp_path / "results.json", workers=1)
    rows = lines(tmp_path / "results.levels.jsonl")

    assert [0, 1, 2, 10] == [int(row["id"].rsplit("/", 1)[1]) for row in rows]
    assert ["missing", "missing", "unreadable", "judged"] == [row["status"] for row in rows]
    assert [None, None, "unreadable", "jump"] == [row["fault"] and row["fault"]["reason"] for row in rows]
    assert (True, False, 0.333333) == tuple(rows[3][key] for key in ("arrived", "success", "f1"))
    assert {
        "frame": 7,
        "reason": "jump",
        "cell": [2, 3],
        "detail": "5 cells",
        "sentence": "frame 7: more changed between two frames than one move can change at row 2, column 3 (5 cells)",
    } == rows[3]["fault"]
    assert all(validator("level").is_valid(row) for row in rows)


def test_each_puzzle_and_tier_is_told_by_the_families_of_its_skins(tmp_path: Path, calls: list[str]) -> None:
    looks = {"maze/easy/test/0": "dark", "maze/easy/test/1": "dark+frame", "maze/hard/test/0": "classic"}
    rows = tuple(data(id, skin=skin).rows[0] for id, skin in looks.items())
    levels = replace(MAZES, rows=rows)
    submission = submit(tmp_path / "sub", {"maze/easy/test/0": "solved", "maze/hard/test/0": "solved"})

    maze = score(submission, levels, tmp_path / "results.json", workers=1)["totals"]["maze"]

    def shares(skins: dict[str, Any]) -> dict[str, tuple[float, int]]:
        return {skin: (one["success"]["value"], one["success"]["n"]) for skin, one in skins.items()}

    assert {"classic": (1.0, 1), "dark": (0.5, 2)} == shares(maze["skins"])
    assert {"dark": (0.5, 2)} == shares(maze["tiers"]["easy"]["skins"])
    assert {"classic": (1.0, 1)} == shares(maze["tiers"]["hard"]["skins"])
    assert maze["tiers"]["easy"]["skins"]["dark"]["success"] == maze["tiers"]["easy"]["success"]


def sampled(folder: Path, films: dict[str, str], **meta: Any) -> Submission:
    """A submission whose films are named by index and mark, as in `10.s2`, and say their own verdicts."""
    submission = write_submission(folder, META | meta)
    for name, text in films.items():
        write_whole(folder / "videos" / "maze" / f"maze-easy-test-{name}.mp4", text)
    return submission


SEVERAL = {
    **{f"0.s{n}": "solved" for n in range(4)},
    **{"1.s0": "solved", "1.s1": "cheat", "1.s2": "lost", "1.s3": "noise"},
    **{"2": "lost", "2.s3": "solved"},
}


def test_several_samples_are_averaged_level_by_level_and_missing_ones_have_failed(
    tmp_path: Path, calls: list[str]
) -> None:
    results = score(sampled(tmp_path / "sub", SEVERAL), MAZES, tmp_path / "results.json", workers=1)
    maze, rows = results["totals"]["maze"], lines(tmp_path / "results.levels.jsonl")

    assert (4, 10) == (results["samples"], len(calls))
    assert [(id, n) for id in (0, 1, 2, 10) for n in range(4)] == [
        (int(row["id"].rsplit("/", 1)[1]), row["sample"]) for row in rows
    ]
    assert "videos/maze/maze-easy-test-2.mp4" == rows[8]["film"]
    assert "videos/maze/maze-easy-test-10.s3.mp4" == rows[15]["film"]
    assert {
        "success": (1 + 1 / 4 + 1 / 4 + 0) / 4,
        "arrived": (1 + 2 / 4 + 1 / 4 + 0) / 4,
        "cheating": (1 / 4) / 4,
        "missing": (2 / 4 + 1) / 4,
        "unreadable": (1 / 4) / 4,
        "pass_at_1": (1 + 1 / 4 + 1 / 4 + 0) / 4,
        "pass_at_2": (1 + 1 / 2 + 1 / 2 + 0) / 4,
        "pass_at_4": 3 / 4,
        "best_of_4": 3 / 4,
    }.items() <= {name: one["value"] for name, one in maze.items() if "value" in one}.items()
    assert maze["best_of_1"]["value"] == maze["reward"]["value"] == results["macro"]["best_of_1"]["value"]
    assert {4} == {maze[name]["n"] for name in ("success", "pass_at_2", "best_of_2")}
    assert results["macro"]["pass_at_2"] == maze["pass_at_2"]
    assert {"jump": 1, "unreadable": 1, "unsolved": 2} == results["faults"]["maze"]


def test_a_description_that_says_how_many_samples_there_are_is_held_to_it(tmp_path: Path, calls: list[str]) -> None:
    submission = sampled(tmp_path / "sub", {f"{id}.s0": "solved" for id in (0, 1, 2, 10)}, samples=2)

    results = score(submission, MAZES, tmp_path / "results.json", workers=1)

    assert (0.5, 0.5, 1.0) == tuple(
        results["totals"]["maze"][name]["value"] for name in ("success", "missing", "pass_at_2")
    )
    assert (
        "pass_at_2"
        not in score(sampled(tmp_path / "one", {"0": "solved"}, samples=1), MAZES, tmp_path / "one.json", workers=1)[
            "macro"
        ]
    )


def test_a_film_that_is_handed_in_twice_counts_as_unreadable(tmp_path: Path, calls: list[str]) -> None:
    submission = submit(tmp_path / "sub", {row.id: "solved" for row in MAZES.rows})
    write_whole(tmp_path / "sub/videos/maze/maze-easy-test-1.webm", "solved")

    score(submission, MAZES, tmp_path / "results.json", workers=1)
    row = lines(tmp_path / "results.levels.jsonl")[1]

    assert "maze-easy-test-1" not in calls
    assert ("unreadable", "handed in twice, also as maze-easy-test-1.webm") == (row["status"], row["fault"]["detail"])


def test_a_film_that_was_only_renamed_is_not_judged_again(tmp_path: Path, calls: list[str]) -> None:
    submission = submit(tmp_path / "sub", {row.id: "lost" for row in MAZES.rows})
    score(submission, MAZES, tmp_path / "results.json", workers=1)
    before = (tmp_path / "results.json").read_bytes()
    calls.clear()
    film = film_path(tmp_path / "sub", MAZES.rows[0])
    film.rename(film.with_suffix(".webm"))

    score(submission, MAZES, tmp_path / "results.json", workers=1)

    assert [] == calls
    assert before == (tmp_path / "results.json").read_bytes()
    assert "videos/maze/maze-easy-test-0.webm" == lines(tmp_path / "results.levels.jsonl")[0]["film"]


def test_a_film_that_changes_while_it_is_judged_is_judged_again_by_the_next_run(
    tmp_path: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    believe = vars(judging)["judge_and_tell"]

    def tamper(path: Path, *others: str) -> Judged:
        found: Judged = believe(path, *others)
        path.write_text("cheat")
        return found

    submission = submit(tmp_path / "sub", {"maze/easy/test/0": "solved"})
    with monkeypatch.context() as patched:
        patched.setattr(judging, "judge_and_tell", tamper)
        results = score(submission, MAZES, tmp_path / "results.json", workers=1)
    assert (0.0, 0.25) == tuple(results["totals"]["maze"][name]["value"] for name in ("success", "unreadable"))
    film_path(tmp_path / "sub", MAZES.rows[0]).write_text("solved")

    results = score(submission, MAZES, tmp_path / "results.json", workers=1)

    assert 2 == len(calls)
    assert 0.25 == results["totals"]["maze"]["success"]["value"]


def test_a_film_earns_the_reward_of_its_verdict(tmp_path: Path, calls: list[str]) -> None:
    films = {row.id: text for row, text in zip(MAZES.rows, VERDICTS, strict=True)}

    score(submit(tmp_path / "sub", films), MAZES, tmp_path / "results.json", workers=1)

    assert [round(reward(verdict), 6) for verdict in VERDICTS.values()] == [
        row["reward"] for row in lines(tmp_path / "results.levels.jsonl")
    ]


def test_the_macro_mean_weighs_puzzles_alike_and_tiers_stand_in_the_order_of_the_registry(
    tmp_path: Path, calls: list[str]
) -> None:
    levels = data(
        "sokoban/easy/test/0", "maze/hard/test/0", "maze/medium/test/0", "maze/easy/test/0", "maze/easy/test/1"
    )
    submission = submit(tmp_path / "sub", {row.id: "solved" for row in levels.rows if row.puzzle == "maze"})

    results = score(submission, levels, tmp_path / "results.json", workers=1)

    assert ["maze", "sokoban"] == list(results["totals"])
    assert ["easy", "medium", "hard"] == list(results["totals"]["maze"]["tiers"])
    assert 2 == results["totals"]["maze"]["tiers"]["easy"]["success"]["n"]
    assert (0.5, 5) == (results["macro"]["success"]["value"], results["macro"]["success"]["n"])
    assert (0.5, 5) == (results["macro"]["f1"]["value"], results["macro"]["f1"]["n"])


def test_the_numbers_do_not_depend_on_the_order_of_the_rows(tmp_path: Path, calls: list[str]) -> None:
    films = {row.id: text for row, text in zip(MAZES.rows, VERDICTS, strict=True)}
    score(submit(tmp_path / "sub", films), MAZES, tmp_path / "results.json", workers=1)
    rows = lines(tmp_path / "results.levels.jsonl")

    assert numbers_of(rows) == numbers_of(rows[::-1])


def test_a_run_that_was_killed_goes_on_where_it_stopped_and_ends_with_the_same_files(
    tmp_path: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = submit(tmp_path / "sub", {row.id: "lost" for row in MAZES.rows})
    score(submission, MAZES, tmp_path / "whole.json", workers=1)
    calls.clear()

    def killed(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score(submission, MAZES, tmp_path / "parts.json", workers=1, progress=killed)
    assert ["maze-easy-test-0", "maze-easy-test-1"] == calls
    assert not (tmp_path / "parts.json").exists()
    calls.clear()
    seen: list[tuple[int, int]] = []
    score(submission, MAZES, tmp_path / "parts.json", workers=1, progress=lambda *so_far: seen.append(so_far))

    assert ["maze-easy-test-2", "maze-easy-test-10"] == calls
    assert [(2, 4), (3, 4), (4, 4)] == seen
    assert (tmp_path / "whole.json").read_bytes() == (tmp_path / "parts.json").read_bytes()
    assert (tmp_path / "whole.levels.jsonl").read_bytes() == (tmp_path / "parts.levels.jsonl").read_bytes()


def test_a_row_is_on_the_disk_as_soon_as_it_is_told_and_survives_half_a_line_before_it(
    tmp_path: Path, calls: list[str]
) -> None:
    submission = submit(tmp_path / "sub", {row.id: "lost" for row in MAZES.rows})
    log = tmp_path / "results.levels.jsonl"

    def killed_at(last: int) -> Callable[[int, int], None]:
        def check(done: int, total: int) -> None:
            assert done == len(lines(log))
            if done == last:
                raise KeyboardInterrupt

        return check

    for last in (1, 3):
        with pytest.raises(KeyboardInterrupt):
            score(submission, MAZES, tmp_path, workers=1, progress=killed_at(last))
        with log.open("a", encoding="utf-8") as file:
            file.write('{"id": "maze/easy/te')
    score(submission, MAZES, tmp_path, workers=1)

    assert [f"maze-easy-test-{index}" for index in (0, 1, 2, 10)] == calls


def test_a_film_that_changed_came_or_went_is_judged_anew_and_no_other(tmp_path: Path, calls: list[str]) -> None:
    submission = submit(tmp_path / "sub", {row.id: "lost" for row in MAZES.rows[:3]})
    score(submission, MAZES, tmp_path, workers=1)
    calls.clear()
    submit(tmp_path / "sub", {"maze/easy/test/1": "solved", "maze/easy/test/10": "solved"})
    film_path(tmp_path / "sub", MAZES.rows[0]).unlink()

    results = score(submission, MAZES, tmp_path, workers=1)

    assert ["maze-easy-test-1", "maze-easy-test-10"] == calls
    assert ["missing", "judged", "judged", "judged"] == [
        row["status"] for row in lines(tmp_path / "results.levels.jsonl")
    ]
    assert 0.5 == results["totals"]["maze"]["success"]["value"]


def test_another_verifier_or_data_set_judges_everything_anew(
    tmp_path: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = submit(tmp_path / "sub", {row.id: "lost" for row in MAZES.rows})
    other = data(*(row.id for row in MAZES.rows), manifest="ee" * 32)
    for levels, verifier, expected in [(MAZES, "1", 4), (MAZES, "1", 0), (other, "1", 4), (other, "2", 4)]:
        calls.clear()
        monkeypatch.setattr(scoring, "VERIFIER_VERSION", verifier)
        results = score(submission, levels, tmp_path, workers=1)

        assert expected == len(calls)
        assert {
            "version": "0",
            "levels_sha256": levels.levels_sha256,
            "manifest_sha256": levels.manifest_sha256,
            "verifier_version": verifier,
        } == results["benchmark"]


@pytest.mark.parametrize(
    "line",
    ["null", "[]", "{}", '{"id": 1}', "NaN", "[" * 5000, "\x00", '{"id": "maze/easy/test/0", "success": true}'],
)
def test_a_log_with_a_line_that_is_no_row_is_no_hindrance(tmp_path: Path, calls: list[str], line: str) -> None:
    submission = submit(tmp_path / "sub", {row.id: "lost" for row in MAZES.rows})
    write_whole(tmp_path / "results.levels.jsonl", f"{line}\n")

    score(submission, MAZES, tmp_path, workers=1)

    assert 4 == len(calls)
    assert 4 == len(lines(tmp_path / "results.levels.jsonl"))


def test_what_is_no_regular_file_is_never_opened_and_counts_as_unreadable(tmp_path: Path, calls: list[str]) -> None:
    submission = submit(tmp_path / "sub", {"maze/easy/test/10": "solved"})
    paths = [film_path(tmp_path / "sub", row) for row in MAZES.rows]
    write_whole(tmp_path / "elsewhere.mp4", "solved")
    paths[0].symlink_to(tmp_path / "elsewhere.mp4")
    os.mkfifo(paths[1])
    paths[2].mkdir()

    score(submission, MAZES, tmp_path, workers=1)
    rows = lines(tmp_path / "results.levels.jsonl")

    assert ["maze-easy-test-10"] == calls
    assert ["unreadable", "unreadable", "unreadable", "judged"] == [row["status"] for row in rows]
    assert [
        "frame 0: the film could not be read (a link, or behind one)",
        "frame 0: the film could not be read (not a regular file)",
        "frame 0: the film could not be read (not a regular file)",
    ] == [row["fault"]["sentence"] for row in rows[:3]]


def test_a_judge_that_fails_on_one_film_costs_that_film_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(path: Path, *others: str) -> Judged:
        if path.stem.endswith("-1"):
            raise ZeroDivisionError(f"a bug, shown by {path}")
        return Judged(SOLVED, {"why_not": ""})

    monkeypatch.setattr(judging, "judge_and_tell", stumble)
    monkeypatch.setattr(scoring, "judged", judged_here)
    submission = submit(tmp_path / "sub", {row.id: "" for row in MAZES.rows})

    results = score(submission, MAZES, tmp_path, workers=1)
    row = lines(tmp_path / "results.levels.jsonl")[1]

    assert 0.75 == results["totals"]["maze"]["success"]["value"]
    assert "unreadable" == row["status"]
    assert "the judge failed with ZeroDivisionError: a bug, shown by maze-easy-test-1.mp4" == row["fault"]["detail"]


def test_a_level_of_the_data_set_that_is_none_ends_the_run_with_its_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*others: Any) -> Judged:
        raise BadLevel("expected a board, got nothing")

    monkeypatch.setattr(judging, "judge_and_tell", refuse)
    monkeypatch.setattr(scoring, "judged", judged_here)
    submission = submit(tmp_path / "sub", {"maze/easy/test/0": ""})

    with pytest.raises(PuzzlereelError, match=r"^maze/easy/test/0: line 1, column 1: expected a board, got nothing$"):
        score(submission, MAZES, tmp_path, workers=1)


def test_a_submission_for_another_data_set_no_worker_or_no_level_is_misuse(tmp_path: Path) -> None:
    submission = submit(tmp_path / "sub", {}, META | {"dataset": {"manifest_sha256": "ee" * 32}})

    with pytest.raises(
        BadSubmission, match=r"films are for the data set with manifest eeeeeeeeeeee…, expected 0f0f0f0f0f0f…"
    ):
        score(submission, MAZES, tmp_path, workers=1)
    with pytest.raises(PuzzlereelError, match="expected at least 1 worker, got 0"):
        score(submission, MAZES, tmp_path, workers=0)
    with pytest.raises(PuzzlereelError, match="at least one level"):
        score(submit(tmp_path / "sub", {}), data(), tmp_path, workers=1)


def test_results_go_where_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()

    assert tmp_path / "wan2.2.json" == result_path(tmp_path / "wan2.2.json")
    assert tmp_path / "wan2.2" / "results.json" == result_path(tmp_path / "wan2.2")
    assert tmp_path / "folder.json" / "results.json" == result_path(tmp_path / "folder.json")


# Processes


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A real data set of two levels a puzzle."""
    folder = tmp_path_factory.mktemp("data")
    build(folder, Options(tiers=("easy",), count=2, height=240, width=416))
    return open_dataset(folder)


def replayed(built: Dataset, folder: Path) -> Submission:
    """A submission of the reference films."""
    submission = write_submission(folder, META | {"dataset": {"manifest_sha256": built.manifest_sha256}})
    for row in built.rows:
        film = film_path(folder, row)
        film.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(built.folder / row.video, film)
    return submission


def test_the_reference_films_score_full_marks_with_one_worker_and_with_two(tmp_path: Path, built: Dataset) -> None:
    submission = replayed(built, tmp_path / "sub")
    film_path(tmp_path / "sub", built.rows[0]).write_bytes(b"no film at all")

    one = score(submission, built, tmp_path / "one.json", workers=1)
    score(submission, built, tmp_path / "two.json", workers=2)

    spoilt = built.rows[0].puzzle
    assert {spoilt: 0.5} | {row.puzzle: 1.0 for row in built.rows[2:]} == {
        puzzle: total["success"]["value"] for puzzle, total in one["totals"].items()
    }
    assert 0.5 == one["totals"][spoilt]["unreadable"]["value"]
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert (tmp_path / "one.levels.jsonl").read_bytes() == (tmp_path / "two.levels.jsonl").read_bytes()


def test_a_run_that_was_killed_by_the_system_ends_with_the_same_bytes(tmp_path: Path, built: Dataset) -> None:
    submission = write_submission(tmp_path / "sub", META | {"samples": 2})
    for row in built.rows:
        for place in expected_films(row, 2):
            (tmp_path / "sub" / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(built.folder / row.video, tmp_path / "sub" / place)
    argv = [sys.executable, "-m", "puzzlereel", "score", str(tmp_path / "sub"), "--data", str(built.folder)]
    log = tmp_path / "killed.levels.jsonl"
    with subprocess.Popen([*argv, "--out", str(tmp_path / "killed.json"), "--workers", "1"]) as run:
        while run.poll() is None and not (log.exists() and log.read_text()):
            time.sleep(0.01)
        run.kill()
    survived = log.read_text().splitlines()[0]
    assert not (tmp_path / "killed.json").exists()

    score(submission, built, tmp_path / "killed.json", workers=2)
    score(submission, built, tmp_path / "whole.json", workers=1)

    assert survived in log.read_text().splitlines()
    for name in ("json", "levels.jsonl"):
        assert (tmp_path / f"whole.{name}").read_bytes() == (tmp_path / f"killed.{name}").read_bytes()


def tasks(folder: Path, count: int) -> list[Task]:
    """Tasks whose films need not be there."""
    return [Task(f"maze/easy/test/{index}", folder / f"{index}.mp4", "maze", "", "", "", "") for index in range(count)]


def deadly(task: Task) -> dict[str, Any]:
    """The third film kills whoever looks at it."""
    if task.film.stem == "2":
        os.kill(os.getpid(), signal.SIGKILL)
    return SOLVED.json()


def deadly_once(task: Task) -> dict[str, Any]:
    """The third film kills whoever looks at it first."""
    mark = task.film.parent / "mark"
    if task.film.stem == "2" and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return SOLVED.json()


@pytest.mark.parametrize(("judge", "spoilt"), [(deadly, ["2"]), (deadly_once, [])])
def test_a_film_that_kills_its_worker_twice_could_not_be_judged_and_the_others_are(
    tmp_path: Path, judge: Callable[[Task], dict[str, Any]], spoilt: list[str]
) -> None:
    verdicts = {task.film.stem: verdict for task, verdict in judged(tasks(tmp_path, 5), 2, judge=judge)}

    assert set("01234") == set(verdicts)
    assert spoilt == [film for film, verdict in verdicts.items() if not verdict["judged"]]
    assert all("died, twice" in verdicts[film]["fault"]["sentence"] for film in spoilt)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_film_that_hangs_its_judge_could_not_be_judged_in_time_and_the_others_are(
    tmp_path: Path, workers: int
) -> None:
    found = judged(tasks(tmp_path, 5), workers, judge=hang_over_the_third, limits=Limits(seconds=3.0))
    verdicts = {task.film.stem: verdict for task, verdict in found}

    assert ["2"] == [film for film in sorted(verdicts) if not verdicts[film]["judged"]]
    assert "the judge failed to end within 3 seconds" == verdicts["2"]["fault"]["detail"]


def refuse_level(task: Task) -> dict[str, Any]:
    raise PuzzlereelError(f"{task.id}: expected a board, got nothing")


def test_a_level_that_is_none_ends_the_run_from_a_process_of_its_own_too(tmp_path: Path) -> None:
    with pytest.raises(PuzzlereelError, match=r"^maze/easy/test/0: expected a board, got nothing$"):
        list(judged(tasks(tmp_path, 1), 2, judge=refuse_level))


@pytest.mark.parametrize(("judge", "spoilt"), [(deadly, ["2"]), (deadly_once, [])])
@pytest.mark.parametrize("workers", [1, 2])
def test_workers_elsewhere_are_given_films_in_groups_and_keep_the_limits(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
    judge: Callable[[Task], dict[str, Any]],
    spoilt: list[str],
) -> None:
    monkeypatch.setattr(judging, "ENGINES", {"elsewhere": spread})
    monkeypatch.setattr(judging, "GROUP", 2)

    found = judged(tasks(tmp_path, 5), workers, judge=judge, engine="elsewhere")
    verdicts = {task.film.stem: verdict for task, verdict in found}

    assert set("01234") == set(verdicts)
    assert spoilt == [film for film, verdict in verdicts.items() if not verdict["judged"]]


def test_films_whose_worker_elsewhere_is_gone_could_not_be_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: Any, items: Sequence[Any], __: int) -> Iterator[tuple[Any, None]]:
        yield from ((item, None) for item in items)

    monkeypatch.setattr(judging, "ENGINES", {"elsewhere": gone})

    verdicts = [verdict for _, verdict in judged(tasks(tmp_path, 3), 1, engine="elsewhere")]

    assert ["the worker that judged the film died, twice"] * 3 == [one["fault"]["detail"] for one in verdicts]


def test_a_level_that_is_none_ends_the_run_elsewhere_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "ENGINES", {"elsewhere": spread})

    with pytest.raises(PuzzlereelError, match=r"^maze/easy/test/0: expected a board, got nothing$"):
        list(judged(tasks(tmp_path, 1), 2, judge=refuse_level, engine="elsewhere"))


def test_any_engine_gives_the_same_bytes(tmp_path: Path, built: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    submission = replayed(built, tmp_path / "sub")
    for engine, workers in (("local", 2), ("elsewhere", 1), ("elsewhere", 2)):
        monkeypatch.setitem(cast(dict[str, Any], ENGINES), "elsewhere", spread)
        monkeypatch.setattr(judging, "GROUP", 1)
        score(submission, built, tmp_path / f"{engine}{workers}.json", workers=workers, engine=engine)

    for name in ("json", "levels.jsonl"):
        assert 1 == len({(tmp_path / f"{run}.{name}").read_bytes() for run in ("local2", "elsewhere1", "elsewhere2")})


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed here: pip install 'puzzlereel[ray]'")
def test_ray_gives_the_same_bytes_as_processes_here(tmp_path: Path, built: Dataset) -> None:
    submission = replayed(built, tmp_path / "sub")
    for engine in ("local", "ray"):
        score(submission, built, tmp_path / f"{engine}.json", workers=2, engine=engine)

    for name in ("json", "levels.jsonl"):
        assert (tmp_path / f"local.{name}").read_bytes() == (tmp_path / f"ray.{name}").read_bytes()


def test_an_engine_that_there_is_none_of_is_refused_before_any_film_is_looked_at(
    tmp_path: Path, calls: list[str]
) -> None:
    submission = submit(tmp_path / "sub", {"maze/easy/test/0": "solved"})

    with pytest.raises(PuzzlereelError, match="expected an engine of local, ray, got 'steam'"):
        score(submission, MAZES, tmp_path / "r.json", engine="steam")

    assert [] == calls
    assert not (tmp_path / "r.levels.jsonl").exists()


def stillborn(*_: object) -> None:
    """A child that ends before it has said that it is there."""


def test_a_machine_that_starts_no_workers_fails_nobodys_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "serve", stillborn)

    with pytest.raises(NoWorkers, match="processes that judge die at their start"):
        list(judged(tasks(tmp_path, 3), 2))


# What is written is checked, and what is read


@pytest.fixture
def results(tmp_path: Path, calls: list[str]) -> dict[str, Any]:
    """Results with every kind of verdict."""
    films = {row.id: text for row, text in zip(MAZES.rows, VERDICTS, strict=True)}
    return score(submit(tmp_path / "sub", films), MAZES, tmp_path, workers=1)


def put(results: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The results with one value changed; None takes it away."""
    changed: dict[str, Any] = json.loads(json.dumps(results))
    *parents, last = path.split("/")
    inner = changed
    for key in parents:
        inner = inner[key]
    inner[last] = value
    if value is None:
        del inner[last]
    return changed


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("totals/maze/success/value", 2, "totals.maze.success.value: expected a number in [0, 1], got 2"),
        ("totals/maze/success/n", 0, "totals.maze.success.n: expected a count of at least 1, got 0"),
        ("totals/maze/f1", None, "totals.maze.f1 is missing"),
        ("totals/maze/tiers/easy/colour", 1, "unknown key in totals.maze.tiers.easy: "),
        ("totals/Maze<b>", {}, "totals: expected a word in lower case, got 'Maze<b>'"),
        ("totals", {}, "totals: expected the numbers of at least one puzzle"),
        ("faults", {}, "expected faults of the puzzles maze"),
        ("macro", None, "macro is missing"),
        ("verdict", "best", "unknown key 'verdict', expected schema_version, submission"),
        ("submission/name", "another", "expected the submission to be named 'a model' as its model, got 'another'"),
        ("submission/meta/model/url", "javascript:alert(1)", "submission.meta: model.url: expected an address"),
        ("samples", 0, "samples: expected a number of films a level from 1 to 64, got 0"),
        ("totals/maze/skins", {}, "totals.maze.skins: expected the numbers of at least one family of skins, got {}"),
        ("totals/maze/tiers/easy/skins/classic/f1", None, "totals.maze.tiers.easy.skins.classic.f1 is missing"),
        ("totals/maze/pass_at_2", {"value": 2}, "totals.maze.pass_at_2.low is missing"),
        ("totals/maze/pass_at_200", {}, "unknown key in totals.maze: "),
        ("macro/best_of_01", {}, "unknown key macro.'best_of_01'"),
        ("benchmark/levels_sha256", "1e", "benchmark.levels_sha256: expected a SHA-256 in 64 hex digits, got '1e'"),
    ],
)
def test_results_that_break_the_schema_are_neither_written_nor_read(
    tmp_path: Path, results: dict[str, Any], path: str, value: Any, complaint: str
) -> None:
    broken, target = put(results, path, value), tmp_path / "broken.json"

    with pytest.raises(PuzzlereelError) as written:
        write_results(target, broken)
    assert not target.exists()
    write_whole(target, json.dumps(broken))
    with pytest.raises(PuzzlereelError) as read:
        read_results(target)

    for raised in (written, read):
        assert complaint in str(raised.value)
        assert str(raised.value).startswith(f"{target}: ")
        assert 1 == len(str(raised.value).splitlines())


@pytest.mark.parametrize("text", ["", "{", "NaN", '{"totals": Infinity}', "[" * 100_000])
def test_a_file_that_is_no_json_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    write_whole(tmp_path / "x.json", text)

    with pytest.raises(BadFile, match=r"x\.json: expected JSON: "):
        read_results(tmp_path / "x.json")


def test_json_that_is_nested_deeply_is_refused_in_one_line(tmp_path: Path, results: dict[str, Any]) -> None:
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    write_whole(tmp_path / "x.json", json.dumps(put(results, "macro", deep)))

    with pytest.raises(BadResults, match=r"x\.json: macro: expected keys with values, got \[\[\[\.\.\.\]\]\]$"):
        read_results(tmp_path / "x.json")


# Intervals


def held(estimates: Sequence[Estimate], truth: float) -> float:
    """The share of the intervals that hold the truth."""
    return float(np.mean([one.low <= truth <= one.high for one in estimates]))


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_a_rates_interval_is_the_published_one(hits: int, n: int, low: float, high: float) -> None:
    """The examples of R. G. Newcombe, Statistics in Medicine 17, 1998, table I, method 3."""
    estimate = stats.rate(hits, n)

    assert (low, high) == (round(estimate.low, 4), round(estimate.high, 4))
    assert (hits / n, n) == (estimate.value, estimate.n)


def test_a_rate_of_hits_and_of_misses_are_mirror_images() -> None:
    some, others = stats.rate(3, 12), stats.rate(9, 12)

    assert (others.value, others.low, others.high) == pytest.approx((1 - some.value, 1 - some.high, 1 - some.low))


@pytest.mark.parametrize(("hits", "n"), [(1, 0), (0, 0), (3, 2), (-1, 2)])
def test_a_rate_of_nothing_is_misuse(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="at least one level"):
        stats.rate(hits, n)


@pytest.mark.parametrize("hits", [0, 1, 5, 12])
def test_a_share_of_one_film_a_level_has_the_interval_of_a_rate(hits: int) -> None:
    assert stats.rate(hits, 12) == pytest.approx(stats.share([1.0] * hits + [0.0] * (12 - hits), 1))


def test_the_films_of_a_level_tell_as_much_as_they_differ() -> None:
    alike = stats.share([1.0] * 5 + [0.0] * 5, 4)
    between = stats.share([1.0] * 2 + [0.5] * 6 + [0.0] * 2, 4)
    mixed = stats.share([0.5] * 10, 4)

    assert [(0.5, *wilson(0.5, films), 10) for films in (10, 25, 40)] == [alike, between, mixed]
    assert stats.share([0.5] * 9 + [0.75], 4)[1:3] == wilson(0.525, 40)
    assert stats.rate(0, 10) == stats.share([0.0] * 10, 4)
    assert stats.rate(10, 10) == stats.share([1.0] * 10, 4)


@pytest.mark.parametrize(("parts", "films"), [([], 1), ([0.5], 0), ([1.5], 2), ([-0.1], 2)])
def test_a_share_of_nothing_is_misuse(parts: list[float], films: int) -> None:
    with pytest.raises(ValueError, match="at least one film of at least one level"):
        stats.share(parts, films)


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (3.0, 3.0), (1.0, 4.0)])
def test_the_interval_of_a_share_holds_the_truth_in_93_of_100_trials(a: float, b: float) -> None:
    rng = np.random.default_rng(4)
    shares = rng.beta(a, b, (2000, 40))
    trials = rng.binomial(4, shares) / 4

    assert 0.925 <= held([stats.share(trial, 4) for trial in trials.tolist()], a / (a + b)) <= 0.985


DRAWS = ([0.0, 0.2, 0.2, 1.0, 0.7], [1.0], [0.3, 0.1])


@pytest.mark.parametrize("values", DRAWS)
def test_pass_and_best_of_k_are_means_over_all_ways_to_draw_k_films(values: list[float]) -> None:
    for k in range(1, len(values) + 1):
        drawn = list(combinations(values, k))
        hits = sum(value > 0.5 for value in values)

        assert pytest.approx(fmean(max(one) for one in drawn)) == stats.best_of(k, values)
        assert pytest.approx(fmean(max(one) > 0.5 for one in drawn)) == stats.pass_at(k, hits, len(values))


@pytest.mark.parametrize(("films", "ks"), [(1, []), (2, [1, 2]), (6, [1, 2, 4, 6]), (8, [1, 2, 4, 8])])
def test_k_is_doubled_up_to_all_films(films: int, ks: list[int]) -> None:
    assert ks == ks_of(films)


def test_rows_with_other_samples_than_the_first_level_are_no_results() -> None:
    rows = [{"id": f"maze/easy/test/{id}", "sample": sample} for id, sample in ((0, 0), (0, 1), (1, 0), (2, 1))]

    with pytest.raises(BadResults, match=r"expected the samples 0 to 1 of maze/easy/test/1, each once"):
        numbers_of(rows)
    with pytest.raises(BadResults, match=r"expected the samples 0 to 0 of maze/easy/test/2, each once"):
        numbers_of(rows[3:])


def test_the_interval_of_a_mean_of_rates_is_square_and_add() -> None:
    none = stats.rate(0, 20)

    assert pytest.approx(0.1611 / 2**0.5, abs=1e-4) == stats.macro_rate([none, none]).high
    assert Estimate(0.5, 0.3, 0.6, 9) == pytest.approx(stats.macro_rate([Estimate(0.5, 0.3, 0.6, 9)]))


def test_a_means_interval_is_that_of_its_resamples() -> None:
    coin = stats.mean([[0.0, 1.0]], seed="coin")
    sure = stats.mean([[0.25] * 5, [0.75]], seed="sure")

    assert Estimate(0.5, 0.0, 1.0, 2) == coin
    assert Estimate(0.5, 0.5, 0.5, 6) == sure


def test_a_means_interval_is_near_the_normal_one_for_many_levels() -> None:
    values = np.random.default_rng(0).beta(2, 3, 400)
    reach = 1.96 * float(np.std(values)) / 20
    estimate = stats.mean([values.tolist()], seed="many")

    assert pytest.approx(float(values.mean())) == estimate.value
    assert pytest.approx(reach, rel=0.1) == estimate.value - estimate.low
    assert pytest.approx(reach, rel=0.1) == estimate.high - estimate.value


GROUPS = [[0.1, 0.9, 0.4, 0.4], [0.0, 1.0, 1.0]]


def test_a_means_interval_is_near_that_of_all_resamples_there_are() -> None:
    pairs = product(product(GROUPS[0], repeat=4), product(GROUPS[1], repeat=3))
    low, high = np.quantile([(sum(one) / 4 + sum(other) / 3) / 2 for one, other in pairs], [0.025, 0.975])
    estimate = stats.mean(GROUPS, seed="maze/f1")

    assert pytest.approx(low, abs=0.03) == estimate.low
    assert pytest.approx(high, abs=0.03) == estimate.high


def test_a_means_interval_is_the_same_for_ever_and_depends_on_the_seed() -> None:
    assert {"value": 0.558333, "low": 0.25, "high": 0.825, "n": 7} == stats.mean(GROUPS, seed="maze/f1").json()
    assert 0.225 == stats.mean(GROUPS, seed="x").json()["low"]


def test_a_mean_of_nothing_is_misuse() -> None:
    nothings: list[list[list[float]]] = [[], [[]], [[1.0], []]]
    for groups in nothings:
        with pytest.raises(ValueError, match="a value in each"):
            stats.mean(groups, seed="none")


@pytest.mark.parametrize(("share", "n"), [(0.02, 100), (0.3, 12), (0.5, 40), (0.97, 60)])
def test_a_rates_interval_holds_the_truth_in_95_of_100_trials(share: float, n: int) -> None:
    trials = np.random.default_rng(1).binomial(n, share, 4000)

    assert 0.92 <= held([stats.rate(int(hits), n) for hits in trials], share) <= 0.995


@pytest.mark.parametrize("shares", [(0.5, 0.5, 0.5), (0.95, 0.9, 0.99), (0.7, 0.05, 0.3)])
def test_the_interval_of_a_mean_of_rates_holds_the_truth_in_93_of_100_trials(shares: tuple[float, ...]) -> None:
    trials = np.random.default_rng(2).binomial(12, shares, (3000, 3))
    estimates = [stats.macro_rate([stats.rate(int(hits), 12) for hits in trial]) for trial in trials]

    assert 0.92 <= held(estimates, np.mean(shares).item()) <= 0.97


def test_near_the_ceiling_a_bootstrap_would_hold_the_truth_far_less_often() -> None:
    trials = np.random.default_rng(2).binomial(12, 0.95, (200, 3))
    joined = [stats.macro_rate([stats.rate(int(hits), 12) for hits in trial]) for trial in trials]
    drawn = [stats.mean([[1.0] * hits + [0.0] * (12 - hits) for hits in trial], seed="s") for trial in trials.tolist()]

    assert held(drawn, 0.95) + 0.05 < held(joined, 0.95)


def test_a_means_interval_holds_the_truth_in_nearly_95_of_100_trials() -> None:
    rng = np.random.default_rng(3)
    estimates = [stats.mean([rng.beta(1, 2, 60).tolist()], seed=str(trial)) for trial in range(400)]

    assert 0.91 <= held(estimates, 1 / 3) <= 0.98


@pytest.mark.parametrize(
    ("every", "low", "high"), [(0.0, -0.2775, 0.2775), (1.0, 1 - 2 * 0.2775, 1.0), (-1.0, -1.0, -0.445)]
)
def test_a_difference_of_pairs_that_are_all_alike_keeps_wilsons_doubt(every: float, low: float, high: float) -> None:
    """Of ten, none is otherwise: Wilson's upper end of 0 of 10 is 0.2775."""
    told = stats.difference([[every] * 10], seed="alike")

    assert Estimate(every, low, high, 10) == pytest.approx(told, abs=1e-4)


def test_a_difference_of_pairs_that_differ_has_the_interval_of_a_mean_and_groups_add_their_doubt() -> None:
    differ = [1.0, 0.0, 0.0, -0.5]
    one, alone = stats.difference([differ], seed="s"), stats.mean([differ], seed="s")
    both, mean = stats.difference([differ, [0.0] * 10], seed="s"), stats.mean([differ, [0.0] * 10], seed="s")

    assert one == alone
    assert both.low < mean.low < mean.high < both.high


def test_the_interval_of_a_rare_difference_holds_the_truth_where_a_bootstrap_would_not() -> None:
    rng = np.random.default_rng(4)
    trials = [(rng.random(40) < 0.02).astype(float).tolist() for _ in range(300)]
    told, drawn = ([call([trial], seed="s") for trial in trials] for call in (stats.difference, stats.mean))

    assert held(told, 0.02) >= 0.95
    assert held(drawn, 0.02) < 0.7
