"""Exports: what a trainer reads of each layout is what the data set holds, byte for byte, and nothing half is left."""

import csv
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas
import pyarrow
import pyarrow.parquet as parquet
import pytest
import yaml
from imageio import v3 as imageio
from test_cli import done, hashes, run
from test_dataset import FEW, files_of

from puzzlereel.cli import export as command
from puzzlereel.hub import export_entries, export_shards
from puzzlereel.hub.build import build
from puzzlereel.hub.dataset import BadDataset, sha256_of
from puzzlereel.hub.export import LAYOUTS, CannotExport, export
from puzzlereel.hub.options import Options
from puzzlereel.puzzles.ids import parse_id
from puzzlereel.puzzles.registry import SUITE
from puzzlereel.verifiers.judge import judge_file

EACH_LAYOUT = pytest.mark.parametrize("layout", LAYOUTS)
SHARDED = pytest.mark.parametrize("layout", ["webdataset", "parquet"])
SMALL = 12_000
"""Bytes of a shard that one tiny level fills."""
MAZES = [f"maze/easy/test/{index}" for index in range(2)]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set with a test split of every puzzle and a train split of Maze."""
    folder, other = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("train")
    build(folder, FEW)
    build(other, Options(puzzles=("maze",), tiers=("easy",), split="train", count=2, height=176, width=304))
    for name, content in files_of(other / "maze").items():
        write(folder / "maze" / name, content)
    manifest, more = (json.loads((one / "manifest.json").read_text()) for one in (folder, other))
    manifest["parts"] = [*manifest["parts"], *more["parts"]]
    manifest["files"] = more["files"] | manifest["files"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture(scope="module")
def exports(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exports of the data set in a folder for each layout, two levels a shard."""
    folder = tmp_path_factory.mktemp("exports")
    for layout in LAYOUTS:
        export(data, folder / layout, layout)
    return folder


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def copy_of(data: Path, folder: Path) -> Path:
    """The same data set elsewhere, to be spoilt."""
    for name, content in files_of(data).items():
        write(folder / name, content)
    return folder


LISTS = ("SHA256SUMS", "manifest.json")
"""The files that list the others."""


def rows_of(data: Path, part: str) -> list[dict[str, Any]]:
    return list(parquet.read_table(data / part / "metadata.parquet").to_pylist())


def with_rows(data: Path, part: str, change: Callable[[list[dict[str, Any]]], Any], drop: str | None = None) -> Path:
    """Change the rows of a part, and let the manifest tell of the new ones."""
    path = data / part / "metadata.parquet"
    table = parquet.read_table(path)
    rows = table.to_pylist()
    change(rows)
    table = pyarrow.Table.from_pylist(rows, table.schema)
    parquet.write_table(table.drop_columns([drop]) if drop else table, path)
    manifest = json.loads((data / "manifest.json").read_text())
    manifest["files"][f"{part}/metadata.parquet"] = sha256_of(path)
    (data / "manifest.json").write_text(json.dumps(manifest))
    return data


def film(data: Path, id: str) -> Path:
    identity = parse_id(id)
    return data / identity.puzzle / identity.split / "videos" / (id.replace("/", "-") + ".mp4")


def test_a_trainer_of_diffsynth_reads_every_table_with_its_films_and_first_frames(data: Path, exports: Path) -> None:
    """As its data set class does: pandas, the path joined to the base path, imageio."""
    tables = sorted(path.relative_to(exports / "videorlvr").as_posix() for path in exports.rglob("*.csv"))

    assert ["all", "flowfree", "maze", "sokoban"] == [
        name.removeprefix("test/metadata_").removesuffix(".csv") for name in tables if name.startswith("test/")
    ]
    assert ["train/metadata_all.csv", "train/metadata_maze.csv"] == [name for name in tables if "train" in name]
    for puzzle, split in (*((puzzle, "test") for puzzle in SUITE), ("maze", "train")):
        base = str(exports / "videorlvr" / split)
        table = pandas.read_csv(os.path.join(base, f"metadata_{puzzle}.csv"))
        rows = rows_of(data, f"{puzzle}/{split}")

        assert ["video", "prompt", "input_image"] == list(table.columns)
        assert [row["prompt"] for row in rows] == list(table["prompt"])
        for row, (video, frame) in zip(rows, table[["video", "input_image"]].values.tolist(), strict=True):
            frames = imageio.imread(os.path.join(base, video), plugin="pyav")

            assert (81, 176, 304, 3) == frames.shape
            assert abs(imageio.imread(os.path.join(base, frame)).astype(int) - frames[0]).mean() < 4
            assert judge_file(Path(base) / video, puzzle, row["level"], row["skin"], row["solution"]).success


def test_the_table_of_all_puzzles_is_the_others_one_after_the_other(exports: Path) -> None:
    folder = exports / "videorlvr" / "test"
    ours = [pandas.read_csv(folder / f"metadata_{puzzle}.csv") for puzzle in SUITE]

    assert pandas.concat(ours).values.tolist() == pandas.read_csv(folder / "metadata_all.csv").values.tolist()


def test_prompts_with_commas_quotes_and_lines_survive_a_table(data: Path, tmp_path: Path) -> None:
    prompts = ['Say "go", then\nstop; d\'accord — ü', ' ",", \\"\r\n\ttabs ']

    def change(rows: list[dict[str, Any]]) -> None:
        for row, prompt in zip(rows, prompts, strict=True):
            row["prompt"] = prompt

    export(with_rows(copy_of(data, tmp_path / "data"), "maze/test", change), tmp_path / "out", "videorlvr")
    path = tmp_path / "out/test/metadata_maze.csv"
    with path.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))

    assert prompts == list(pandas.read_csv(path)["prompt"])
    assert prompts == [row["prompt"] for row in table]


def test_films_are_not_stored_twice_where_a_file_can_have_two_names(data: Path, exports: Path) -> None:
    for id in MAZES:
        name = film(data, id).name

        assert film(data, id).samefile(exports / "videorlvr/test/maze" / name)


def test_films_are_copied_where_a_file_has_one_name_only(
    data: Path, exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    export(data, tmp_path, "videorlvr")

    assert files_of(exports / "videorlvr") == files_of(tmp_path)
    copy = tmp_path / "test/maze/maze-easy-test-0.mp4"
    before = copy.stat()

    export(data, tmp_path, "videorlvr")

    assert not film(data, MAZES[0]).samefile(copy)
    assert (before.st_ino, before.st_mtime_ns) == (copy.stat().st_ino, copy.stat().st_mtime_ns)


def test_a_film_that_is_itself_a_link_is_exported_as_a_file(data: Path, exports: Path, tmp_path: Path) -> None:
    """As in the folder that a download from the Hub gives."""
    folder = copy_of(data, tmp_path / "data")
    path = film(folder, MAZES[0])
    path.rename(tmp_path / "blob")
    path.symlink_to(tmp_path / "blob")
    export(folder, tmp_path / "out", "videorlvr")

    assert not (tmp_path / "out/test/maze" / path.name).is_symlink()
    assert files_of(exports / "videorlvr") == files_of(tmp_path / "out")


def test_the_layout_of_videorlvr_stands_in_the_data_sets_own_folder_and_changes_nothing_there(
    data: Path, exports: Path, tmp_path: Path
) -> None:
    folder = copy_of(data, tmp_path)
    export(folder, folder, "videorlvr")
    after = files_of(folder)
    more = {name: content for name, content in files_of(exports / "videorlvr").items() if "/" in name}

    assert files_of(data) | more == after

    stats = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.rglob("*.[mp][pn][4g]")}
    export(folder, folder / "maze" / "..", "videorlvr")

    assert after == files_of(folder)
    assert stats == {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in stats}


def test_a_wrong_film_under_the_name_of_one_is_replaced_and_not_written_into(data: Path, tmp_path: Path) -> None:
    """Nor is the film of the data set, which what an export was killed over may be another name of."""
    folder = copy_of(data, tmp_path / "data")
    place = tmp_path / "out/test/maze"
    export(folder, tmp_path / "out", "videorlvr")
    for name in ("maze-easy-test-0.mp4", "maze-easy-test-0.png"):
        (place / name).unlink()
        (place / name).write_bytes(b"half")
    os.link(film(folder, MAZES[0]), place / ".maze-easy-test-0.mp4.part")
    before = film(folder, MAZES[0]).stat()

    export(folder, tmp_path / "out", "videorlvr")
    after = film(folder, MAZES[0]).stat()

    assert rows_of(data, "maze/test")[0]["first_frame"]["bytes"] == (place / "maze-easy-test-0.png").read_bytes()
    assert film(data, MAZES[0]).read_bytes() == (place / "maze-easy-test-0.mp4").read_bytes()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert [] == list(place.glob(".*"))


def test_a_tar_has_three_files_a_level_that_say_nothing_of_who_made_it_when(data: Path, exports: Path) -> None:
    with tarfile.open(exports / "webdataset/maze/test/maze-test-00000.tar") as tar:
        members = tar.getmembers()
        content = {member.name: file.read() for member in members if (file := tar.extractfile(member))}
    names = [id.replace("/", "-") for id in MAZES]

    assert [f"{name}.{ending}" for name in names for ending in ("mp4", "png", "json")] == list(content)
    assert {(0, 0, 0, "", "", 0o644)} == {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members}
    for name, row in zip(names, rows_of(data, "maze/test"), strict=True):
        frame = row.pop("first_frame")["bytes"]

        assert (data / "maze/test" / row.pop("file_name")).read_bytes() == content[f"{name}.mp4"]
        assert frame == content[f"{name}.png"]
        assert row == json.loads(content[f"{name}.json"])


@SHARDED
def test_shards_are_as_large_as_was_asked_for_and_hold_every_level_once(
    data: Path, tmp_path: Path, layout: str
) -> None:
    told: list[tuple[int, int]] = []
    report = export(data, tmp_path, layout, shard_bytes=SMALL, progress=lambda *now: told.append(now))
    names = {
        "webdataset": [f"maze/test/maze-test-{index:05}.tar" for index in range(2)],
        "parquet": [f"maze/test-{index:05}-of-00002.parquet" for index in range(2)],
    }[layout]
    shards = [path for path in tmp_path.glob("*/**/*") if path.suffix in (".tar", ".parquet")]

    assert [(levels, 8) for levels in range(1, 9)] == told
    assert (8, 8 + 2) == (report.levels, report.files)
    assert sum(len(content) for name, content in files_of(tmp_path).items() if name not in LISTS) == report.bytes
    assert 8 == len(shards)
    assert names == sorted(path.relative_to(tmp_path).as_posix() for path in shards if "maze/test" in path.as_posix())


def test_a_shard_is_full_when_the_next_level_would_go_beyond_its_size() -> None:
    assert [[2, 2, 1], [1, 1, 1, 1, 1], [5], []] == [
        list(export_shards._counts([5, 5, 4, 6, 9], 10)),
        list(export_shards._counts([5, 5, 4, 6, 9], 3)),
        list(export_shards._counts([5, 5, 4, 6, 9], 29)),
        list(export_shards._counts([], 10)),
    ]


def test_a_parquet_has_the_films_as_they_are_and_an_index_to_find_them_by(data: Path, exports: Path) -> None:
    path = exports / "parquet/maze/test-00000-of-00001.parquet"
    group = parquet.ParquetFile(path).metadata.row_group(0)
    columns = {group.column(index).path_in_schema: group.column(index) for index in range(group.num_columns)}
    features = json.loads(parquet.read_schema(path).metadata[b"huggingface"])["info"]["features"]
    rows = rows_of(data, "maze/test")
    for row in rows:
        name = row.pop("file_name").removeprefix("videos/")
        row["first_frame"]["path"] = name.replace("mp4", "png")
        row["video"] = {"bytes": (data / "maze/test/videos" / name).read_bytes(), "path": name}

    assert rows == parquet.read_table(path).to_pylist()
    assert {"_type": "Video"} == features["video"]
    assert {"_type": "Image"} == features["first_frame"]
    assert {"dtype": "int32", "_type": "Value"} == features["moves"]
    assert all(column.has_offset_index for column in columns.values())
    for name in ("video.bytes", "first_frame.bytes"):
        assert ("UNCOMPRESSED", False) == (columns[name].compression, columns[name].has_dictionary_page)
    assert ("SNAPPY", True) == (columns["prompt"].compression, columns["prompt"].has_dictionary_page)


@pytest.mark.parametrize(("limit", "value"), [("GROUP", 1), ("GROUP_BYTES", 8_000)])
def test_a_row_group_ends_at_its_most_rows_and_at_its_most_bytes(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(export_shards, limit, value)
    export(data, tmp_path, "parquet")

    assert 2 == parquet.ParquetFile(tmp_path / "maze/test-00000-of-00001.parquet").num_row_groups


LOADER = """\
import sys, json
from hashlib import sha256
from datasets import Image, Video, load_dataset

def told(rows, film):
    return [[row[film]["path"].split("/")[-1], sha256(row[film]["bytes"] or open(row[film]["path"], "rb").read())
             .hexdigest()] for row in rows]

folder, data = sys.argv[1:]
shown = {}
for layout, film in {"webdataset": "mp4", "parquet": "video"}.items():
    for name in ("maze", "default"):
        streamed = load_dataset(f"{folder}/{layout}", name, split="test", streaming=True)
        shown[f"{layout} {name} streamed"] = told(streamed.decode(False), film)
        rows = load_dataset(f"{folder}/{layout}", name, split="test")
        assert isinstance(rows.features[film], Video)
        shown[f"{layout} {name}"] = told(rows.cast_column(film, Video(decode=False)), film)
    frame = {"mp4": "png", "video": "first_frame"}[film]
    pictures = load_dataset(f"{folder}/{layout}", "maze", split="test").select_columns(frame)
    shown[f"{layout} frame"] = pictures[0][frame].size
    shown[f"{layout} splits"] = sorted(load_dataset(f"{folder}/{layout}", "maze"))
shown["videorlvr"] = [list(row.values()) for row in load_dataset(f"{folder}/videorlvr", "maze", split="test")]
shown["videorlvr all"] = load_dataset(f"{folder}/videorlvr").num_rows
home = load_dataset(data, "maze", split="test")
shown["at home"] = told(home.cast_column("video", Video(decode=False)), "video")
print(json.dumps(shown))
"""


@pytest.fixture(scope="module")
def loaded(data: Path, exports: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `datasets` gives for the exports, and for a data set that has the layout of VideoRLVR within."""
    folder = copy_of(data, tmp_path_factory.mktemp("home"))
    (folder / "README.md").write_bytes((data / "README.md").read_bytes())
    export(folder, folder, "videorlvr")
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOADER, str(exports), str(folder)],
        check=False,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "HF_HOME": str(tmp_path_factory.mktemp("hub")),
            "HF_HUB_OFFLINE": "1",
            "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
        },
    )

    assert 0 == ran.returncode, ran.stderr
    return dict(json.loads(ran.stdout))


def films(data: Path, *puzzles: str) -> list[list[str]]:
    """The name and the SHA-256 of every film of the test split."""
    rows = [row for puzzle in puzzles for row in rows_of(data, f"{puzzle}/test")]
    return sorted([row["file_name"].removeprefix("videos/"), row["video_sha256"]] for row in rows)


@SHARDED
def test_the_loader_streams_the_very_films_of_the_data_set(data: Path, loaded: dict[str, Any], layout: str) -> None:
    for name in ("streamed", ""):
        maze, every = (loaded[f"{layout} {config} {name}".strip()] for config in ("maze", "default"))

        assert films(data, "maze") == sorted([Path(film).with_suffix(".mp4").name, digest] for film, digest in maze)
        assert films(data, *SUITE) == sorted([Path(film).name, digest] for film, digest in every)
    assert [304, 176] == loaded[f"{layout} frame"]
    assert ["test", "train"] == loaded[f"{layout} splits"]


def test_the_loader_gives_the_rows_of_a_table_of_videorlvr(data: Path, loaded: dict[str, Any]) -> None:
    assert [
        [f"maze/{name}.mp4", row["prompt"], f"maze/{name}.png"]
        for name, row in zip(["maze-easy-test-0", "maze-easy-test-1"], rows_of(data, "maze/test"), strict=True)
    ] == loaded["videorlvr"]
    assert {"train": 2, "test": 6} == loaded["videorlvr all"]


def test_the_loader_finds_the_same_films_in_a_data_set_that_has_that_layout_within(
    data: Path, loaded: dict[str, Any]
) -> None:
    assert films(data, "maze") == loaded["at home"]


def test_the_films_of_a_stream_are_judged_right(data: Path, exports: Path, tmp_path: Path) -> None:
    for puzzle in SUITE:
        for row in parquet.read_table(exports / f"parquet/{puzzle}/test-00000-of-00001.parquet").to_pylist():
            (tmp_path / "film.mp4").write_bytes(row["video"]["bytes"])

            assert judge_file(tmp_path / "film.mp4", puzzle, row["level"], row["skin"], row["solution"]).success


@EACH_LAYOUT
def test_the_same_data_set_gives_the_same_bytes(data: Path, exports: Path, tmp_path: Path, layout: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in (exports / layout).rglob("*.*") if path.suffix != ".csv"}
    export(data, tmp_path, layout)
    export(data, exports / layout, layout)
    kept = [path for path, time in before.items() if path.stat().st_mtime_ns == time]

    assert files_of(exports / layout) == files_of(tmp_path)
    assert {".tar", ".parquet", ".mp4", ".png"} & {path.suffix for path in before} == {path.suffix for path in kept}


@EACH_LAYOUT
def test_the_checksums_are_those_of_every_other_file(exports: Path, layout: str) -> None:
    lines = (exports / layout / "SHA256SUMS").read_text().splitlines()
    found = hashes(exports / layout)
    del found["SHA256SUMS"], found["manifest.json"]

    assert found == {name: digest for digest, name in (line.split("  ") for line in lines)}


@EACH_LAYOUT
def test_the_card_tells_the_loader_where_each_puzzle_and_split_is(exports: Path, layout: str) -> None:
    card = (exports / layout / "README.md").read_text()
    configs = {config["config_name"]: config for config in yaml.safe_load(card.split("---")[1])["configs"]}

    assert ["default", *SUITE] == list(configs)
    for config, parts in {"maze": 2, "sokoban": 1, "default": 2 if layout == "videorlvr" else 4}.items():
        paths = [entry["path"] for entry in configs[config]["data_files"]]
        found = [file for path in paths for file in (exports / layout).glob(path)]

        assert parts == len(set(found))
    assert "8 levels" in card
    assert "| maze | train | 2 |" in card


def stopped(data: Path, out: Path, layout: str, after: int) -> None:
    """Stop an export when so many levels are done."""

    def stop(levels: int, _: int) -> None:
        if levels == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(data, out, layout, shard_bytes=size_of(layout), progress=stop)


def size_of(layout: str, most: int = SMALL) -> int | None:
    """The size of shards, in a layout that has them; without a number, one that each tiny level fills."""
    return None if layout == "videorlvr" else most


@EACH_LAYOUT
def test_an_export_that_was_stopped_left_nothing_half_and_goes_on_to_the_same_bytes(
    data: Path, tmp_path: Path, layout: str
) -> None:
    whole, again = tmp_path / "whole", tmp_path / "again"
    export(data, whole, layout, shard_bytes=size_of(layout))
    for after in range(1, 9):
        stopped(data, again, layout, after)
        left = files_of(again)

        assert left.items() <= files_of(whole).items()
        assert "SHA256SUMS" not in left
    before = {path: path.stat().st_mtime_ns for path in again.glob("*/**/*.*") if path.suffix != ".csv"}
    export(data, again, layout, shard_bytes=size_of(layout))

    assert len(before) > 5
    assert files_of(whole) == files_of(again)
    assert before == {path: path.stat().st_mtime_ns for path in before}


KILLED = """\
import os, signal, sys
from pathlib import Path
from puzzlereel.hub.export import export

def kill(levels, total):
    if levels == 3:
        os.kill(os.getpid(), signal.SIGKILL)

size = None if sys.argv[3] == "videorlvr" else 40_000
export(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], shard_bytes=size, progress=kill)
"""


@pytest.mark.skipif(os.name != "posix", reason="no process is killed like that elsewhere")
@EACH_LAYOUT
def test_an_export_that_was_killed_goes_on_to_the_same_bytes(data: Path, tmp_path: Path, layout: str) -> None:
    """In the midst of the second part, when its first level is done and its first file, of two levels, is not."""
    export(data, tmp_path / "whole", layout, shard_bytes=size_of(layout, 40_000))
    ran = subprocess.run([sys.executable, "-c", KILLED, str(data), str(tmp_path / "killed"), layout], check=False)
    left = files_of(tmp_path / "killed")
    halves = {name for name in left if name.endswith(".part")}

    assert -9 == ran.returncode
    assert halves - {".SHA256SUMS.part"}
    assert {name: left[name] for name in left.keys() - halves}.items() <= files_of(tmp_path / "whole").items()

    export(data, tmp_path / "killed", layout, shard_bytes=size_of(layout, 40_000))

    assert files_of(tmp_path / "whole") == files_of(tmp_path / "killed")


@SHARDED
def test_a_shard_that_was_damaged_since_is_made_again(exports: Path, data: Path, tmp_path: Path, layout: str) -> None:
    export(data, tmp_path, layout)
    for shard in (path for path in tmp_path.glob("maze/**/*") if path.is_file()):
        shard.write_bytes(shard.read_bytes()[:-1] + b"!")

    export(data, tmp_path, layout)

    assert files_of(exports / layout) == files_of(tmp_path)


@EACH_LAYOUT
def test_a_film_that_is_not_the_one_of_its_row_ends_the_export_in_one_line(
    data: Path, tmp_path: Path, layout: str
) -> None:
    folder = copy_of(data, tmp_path / "data")
    path = film(folder, MAZES[1])
    path.write_bytes(film(folder, MAZES[0]).read_bytes())
    with pytest.raises(BadDataset) as refused:
        export(folder, tmp_path / "out", layout)

    assert f"expected the film that the row of {MAZES[1]} has the SHA-256 of, got another in {path}" == str(
        refused.value
    )
    assert not list((tmp_path / "out").rglob("*maze-easy-test-1.mp4"))
    assert not list((tmp_path / "out").rglob("test/metadata_*.csv"))
    assert not list((tmp_path / "out").rglob("*.part"))

    path.write_bytes(film(data, MAZES[1]).read_bytes())
    export(folder, tmp_path / "out", layout)

    assert {name for name in files_of(tmp_path / "out") if name.endswith("SUMS")}


@SHARDED
def test_films_of_other_sizes_than_an_export_was_begun_with_do_not_shift_its_shards(
    data: Path, tmp_path: Path, layout: str
) -> None:
    folder = copy_of(data, tmp_path / "data")
    stopped(folder, tmp_path / "out", layout, 3)
    film(folder, MAZES[0]).write_bytes(b"")
    before = files_of(tmp_path / "out")
    with pytest.raises(CannotExport, match=r"expected the shards with which .* was begun, got others"):
        export(folder, tmp_path / "out", layout, shard_bytes=2 * SMALL)

    assert before == files_of(tmp_path / "out")


@EACH_LAYOUT
def test_a_folder_with_other_things_in_it_is_left_alone(data: Path, tmp_path: Path, layout: str) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(CannotExport, match=f"expected an empty folder or an export, found other files in {tmp_path}"):
        export(data, tmp_path, layout)

    assert {"README.md": b"mine"} == files_of(tmp_path)


@SHARDED
def test_shards_do_not_go_into_the_data_sets_own_folder(data: Path, layout: str) -> None:
    before = files_of(data)
    with pytest.raises(CannotExport, match=f"expected another folder than the data set's own for {layout}, got"):
        export(data, data / "maze" / "..", layout)

    assert before == files_of(data)


def test_an_export_that_was_begun_as_another_is_refused_and_left_alone(
    data: Path, exports: Path, tmp_path: Path
) -> None:
    out = exports / "webdataset"
    before = files_of(out)
    other = with_rows(copy_of(data, tmp_path / "data"), "maze/test", lambda rows: rows[0].update(moves=7))
    with pytest.raises(CannotExport, match=r"expected the layout 'webdataset' with which .* was begun, got 'parquet'"):
        export(data, out, "parquet")
    with pytest.raises(CannotExport, match=r"expected the shards with which .* was begun, got others"):
        export(data, out, "webdataset", shard_bytes=SMALL)
    with pytest.raises(
        CannotExport, match=r"expected the manifest_sha256 '\w{64}' with which .* was begun, got '\w{64}'"
    ):
        export(other, out, "webdataset")

    assert before == files_of(out)


@pytest.mark.parametrize("text", ["", "{", "[]", "[1]", "{}", "[" * 100_000, '{"layout": []}', "\xff"])
def test_a_broken_note_of_how_an_export_was_begun_is_refused_in_one_line(data: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "export.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(CannotExport, match=r"^expected .{10,400}$"):
        export(data, tmp_path, "videorlvr")

    assert ["export.json"] == list(files_of(tmp_path))


def test_what_was_killed_before_it_began_is_begun_again(data: Path, exports: Path, tmp_path: Path) -> None:
    (tmp_path / ".export.json.part").write_text("{")

    export(data, tmp_path, "parquet")

    assert files_of(exports / "parquet") == files_of(tmp_path)


def told(**changes: Any) -> Callable[[Path], Path]:
    """Change the first row of Maze's test split."""
    return lambda data: with_rows(data, "maze/test", lambda rows: rows[0].update(changes))


def without(column: str) -> Callable[[Path], Path]:
    return lambda data: with_rows(data, "maze/test", lambda rows: None, column)


def manifest(**changes: Any) -> Callable[[Path], object]:
    def change(data: Path) -> None:
        path = data / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


def vast(data: Path) -> None:
    """A film of more bytes than any that is read."""
    with film(data, MAZES[0]).open("wb") as file:
        file.truncate(2**28 + 1)


SPOILT = {
    "no manifest": (lambda data: (data / "manifest.json").unlink(), "expected a data set with a manifest.json"),
    "another version": (manifest(benchmark_version="0.0.1\n" * 99), "got one of '0.0.1"),
    "no parts": (manifest(parts=[]), "expected a data set with levels, found none in"),
    "a part elsewhere": (manifest(parts=["../../etc"]), "expected parts like maze/test, each once, got '../../etc'"),
    "a part twice": (manifest(parts=["maze/test"] * 2), "expected parts like maze/test, each once, got 'maze/test'"),
    "a part that is none": (manifest(parts=[{}]), "expected parts like maze/test, each once, got {}"),
    "a part that is not there": (manifest(parts=["sokoban/val"]), "expected the levels of a data set, found no file"),
    "other levels": (manifest(files={}), "expected the levels that manifest.json has the SHA-256 of"),
    "no film": (lambda data: film(data, MAZES[0]).unlink(), f"expected the film of {MAZES[0]}, found none at"),
    "a vast film": (vast, "expected a film of at most 268435456 bytes, got 268435457"),
    "an id that leads elsewhere": (told(id="../../etc/passwd"), "got: expected an id like maze/easy/test/17"),
    "an id of another part": (told(id="sokoban/easy/test/0"), "expected levels of maze/test, got sokoban/easy/test/0"),
    "no id": (told(id=None), "expected the levels of a data set in"),
    "no prompt": (told(prompt=None), f"expected a prompt and the bytes of a first frame, got none for {MAZES[0]}"),
    "no frame": (told(first_frame=None), f"expected a prompt and the bytes of a first frame, got none for {MAZES[0]}"),
    "an empty frame": (told(first_frame={"path": "/etc/passwd"}), "expected a prompt and the bytes of a first frame"),
    "no checksum": (told(video_sha256=None), f"expected the film that the row of {MAZES[0]} has the SHA-256 of"),
    "no column of films": (without("video_sha256"), "found no video_sha256 in"),
    "no column of ids": (without("id"), "found no id in"),
}


@EACH_LAYOUT
@pytest.mark.parametrize(("spoil", "said"), SPOILT.values(), ids=list(SPOILT))
def test_a_spoilt_data_set_is_refused_in_one_line(
    data: Path, tmp_path: Path, layout: str, spoil: Callable[[Path], object], said: str
) -> None:
    folder = copy_of(data, tmp_path / "data")
    spoil(folder)

    ran = run("export", folder, "--layout", layout, "--out", tmp_path / "out")

    assert (2, "", 1) == (ran.status, ran.out, len(ran.err.splitlines()))
    assert said in ran.err
    assert len(ran.err) < 500
    assert not (tmp_path / "out/SHA256SUMS").exists()


@SHARDED
def test_columns_that_a_layout_cannot_tell_are_refused(data: Path, tmp_path: Path, layout: str) -> None:
    """Bytes in JSON, and a column whose type the Hub's loader is not told."""
    folder = copy_of(data, tmp_path / "data")
    path = folder / "maze/test/metadata.parquet"
    table = parquet.read_table(path)
    parquet.write_table(table.append_column("noise", [[b"\0", b"\1"]]), path)
    with_rows(folder, "maze/test", lambda rows: None)
    said = {
        "webdataset": f"expected columns of text and numbers for {MAZES[0]}",
        "parquet": "expected the types of the",
    }
    with pytest.raises(BadDataset, match=said[layout]):
        export(folder, tmp_path / "out", layout)


def test_no_more_of_a_part_than_a_batch_is_read_at_once(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second row, which is spoilt, is not looked at before the first one is done."""
    seen: list[str] = []
    real = export_entries._entry

    def watched(part: Any, row: dict[str, Any]) -> export_entries.Entry:
        seen.append(row["id"])
        return real(part, row)

    monkeypatch.setattr(export_entries, "BATCH", 1)
    monkeypatch.setattr(export_entries, "_entry", watched)
    entries = export_entries.entries_of(export_entries.open_source(data).parts[0])

    assert [] == seen
    assert next(entries).identity.split == seen[0].split("/")[2]
    assert 1 == len(seen)


def test_export_says_what_it_wrote_and_goes_on_without_a_word(
    data: Path, exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for layout, files in {"videorlvr": 24, "webdataset": 6, "parquet": 6}.items():
        out = tmp_path / layout
        for _ in range(2):
            said = done("export", data, "--layout", layout, "--out", out)
            size = (
                sum(
                    len(content)
                    for name, content in files_of(out).items()
                    if name not in ("SHA256SUMS", "manifest.json")
                )
                / 1e6
            )

            assert f"{out}: 8 levels in {files} files, {size:.1f} MB\n" == said
        assert files_of(exports / layout) == files_of(out)

    monkeypatch.setattr(command, "MEGABYTE", SMALL)

    done("export", data, "--layout", "webdataset", "--out", tmp_path / "small", "--shard-size", "1")
    assert 8 == len(list((tmp_path / "small").rglob("*.tar")))


def test_export_refuses_a_layout_or_an_option_that_is_none(data: Path, tmp_path: Path) -> None:
    for options, said in {
        ("--layout", "lerobot"): "expected a layout of videorlvr, webdataset, parquet, got 'lerobot'",
        ("--layout", "videorlvr", "--shard-size", "5"): "expected a size of shards with webdataset or parquet only",
    }.items():
        ran = run("export", data, "--out", tmp_path / "out", *options)

        assert (2, "") == (ran.status, ran.out)
        assert said in ran.err
    assert [] == list(tmp_path.iterdir())
