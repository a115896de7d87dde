"""What a submission may say, where its films stand, and what is refused before anything is scored."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from puzzlereel.files import write_whole
from puzzlereel.hub.dataset import Dataset, Row
from puzzlereel.leaderboard.files import BadFile, unfit
from puzzlereel.leaderboard.films import (
    MOST_SAMPLES,
    Films,
    Key,
    by_words,
    expected_film,
    expected_films,
    film_path,
    films_of,
    meant_by,
)
from puzzlereel.leaderboard.schema import validator
from puzzlereel.leaderboard.submission import (
    BadSubmission,
    check_meant_for,
    read_description,
    read_submission,
    write_submission,
)
from puzzlereel.puzzles.ids import UnknownId

LEAST = {"schema_version": 1, "model": {"name": "a model"}, "dataset": {}}
FULL = {
    "schema_version": 1,
    "model": {
        "name": "Wan2.2-TI2V-5B",
        "revision": "921dbaf3f1674a56f47e83fb80a34bac8a8f203e",
        "url": "https://huggingface.co/Wan-AI/Wan2.2-TI2V-5B",
        "params": "5B",
        "open_weights": True,
    },
    "dataset": {"id": "someone/levels", "revision": "v1", "split": "test", "manifest_sha256": "0f" * 32},
    "sampler": {"steps": 20, "cfg": 5.0, "seed_policy": "by id", "negative_prompt": None, "tiled": False},
    "track": "ti2v",
    "sampled_by": "the authors",
    "contact": "someone@example.org",
    "license": "CC0-1.0",
}


def row(id: str = "maze/easy/test/17") -> Row:
    """A row of a data set, with an id and nothing else that matters here."""
    puzzle, tier, split, _ = [*id.split("/"), "", "", ""][:4]
    return Row(id, puzzle, tier, split, "", "", "", "", "hold", 832, 480, 8, 81, "0", "")


def dataset(*ids: str) -> Dataset:
    """A data set with rows of these ids."""
    return Dataset(Path("data"), "0", "0f" * 32, tuple(map(row, ids)), "1e" * 32)


def changed(path: str, value: Any) -> dict[str, Any]:
    """The full description with one value changed; `model.name` is a path."""
    meta: dict[str, Any] = read_description(yaml.safe_dump(FULL), where="full")
    *parents, last = path.split(".")
    inner = meta
    for key in parents:
        inner = inner[key]
    inner[last] = value
    return meta


LINES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40)
SCALARS = st.none() | st.booleans() | st.integers(-(10**18), 10**18) | LINES | st.floats(-1e18, 1e18)


@given(name=LINES, sampler=st.dictionaries(st.from_regex(r"[A-Za-z0-9_.-]{1,40}", fullmatch=True), SCALARS, max_size=5))
def test_a_description_that_was_written_is_read_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, name: str, sampler: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("submission")
    meta = {"schema_version": 1, "model": {"name": name}, "dataset": {}, "sampler": sampler}
    written = write_submission(folder, meta)

    assert meta == written.meta
    assert written == read_submission(folder)
    assert name == written.name


@pytest.mark.parametrize("meta", [LEAST, FULL])
def test_the_least_and_the_fullest_description_are_accepted(tmp_path: Path, meta: dict[str, Any]) -> None:
    write_submission(tmp_path, meta)

    assert meta == read_submission(tmp_path).meta


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("schema_version", 2, "schema_version: expected 1, got 2"),
        ("schema_version", True, "schema_version: expected 1, got True"),
        ("model", {}, "model.name is missing"),
        ("model", "Wan", "model: expected keys with values, got 'Wan'"),
        ("model.name", "", "model.name: expected one line of 1 to 80 printable characters, got ''"),
        (
            "model.name",
            "two\nlines",
            r"model.name: expected one line of 1 to 80 printable characters, got 'two\nlines'",
        ),
        ("model.name", "one line\n", "model.name: expected one line"),
        ("model.name", "   ", "model.name: expected one line"),
        ("model.name", "turned\u202eround", "model.name: expected one line"),
        ("model.name", "x" * 81, "model.name: expected one line"),
        ("model.url", "javascript:alert(1)", "model.url: expected an address that begins with https:// or http://"),
        ("model.url", "https://a.example/\n", "model.url: expected an address"),
        ("model.url", 'https://a.example/"onmouseover="', "model.url: expected an address"),
        ("model.params", "many", "model.params: expected a number of parameters such as 5000000000 or 5B, got 'many'"),
        ("model.open_weights", "yes", "model.open_weights: expected true or false, got 'yes'"),
        ("model.colour", "red", "unknown key model.'colour', expected name, revision, url, params, open_weights"),
        ("dataset.manifest_sha256", "0f", "dataset.manifest_sha256: expected a SHA-256 in 64 hex digits, got '0f'"),
        ("sampler.steps", [1, 2], "sampler.steps: expected a number, true, false, null, or one line"),
        ("sampler", {"a b": 1}, "sampler: expected a key of letters, digits, _ . and -, got 'a b'"),
        ("samples", 65, "samples: expected a number of films a level from 1 to 64, got 65"),
        ("dataset.levels_sha256", "1e", "dataset.levels_sha256: expected a SHA-256 in 64 hex digits, got '1e'"),
        ("frames", 81, "unknown key 'frames', expected schema_version, model, dataset"),
    ],
)
def test_a_description_that_breaks_the_schema_is_refused_in_one_line_that_names_the_key(
    path: str, value: Any, complaint: str
) -> None:
    with pytest.raises(BadSubmission) as raised:
        read_description(yaml.safe_dump(changed(path, value)), where="submission.yaml")

    assert str(raised.value).startswith(f"submission.yaml: {complaint}")
    assert 1 == len(str(raised.value).splitlines())


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(BadSubmission) as raised:
        read_description("schema_version: 1\nextra: 1", where="x")

    assert (
        "x: model is missing; dataset is missing; "
        "unknown key 'extra', expected schema_version, model, dataset, sampler, samples, track, sampled_by, contact, "
        "license"
    ) == str(raised.value)


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nmodel: *c"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (BOMB, "line 1: expected no anchor, got a"),
        ("model: *missing", "expected no anchor, got missing"),
        ("model: !!python/object/apply:os.system [echo]", "expected no tag, got tag:yaml.org,2002:python/object/apply"),
        ("model: !!set {a, b}", "line 1: expected no tag"),
        ("model: !local x", "line 1: expected no tag, got !local"),
        ("[" * 2000, "line 1: expected at most 5 levels of nesting"),
        ("model: {name: a}\nmodel: {name: b}", "line 2: expected every key once, got model again"),
        ("model: {name: a, name: b}", "line 1: expected every key once, got name again"),
        ("model: [unclosed", "expected YAML"),
        ("model: {name: \x07}", "expected YAML"),
        ("sampler: {scale: .nan}", "expected YAML of plain values"),
        (f"sampler: {{scale: {'9' * 5000}}}", "expected YAML of plain values"),
        ("--- a\n--- b", "expected YAML"),
        ("model: {name: 2026-01-31}", "expected YAML of plain values"),
        ("1: a", "expected every key to be a text"),
        ("", "the whole: expected keys with values, got None"),
        ("- a", "the whole: expected keys with values, got ['a']"),
    ],
)
def test_yaml_that_is_more_than_plain_values_is_refused_in_one_line(text: str, complaint: str) -> None:
    with pytest.raises(BadSubmission) as raised:
        read_description(text, where="submission.yaml")

    assert complaint in str(raised.value)
    assert 1 == len(str(raised.value).splitlines())
    assert len(str(raised.value)) < 400


def test_a_folder_without_a_description_or_with_none_that_is_a_text_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSubmission, match="expected a folder"):
        read_submission(tmp_path / "nowhere")
    with pytest.raises(BadFile, match=r"submission\.yaml: expected a file, found none"):
        read_submission(tmp_path)
    path = tmp_path / "submission.yaml"
    path.write_bytes(b"model: \xff")
    with pytest.raises(BadFile, match="byte 7 is none"):
        read_submission(tmp_path)
    path.write_bytes(b" " * (64 * 1024 + 1))
    with pytest.raises(BadFile, match="at most 65536 bytes"):
        read_submission(tmp_path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(BadFile, match="regular file"):
        read_submission(tmp_path)


def test_a_film_stands_under_its_puzzle_with_dashes_for_slashes() -> None:
    assert Path("videos/maze/maze-easy-test-17.mp4") == expected_film(row("maze/easy/test/17"))
    assert Path("sub/videos/sokoban/sokoban-ood-val-0.mp4") == film_path(Path("sub"), row("sokoban/ood/val/0"))


@pytest.mark.parametrize(
    "id",
    ["../../etc/passwd", "maze/easy/test/../17", "/maze/easy/test/1", "maze/easy/test/1\n", "maze\\easy\\test\\1", ""],
)
def test_an_id_that_is_none_of_ours_becomes_no_path(id: str) -> None:
    with pytest.raises(UnknownId):
        expected_film(row(id))


def found(folder: Path, *ids: str, **meta: Any) -> Films:
    """The films in a folder, for a data set of these levels."""
    return films_of(write_submission(folder, LEAST | meta), dataset(*ids))


def test_every_file_among_the_videos_that_is_no_levels_film_is_reported(tmp_path: Path) -> None:
    known = ["videos/maze/maze-easy-test-17.mp4", "videos/sokoban/sokoban-easy-test-3.mp4"]
    unknown = [
        "maze-easy-test-17.mp4",
        "videos/maze/maze-easy-test-17.MP4",
        "videos/maze/maze-easy-test-17.s01.mp4",
        "videos/maze/maze-easy-test-17.txt",
        "videos/maze/maze-easy-test-18.mp4",
        "videos/maze/notes.txt",
        "videos/sokoban/deep/er/film.webm",
        "videos/sokoban/maze-easy-test-17.mp4",
    ]
    for name in [*known, *unknown, "README.md", "manifest.jsonl"]:
        write_whole(tmp_path / name, "")

    films = found(tmp_path, "maze/easy/test/17", "sokoban/easy/test/3", "maze/easy/test/99")

    assert unknown == list(films.strangers)
    assert {
        Key("maze/easy/test/17", 0): (Path(known[0]),),
        Key("sokoban/easy/test/3", 0): (Path(known[1]),),
    } == films.places


def test_a_film_may_be_in_any_container_and_be_one_of_several_samples(tmp_path: Path) -> None:
    names = ["17.s0.mp4", "17.s1.webm", "17__s2.mkv", "18.gif"]
    for name in names:
        write_whole(tmp_path / "videos" / "maze" / f"maze-easy-test-{name}", "")

    films = found(tmp_path, "maze/easy/test/17", "maze/easy/test/18")

    assert 3 == films.samples
    assert {("17", 0): names[0], ("17", 1): names[1], ("17", 2): names[2], ("18", 0): names[3]} == {
        (key.id.rsplit("/", 1)[1], key.sample): place.name.removeprefix("maze-easy-test-")
        for key, (place,) in films.places.items()
    }
    assert () == films.strangers


def test_a_film_that_is_handed_in_twice_is_told_with_both_places(tmp_path: Path) -> None:
    names = ["maze-easy-test-17.mp4", "maze-easy-test-17.s0.mp4", "maze-easy-test-17.webm"]
    for name in names:
        write_whole(tmp_path / "videos" / "maze" / name, "")

    assert {Key("maze/easy/test/17", 0): tuple(Path("videos/maze", name) for name in names)} == found(
        tmp_path, "maze/easy/test/17"
    ).places


def test_there_are_as_many_samples_as_the_description_says_or_else_as_marks_without_a_gap(tmp_path: Path) -> None:
    for name in ("s0", "s1", "s99"):
        write_whole(tmp_path / "videos" / "maze" / f"maze-easy-test-17.{name}.mp4", "")
    last, beyond = (f"videos/maze/maze-easy-test-17.{name}.mp4" for name in ("s1", "s99"))

    assert (2, (beyond,)) == found(tmp_path, "maze/easy/test/17")[::2]
    assert (4, (beyond,)) == found(tmp_path, "maze/easy/test/17", samples=4)[::2]
    assert (1, (last, beyond)) == found(tmp_path, "maze/easy/test/17", samples=1)[::2]
    for sample in range(2, MOST_SAMPLES + 2):
        write_whole(tmp_path / "videos" / "maze" / f"maze-easy-test-17.s{sample}.mp4", "")
    assert MOST_SAMPLES == found(tmp_path, "maze/easy/test/17").samples


@pytest.mark.parametrize("stray", ["18.s63", "18__s63", "17.s2"])
def test_a_stray_mark_makes_no_other_film_missing(tmp_path: Path, stray: str) -> None:
    for name in ("17", "18", stray):
        write_whole(tmp_path / "videos" / "maze" / f"maze-easy-test-{name}.mp4", "")

    films = found(tmp_path, "maze/easy/test/17", "maze/easy/test/18")

    assert (1, 2, (f"videos/maze/maze-easy-test-{stray}.mp4",)) == (films.samples, len(films.places), films.strangers)


def test_the_most_samples_are_those_that_the_schema_allows() -> None:
    schema: Any = validator("submission").schema

    assert MOST_SAMPLES == schema["properties"]["samples"]["maximum"]


@pytest.mark.parametrize(
    ("stranger", "meant"),
    [
        ("videos/maze/maze_easy_test_17.mp4", "videos/maze/maze-easy-test-17.mp4"),
        ("videos/maze/easy/test/17.mp4", "videos/maze/maze-easy-test-17.mp4"),
        ("videos/sokoban/maze-easy-test-17.mp4", "videos/maze/maze-easy-test-17.mp4"),
        ("Maze-Easy-Test-0017.MP4", "videos/maze/maze-easy-test-17.mp4"),
        ("videos/maze/maze-easy-test-17-final.s2.mp4", "videos/maze/maze-easy-test-17.s2.mp4"),
        ("videos/maze/maze-easy-test-18.mp4", None),
        ("videos/maze/maze-easy-test.mp4", None),
        ("videos/17.mp4", None),
    ],
)
def test_a_wrong_name_is_taken_for_the_level_that_it_names(stranger: str, meant: str | None) -> None:
    told = meant_by(stranger, by_words(dataset("maze/easy/test/17")))

    assert meant == (told and told.as_posix())


def test_one_film_has_no_mark_and_several_have() -> None:
    assert [Path("videos/maze/maze-easy-test-17.mp4")] == expected_films(row(), 1)
    assert [f"maze-easy-test-17.s{n}.mp4" for n in (0, 1)] == [path.name for path in expected_films(row(), 2)]


@pytest.mark.parametrize(
    ("named", "complaint"),
    [
        ({}, None),
        ({"levels_sha256": "1e" * 32, "manifest_sha256": "aa" * 32}, None),
        ({"manifest_sha256": "0f" * 32}, None),
        ({"manifest_sha256": "aa" * 32}, "its films are for the data set with manifest aaaaaaaaaaaa…"),
        ({"levels_sha256": "aa" * 32, "manifest_sha256": "0f" * 32}, "for the data set with levels aaaaaaaaaaaa…"),
    ],
)
def test_films_are_for_the_levels_that_the_description_names_whatever_encoder_filmed_them(
    tmp_path: Path, named: dict[str, str], complaint: str | None
) -> None:
    submission = write_submission(tmp_path, LEAST | {"dataset": named})

    if complaint is None:
        check_meant_for(submission, dataset())
    else:
        with pytest.raises(BadSubmission, match=complaint):
            check_meant_for(submission, dataset())


def test_a_strangers_name_is_told_without_what_does_not_print(tmp_path: Path) -> None:
    write_whole(tmp_path / "videos" / "\x1b[31mred\n.mp4", "")
    (tmp_path / "videos" / "away").symlink_to("/")

    assert (r"videos/\x1b[31mred\n.mp4", "videos/away") == found(tmp_path).strangers


def test_only_a_regular_file_that_no_link_leads_to_may_be_opened(tmp_path: Path) -> None:
    folder, outside = tmp_path / "submission", tmp_path / "outside.mp4"
    for path in (folder / "film.mp4", outside):
        write_whole(path, "film")
    (folder / "out.mp4").symlink_to(outside)
    (folder / "within.mp4").symlink_to("film.mp4")
    (folder / "loop.mp4").symlink_to("loop.mp4")
    (folder / "away").symlink_to(tmp_path)
    (tmp_path / "elsewhere").symlink_to(folder)
    os.mkfifo(folder / "pipe.mp4")

    assert unfit(folder / "film.mp4", folder) is None
    assert unfit(tmp_path / "elsewhere" / "film.mp4", tmp_path / "elsewhere") is None
    for name in ("out.mp4", "within.mp4", "loop.mp4", "away/outside.mp4"):
        assert "a link, or behind one" == unfit(folder / name, folder)
    assert "not a regular file" == unfit(folder / "pipe.mp4", folder)
    assert "not a regular file" == unfit(folder, folder)
    assert "the file cannot be looked at" == unfit(folder / "none.mp4", folder)


def test_a_file_is_written_whole_or_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a" / "file.txt"
    write_whole(path, "old")

    def full(source: Path, target: Path) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write_whole(path, "new")

    assert "old" == path.read_text()
    assert [path] == list(path.parent.iterdir())
