"""Levels as questions in VBVR's layout, and the films of them, scored as those of any submission are."""

import json
import shutil
from pathlib import Path

import pytest
from test_cli import done, run

from puzzlereel.hub.build import build
from puzzlereel.hub.dataset import Dataset, open_dataset
from puzzlereel.hub.options import Options


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A data set of two small mazes."""
    folder = tmp_path_factory.mktemp("data")
    build(folder, Options(puzzles=("maze",), tiers=("tiny",), count=2, height=112, width=112, frames=33))
    return open_dataset(folder)


@pytest.fixture
def films(data: Dataset, tmp_path: Path) -> Path:
    """Films as VBVR's tools leave them: two runs of the first level, the second of which is of the other level."""
    done("submit", "init", data.folder, tmp_path / "questions", "--layout", "vbvr")
    first, second = (path.parent for path in sorted((tmp_path / "questions").rglob("prompt.txt")))
    for question, name, row in (
        (first, "s2", data.rows[0]),
        (first, "s10", data.rows[1]),
        (second, "s2", data.rows[1]),
    ):
        place = tmp_path / "films" / question.relative_to(tmp_path / "questions") / name
        (place / "video").mkdir(parents=True)
        shutil.copytree(question, place / "question")
        shutil.copy(data.folder / row.video, place / "video" / "output.mp4")
    return tmp_path / "films"


def test_a_question_is_a_folder_with_the_first_frame_and_the_prompt_and_no_solution(
    data: Dataset, tmp_path: Path
) -> None:
    line = done("submit", "init", data.folder, tmp_path / "questions", "--layout", "vbvr")
    done("submit", "init", data.folder, tmp_path / "template")
    files = sorted(
        path.relative_to(tmp_path / "questions").as_posix() for path in (tmp_path / "questions").rglob("*.*")
    )
    folder = "maze_data-generator/maze_task/maze-tiny-test-0"

    assert "2 questions" in line
    assert [f"{folder}/first_frame.png", f"{folder}/prompt.txt"] == files[:2]
    assert 4 == len(files)
    assert data.rows[0].prompt == (tmp_path / "questions" / folder / "prompt.txt").read_text().strip()
    frame = (tmp_path / "template" / "first_frames" / "maze" / "maze-tiny-test-0.png").read_bytes()
    assert frame == (tmp_path / "questions" / folder / "first_frame.png").read_bytes()


def test_films_are_scored_a_run_a_sample_and_what_is_missing_is_a_failure(data: Dataset, films: Path) -> None:
    out = films.with_name("result.json")
    command = ("score", films, "--layout", "vbvr", "--data", data.folder, "--out", out, "--workers", "1")
    done(*command)
    result = json.loads(out.read_text())
    rows = [json.loads(line) for line in out.with_name("result.levels.jsonl").read_text().splitlines()]
    found = {(row["id"][-1], row["sample"]): row["success"] or row["status"] for row in rows}
    shutil.rmtree(films / "maze_data-generator" / "maze_task" / "maze-tiny-test-1")
    done(*command)

    assert ("films", 2, 0.5) == (result["submission"]["name"], result["samples"], result["macro"]["success"]["value"])
    assert {("0", 0): True, ("0", 1): "judged", ("1", 0): True, ("1", 1): "missing"} == found
    assert 0.25 == json.loads(out.read_text())["macro"]["success"]["value"]


def test_links_and_other_questions_are_left_out_and_nothing_is_refused(data: Dataset, films: Path) -> None:
    task = films / "maze_data-generator" / "maze_task"
    (task / "maze-tiny-test-0").rename(task / "another-0")
    shutil.rmtree(task / "maze-tiny-test-1" / "s2")
    (task / "maze-tiny-test-1" / "s0").symlink_to(task / "another-0" / "s2")
    ran = run("score", films, "--layout", "vbvr", "--data", data.folder, "--out", films.with_name("no.json"))

    assert 2 == ran.status
    assert (
        "expected films at LEVEL/RUN/video/output.mp4, such as maze-tiny-test-0/s0/video/output.mp4, found" in ran.err
    )
    assert not films.with_name("no.films").exists()


def test_a_layout_that_is_none_is_refused(data: Dataset, tmp_path: Path) -> None:
    score = ("score", tmp_path, "--data", data.folder, "--out", tmp_path / "no.json", "--layout")
    for command in ((*score, "no"), ("submit", "init", data.folder, tmp_path / "no", "--layout", "no")):
        ran = run(*command)

        assert 2 == ran.status
        assert "expected a layout of puzzlereel or vbvr, got 'no'" in ran.err
    assert "expected --layout with a submission" in run("score", "--human", tmp_path, *score[2:], "vbvr").err
