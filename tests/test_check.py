"""Whether a data set is what it says: every file, every row, every film."""

import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet as parquet
import pytest
from imageio import v3 as imageio
from test_build import MAZES, mazes, rows_of
from test_cli import run

from puzzlereel.cli.data import refusal
from puzzlereel.hub import check as checking
from puzzlereel.hub import push
from puzzlereel.hub import rows as making
from puzzlereel.hub.build import build
from puzzlereel.hub.check import check
from puzzlereel.hub.dataset import BadDataset, open_dataset, read_manifest, sha256_of
from puzzlereel.renderers.video import read_video, write_video

__all__ = ["mazes"]

Damage = Callable[[Path], Any]


def row(change: Callable[[list[dict[str, Any]]], Any]) -> Damage:
    """Change the rows, and let the manifest tell of the new file."""

    def apply(folder: Path) -> None:
        path = folder / "maze/test/metadata.parquet"
        table = parquet.read_table(path)
        rows = table.to_pylist()
        change(rows)
        parquet.write_table(pyarrow.Table.from_pylist(rows, table.schema), path)
        retold(folder)

    return apply


def retold(folder: Path) -> None:
    """The manifest tells the SHA-256 of every file as it is now."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = {name: sha256_of(folder / name) for name in manifest["files"] if (folder / name).is_file()}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def cheat(folder: Path) -> None:
    """The middle of the second film is left out, and everything that has a hash of it is told the new one."""
    path = folder / "maze/test/videos/maze-easy-test-1.mp4"
    video = read_video(path)
    video[16:60] = video[-1]
    write_video(path, video, fps=8)
    row(lambda rows: rows[1].update(video_sha256=sha256_of(path)))(folder)


def faster(folder: Path) -> None:
    path = folder / "maze/test/videos/maze-easy-test-1.mp4"
    write_video(path, read_video(path), fps=9)
    row(lambda rows: rows[1].update(video_sha256=sha256_of(path)))(folder)


def told(**entries: Any) -> Damage:
    """Change entries of the manifest."""

    def apply(folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps(manifest | entries))

    return apply


def named(folder: Path, files: dict[str, str]) -> None:
    """Name more files in the manifest."""
    manifest = json.loads((folder / "manifest.json").read_text())
    told(files=manifest["files"] | files)(folder)


def swap(rows: list[dict[str, Any]]) -> None:
    rows[0]["first_frame"], rows[1]["first_frame"] = rows[1]["first_frame"], rows[0]["first_frame"]


def dotted(rows: list[dict[str, Any]]) -> None:
    """One pixel of a first frame is another."""
    frame = imageio.imread(io.BytesIO(rows[0]["first_frame"]["bytes"]))
    frame[5, 5] ^= 1
    rows[0]["first_frame"]["bytes"] = bytes(imageio.imwrite("<bytes>", frame, extension=".png"))


def other_film(folder: Path) -> None:
    shutil.copy(folder / "maze/test/videos/maze-easy-test-0.mp4", folder / "maze/test/videos/maze-easy-test-1.mp4")


DAMAGES: dict[str, tuple[Damage, list[str]]] = {
    "a film that leaves the middle out": (cheat, ["maze/easy/test/1: the judge refuses its film: frame 16"]),
    "another film": (other_film, ["maze/easy/test/1: expected the film that the metadata has the SHA"]),
    "a lost film": (
        lambda folder: (folder / "maze/test/videos/maze-easy-test-2.mp4").unlink(),
        ["maze/easy/test/2: expected the film that"],
    ),
    "another prompt": (
        row(lambda rows: rows[0].update(prompt="Walk.")),
        ["maze/easy/test/0: expected prompt '", ", got 'Walk.'"],
    ),
    "another level": (row(lambda rows: rows[0].update(level=rows[1]["level"])), ["maze/easy/test/0: expected level '"]),
    "another solution": (row(lambda rows: rows[0].update(solution="")), ["moves that do not solve the level"]),
    "an unlawful solution": (row(lambda rows: rows[0].update(solution="LLLLLLLLLLLL")), ["maze/easy/test/0: "]),
    "another split": (
        row(lambda rows: rows[0].update(id="maze/easy/val/0")),
        ["maze/easy/val/0: expected file_name", "expected a level of maze/test"],
    ),
    "swapped first frames": (row(swap), ["maze/easy/test/0: expected the first frame", "test/1: expected the first f"]),
    "another pixel": (row(dotted), ["maze/easy/test/0: expected the first frame of its level, got another picture"]),
    "no picture": (row(lambda rows: rows[0]["first_frame"].update(bytes=b"x")), ["expected the first frame of its"]),
    "another skin": (row(lambda rows: rows[0].update(skin="dark")), ["maze/easy/test/0: the judge refuses its film"]),
    "no skin": (row(lambda rows: rows[0].update(skin="nope")), ["maze/easy/test/0: expected a skin of classic"]),
    "another style": (row(lambda rows: rows[0].update(style="<b>")), ["maze/easy/test/0: expected style 'hold', got"]),
    "another rate": (row(lambda rows: rows[0].update(fps=99)), ["maze/easy/test/0: expected fps 8, got 99"]),
    "another film at another rate": (
        faster,
        ["test/1: expected a film of (81, 176, 304, 8) frames, height, width and fps, got (81, 176, 304, 9.0)"],
    ),
    "a row twice": (
        row(lambda rows: rows.append(rows[0])),
        ["expected 3 different levels, 3 of each kind, got 4"],
    ),
    "another hash over levels": (told(levels_sha256="0" * 64), ["expected the rows that the manifest has the levels_"]),
    "another number of levels": (told(levels=1000), ["expected 1000 different levels, 3 of each kind, got 3 rows"]),
    "names that are none": (
        lambda folder: named(folder, {"\ud800": "0", "a\0b": "0", "../x": "0", "virus.exe": "0"}),
        [
            r"'\ud800': the manifest names what",
            r"'a\x00b': the",
            "'../x': the",
            "'virus.exe': the manifest names",
        ],
    ),
    "no id": (row(lambda rows: rows[0].update(id="../../etc")), ["../../etc: expected an id like"]),
    "a row less": (row(lambda rows: rows.pop()), ["test-2.mp4: the manifest names a film that no row has"]),
    "another card": (
        lambda folder: (folder / "README.md").write_text("nothing"),
        ["README.md: expected the file that the manifest has the SHA-256 of"],
    ),
    "metadata that is none": (
        lambda folder: (folder / "maze/test/metadata.parquet").write_bytes(b"PAR1"),
        ["maze/test/metadata.parquet: expected rows, got"],
    ),
    "something more": (
        lambda folder: (folder / "maze/test/videos/more.mp4").write_bytes(b"x"),
        ["maze/test/videos/more.mp4: the manifest does not name it"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_check_names_what_is_wrong(damage: str, mazes: Path, tmp_path: Path) -> None:
    apply, said = DAMAGES[damage]
    folder = tmp_path / "data"
    shutil.copytree(mazes, folder)
    apply(folder)
    complaints = list(check(folder, refusal))

    assert [] == [part for part in said if not any(part in complaint for complaint in complaints)], complaints
    assert all("\n" not in complaint.replace("\\n", "") for complaint in complaints)


def test_a_data_set_that_is_right_passes_and_one_that_is_not_ends_with_status_1(mazes: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(mazes, folder)
    right = run("generate", "--check", folder, "--workers", "2")
    other_film(folder)
    wrong = run("generate", "--check", folder, "--workers", "1")
    manifest = open_dataset(mazes).manifest_sha256

    assert (0, f"{folder}: 3 levels and their films are right, manifest {manifest}\n") == (right.status, right.out)
    assert (1, f"{folder}: not right, 1 complaints") == (wrong.status, wrong.out.splitlines()[-1])


@pytest.mark.parametrize("words", [[], ["--out", "a", "--check", "b"]])
def test_a_set_is_either_made_or_checked(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run("generate", *words)

    assert 2 == ran.status
    assert "expected either --out DIR or --check DIR" in ran.err


def test_a_check_looks_at_rows_in_groups_and_at_each_row_once(
    mazes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "GROUP", 2)
    build(tmp_path, MAZES)
    seen: list[str] = []
    real = checking.check_row

    def watched(*words: Any) -> Iterator[str]:
        seen.append(words[-1]["id"])
        return real(*words)

    monkeypatch.setattr(checking, "check_row", watched)
    steps: list[tuple[int, int]] = []

    assert [] == list(check(tmp_path, refusal, progress=lambda done, total: steps.append((done, total))))
    assert [f"maze/easy/test/{index}" for index in range(3)] == seen
    assert [(1, 2), (2, 2)] == steps


@pytest.mark.parametrize(
    "options",
    [{}, {"count": "many"}, {"knob": 1}, {"styles": ["spin"]}, {"styles": []}, {"skins": []}, {"fps": "8"}, [], None],
)
def test_a_manifest_without_true_options_is_refused_in_one_line(options: Any, mazes: Path, tmp_path: Path) -> None:
    shutil.copytree(mazes, tmp_path / "data")
    wrong = {**read_manifest(mazes)["options"], **options} if isinstance(options, dict) and options else options
    told(options=wrong)(tmp_path / "data")
    ran = run("generate", "--check", tmp_path / "data")

    assert (2, 1) == (ran.status, len(ran.err.splitlines())), ran.out


def test_a_data_set_as_it_is_pushed_passes(mazes: Path, tmp_path: Path) -> None:
    for file in push.files_of(mazes):
        (tmp_path / file.name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(mazes / file.name, tmp_path / file.name)

    assert not (tmp_path / "build.json").exists()
    assert [] == list(check(tmp_path, refusal))


def test_a_data_set_that_is_being_built_is_not_right(mazes: Path, tmp_path: Path) -> None:
    shutil.copytree(mazes, tmp_path / "data")
    (tmp_path / "data/build").mkdir()

    assert ["expected a finished build, found the folder build of one that was stopped"] == list(
        check(tmp_path / "data", refusal)
    )


def test_a_data_set_of_another_version_is_not_checked(mazes: Path, tmp_path: Path) -> None:
    shutil.copytree(mazes, tmp_path / "data")
    manifest = json.loads((tmp_path / "data/manifest.json").read_text())
    (tmp_path / "data/manifest.json").write_text(json.dumps(manifest | {"benchmark_version": "0.0.1"}))
    with pytest.raises(BadDataset, match=r"expected a data set of puzzlereel .+, got one of '0\.0\.1'"):
        list(check(tmp_path / "data", refusal))


def test_another_layout_stands_beside_the_films_and_a_check_does_not_mind(tmp_path: Path) -> None:
    few = ("--puzzle", "maze", "--tier", "easy", "--count", "2", "--height", "176", "--width", "304", "--workers", "1")
    made = run("generate", "--out", tmp_path / "data", *few, "--layout", "videorlvr")
    tables = sorted(path.relative_to(tmp_path / "data").as_posix() for path in tmp_path.rglob("*.csv"))

    assert 0 == made.status, made.err
    assert ["test/metadata_all.csv", "test/metadata_maze.csv"] == tables
    assert [] == list(check(tmp_path / "data", refusal))


def test_a_film_is_what_the_first_frame_begins(mazes: Path) -> None:
    for one in rows_of(mazes):
        first = imageio.imread(io.BytesIO(one["first_frame"]["bytes"]))
        film = read_video(mazes / "maze/test" / one["file_name"])

        assert np.abs(first.astype(int) - film[0]).mean() < 4
