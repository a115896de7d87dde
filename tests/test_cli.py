"""Every command on its main path, as `--help` tells it to a newcomer, a data-set maker, a scorer and a trainer."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import av
import numpy as np
import pyarrow.parquet as parquet
import pytest
from imageio import v3 as imageio

from puzzlereel import __version__
from puzzlereel.cli.main import main
from puzzlereel.hub.dataset import Row
from puzzlereel.leaderboard import judging, score
from puzzlereel.leaderboard.readings import Judged, judge_and_tell
from puzzlereel.puzzles.core import Puzzle, Reason, Trajectory
from puzzlereel.puzzles.ids import LevelId, level_of, parse_id, solution_of
from puzzlereel.puzzles.registry import PUZZLES, SUITE
from puzzlereel.renderers.draw import draw
from puzzlereel.renderers.film import Timing, film_boards
from puzzlereel.renderers.layout import Canvas, layout_of
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.video import read_video, write_video

EACH_PUZZLE = pytest.mark.parametrize("puzzle", PUZZLES.values(), ids=list(PUZZLES))
SMALL = Canvas(176, 304)
SIZE = ("--height", "176", "--width", "304")
ROOM = ("--height", "400", "--width", "704")
COLLECTION = """\
; one push
#####
#@$.#
#####

; two pushes 'the long one'
######
#@$ .#
######

; shut in
######
#@#$.#
######
"""
MAZE = "#####\n#@ G#\n#####\n"
SNAKE = "\n".join(
    ["#" * 15, "#@" + " " * 12 + "#", "#" * 13 + " #", "#G" + " " * 12 + "#", "#" * 15],
)


class Run(NamedTuple):
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str


def run(*argv: str | Path) -> Run:
    """The entry point's own work in this process; an exception that it lets through fails the test."""
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", ["puzzlereel", *map(str, argv)]),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return Run(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def frame_rate(path: Path) -> float:
    """The frames a second that a film states."""
    with av.open(str(path)) as container:
        return float(container.streams.video[0].average_rate or 0)


def done(*argv: str | Path) -> str:
    """What a command prints that has nothing to complain about."""
    ran = run(*argv)

    assert (0, "") == (ran.status, ran.err)
    return ran.out


def objects(text: str) -> list[dict[str, Any]]:
    """The objects of a `--json` output with one a line."""
    return [json.loads(line) for line in text.splitlines()]


def way_of(id: str) -> Trajectory:
    trajectory = solution_of(parse_id(id)).trajectory
    assert trajectory is not None
    return trajectory


def write_film(path: Path, trajectory: Trajectory, *states: int, puzzle: str) -> Path:
    """A small film of some of the states of a trajectory, lawful in this order or not."""
    boards = [trajectory.boards[state] for state in states]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, film_boards(boards, skin_of(puzzle), timing=Timing(), style="hold", canvas=SMALL), fps=8)
    return path


def hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file below a folder, by its name relative to it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with level files."""
    folder = tmp_path_factory.mktemp("levels")
    for name, text in {"boxes.xsb": COLLECTION, "maze.txt": MAZE, "snake.txt": SNAKE}.items():
        (folder / name).write_text(text)
    return folder


GENERATE = ("--tier", "easy", "--count", "2", *SIZE)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of two levels a puzzle."""
    folder = tmp_path_factory.mktemp("generated") / "data"
    done("generate", "--out", folder, *GENERATE, "--workers", "1")
    return folder


def test_the_installed_command_and_the_module_are_one_and_the_same_in_a_process_of_their_own() -> None:
    argv = ["solve", "maze/easy/test/0", "--json"]
    ran = subprocess.run([sys.executable, "-m", "puzzlereel", *argv], check=False, capture_output=True, text=True)
    told = json.loads(done(*argv))

    assert (0, "") == (ran.returncode, ran.stderr)
    assert {**told, "seconds": 0} == {**json.loads(ran.stdout), "seconds": 0}


def test_the_version_is_told() -> None:
    assert f"{__version__}\n" == done("--version")


def test_levels_prints_the_levels_of_the_ids_in_their_order() -> None:
    ids = ["sokoban/easy/val/3", "flowfree/hard/test/17", "maze/ood/val/0"]

    assert "".join(f"; {id}\n{level_of(parse_id(id))}\n\n" for id in ids) == done("levels", *ids)


@EACH_PUZZLE
def test_levels_prints_the_first_levels_of_every_tier(puzzle: Puzzle) -> None:
    for tier in puzzle.tiers:
        out = done("levels", "--puzzle", puzzle.name, "--tier", tier, "--split", "val", "--count", "2", "--json")
        ids = [LevelId(puzzle.name, tier, "val", index) for index in range(2)]

        assert [{"id": str(id), "level": str(level_of(id))} for id in ids] == objects(out)


@EACH_PUZZLE
def test_what_levels_prints_is_a_file_that_solve_reads_with_the_ids_as_titles(puzzle: Puzzle, tmp_path: Path) -> None:
    path = tmp_path / "levels.txt"
    path.write_text(done("levels", "--puzzle", puzzle.name, "--split", "train"))
    ids = [f"{puzzle.name}/easy/train/{index}" for index in range(3)]

    told = objects(done("solve", path, "--json"))

    assert ids == [one["title"] for one in told]
    assert [puzzle.write_moves(way_of(id)) for id in ids] == [one["solution"] for one in told]


@EACH_PUZZLE
def test_solve_tells_a_program_the_whole_of_a_solution(puzzle: Puzzle) -> None:
    id = f"{puzzle.name}/easy/test/1"

    (told,) = objects(done("solve", id, "--json"))
    way = puzzle.read_moves(level_of(parse_id(id)), told["solution"])

    assert [
        "id", "puzzle", "outcome", "moves", "pushes", "optimal", "solutions", "nodes", "seconds", "solution"
    ] == list(told)  # fmt: skip
    assert (id, puzzle.name, "solved", True) == tuple(told[key] for key in ("id", "puzzle", "outcome", "optimal"))
    assert way.solved
    assert len(way.moves) == told["moves"]
    assert (puzzle.pushes and puzzle.pushes(way)) == told["pushes"]
    assert (1 if puzzle.name in ("maze", "flowfree") else None) == told["solutions"]
    assert told["nodes"] >= 1
    assert told["seconds"] >= 0


def test_solve_tells_a_person_the_same_in_two_lines() -> None:
    first, second = done("solve", "sokoban/easy/test/3").splitlines()

    assert first.startswith("sokoban/easy/test/3: solved, ")
    assert "proven optimal" in first
    assert way_of("sokoban/easy/test/3").moves == tuple(second.strip())


def test_solve_answers_for_every_level_of_a_file_also_where_there_is_no_solution(files: Path) -> None:
    told = objects(done("solve", files / "boxes.xsb", "--json"))

    assert [
        ("one push", "solved", 1, "R"),
        ("two pushes 'the long one'", "solved", 2, "RR"),
        ("shut in", "unsolvable", None, None),
    ] == [tuple(one[key] for key in ("title", "outcome", "pushes", "solution")) for one in told]


@pytest.mark.parametrize("title", ["two", "two pushes 'the long one'"])
def test_solve_takes_one_level_of_a_file_by_its_title_or_the_first_word_of_it(files: Path, title: str) -> None:
    (told,) = objects(done("solve", f"{files / 'boxes.xsb'}#{title}", "--json"))

    assert "two pushes 'the long one'" == told["title"]
    assert 2 == told["moves"]


def test_solve_believes_the_puzzle_that_it_is_told(files: Path) -> None:
    ran = run("solve", files / "boxes.xsb", "--puzzle", "maze", "--json")

    assert ["maze"] * 3 == [one["puzzle"] for one in objects(ran.out)]
    assert (1, "") == (ran.status, ran.err)


def test_solve_gives_up_when_its_time_is_over_and_says_so_in_its_status(files: Path) -> None:
    ran = run("solve", files / "snake.txt", "--time-limit", "0", "--json")
    (told,) = objects(ran.out)

    assert (1, "") == (ran.status, ran.err)
    assert ("gave_up", None, None, False) == tuple(told[key] for key in ("outcome", "moves", "solution", "optimal"))


def test_solve_goes_on_after_a_level_that_is_broken_and_says_so_in_its_status(tmp_path: Path) -> None:
    path = tmp_path / "mixed.xsb"
    path.write_text("; a\n#####\n#@$.#\n#####\n\n; b\n#####\n#@$ #\n#####\n\n; c\n#####\n#@$.#\n#####\n")

    ran = run("solve", path, "--json")
    told = objects(ran.out)

    assert (1, "") == (ran.status, ran.err)
    assert [("a", "solved"), ("b", "broken"), ("c", "solved")] == [(one["title"], one["outcome"]) for one in told]
    assert "line 8, column 3: expected a target for each of 1 boxes, found 0" == told[1]["error"]


def test_film_makes_a_film_of_the_promised_size_and_its_first_frame(tmp_path: Path) -> None:
    id, out, first = "maze/easy/test/0", tmp_path / "film.mp4", tmp_path / "first.png"
    board = way_of(id).boards[0]

    said = done("film", id, "--out", out, "--first-frame", first)

    assert f"{out}: 8 moves in 81 frames of 480x832\n" == said
    assert (81, 480, 832, 3) == read_video(out).shape
    assert 8.0 == frame_rate(out)
    assert np.array_equal(
        draw(board, skin_of("maze"), layout_of(board.shape, Canvas(480, 832)), 480, 832), imageio.imread(first)
    )


def test_film_keeps_to_the_length_rate_size_and_style_that_it_is_told(tmp_path: Path) -> None:
    changes = {}
    for style in ("hold", "slide"):
        out = tmp_path / f"{style}.mp4"
        done("film", "maze/easy/test/0", "--out", out, "--style", style, "--frames", "41", "--fps", "16", *SIZE)
        video = read_video(out)
        changes[style] = sum(int(np.abs(video[t].astype(int) - video[t - 1]).max() > 64) for t in range(1, len(video)))

        assert (41, 176, 304, 3) == video.shape
        assert 16.0 == frame_rate(out)
    assert 8 == changes["hold"]
    assert changes["slide"] > 16


def test_a_film_of_a_level_from_a_file_is_accepted_for_that_level_alone(files: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    done("film", f"{files / 'boxes.xsb'}#two", "--out", out, *SIZE)

    assert 0 == run("verify", out, "--level", f"{files / 'boxes.xsb'}#two").status
    assert 1 == run("verify", out, "--level", f"{files / 'boxes.xsb'}#one").status


@EACH_PUZZLE
@pytest.mark.parametrize("style", ["hold", "slide"])
def test_verify_accepts_what_film_makes(puzzle: Puzzle, style: str, tmp_path: Path) -> None:
    id, out = f"{puzzle.name}/easy/test/2", tmp_path / "film.mp4"
    done("film", id, "--out", out, "--style", style, *SIZE)

    said = done("verify", out, "--level", id)
    verdict = json.loads(done("verify", out, "--level", id, "--json"))

    assert "solved lawfully" == said.splitlines()[0]
    assert (True, True, None) == (verdict["success"], verdict["arrived"], verdict["fault"])
    assert {1.0} == set(verdict["parts"].values())
    assert {"precision": 1.0, "recall": 1.0, "f1": 1.0} == verdict["metrics"]


@EACH_PUZZLE
def test_verify_refuses_a_cheat_and_names_frame_cell_and_reason(puzzle: Puzzle, tmp_path: Path) -> None:
    id = f"{puzzle.name}/easy/test/2"
    film = write_film(tmp_path / "cheat.mp4", way_of(id), 0, -1, puzzle=puzzle.name)

    ran = run("verify", film, "--level", id)
    told = run("verify", film, "--level", id, "--json")
    verdict = json.loads(told.out)
    fault = verdict["fault"]
    row, column = fault["cell"]

    assert (1, "") == (ran.status, ran.err)
    assert ["refused", f"  {fault['sentence']}"] == ran.out.splitlines()[:2]
    assert (1, "") == (told.status, told.err)
    assert {"success", "arrived", "parts", "metrics", "fault"} <= set(verdict)
    assert {"frame", "reason", "cell", "sentence"} <= set(fault)
    assert (False, True) == (verdict["success"], verdict["arrived"])
    assert (8, "jump") == (fault["frame"], fault["reason"])
    assert fault["sentence"].startswith(f"frame 8: {Reason.JUMP.value} at row {row}, column {column}")
    assert verdict["parts"]["lawful"] < 1 == verdict["parts"]["solved"]


def test_verify_tells_every_fault_where_it_is_asked_to(tmp_path: Path) -> None:
    id = "maze/easy/test/2"
    film = write_film(tmp_path / "cheat.mp4", way_of(id), 0, 2, 4, puzzle="maze")

    first = run("verify", film, "--level", id, "--json")
    every = run("verify", film, "--level", id, "--all", "--json")
    shown = run("verify", film, "--level", id, "--all")
    faults = json.loads(every.out)["faults"]

    assert (1, 1, 1) == (first.status, every.status, shown.status)
    assert [(8, "jump"), (16, "jump"), (80, "unsolved")] == [(fault["frame"], fault["reason"]) for fault in faults]
    assert [f"  {fault['sentence']}" for fault in faults] == shown.out.splitlines()[1:4]
    assert json.loads(first.out) | {"faults": faults} == json.loads(every.out)
    assert json.loads(first.out)["fault"] == faults[0]


def test_verify_says_that_nothing_moved_or_that_a_film_could_not_be_judged(tmp_path: Path) -> None:
    film = write_film(tmp_path / "frozen.mp4", way_of("maze/easy/test/2"), 0, puzzle="maze")

    frozen = run("verify", film, "--level", "maze/easy/test/2")
    alien = run("verify", film, "--level", "flowfree/easy/test/2")

    assert (1, ["refused", f"  frame 80: {Reason.FROZEN.value}"]) == (frozen.status, frozen.out.splitlines()[:2])
    assert (1, "could not be judged") == (alien.status, alien.out.splitlines()[0])
    assert Reason.UNREADABLE.value in alien.out


def test_verify_judges_without_a_reference_where_the_solver_runs_out_of_time(files: Path, tmp_path: Path) -> None:
    level, out = files / "snake.txt", tmp_path / "film.mp4"
    done("film", level, "--out", out, *SIZE)

    timed = json.loads(done("verify", out, "--level", level, "--time-limit", "0", "--json"))

    assert (True, None) == (timed["success"], timed["metrics"])
    assert 1.0 == json.loads(done("verify", out, "--level", level, "--json"))["metrics"]["f1"]


def test_generate_writes_the_files_of_a_data_set_with_true_checksums(data: Path) -> None:
    manifest = json.loads((data / "manifest.json").read_text())
    found = hashes(data)

    assert {
        "README.md",
        "card/levels.png",
        "card/moves.png",
        *(f"{puzzle}/test/metadata.parquet" for puzzle in SUITE),
        *(f"{puzzle}/test/videos/{puzzle}-easy-test-{index}.mp4" for puzzle in SUITE for index in range(2)),
    } == set(manifest["files"])
    assert {"manifest.json", "build.json"} == set(found) - set(manifest["files"])
    assert {name: found[name] for name in manifest["files"]} == manifest["files"]


@pytest.mark.parametrize("puzzle", SUITE.values(), ids=list(SUITE))
def test_the_rows_of_a_data_set_tell_its_levels_and_its_films(data: Path, puzzle: Puzzle) -> None:
    folder = data / puzzle.name / "test"
    rows = parquet.read_table(folder / "metadata.parquet").to_pylist()

    assert [f"{puzzle.name}/easy/test/{index}" for index in range(2)] == [row["id"] for row in rows]
    assert {field.name for field in fields(Row)} - {"video"} <= set(rows[0])
    for row in rows:
        level, way = puzzle.parse(row["level"]), way_of(row["id"])
        board = level.board(level.start())

        assert level_of(parse_id(row["id"])) == level
        assert way == puzzle.read_moves(level, row["solution"])
        assert (row["n_frames"], row["height"], row["width"], 3) == read_video(folder / row["file_name"]).shape
        assert row["fps"] == frame_rate(folder / row["file_name"])
        assert np.array_equal(
            draw(board, skin_of(puzzle.name), layout_of(board.shape, SMALL), *SMALL),
            imageio.imread(row["first_frame"]["bytes"]),
        )
        assert 0 == run("verify", folder / row["file_name"], "--level", row["id"]).status


def test_a_second_build_elsewhere_with_other_workers_gives_the_same_bytes(data: Path, tmp_path: Path) -> None:
    out = done("generate", "--out", tmp_path / "again", *GENERATE, "--workers", "2")

    assert hashes(data) == hashes(tmp_path / "again")
    assert f"{tmp_path / 'again'}: 6 levels, manifest {hashes(data)['manifest.json']}\n" == out


def test_a_build_that_lost_files_goes_on_with_what_is_there(data: Path, tmp_path: Path) -> None:
    again = tmp_path / "data"
    shutil.copytree(data, again)
    kept = again / "maze/test/videos/maze-easy-test-1.mp4"
    for name in (
        "manifest.json",
        "README.md",
        "sokoban/test/metadata.parquet",
        "maze/test/videos/maze-easy-test-0.mp4",
    ):
        (again / name).unlink()
    (again / "maze/test/videos/.maze-easy-test-0.mp4.part").write_text("half a film")
    before = kept.stat()

    done("generate", "--out", again, *GENERATE, "--workers", "1")

    assert hashes(data) == hashes(again)
    assert (before.st_ino, before.st_mtime_ns) == (kept.stat().st_ino, kept.stat().st_mtime_ns)


@pytest.mark.skipif(os.name != "posix", reason="process groups are POSIX")
def test_a_build_that_is_killed_goes_on_to_the_same_data_set(data: Path, tmp_path: Path) -> None:
    again = tmp_path / "data"
    argv = [sys.executable, "-m", "puzzlereel", "generate", "--out", str(again), *GENERATE, "--workers", "2"]
    with subprocess.Popen(argv, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as build:
        end = time.monotonic() + 60
        while not list(again.rglob("*.mp4")) and build.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        os.killpg(build.pid, signal.SIGKILL)
    stopped = hashes(again)

    done("generate", "--out", again, *GENERATE, "--workers", "1")

    assert any(name.endswith(".mp4") for name in stopped)
    assert hashes(data) == hashes(again)


def test_a_folder_that_was_begun_with_other_options_is_refused_and_stays_as_it_is(data: Path) -> None:
    before = hashes(data)
    others = {"count": "3", "style": "slide", "frames": "85", "split": "val", "width": "290", "tier": "medium"}

    for option, value in others.items():
        ran = run("generate", "--out", data, *GENERATE, f"--{option}", value)

        assert (2, 1) == (ran.status, len(ran.err.splitlines()))
        assert str(data) in ran.err
    assert before == hashes(data)


def test_generate_gives_what_its_options_ask_for(tmp_path: Path) -> None:
    out = tmp_path / "data"
    asked = ("--puzzle", "maze", "--tier", "ood", "--split", "val", "--count", "1", "--style", "slide")

    done("generate", "--out", out, *asked, *ROOM, "--frames", "85", "--fps", "12", "--workers", "1")
    (row,) = parquet.read_table(out / "maze/val/metadata.parquet").to_pylist()

    assert ["maze-ood-val-0.mp4"] == [path.name for path in out.rglob("*.mp4")]
    assert ("maze/ood/val/0", "ood", "val", "slide", 400, 704, 85, 12) == tuple(
        row[key] for key in ("id", "tier", "split", "style", "height", "width", "n_frames", "fps")
    )
    assert (85, 400, 704, 3) == read_video(next(out.rglob("*.mp4"))).shape


def submit(folder: Path, name: str, data: Path) -> Path:
    """A submission of the data set's own films, as a participant would lay it out."""
    for puzzle in SUITE:
        shutil.copytree(data / puzzle / "test" / "videos", folder / "videos" / puzzle)
    manifest = sha256((data / "manifest.json").read_bytes()).hexdigest()
    (folder / "submission.yaml").write_text(
        f"schema_version: 1\nmodel:\n  name: {name}\ndataset:\n  manifest_sha256: {manifest}\n"
    )
    return folder


def broken(folder: Path, data: Path) -> Path:
    """A submission with a film of each kind: no film, none at all, another level's, one that cheats, two right ones."""
    submit(folder, "broken model", data)
    videos = folder / "videos"
    (videos / "maze/maze-easy-test-0.mp4").write_text("no film")
    (videos / "maze/maze-easy-test-1.mp4").rename(videos / "maze/maze-easy-test-7.mp4")
    shutil.copy(videos / "flowfree/flowfree-easy-test-1.mp4", videos / "flowfree/flowfree-easy-test-0.mp4")
    write_film(videos / "sokoban/sokoban-easy-test-0.mp4", way_of("sokoban/easy/test/0"), 0, -1, puzzle="sokoban")
    return folder


@pytest.fixture(scope="module")
def results(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the results of a perfect and a broken submission."""
    folder = tmp_path_factory.mktemp("results")
    perfect = submit(folder / "perfect", "perfect model", data)
    worse = broken(folder / "broken", data)
    done("score", perfect, "--data", data, "--out", folder / "perfect.json", "--workers", "1")
    done("score", worse, "--data", data, "--out", folder / "broken.json", "--workers", "2")
    return folder


def success(result: Path) -> dict[str, float]:
    """The success rate of a result, by puzzle and in the mean."""
    found = json.loads(result.read_text())
    rates = {puzzle: total["success"]["value"] for puzzle, total in found["totals"].items()}
    return rates | {"mean": found["macro"]["success"]["value"]}


def test_a_perfect_submission_scores_one_everywhere(results: Path) -> None:
    found = json.loads((results / "perfect.json").read_text())

    assert {"maze": 1.0, "flowfree": 1.0, "sokoban": 1.0, "mean": 1.0} == success(results / "perfect.json")
    assert {1.0} == {found["totals"][puzzle][name]["value"] for puzzle in SUITE for name in ("arrived", "f1")}
    assert {"value", "low", "high", "n"} == set(found["totals"]["maze"]["tiers"]["easy"]["success"])
    assert 2 == found["totals"]["maze"]["tiers"]["easy"]["success"]["n"]


def test_every_film_of_a_broken_submission_is_counted_for_what_it_is(results: Path) -> None:
    found = json.loads((results / "broken.json").read_text())
    rows = objects((results / "broken.levels.jsonl").read_text())

    assert {"maze": 0.0, "flowfree": 0.5, "sokoban": 0.5, "mean": 0.333333} == success(results / "broken.json")
    assert [
        ("maze/easy/test/0", "unreadable", False, "unreadable"),
        ("maze/easy/test/1", "missing", False, None),
        ("flowfree/easy/test/0", "judged", False, "wrong_start"),
        ("flowfree/easy/test/1", "judged", True, None),
        ("sokoban/easy/test/0", "judged", False, "jump"),
        ("sokoban/easy/test/1", "judged", True, None),
    ] == [(row["id"], row["status"], row["success"], row["fault"] and row["fault"]["reason"]) for row in rows]
    assert {"count": 1, "films": ["videos/maze/maze-easy-test-7.mp4"]} == found["strangers"]
    assert 0.5 == found["totals"]["sokoban"]["cheating"]["value"]


def test_score_prints_the_result_as_an_object_or_as_a_table(data: Path, results: Path) -> None:
    argv = ("score", results / "perfect", "--data", data, "--out", results / "perfect.json", "--workers", "1")

    table = done(*argv)
    told = json.loads(done(*argv, "--json"))

    assert "perfect model" in table
    assert "100.0" in table
    assert json.loads((results / "perfect.json").read_text()) == told


def test_a_folder_named_as_result_holds_results_json(data: Path, results: Path, tmp_path: Path) -> None:
    shutil.copy(results / "perfect.levels.jsonl", tmp_path / "results.levels.jsonl")

    done("score", results / "perfect", "--data", data, "--out", tmp_path, "--workers", "1")

    names = {"results.json", "results.levels.jsonl", "results.readings.jsonl"}
    assert names == {path.name for path in tmp_path.iterdir()}
    assert success(results / "perfect.json") == success(tmp_path / "results.json")


def test_a_score_that_was_stopped_judges_only_what_is_left(
    data: Path, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (results / "perfect.levels.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "result.levels.jsonl").write_text("".join(rows[:4]) + rows[4][:100])
    judged: list[str] = []

    def watched(film: Path, puzzle: str, level: str, skin: str, solution: str) -> Judged:
        judged.append(film.stem)
        return judge_and_tell(film, puzzle, level, skin, solution)

    monkeypatch.setattr(judging, "judge_and_tell", watched)
    monkeypatch.setattr(score, "judged", lambda tasks, _, **__: ((task, judging.judge_task(task)) for task in tasks))
    done("score", results / "perfect", "--data", data, "--out", tmp_path / "result.json", "--workers", "1")

    assert ["sokoban-easy-test-0", "sokoban-easy-test-1"] == judged
    assert "".join(rows) == (tmp_path / "result.levels.jsonl").read_text()
    assert success(results / "perfect.json") == success(tmp_path / "result.json")


def test_leaderboard_ranks_results_on_a_page_and_on_the_terminal(results: Path, tmp_path: Path) -> None:
    out = done("leaderboard", results / "broken.json", results / "perfect.json", "--out", tmp_path / "site")
    page = (tmp_path / "site/index.html").read_text()
    places = json.loads((tmp_path / "site/data.json").read_text())["places"]

    assert [(1, "perfect model"), (2, "broken model")] == [(one["rank"], one["submission"]["name"]) for one in places]
    assert 0 < page.index("perfect model") < page.index("broken model")
    assert 0 < out.index("perfect model") < out.index("broken model")
    assert f"open {tmp_path / 'site/index.html'}" == out.splitlines()[-1]
    assert not [word for word in ("http://", 'src="//', "@import") if word in page]
