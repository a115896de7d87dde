"""Scoring: numbers told by hand, runs that are killed and go on, workers that die, and the intervals."""

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from apart_calls import hang_over_the_third

from puzzlereel.files import write_whole
from puzzlereel.hub.build import build
from puzzlereel.hub.dataset import Dataset, Row, open_dataset
from puzzlereel.hub.options import Options
from puzzlereel.leaderboard import judging, stats
from puzzlereel.leaderboard import score as scoring
from puzzlereel.leaderboard.files import BadFile
from puzzlereel.leaderboard.films import film_path
from puzzlereel.leaderboard.judging import Task, judge_task, judged
from puzzlereel.leaderboard.results import BadResults, numbers_of, read_results, write_results
from puzzlereel.leaderboard.schema import validator
from puzzlereel.leaderboard.score import result_path, score
from puzzlereel.leaderboard.stats import Estimate
from puzzlereel.leaderboard.submission import BadSubmission, Submission, write_submission
from puzzlereel.puzzles.core import BadLevel, PuzzlereelError, Reason
from puzzlereel.verifiers import children
from puzzlereel.verifiers.children import Limits
from puzzlereel.verifiers.verdict import PARTS, Fault, Verdict, unreadable
from puzzlereel.workers import NoWorkers

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


def data(*ids: str, manifest: str = MANIFEST) -> Dataset:
    """A data set of levels that have an id and nothing that the stand-in for the judge asks for."""
    rows = []
    for id in ids:
        puzzle, tier, split, _ = id.split("/")
        rows.append(Row(id, puzzle, tier, split, "", "", "", "", "hold", 832, 480, 8, 81, "0", ""))
    return Dataset(Path("data"), "0", manifest, tuple(rows), LEVELS)


MAZES = data(*(f"maze/easy/test/{index}" for index in (0, 1, 2, 10)))


def submit(folder: Path, films: dict[str, str], meta: dict[str, Any] = META) -> Submission:
    """A submission whose films say their own verdict, by level."""
    submission = write_submission(folder, meta)
    for id, text in films.items():
        write_whole(film_path(folder, data(id).rows[0]), text)
    return submission


def judged_here(tasks: Sequence[Task], _: int) -> Iterator[tuple[Task, dict[str, Any]]]:
    """The verdicts from this process, in which a stand-in can take the judge's place."""
    for task in tasks:
        yield task, judge_task(task)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The films that were judged, by name; the judge believes what they say."""
    names: list[str] = []

    def believe(path: Path, puzzle: str, level: str, skin: str, solution: str) -> Verdict:
        names.append(path.stem)
        return VERDICTS[path.read_text()]

    monkeypatch.setattr(judging, "judge_file", believe)
    monkeypatch.setattr(scoring, "judged", judged_here)
    return names


def lines(path: Path) -> list[dict[str, Any]]:
    """The rows of a log."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def numbers(results: dict[str, Any]) -> dict[str, Any]:
    """All of the results but when they were made."""
    return {key: value for key, value in results.items() if key != "created"}


def test_every_level_of_the_data_set_counts_whatever_the_submission_holds(tmp_path: Path, calls: list[str]) -> None:
    films = {"maze/easy/test/0": "solved", "maze/easy/test/1": "cheat", "maze/easy/test/2": "noise"}
    submission = submit(tmp_path / "sub", films)
    write_whole(tmp_path / "sub/videos/maze/maze-easy-test-3.mp4", "solved")

    results = score(submission, MAZES, tmp_path / "results.json", workers=1)
    maze = results["totals"]["maze"]

    shares = {name: maze[name]["value"] for name in maze if name != "tiers"}
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
    whole = score(submission, MAZES, tmp_path / "whole.json", workers=1)
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
    parts = score(submission, MAZES, tmp_path / "parts.json", workers=1, progress=lambda *so_far: seen.append(so_far))

    assert ["maze-easy-test-2", "maze-easy-test-10"] == calls
    assert [(2, 4), (3, 4), (4, 4)] == seen
    assert numbers(whole) == numbers(parts)
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
        assert {"version": "0", "manifest_sha256": levels.manifest_sha256, "verifier_version": verifier} == results[
            "benchmark"
        ]


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
    def stumble(path: Path, *others: str) -> Verdict:
        if path.stem.endswith("-1"):
            raise ZeroDivisionError(f"a bug, shown by {path}")
        return SOLVED

    monkeypatch.setattr(judging, "judge_file", stumble)
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
    def refuse(*others: Any) -> Verdict:
        raise BadLevel("expected a board, got nothing")

    monkeypatch.setattr(judging, "judge_file", refuse)
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


def test_the_reference_films_score_full_marks_with_one_worker_and_with_two(tmp_path: Path, built: Dataset) -> None:
    submission = write_submission(tmp_path / "sub", META | {"dataset": {"manifest_sha256": built.manifest_sha256}})
    for row in built.rows:
        film = film_path(tmp_path / "sub", row)
        film.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(built.folder / row.video, film)
    film_path(tmp_path / "sub", built.rows[0]).write_bytes(b"no film at all")

    one = score(submission, built, tmp_path / "one.json", workers=1)
    two = score(submission, built, tmp_path / "two.json", workers=2)

    spoilt = built.rows[0].puzzle
    assert {spoilt: 0.5} | {row.puzzle: 1.0 for row in built.rows[2:]} == {
        puzzle: total["success"]["value"] for puzzle, total in one["totals"].items()
    }
    assert 0.5 == one["totals"][spoilt]["unreadable"]["value"]
    assert numbers(one) == numbers(two)
    assert (tmp_path / "one.levels.jsonl").read_bytes() == (tmp_path / "two.levels.jsonl").read_bytes()


def tasks(folder: Path, count: int) -> list[Task]:
    """Tasks whose films need not be there."""
    return [Task(f"maze/easy/test/{index}", folder / f"{index}.mp4", "maze", "", "", "") for index in range(count)]


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
        ("created", "today", "created: expected a time such as"),
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
