"""Data sets: the same bytes from the same options, whatever happened on the way, and nothing taken on trust."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
import strategies
import yaml

from puzzlereel.hub import build as building
from puzzlereel.hub import rows as making
from puzzlereel.hub.build import build
from puzzlereel.hub.dataset import BadDataset, film_name, open_dataset, sha256_of
from puzzlereel.hub.options import Options
from puzzlereel.puzzles.ids import LevelId, form_of, level_of, parse_id, split_of
from puzzlereel.puzzles.registry import PUZZLES, SUITE
from puzzlereel.renderers.layout import TooSmall
from puzzlereel.renderers.video import read_video

FEW = Options(tiers=("easy",), count=2, height=176, width=304)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    build(folder, FEW)
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_data_set_has_the_rows_films_and_frames_that_were_asked_for(data: Path) -> None:
    import pyarrow.parquet as parquet
    from imageio import v3 as imageio

    dataset = open_dataset(data)

    assert [f"{puzzle}/easy/test/{index}" for puzzle in SUITE for index in (0, 1)] == [row.id for row in dataset.rows]
    for row in dataset.rows:
        puzzle = PUZZLES[row.puzzle]
        level = puzzle.parse(row.level)
        video = read_video(data / row.video)
        table = parquet.read_table(data / row.puzzle / "test" / "metadata.parquet").to_pylist()
        first = next(other["first_frame"]["bytes"] for other in table if other["id"] == row.id)

        assert level_of(parse_id(row.id)) == level
        assert puzzle.read_moves(level, row.solution).solved
        assert (81, 176, 304, 3) == video.shape
        assert abs(imageio.imread(io.BytesIO(first)).astype(int) - video[0]).mean() < 4


def test_the_manifest_has_the_checksum_of_every_other_file(data: Path) -> None:
    manifest = json.loads((data / "manifest.json").read_text())
    expected = {name for name in files_of(data) if name not in ("manifest.json", "build.json")}

    assert expected == set(manifest["files"])
    assert {name: sha256_of(data / name) for name in expected} == manifest["files"]


def test_a_second_build_elsewhere_with_more_workers_gives_the_same_bytes(data: Path, tmp_path: Path) -> None:
    build(tmp_path / "again", FEW, workers=2)

    assert files_of(data) == files_of(tmp_path / "again")


def test_a_build_that_was_stopped_goes_on_to_the_same_bytes(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "stopped"
    made = 0

    def stop(done: int, total: int) -> None:
        nonlocal made
        made = done
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(folder, FEW, progress=stop)
    (folder / "maze/test/videos/.half.mp4.part").write_bytes(b"what a killed encoder leaves")

    assert 3 == made
    assert not (folder / "manifest.json").exists()

    build(folder, FEW)

    assert files_of(data) == files_of(folder)


def test_a_film_that_is_there_is_not_made_again(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path, FEW)
    monkeypatch.setattr(making, "write_shots", lambda *_, **__: pytest.fail("made again"))

    build(tmp_path, FEW)


def test_a_folder_begun_with_other_options_is_refused_and_left_alone(data: Path) -> None:
    before = files_of(data)
    with pytest.raises(BadDataset, match=r"expected the count 2 with which .* was begun, got 3"):
        build(data, Options(tiers=("easy",), count=3, height=176, width=304))

    assert before == files_of(data)


def test_a_data_set_of_another_version_is_refused(tmp_path: Path) -> None:
    manifest = {"benchmark_version": "0.0.1", "parts": [], "files": {}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BadDataset, match=r"expected a data set of puzzlereel .+, got one of '0\.0\.1'"):
        open_dataset(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, r"expected a data set with a manifest\.json, found none"),
        ("{", "expected the manifest of a data set"),
        ("[]", "expected the manifest of a data set"),
        ('{"parts": []}', "expected the manifest of a data set"),
    ],
)
def test_a_folder_without_a_true_manifest_is_refused(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(BadDataset, match=said):
        open_dataset(tmp_path)


def copy_of(data: Path, folder: Path, **changes: Any) -> Path:
    """The same data set with other entries in its manifest."""
    for name, content in files_of(data).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text()) | changes
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_a_part_that_points_elsewhere_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(BadDataset, match=r"expected parts like maze/test, got '\.\./\.\./etc'"):
        open_dataset(copy_of(data, tmp_path, parts=["../../etc"]))


def test_metadata_that_is_broken_is_refused_in_one_line(data: Path, tmp_path: Path) -> None:
    folder = copy_of(data, tmp_path)
    (folder / "maze/test/metadata.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(BadDataset) as error:
        open_dataset(folder)

    assert "\n" not in str(error.value)


def test_the_card_tells_the_loader_just_the_two_patterns_of_each_part(data: Path) -> None:
    head = yaml.safe_load((data / "README.md").read_text().split("---")[1])

    assert {"all", "maze", "flowfree", "sokoban"} == {config["config_name"] for config in head["configs"]}
    assert [{"split": "test", "path": ["maze/test/metadata.parquet", "maze/test/videos/*.mp4"]}] == next(
        config["data_files"] for config in head["configs"] if config["config_name"] == "maze"
    )


def test_repeats_of_a_form_are_dropped_counted_and_made_up_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the second maze were the first one mirrored."""
    real = form_of
    first = level_of(LevelId("maze", "easy", "test", 0))
    twin = level_of(LevelId("maze", "easy", "test", 1))
    monkeypatch.setattr(making, "form_of", lambda puzzle, level: real(puzzle, first if level == twin else level))
    build(tmp_path, Options(puzzles=("maze",), tiers=("easy",), count=2, height=176, width=304))
    dataset = open_dataset(tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())

    assert ["maze/easy/test/0", "maze/easy/test/2"] == [row.id for row in dataset.rows]
    assert {"maze/easy/test": 1} == manifest["repeats_dropped"]
    assert {"maze-easy-test-0.mp4", "maze-easy-test-2.mp4"} == {
        p.name for p in (tmp_path / "maze/test/videos").iterdir()
    }


def test_more_levels_than_there_are_forms_ends_in_a_named_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "form_of", lambda puzzle, level: "always the same")
    monkeypatch.setattr(building, "MOST_REPEATS", -50)
    with pytest.raises(BadDataset, match="expected 2 different maze easy levels, found 1 in"):
        build(tmp_path, Options(puzzles=("maze",), tiers=("easy",), count=2, height=176, width=304))


@pytest.mark.parametrize("split", ["train", "val", "test"])
@pytest.mark.parametrize("puzzle", PUZZLES)
def test_a_level_stays_in_its_split_however_it_is_turned_or_retold(puzzle: str, split: str) -> None:
    """So no test level is a train level in another guise."""
    rules = PUZZLES[puzzle]
    for index in range(4):
        guises = strategies.guises(rules, level_of(LevelId(puzzle, "easy", split, index)))

        assert {split} == {split_of(rules, rules.parse(guise)) for guise in guises}


def test_options_that_are_cut_off_are_refused_in_one_line(data: Path, tmp_path: Path) -> None:
    folder = copy_of(data, tmp_path)
    for text in ("{", "[]"):
        (folder / "build.json").write_text(text)
        with pytest.raises(BadDataset, match=r"expected the options of a build, got something else|was begun"):
            build(folder, FEW)


def test_a_damaged_film_of_a_finished_data_set_is_made_again(data: Path, tmp_path: Path) -> None:
    folder = copy_of(data, tmp_path)
    (folder / "maze/test/videos/maze-easy-test-0.mp4").write_bytes(b"damaged")

    build(folder, FEW)

    assert files_of(data) == files_of(folder) | {"manifest.json": files_of(data)["manifest.json"]}


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(BadDataset, match="expected an empty folder or a data set, found other files"):
        build(tmp_path, FEW)

    assert {"README.md": b"mine"} == files_of(tmp_path)


def test_cells_that_the_codec_would_spoil_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TooSmall, match="expected cells of at least 16 pixels in a video file, got 10 for a board of"):
        build(tmp_path, Options(puzzles=("maze",), tiers=("easy",), count=1, height=96, width=160))


def test_a_film_is_named_by_its_id_with_dashes() -> None:
    assert "maze-easy-test-17.mp4" == film_name(LevelId("maze", "easy", "test", 17))
