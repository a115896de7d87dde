"""What a newcomer mistypes and a stranger sends: one clear line and status 2, or a counted failure; nothing is lost."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow
import pyarrow.parquet as parquet
import pytest
from test_cli import SIZE, done, hashes, run, way_of, write_film

from puzzlereel.cli.main import app
from puzzlereel.renderers.skins import SKINS

ID = "maze/easy/test/0"
GENERATE = ("--puzzle", "maze", "--tier", "easy", "--count", "2", *SIZE, "--workers", "1")
NAMES = ["maze-easy-test-0.mp4", "maze-easy-test-1.mp4"]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63680000008200811dd37b7f"
    "0000000049454e44ae426082"
)
Spoil: TypeAlias = Callable[[Path], object]


def refused(*argv: str | Path) -> str:
    """The one line that a command has for what was given wrongly, without its name."""
    ran = run(*argv)

    assert (2, "") == (ran.status, ran.out)
    assert ran.err.startswith("puzzlereel: ")
    assert 1 == len(ran.err.splitlines())
    assert "Traceback" not in ran.err
    assert len(ran.err) < 500
    return ran.err.removeprefix("puzzlereel: ").removesuffix("\n")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of two mazes."""
    folder = tmp_path_factory.mktemp("generated") / "data"
    done("generate", "--out", folder, *GENERATE)
    return folder


@pytest.fixture
def submission(data: Path, tmp_path: Path) -> Path:
    """A right submission for the two mazes."""
    folder = tmp_path / "submission"
    shutil.copytree(data / "maze/test/videos", folder / "videos/maze")
    (folder / "submission.yaml").write_text("schema_version: 1\nmodel: {name: a model}\ndataset: {}\n")
    return folder


@pytest.fixture(scope="module")
def film(data: Path) -> Path:
    """An honest film of ID."""
    return data / "maze/test/videos" / NAMES[0]


def test_a_mistake_in_a_process_of_its_own_is_one_line_and_status_2() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "puzzlereel", "levels", "maze/easy/test"], check=False, capture_output=True
    )

    assert (2, b"") == (ran.returncode, ran.stdout)
    assert b"puzzlereel: expected an id like maze/easy/test/17, got 'maze/easy/test'\n" == ran.stderr


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["levles"], "levles"),
        (["levels", "--tiers", "easy"], "--tiers"),
        (["levels", "--count", "0"], "--count"),
        (["levels", "--count", "many"], "--count"),
        (["solve"], "source"),
        (["solve", ID, ID], "unexpected extra argument"),
        (["solve", ID, "--time-limit", "-1"], "--time-limit"),
        (["solve", ID, "--time-limit", "nan"], "--time-limit"),
        (["film"], "source"),
        (["film", ID, "--fps", "0"], "--fps"),
        (["film", ID, "--frames", "0"], "--frames"),
        (["film", ID, "--height", "wide"], "--height"),
        (["verify", "film.mp4"], "--level"),
        (["verify", "--level", ID], "video"),
        (["generate"], "--out"),
        (["generate", "--out", "data", "--count", "-3"], "--count"),
        (["export", "--layout", "parquet", "--out", "shards"], "data"),
        (["export", "data", "--out", "shards"], "--layout"),
        (["export", "data", "--layout", "parquet"], "--out"),
        (["export", "data", "--layout", "parquet", "--out", "shards", "--shard-size", "0"], "--shard-size"),
        (["score", "submission", "--out", "result.json"], "--data"),
        (["score", "submission", "--data", "data"], "--out"),
        (["score", "submission", "--data", "data", "--out", "result.json", "--workers", "0"], "--workers"),
        (["leaderboard"], "results"),
        (["compare", "one.json"], "b"),
        (["compare", "one.json", "two.json", "--plot", "plot.svg"], "expected --plot FILE.png, got 'plot.svg'"),
        (["sample", "--policy", "oracle", "--data", "data"], "--out"),
        (
            ["sample", "--policy", "wizard", "--data", "data", "--out", "out"],
            "expected a policy of oracle, late, clumsy",
        ),
        (["sample", "--policy", "oracle", "--data", "data", "--out", "out", "--samples", "65"], "--samples"),
        (["demo", "--count", "0"], "--count"),
    ],
)
def test_a_command_that_is_spelt_wrong_is_told_which_part_of_it(argv: list[str], said: str) -> None:
    assert said in refused(*argv)


def test_no_command_at_all_shows_the_help_as_lines() -> None:
    ran = run()

    assert run("--help").out.splitlines() == (ran.out or ran.err).splitlines()


@pytest.mark.parametrize(
    ("id", "said"),
    [
        ("maze/easy/test", "expected an id like maze/easy/test/17, got 'maze/easy/test'"),
        ("maze/easy/test/x", "expected an id like maze/easy/test/17, got 'maze/easy/test/x'"),
        ("maze/easy/test/-1", "expected an id like maze/easy/test/17, got 'maze/easy/test/-1'"),
        ("maze/easy/test/01", "expected an id like maze/easy/test/17, got 'maze/easy/test/01'"),
        ("maze/easy/test/12345678901", "expected an id like maze/easy/test/17"),
        ("maze/easy/test/1\n2", r"got 'maze/easy/test/1\n2'"),
        ("maze/huge/test/0", "expected a tier of easy, medium, hard, ood, tiny, got 'huge' in 'maze/huge/test/0'"),
        ("maze/easy/tset/0", "expected a split of train, val, test, got 'tset' in 'maze/easy/tset/0'"),
        ("maze/ood/train/0", "expected val or test, since ood has no train split, got 'maze/ood/train/0'"),
    ],
)
def test_an_unknown_id_is_refused_by_every_command_that_takes_one(id: str, said: str, film: Path) -> None:
    for argv in (["levels", id], ["solve", id], ["film", id], ["verify", film, "--level", id]):
        assert said in refused(*argv)


def test_a_puzzle_that_is_not_there_is_refused_with_the_names_of_those_that_are(tmp_path: Path) -> None:
    known = "expected a puzzle of maze, flowfree, sokoban, fifteen, got 'chess'"

    assert known in refused("levels", "chess/easy/test/0")
    assert known in refused("levels", "--puzzle", "chess")
    assert known in refused("solve", ID, "--puzzle", "chess")
    assert known in refused("generate", "--out", tmp_path / "data", "--puzzle", "chess")
    assert "'chess/easy/test/0'" in refused("solve", "chess/easy/test/0")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#####\n#@$.#\n####x\n", "line 3, column 5: expected one of '# $@.*+', got 'x'"),
        ("; one\n\n#####\n#@$ #\n#####\n", "line 4, column 3: expected a target for each of 1 boxes, found 0"),
        ("#####\n# $.#\n#####\n", "line 1, column 1: expected 1 player"),
        ("#####\n#@ @G\n#####\n", "line 2, column 4: expected 1 start '@', found 2"),
        ("A.B\n...\nA.C\n", "line 1, column 3: expected 2 ends 'B', found 1"),
        ("A.A\n..\n...\n", "line 2, column 3: expected 3 glyphs, got 2"),
        ("", "line 1, column 1: expected a level of sokoban or maze or flowfree or fifteen, got nothing"),
        ("\n  \n", "line 1, column 1: expected a level of sokoban or maze or flowfree or fifteen, got nothing"),
        (
            "\n  This is a letter.\n",
            "line 2, column 3: expected a level of sokoban or maze or flowfree or fifteen, got 'This is a",
        ),
    ],
)
def test_a_broken_level_file_is_refused_with_line_and_column(text: str, said: str, tmp_path: Path, film: Path) -> None:
    path = tmp_path / "level.txt"
    path.write_text(text)
    out = tmp_path / "film.mp4"

    assert f"{path}: {said}" in refused("film", path, "--out", out)
    assert f"{path}: {said}" in refused("verify", film, "--level", path)
    ran = run("solve", path)
    assert said in ran.out + ran.err
    assert 1 == len((ran.out + ran.err).splitlines())
    assert (1 if ran.out else 2) == ran.status
    assert not out.exists()


@pytest.mark.parametrize(
    "text", [bytes(range(256)) * 40, b"\x7fELF\x02\x01\x01" + b"\0" * 4000, PNG, b"\xff\xfe#\0@\0"]
)
def test_a_binary_file_is_no_level_file(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "level.txt"
    path.write_bytes(text)

    said = refused("film", path, "--out", tmp_path / "film.mp4")

    assert said.startswith(f"{path}: line 1, column ")
    assert "expected a level of sokoban or maze or flowfree or fifteen" in said
    assert said.isprintable()


def test_a_level_file_that_is_not_there_or_no_file_or_too_large_is_named(tmp_path: Path) -> None:
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        file.truncate(2**24 + 1)

    for argv in (["solve"], ["film"], ["verify", tmp_path / "film.mp4", "--level"]):
        assert str(tmp_path / "nowhere.xsb") in refused(*argv, tmp_path / "nowhere.xsb")
        assert str(tmp_path) in refused(*argv, tmp_path)
        assert f"expected at most {2**24} bytes" in refused(*argv, large)


def test_a_title_that_is_not_there_or_one_level_that_is_several_is_told_what_would_do(tmp_path: Path) -> None:
    path = tmp_path / "two.xsb"
    path.write_text("; first\n#####\n#@$.#\n#####\n\n; second\n#####\n#.$@#\n#####\n")

    assert f"expected a title like 'first', found no 'third' in {path}" == refused("solve", f"{path}#third")
    assert f"expected one level, found 2 in {path}: say {path}#first" == refused("film", path)


def test_a_hash_in_the_name_of_a_file_does_not_hide_its_titles(tmp_path: Path) -> None:
    path = tmp_path / "set #2.xsb"
    path.write_text("; first\n#####\n#@$.#\n#####\n\n; second\n#####\n#.$@#\n#####\n")
    suggested = refused("film", path).partition(": say ")[2]

    assert f"{path}#first" == suggested
    assert "first: solved" == done("solve", suggested)[:13]


def test_a_level_as_long_as_an_attack_is_answered_or_given_up_in_time(tmp_path: Path) -> None:
    path = tmp_path / "corridor.txt"
    path.write_text("A" + "." * 2000 + "A\n")

    ran = run("solve", path, "--puzzle", "flowfree", "--time-limit", "0.3")

    assert ran.status in (0, 1)
    assert ran.out.startswith(("1: solved", "1: gave up"))


def test_a_level_without_a_solution_cannot_be_filmed(tmp_path: Path) -> None:
    path, out = tmp_path / "shut.txt", tmp_path / "film.mp4"
    path.write_text("#####\n#@#G#\n#####\n")

    assert str(path) in refused("film", path, "--out", out)
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--skin", "nope"], f"expected a skin of {', '.join(SKINS['maze'])} for maze, got 'nope'"),
        (["--style", "nope"], "expected a style of hold, slide, fade, got 'nope'"),
        (["--height", "481"], "expected an even height and width for H.264, got 481x"),
        (["--width", "833"], "expected an even height and width for H.264, got "),
        (["--height", "16", "--width", "16"], "9x9"),
        (["--frames", "17"], "expected at most 8 states of 2 frames in 17 frames, got 9: film it with at least 21"),
        (["--frames", "1"], "film it with at least 21 frames"),
        (["--frames", "100000000"], "frames"),
    ],
)
def test_a_film_that_cannot_be_made_is_refused_and_leaves_no_trace(
    options: list[str], said: str, tmp_path: Path
) -> None:
    first = tmp_path / "first.png"

    assert said in refused("film", ID, "--out", tmp_path / "film.mp4", "--first-frame", first, *options)
    assert said in refused("generate", "--out", tmp_path / "data", *GENERATE, *options)
    assert [] == [path for path in tmp_path.rglob("*") if path.suffix in (".mp4", ".png", ".part", ".parquet")]


@pytest.mark.parametrize(
    "options",
    [["--style", "nope"], ["--height", "481"], ["--frames", "17"], ["--height", "32", "--width", "32"]],
)
def test_a_data_set_that_cannot_be_made_does_not_spoil_its_folder(options: list[str], tmp_path: Path) -> None:
    out = tmp_path / "data"
    refused("generate", "--out", out, *GENERATE, *options)

    done("generate", "--out", out, *GENERATE)

    assert (out / "manifest.json").exists()


def test_a_folder_with_files_of_ones_own_is_no_place_for_a_data_set(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("my own project")
    (tmp_path / "maze/test/videos").mkdir(parents=True)
    (tmp_path / "maze/test/videos/holiday.mp4").write_text("my own film")
    before = hashes(tmp_path)

    assert str(tmp_path) in refused("generate", "--out", tmp_path, *GENERATE)
    assert before == hashes(tmp_path)


def test_what_is_written_to_a_place_that_cannot_be_written_to_is_told_the_place(
    data: Path, submission: Path, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    result = tmp_path / "result.json"
    done("score", submission, "--data", data, "--out", result, "--workers", "1")
    before = hashes(tmp_path)

    commands: list[list[str | Path]] = [
        ["film", ID, "--out", file / "film.mp4", *SIZE],
        ["film", ID, "--out", tmp_path / "film.mp4", "--first-frame", file / "first.png", *SIZE],
        ["generate", "--out", file, *GENERATE],
        ["generate", "--out", file / "data", *GENERATE],
        ["score", submission, "--data", data, "--out", file],
        ["score", submission, "--data", data, "--out", file / "result.json"],
        ["leaderboard", result, "--out", file],
        ["demo", "--out", file],
    ]
    for argv in commands:
        assert str(file) in refused(*argv)
    assert before == {name: found for name, found in hashes(tmp_path).items() if name != "film.mp4"}


@pytest.mark.parametrize("place", ["", ".", "folder"])
def test_a_film_whose_place_is_no_file_is_refused_by_the_name_that_was_given(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)

    assert place in refused("film", ID, "--out", place, *SIZE)
    assert [folder] == list(tmp_path.rglob("*"))


def spoilt(film: Path) -> dict[str, bytes]:
    """Files that are no films."""
    whole = film.read_bytes()
    return {
        "text": b"This is no film.\n" * 200,
        "nothing": b"",
        "header": whole[:100],
        "half": whole[: len(whole) // 2],
        "noise": whole[:40] + bytes(range(256)) * 64,
    }


@pytest.mark.parametrize("kind", ["text", "nothing", "header", "half", "noise"])
def test_a_video_that_is_no_video_is_refused_by_name(kind: str, film: Path, tmp_path: Path) -> None:
    path = tmp_path / f"{kind}.mp4"
    path.write_bytes(spoilt(film)[kind])

    said = refused("verify", path, "--level", ID)

    assert said.startswith("expected a video")
    assert path.name in said


def test_a_video_that_is_not_there_or_no_file_is_refused_by_name(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.mp4", tmp_path):
        for level in (ID, "sokoban/easy/test/0"):
            assert f"expected a video file, found none at {path}" == refused("verify", path, "--level", level)


def test_a_picture_renamed_to_a_film_solves_nothing(tmp_path: Path) -> None:
    picture, first = tmp_path / "picture.png", tmp_path / "picture.mp4"
    done("film", ID, "--out", tmp_path / "film.mp4", "--first-frame", picture, *SIZE)
    picture.rename(first)

    assert first.read_bytes().startswith(b"\x89PNG")
    assert refused("verify", first, "--level", ID).startswith("expected a video, got a file that does not decode")


def test_a_film_is_not_judged_in_a_skin_that_is_not_there(film: Path) -> None:
    said = refused("verify", film, "--level", ID, "--skin", "nope")

    assert f"expected a skin of {', '.join(SKINS['maze'])} for maze, got 'nope'" == said


def text(name: str, content: str | bytes) -> Spoil:
    """Put other content in a file of the data set."""
    return lambda folder: (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def without(name: str) -> Spoil:
    return lambda folder: (folder / name).unlink()


def folder_for(name: str) -> Spoil:
    """Put a folder in the place of a file."""

    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return spoil


def row(**changes: Any) -> Spoil:
    """Change the first row of the levels."""

    def spoil(folder: Path) -> None:
        path = folder / LEVELS
        table = parquet.read_table(path)
        rows = table.to_pylist()
        rows[0].update(changes)
        parquet.write_table(pyarrow.Table.from_pylist(rows, table.schema), path)

    return spoil


LEVELS = "maze/test/metadata.parquet"
HEAD = '{"benchmark_version": "0.1.0", "parts": '
SPOILT = {
    "no manifest": without("manifest.json"),
    "an empty manifest": text("manifest.json", ""),
    "half a manifest": text("manifest.json", '{"benchmark_version": '),
    "a binary manifest": text("manifest.json", b"\xff\xfe" * 5000),
    "a deep manifest": text("manifest.json", "[" * 100_000),
    "a list for a manifest": text("manifest.json", "[]"),
    "a manifest that says nothing": text("manifest.json", "{}"),
    "a folder for a manifest": folder_for("manifest.json"),
    "another version": text("manifest.json", '{"benchmark_version": "9.0.0", "parts": ["maze/test"]}'),
    "no parts": text("manifest.json", HEAD + "[]}"),
    "a number of parts": text("manifest.json", HEAD + "3}"),
    "parts elsewhere": text("manifest.json", HEAD + '["../../etc"]}'),
    "no levels": without(LEVELS),
    "empty levels": text(LEVELS, b""),
    "levels in text": text(LEVELS, "id,level\n"),
    "half the levels": lambda folder: (folder / LEVELS).write_bytes((folder / LEVELS).read_bytes()[:2000]),
    "a folder for levels": folder_for(LEVELS),
    "an id that leads elsewhere": row(id="../../etc/passwd"),
    "no id": row(id=None),
    "an id twice": row(id="maze/easy/test/1"),
    "a level that is none": row(level="no level"),
    "another level": row(level="#####\n#@ G#\n#####", solution="RR"),
    "no level": row(level=None),
    "a solution that is none": row(solution="UUUUUUUU"),
    "a puzzle that is none": row(puzzle="chess"),
    "another puzzle": row(puzzle="sokoban"),
    "a skin that is none": row(skin="nope"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=list(SPOILT))
def test_a_spoilt_data_set_is_refused_and_no_score_is_written(
    spoil: Spoil, data: Path, submission: Path, tmp_path: Path
) -> None:
    spoiled, out = tmp_path / "data", tmp_path / "result.json"
    shutil.copytree(data, spoiled)
    spoil(spoiled)

    refused("score", submission, "--data", spoiled, "--out", out, "--workers", "1")

    assert not out.exists()
    done("score", submission, "--data", data, "--out", out, "--workers", "1")
    assert 1.0 == json.loads(out.read_text())["macro"]["success"]["value"]


def test_a_folder_that_is_no_data_set_is_refused(submission: Path, tmp_path: Path) -> None:
    for folder in (tmp_path / "nowhere", submission):
        said = refused("score", submission, "--data", folder, "--out", tmp_path / "result.json")

        assert f"expected a data set with a manifest.json, found none in {folder}" == said


@pytest.mark.parametrize(
    ("description", "said"),
    [
        (None, "expected a file, found none"),
        ("", "expected keys with values"),
        ("model: [", "line 1: expected YAML"),
        ("model: {name: a}\nmodel: {name: b}", "line 2: expected every key once, got model again"),
        ("schema_version: 1\nmodel: {name: a}", "dataset is missing"),
        ("schema_version: 1\nmodel: {name: a}\ndataset: {}\nfilms: 3", "unknown key 'films'"),
        ("schema_version: 1\nmodel: {name: 3}\ndataset: {}", "model.name"),
        ('!!python/object/apply:os.system ["exit 3"]', "expected no tag"),
        (b"\xff\xfe", "expected UTF-8 text"),
        (f"schema_version: 1\nmodel: {{name: a}}\ndataset: {{manifest_sha256: {'ab' * 32}}}", "abababababab"),
    ],
)
def test_a_submission_with_a_bad_description_is_refused_by_name(
    description: str | bytes | None, said: str, data: Path, submission: Path
) -> None:
    path = submission / "submission.yaml"
    path.unlink()
    if description is not None:
        path.write_bytes(description if isinstance(description, bytes) else description.encode())

    complaint = refused("score", submission, "--data", data, "--out", submission / "result.json")

    assert said in complaint
    assert str(submission) in complaint
    assert not (submission / "result.json").exists()


def test_a_submission_that_is_not_there_or_no_folder_is_refused(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")

    for folder in (tmp_path / "nowhere", file):
        said = refused("score", folder, "--data", data, "--out", tmp_path / "result.json")

        assert f"{folder}: expected a folder with submission.yaml and videos" == said


@pytest.mark.parametrize("kind", ["missing", "folder", "text", "nothing", "header", "half", "noise"])
def test_a_film_that_is_none_costs_its_own_level_only(kind: str, film: Path, data: Path, submission: Path) -> None:
    path, out = submission / "videos/maze" / NAMES[0], submission / "result.json"
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind != "missing":
        path.write_bytes(spoilt(film)[kind])

    done("score", submission, "--data", data, "--out", out, "--workers", "1")
    maze = json.loads(out.read_text())["totals"]["maze"]

    missing = 0.5 * (kind == "missing")
    assert {"success": 0.5, "unjudged": 0.5, "missing": missing, "unreadable": 0.5 - missing} == {
        name: maze[name]["value"] for name in ("success", "unjudged", "missing", "unreadable")
    }


def test_films_of_levels_that_the_data_set_does_not_have_are_counted_and_said(data: Path, submission: Path) -> None:
    shutil.copy(submission / "videos/maze" / NAMES[0], submission / "videos/maze/maze-easy-test-99.mp4")
    shutil.copy(submission / "videos/maze" / NAMES[0], submission / "videos/maze/nonsense.mp4")
    out = submission / "result.json"

    ran = run("score", submission, "--data", data, "--out", out, "--workers", "1")
    found = json.loads(out.read_text())

    assert 0 == ran.status
    assert 1.0 == found["macro"]["success"]["value"]
    assert {
        "count": 2,
        "films": ["videos/maze/maze-easy-test-99.mp4", "videos/maze/nonsense.mp4"],
    } == found["strangers"]
    assert "maze-easy-test-99.mp4" in ran.out + ran.err


def test_a_film_that_was_replaced_is_judged_anew_and_the_others_are_kept(data: Path, submission: Path) -> None:
    out, log = submission / "result.json", submission / "result.levels.jsonl"
    argv = ("score", submission, "--data", data, "--out", out, "--workers", "1")
    done(*argv)
    kept = log.read_text().splitlines()[1]
    write_film(submission / "videos/maze" / NAMES[0], way_of(ID), 0, -1, puzzle="maze")

    done(*argv)

    assert kept == log.read_text().splitlines()[1]
    assert "jump" == json.loads(log.read_text().splitlines()[0])["fault"]["reason"]
    assert 0.5 == json.loads(out.read_text())["macro"]["success"]["value"]


@pytest.mark.parametrize("content", [None, "", "{", "{}", "[]", b"\xff\xfe", "[" * 100_000, '{"schema_version": NaN}'])
def test_a_file_that_holds_no_results_is_refused_and_the_page_stays_as_it_was(
    content: str | bytes | None, data: Path, submission: Path, tmp_path: Path
) -> None:
    good, bad, site = tmp_path / "good.json", tmp_path / "bad.json", tmp_path / "site"
    done("score", submission, "--data", data, "--out", good, "--workers", "1")
    done("leaderboard", good, "--out", site)
    before = hashes(site)
    if content is not None:
        bad.write_bytes(content if isinstance(content, bytes) else content.encode())

    assert str(bad) in refused("leaderboard", good, bad, "--out", site)
    assert before == hashes(site)


def test_results_that_cannot_stand_on_one_board_are_refused(data: Path, submission: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    done("score", submission, "--data", data, "--out", one, "--workers", "1")
    found = json.loads(one.read_text())

    two.write_text(one.read_text())
    assert f"{two}: expected a name of its own" in refused("leaderboard", one, two, "--out", tmp_path / "site")
    found["submission"]["name"] = found["submission"]["meta"]["model"]["name"] = "another"
    found["benchmark"]["levels_sha256"] = sha256(b"another data set").hexdigest()
    two.write_text(json.dumps(found))
    assert f"{two}: expected the levels of the data set" in refused("leaderboard", one, two, "--out", tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_terminal_that_knows_no_dashes_still_gets_its_table(data: Path, submission: Path, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "puzzlereel", "score", str(submission), "--data", str(data), "--workers", "1"]
    ran = subprocess.run(
        [*argv, "--out", str(tmp_path / "result.json")],
        check=False,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )

    assert (0, b"") == (ran.returncode, ran.stderr)
    assert b"a model" in ran.stdout


def test_every_command_is_among_those_tried_here() -> None:
    named = {command.callback.__name__ for command in app.registered_commands if command.callback}

    puzzles = {"levels", "solve", "film", "verify", "gallery"}
    sets = {"generate", "export", "push", "seal", "unseal"}

    scores = {"sample", "score", "leaderboard", "compare", "reproduce", "import"}

    assert puzzles | sets | scores | {"demo", "redteam", "plan", "preflight"} == named


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--again", "x", "expected a film like 7/maze/12/3, got 'x'"),
        ("--again", "7/chess/0/0", "expected a film like 7/maze/12/3, got '7/chess/0/0'"),
        ("--puzzle", "chess", "expected a puzzle of maze, flowfree, sokoban, fifteen, got 'chess'"),
    ],
)
def test_what_the_red_team_cannot_make_is_named(option: str, value: str, expected: str) -> None:
    assert expected in refused("redteam", option, value)


@pytest.mark.parametrize(
    ("layout", "films", "out", "expected"),
    [
        ("vr", ".", "a.json", "expected a layout of vr-bench, miniveo3, videorlvr, got 'vr'"),
        ("vr-bench", ".", "a.txt", "expected --out FILE.json, got"),
        ("vr-bench", "nowhere", "a.json", "expected a folder, found none at"),
        ("videorlvr", "../../etc/nowhere", "a.json", "expected a folder, found none at"),
    ],
)
def test_a_folder_that_cannot_be_imported_is_named(
    layout: str, films: str, out: str, expected: str, tmp_path: Path
) -> None:
    assert expected in refused("import", layout, tmp_path / films, "--skin", "classic", "--out", tmp_path / out)
    assert [] == list(tmp_path.iterdir())


def test_a_policy_whose_scores_do_not_ship_is_named() -> None:
    said = refused("reproduce", "--policy", "nobody")

    assert "expected a policy of oracle, " in said
    assert "got 'nobody'" in said
