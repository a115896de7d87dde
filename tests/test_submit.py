"""A submission made from a template, and one in which everything is wrong at once."""

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from imageio import v3 as imageio
from odd_files import write_any
from test_cli import done, objects, run

from puzzlereel.hub.build import build
from puzzlereel.hub.dataset import Dataset, open_dataset
from puzzlereel.hub.options import Options
from puzzlereel.hub.rows import read_rows, write_rows
from puzzlereel.hub.seal import seal
from puzzlereel.leaderboard import films, inspection
from puzzlereel.leaderboard.films import SUFFIXES, expected_film, expected_films
from puzzlereel.leaderboard.inspection import Complaint, Inspection, Size, inspect
from puzzlereel.leaderboard.submission import BadSubmission, check_meant_for, read_submission, write_submission
from puzzlereel.leaderboard.template import write_template
from puzzlereel.renderers.video import MOST_FILE, read_video

SIZE = Size(81, 176, 304)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A data set of two levels a puzzle."""
    folder = tmp_path_factory.mktemp("data")
    build(folder, Options(tiers=("easy",), count=2, height=176, width=304))
    return open_dataset(folder)


@pytest.fixture
def right(data: Dataset, tmp_path: Path) -> Path:
    """A submission with nothing wrong, made from the template."""
    folder = tmp_path / "my-model"
    done("submit", "init", data.folder, folder)
    for task, row in zip(objects((folder / "tasks.jsonl").read_text()), data.rows, strict=True):
        shutil.copy(data.folder / row.video, folder / task["films"][0])
    return folder


def places(found: Inspection) -> dict[str, str]:
    """The sentence of each complaint by its place."""
    assert len({one.place for one in found.complaints}) == len(found.complaints)
    return {one.place: one.sentence for one in found.complaints}


def test_a_template_names_the_data_set_and_has_a_task_and_a_first_frame_for_each_level(
    data: Dataset, right: Path
) -> None:
    tasks = objects((right / "tasks.jsonl").read_text())
    maze = next(row for row in data.rows if row.puzzle == "maze")

    assert [row.id for row in data.rows] == [task["id"] for task in tasks]
    assert {
        "id": maze.id,
        "prompt": maze.prompt,
        "first_frame": "first_frames/maze/maze-easy-test-0.png",
        "films": ["videos/maze/maze-easy-test-0.mp4"],
        "width": 304,
        "height": 176,
        "fps": 8,
        "n_frames": 81,
    } == tasks[0]
    for task, row in zip(tasks, data.rows, strict=True):
        picture = imageio.imread(right / task["first_frame"])
        assert np.abs(picture.astype(int) - read_video(data.folder / row.video)[0]).mean() < 5
    assert {
        "schema_version": 1,
        "model": {"name": "my-model"},
        "dataset": {"levels_sha256": data.levels_sha256, "manifest_sha256": data.manifest_sha256},
    } == read_submission(right).meta


def test_a_template_holds_no_solution(data: Dataset, tmp_path: Path) -> None:
    write_template(data, tmp_path / "sub", name="a")
    text = b"".join(path.read_bytes() for path in (tmp_path / "sub").rglob("*") if path.is_file())

    assert not [row.id for row in data.rows if row.solution.encode() in text or row.level.encode() in text]
    assert [] == list((tmp_path / "sub").rglob("*.mp4"))


def test_a_template_for_several_samples_has_a_place_for_each(data: Dataset, tmp_path: Path) -> None:
    done("submit", "init", data.folder, tmp_path / "sub", "--samples", "3", "--name", "a model")
    tasks = objects((tmp_path / "sub/tasks.jsonl").read_text())

    assert [f"videos/maze/maze-easy-test-0.s{sample}.mp4" for sample in range(3)] == tasks[0]["films"]
    assert (3, "a model") == (
        read_submission(tmp_path / "sub").meta["samples"],
        read_submission(tmp_path / "sub").name,
    )
    assert "one for each sample" in (tmp_path / "sub/README.md").read_text()


def test_a_template_takes_the_place_of_no_description_and_goes_on_where_it_was_stopped(
    data: Dataset, tmp_path: Path
) -> None:
    folder = tmp_path / "sub"
    write_template(data, folder, name="a")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    refused = run("submit", "init", data.folder, folder)
    assert (2, f"puzzlereel: expected a folder without a submission.yaml, found one in {folder}\n") == (
        refused.status,
        refused.err,
    )
    (folder / "submission.yaml").unlink()
    (folder / "tasks.jsonl").write_text("half a li")
    write_template(data, folder, name="a")

    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("name", "said"), [("two\nlines", "model.name"), ("x" * 81, "model.name")])
def test_a_name_that_no_description_may_have_is_refused(data: Dataset, tmp_path: Path, name: str, said: str) -> None:
    ran = run("submit", "init", data.folder, tmp_path / "sub", "--name", name)

    assert 2 == ran.status
    assert said in ran.err


def test_a_template_that_was_filled_is_right(data: Dataset, right: Path) -> None:
    out = done("submit", "check", right, "--data", data.folder, "--workers", "1")

    assert ["6 films of 81 frames of 176x304", f"{right}: right, 6 of 6 films can be read"] == out.splitlines()


def spoil(folder: Path, data: Dataset) -> dict[str, str]:
    """Make everything wrong that can be; what is to be said of each place."""
    maze, flow, box = folder / "videos/maze", folder / "videos/flowfree", folder / "videos/sokoban"
    (folder / "submission.yaml").write_text("schema_version: 1\nmodel: {}\ncolour: red\n")
    (maze / "maze-easy-test-0.mp4").rename(maze / "Maze_easy_test_00.MP4")
    (maze / "maze-easy-test-1.mp4").rename(folder / "kept.mp4")
    (maze / "maze-easy-test-1.mp4").symlink_to("../../kept.mp4")
    shutil.copy(flow / "flowfree-easy-test-0.mp4", flow / "flowfree-easy-test-0.webm")
    (flow / "flowfree-easy-test-1.mp4").write_text("no film")
    (box / "sokoban-easy-test-0.mp4").unlink()
    os.mkfifo(box / "sokoban-easy-test-0.mp4")
    with (box / "sokoban-easy-test-1.mp4").open("r+b") as file:
        file.truncate(MOST_FILE + 1)
    (box / "notes.txt").write_text("")
    return {
        "submission.yaml": "dataset is missing; unknown key 'colour'",
        "videos/maze/maze-easy-test-0.mp4": "missing",
        "videos/maze/Maze_easy_test_00.MP4": "belongs to no level; did you mean videos/maze/maze-easy-test-0.mp4?",
        "videos/maze/maze-easy-test-1.mp4": "a link, or behind one",
        "kept.mp4": "belongs to no level",
        "videos/flowfree/flowfree-easy-test-0.webm": (
            "the same film as videos/flowfree/flowfree-easy-test-0.mp4: keep one of them"
        ),
        "videos/flowfree/flowfree-easy-test-1.mp4": "unreadable: expected a video, got a file that does not decode",
        "videos/sokoban/sokoban-easy-test-0.mp4": "not a regular file",
        "videos/sokoban/sokoban-easy-test-1.mp4": f"larger than {MOST_FILE} bytes",
        "videos/sokoban/notes.txt": "belongs to no level",
    }


def test_everything_that_is_wrong_is_said_at_once(data: Dataset, right: Path) -> None:
    expected = spoil(right, data)
    ran = run("submit", "check", right, "--data", data.folder, "--workers", "2")
    told: dict[str, Any] = json.loads(run("submit", "check", right, "--data", data.folder, "--json").out)
    said = {one["place"]: one["sentence"] for one in told["complaints"]}

    assert (1, "") == (ran.status, ran.err)
    assert set(expected) == set(said)
    assert {} == {place: said[place] for place in said if not said[place].startswith(expected[place])}
    assert [f"{one['place']}: {one['sentence']}" for one in told["complaints"]] == ran.out.splitlines()[: len(said)]
    assert f"{right}: not right, 10 complaints, 1 of 6 films can be read" == ran.out.splitlines()[-1]
    assert (6, 1, [{"frames": 81, "height": 176, "width": 304, "films": 1}]) == tuple(
        told[key] for key in ("expected", "readable", "sizes")
    )


def test_a_film_of_any_container_is_read_and_its_size_told(data: Dataset, right: Path) -> None:
    video = read_video(data.folder / data.rows[0].video)[:5]
    row = data.rows[0]
    (right / expected_film(row)).unlink()
    encoders = {".webm": "libvpx-vp9", ".avi": "mpeg4"}
    for suffix in sorted(set(SUFFIXES) - {".gif"}):
        film = right / expected_film(row).with_suffix(suffix)
        path = film.with_suffix(".mp4") if suffix == ".m4v" else film
        write_any(path, video, encoders.get(suffix, "libx264"))
        path.rename(film)

        assert Inspection(6, {SIZE: 5, Size(5, 176, 304): 1}, []) == inspect(right, data)
        film.unlink()


def test_several_samples_are_each_missed_and_a_mark_beyond_them_is_extra(data: Dataset, right: Path) -> None:
    description = right / "submission.yaml"
    description.write_text(description.read_text() + "samples: 2\n")
    film = right / expected_film(data.rows[0])
    film.rename(film.with_name("maze-easy-test-0.s1.mkv"))
    shutil.copy(data.folder / data.rows[1].video, film.with_name("maze-easy-test-0.s2.mp4"))

    found = inspect(right, data)
    missing = {str(expected_films(row, 2)[1]) for row in data.rows[1:]} | {str(expected_films(data.rows[0], 2)[0])}

    assert (12, 6) == (found.expected, found.readable)
    beyond = "is marked as film 2 of its level, counted from 0, where levels have 2 films: rename it, or say"
    assert {
        "videos/maze/maze-easy-test-0.s2.mp4": f"{beyond} `samples: 3` in the description",
        **dict.fromkeys(missing, "missing"),
    } == places(found)


def test_a_submission_for_other_levels_is_told_so(data: Dataset, right: Path) -> None:
    description = right / "submission.yaml"
    description.write_text(description.read_text().replace(data.levels_sha256, "ab" * 32))

    (complaint,) = inspect(right, data).complaints

    assert (
        Complaint(
            "submission.yaml",
            "description",
            f"its films are for the data set with levels abababababab…,"
            f" expected {data.levels_sha256[:12]}… of {data.folder}",
        )
        == complaint
    )


def test_a_folder_that_a_link_stands_for_is_not_entered(data: Dataset, right: Path) -> None:
    (right / "videos/maze").rename(right.parent / "maze")
    (right / "videos/maze").symlink_to(right.parent / "maze")

    assert {
        "videos/maze": "belongs to no level",
        "videos/maze/maze-easy-test-0.mp4": "missing",
        "videos/maze/maze-easy-test-1.mp4": "missing",
    } == places(inspect(right, data))


def test_no_folder_or_no_data_set_is_misuse(data: Dataset, right: Path, tmp_path: Path) -> None:
    for argv, said in [
        (("submit", "check", tmp_path / "nowhere", "--data", data.folder), "expected a folder with submission.yaml"),
        (("submit", "check", right, "--data", tmp_path), "expected a data set with a manifest.json"),
        (("submit", "init", tmp_path, tmp_path / "sub"), "expected a data set with a manifest.json"),
        (("submit",), "Missing command"),
        (("submit", "check", right), "--data"),
    ]:
        ran = run(*argv)

        assert (2, "", 1) == (ran.status, ran.out, len(ran.err.splitlines()))
        assert said in ran.err


def test_a_mark_beyond_all_that_may_be_is_to_be_renamed(right: Path, data: Dataset) -> None:
    film = right / expected_film(data.rows[0])
    shutil.copy(film, film.with_name(f"{film.stem}.s64.mp4"))

    assert {
        "videos/maze/maze-easy-test-0.s64.mp4": "is marked as film 64 of its level, counted from 0, where levels"
        " have 1 film: rename it"
    } == places(inspect(right, data))


def test_the_words_of_the_levels_are_told_once_for_all_strangers(
    right: Path, data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted(told: Dataset) -> Any:
        calls.append(told)
        return films.by_words(told)

    calls = list[Dataset]()
    monkeypatch.setattr(inspection, "by_words", counted)
    for number in range(3):
        shutil.copy(right / expected_film(data.rows[0]), right / f"videos/{number}.mp4")

    assert 3 == len(places(inspect(right, data)))
    assert [data] == calls


@pytest.mark.parametrize("mark", [".s63", "__s63"])
def test_a_film_with_a_stray_mark_is_the_one_thing_that_is_wrong(right: Path, data: Dataset, mark: str) -> None:
    film = right / expected_film(data.rows[0])
    shutil.copy(film, film.with_name(f"{film.stem}{mark}.mp4"))

    found = inspect(right, data)

    assert {
        f"videos/maze/maze-easy-test-0{mark}.mp4": "is marked as film 63 of its level, counted from 0, where levels"
        " have 1 film: rename it, or say `samples: 64` in the description"
    } == places(found)
    assert (6, 6) == (found.expected, found.readable)


@pytest.fixture(scope="module")
def sealed(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data set, sealed; its opening stands beside it."""
    folder = tmp_path_factory.mktemp("sealed")
    seal(data.folder, folder / "public", folder / "opening.json")
    return folder


def test_a_template_of_a_sealed_set_names_films_by_its_rows_and_what_is_handed_in_is_scored_once_it_is_opened(
    data: Dataset, sealed: Path, tmp_path: Path
) -> None:
    told = done("submit", "init", sealed / "public", tmp_path / "sub", "--samples", "2")
    tasks = objects((tmp_path / "sub/tasks.jsonl").read_text())
    names = {row["name"]: row["id"] for row in json.loads((sealed / "opening.json").read_text())["rows"]}
    films = {row.id: data.folder / row.video for row in data.rows}
    for task in tasks:
        for place in task["films"]:
            shutil.copy(films[names[task["id"]]], tmp_path / "sub" / place)
    done("unseal", sealed / "public", "--opening", sealed / "opening.json",
         "--submission", tmp_path / "sub", "--out", tmp_path / "opened")  # fmt: skip

    assert f"{tmp_path / 'sub'}: 6 levels in tasks.jsonl, 2 films each\n" == told
    assert sorted(names) == sorted(task["id"] for task in tasks)
    assert "videos/maze/maze-easy-test-sealed-0000.s1.mp4" in tasks[0]["films"]
    assert {"schema_version": 1, "model": {"name": "sub"}, "dataset": {}, "samples": 2} == read_submission(
        tmp_path / "sub"
    ).meta
    assert [] == list(inspect(tmp_path / "opened", data).complaints)


def test_the_first_frames_of_a_sealed_template_are_those_of_its_levels(
    data: Dataset, sealed: Path, tmp_path: Path
) -> None:
    done("submit", "init", sealed / "public", tmp_path / "sub")
    rows = {row["name"]: row for row in json.loads((sealed / "opening.json").read_text())["rows"]}

    for task in objects((tmp_path / "sub/tasks.jsonl").read_text()):
        picture = (tmp_path / "sub" / task["first_frame"]).read_bytes()
        assert rows[task["id"]]["first_frame_sha256"] == sha256(picture).hexdigest()
        assert rows[task["id"]]["prompt"] == task["prompt"]
    text = (tmp_path / "sub/README.md").read_text()
    assert "puzzlereel unseal" in text
    assert "puzzlereel score" not in text


def test_a_submission_to_a_sealed_set_is_checked_under_its_names(data: Dataset, sealed: Path, tmp_path: Path) -> None:
    done("submit", "init", sealed / "public", tmp_path / "sub")
    films = {row.id: data.folder / row.video for row in data.rows}
    ids = {row["name"]: row["id"] for row in json.loads((sealed / "opening.json").read_text())["rows"]}
    for name, id in ids.items():
        shutil.copy(films[id], tmp_path / "sub/videos" / id.split("/")[0] / f"{name}.mp4")
    right = run("submit", "check", tmp_path / "sub", "--data", sealed / "public")
    home = tmp_path / "sub/videos/maze"
    (home / "maze-easy-test-sealed-0000.mp4").rename(home / "maze_easy_test_sealed_00.mp4")
    (home / "maze-easy-test-sealed-0001.mp4").write_text("no film")
    manifest = sha256((sealed / "public/manifest.json").read_bytes()).hexdigest()
    write_submission(
        tmp_path / "sub", {"schema_version": 1, "model": {"name": "m"}, "dataset": {"manifest_sha256": manifest}}
    )
    wrong = run("submit", "check", tmp_path / "sub", "--data", sealed / "public")
    card = (sealed / "public/README.md").read_text()
    scored = run("score", tmp_path / "sub", "--data", sealed / "public", "--out", tmp_path / "x.json")

    assert (0, "6 of 6 films can be read") == (right.status, right.out.strip().split(", ")[-1])
    assert 1 == wrong.status
    assert [
        "submission.yaml: expected `dataset: {}` for a sealed set, got the hash of a data set: films are scored against"
        " the private one, whose hashes nobody has yet",
        "videos/maze/maze-easy-test-sealed-0000.mp4: missing",
        "videos/maze/maze-easy-test-sealed-0001.mp4: unreadable: ",
        "videos/maze/maze_easy_test_sealed_00.mp4: belongs to no level; did you mean"
        " videos/maze/maze-easy-test-sealed-0000.mp4?",
    ] == [line.partition("expected a video")[0] for line in wrong.out.splitlines()[:4]]
    assert "puzzlereel submit init DIR my-model" in card
    assert "puzzlereel submit check my-model --data DIR" in card
    assert (2, True) == (scored.status, "expected a data set with its levels, got a sealed one" in scored.err)
    with pytest.raises(BadSubmission, match="its films are for the data set with manifest"):
        check_meant_for(read_submission(tmp_path / "sub"), data)


def test_a_sealed_set_whose_rows_have_names_of_their_own_is_refused(sealed: Path, tmp_path: Path) -> None:
    shutil.copytree(sealed / "public", tmp_path / "public")
    path = tmp_path / "public/maze/test/metadata.parquet"
    rows = list(read_rows(path))
    write_rows(path, [{**row, "name": "../../escaped"} for row in rows], list(rows[0]))

    refused = run("submit", "init", tmp_path / "public", tmp_path / "sub")

    assert 2 == refused.status
    assert "'../../escaped'" in refused.err
    assert not (tmp_path / "sub").exists()
