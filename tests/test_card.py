"""The card of a data set says what is so, its code runs, and its pictures show what they claim."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import matplotlib
import numpy as np
import pyarrow
import pyarrow.parquet as parquet
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from imageio import v3 as imageio

from puzzlereel import __version__
from puzzlereel.hub.build import build
from puzzlereel.hub.card import about, size_category, write_card
from puzzlereel.hub.dataset import read_manifest, sha256_of
from puzzlereel.hub.options import Options
from puzzlereel.hub.summary import Counts, Summary
from puzzlereel.puzzles.core import Effort, Outcome, Solution
from puzzlereel.puzzles.registry import PUZZLES, SUITE
from puzzlereel.renderers.picture import STILL, Still, write_sheet
from puzzlereel.renderers.plots import INK, plot_moves
from puzzlereel.renderers.shapes import rgb
from puzzlereel.renderers.video import png_of

TIERS = ("easy", "medium")
COUNT = 4


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    build(folder, Options(tiers=TIERS, count=COUNT, height=256, width=448))
    return folder


def head_of(folder: Path) -> dict[str, Any]:
    """What the Hub reads of a card."""
    head: dict[str, Any] = yaml.safe_load((folder / "README.md").read_text().split("---\n")[1])
    return head


def rows_of(folder: Path, puzzle: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = parquet.read_table(folder / puzzle / "test/metadata.parquet").to_pylist()
    return rows


def summary_of(folder: Path, puzzles: Iterable[str] = SUITE) -> Summary:
    summary = Summary()
    for puzzle in puzzles:
        for row in rows_of(folder, puzzle):
            summary.add(row, (folder / puzzle / "test" / row["file_name"]).stat().st_size)
    return summary


def test_the_numbers_of_the_table_are_those_of_the_rows_and_films(data: Path) -> None:
    text = (data / "README.md").read_text()
    table = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    expected = []
    for puzzle in SUITE:
        for tier in TIERS:
            rows = [row for row in rows_of(data, puzzle) if row["tier"] == tier]
            moves = [len(PUZZLES[puzzle].read_moves(level, row["solution"]).moves) for row in rows
                     for level in [PUZZLES[puzzle].parse(row["level"])]]  # fmt: skip
            shapes = [PUZZLES[puzzle].parse(row["level"]).plan.shape for row in rows]
            least, *_, most = sorted(shapes, key=lambda shape: (shape[0] * shape[1], shape))
            size = sum((data / puzzle / "test" / row["file_name"]).stat().st_size for row in rows)
            boards = f"{least[0]}x{least[1]}" + f" to {most[0]}x{most[1]}" * (least != most)
            lengths = (f"{min(moves)}", f"{median(moves):g}", f"{max(moves)}")
            expected.append([puzzle, tier, "test", f"{len(rows)}", *lengths, boards, f"{size:,}", "0"])

    assert expected == table[1:]
    assert f"{2 * 3 * COUNT} levels with the films of their solutions, made by puzzlereel {__version__}" in text
    assert "81 frames of 256x448 at 8 a second" in text
    assert "Skins: `classic`. Styles: `hold`." in text


def test_repeats_are_told_where_there_were_any(data: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(data, tmp_path / "data")
    write_card(folder, summary_of(folder), {"maze/medium/test": 17})
    lines = [line for line in (folder / "README.md").read_text().splitlines() if line.startswith("| ")]

    assert [line.endswith("| 17 |") for line in lines] == [line.startswith("| maze | medium ") for line in lines]


def test_the_head_tells_configs_columns_and_sizes(data: Path) -> None:
    head = head_of(data)
    sizes = {
        puzzle: sum(path.stat().st_size for path in (data / puzzle).rglob("*") if path.is_file()) for puzzle in SUITE
    }

    assert ["en"] == head["language"]
    assert ["n<1K"] == head["size_categories"]
    assert ["all", *SUITE] == [config["config_name"] for config in head["configs"]]
    assert [True, *3 * [None]] == [config.get("default") for config in head["configs"]]
    total = head["dataset_info"].pop(0)
    assert (sum(sizes.values()), 6 * COUNT) == (total["dataset_size"], total["splits"][0]["num_examples"])
    for info in head["dataset_info"]:
        size = sizes[info["config_name"]]
        assert [{"name": "test", "num_bytes": size, "num_examples": 2 * COUNT}] == info["splits"]
        assert (size, size) == (info["download_size"], info["dataset_size"])
    columns = {column["name"]: column["dtype"] for column in head["dataset_info"][0]["features"]}
    assert set(rows_of(data, "maze")[0]) - {"file_name"} | {"video"} == set(columns)
    assert {"video": "video", "first_frame": "image", "moves": "int32", "prompt": "string"}.items() <= columns.items()


@pytest.mark.parametrize(
    ("count", "category"), [(999, "n<1K"), (1000, "1K<n<10K"), (999_999, "100K<n<1M"), (10**6, "n>1M")]
)
def test_the_size_is_told_in_the_hubs_words(count: int, category: str) -> None:
    assert category == size_category(count)


LOADS = """
import json, sys
from datasets import load_dataset
from datasets.utils.info_utils import NonMatchingSplitsSizesError

told = {}
for number, code in enumerate(json.loads(sys.argv[2])):
    exec(code.replace("DIR", sys.argv[1]), told)
    told[f"shape {number}"] = [len(told["frames"]), *told["frames"][0].shape]
rows = load_dataset(sys.argv[1], "maze")
features = rows["test"].features._to_yaml_list()
try:
    load_dataset(sys.argv[3], "maze")
except NonMatchingSplitsSizesError as error:
    lost = str(error)
columns = {name: list(rows["test"][name]) for name in ("id", "level")}
print(json.dumps([told["shape 0"], told["shape 1"], columns, features, lost]))
"""


def test_the_hubs_loader_reads_the_set_as_the_card_says_and_the_cards_own_code_runs(data: Path, tmp_path: Path) -> None:
    """And a set that has lost a row is refused by the loader, since the card tells how many there are."""
    pytest.importorskip("datasets")
    lost = shutil.copytree(data, tmp_path / "lost")
    table = parquet.read_table(lost / "maze/test/metadata.parquet")
    parquet.write_table(table.slice(1), lost / "maze/test/metadata.parquet")
    (lost / "maze/test" / table["file_name"][0].as_py()).unlink()
    code = re.findall(r"```python\n(.*?)```", (data / "README.md").read_text(), re.DOTALL)
    argv = [sys.executable, "-c", LOADS, str(data), json.dumps(code), str(lost)]
    env = {**os.environ, "HF_HOME": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}
    ran = subprocess.run(argv, check=False, capture_output=True, text=True, env=env)
    assert 0 == ran.returncode, ran.stderr[-2000:]
    one, two, columns, features, complaint = json.loads(ran.stdout.splitlines()[-1])
    rows = rows_of(data, "maze")

    assert [[81, 256, 448, 3]] * 2 == [one, two]
    assert {name: [row[name] for row in rows] for name in ("id", "level")} == columns
    assert head_of(data)["dataset_info"][0]["features"] == features
    assert "num_examples=8" in complaint
    assert "num_examples=7" in complaint
    assert rows[0]["prompt"] in ran.stdout


def test_the_pictures_are_linked_and_in_the_manifest_and_are_pixels_alone(data: Path) -> None:
    linked = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (data / "README.md").read_text())
    files = read_manifest(data)["files"]

    assert ["card/levels.png", "card/moves.png"] == linked
    for name in linked:
        raw = (data / name).read_bytes()
        assert sha256_of(data / name) == files[name]
        assert b"tEXt" not in raw
        assert b"tIME" not in raw
        assert imageio.imread(io.BytesIO(raw), extension=".png").std() > 10


def test_the_same_levels_give_the_same_card_whatever_figures_look_like_elsewhere(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(data, tmp_path / "data")
    for name in ("README.md", "card/levels.png", "card/moves.png"):
        (folder / name).unlink()
    monkeypatch.setitem(matplotlib.rcParams, "axes.facecolor", "red")
    monkeypatch.setitem(matplotlib.rcParams, "font.size", 30.0)

    names = write_card(folder, summary_of(folder), {})

    assert {name: (data / name).read_bytes() for name in names} == {
        name: (folder / name).read_bytes() for name in names
    }
    assert {"README.md", "card/levels.png", "card/moves.png"} == set(names)


def test_the_sheet_shows_the_first_frame_of_the_first_level_of_each_puzzle_and_tier(data: Path) -> None:
    sheet = imageio.imread(data / "card/levels.png").astype(int)
    height = round(256 * STILL / 448)
    for row, puzzle in enumerate(SUITE):
        for column, tier in enumerate(TIERS):
            first = next(one for one in rows_of(data, puzzle) if one["tier"] == tier)["first_frame"]["bytes"]
            top, left = 11 + row * (height + 33), 11 + column * (STILL + 11)
            frame = imageio.imread(io.BytesIO(first), extension=".png").astype(int)
            small = frame[np.arange(height) * 256 // height][:, np.arange(STILL) * 448 // STILL]
            seen = sheet[top : top + height, left : left + STILL]

            assert abs(seen - small).mean() < 8
            assert sheet[top + height : top + height + 22, left : left + STILL].min() < 100


def test_stills_of_many_sizes_stand_in_their_rows(tmp_path: Path) -> None:
    red, green, blue = (np.full((60, 120, 3), colour, np.uint8) for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255)))
    tall = np.repeat(blue, 2, axis=0)
    rows = [
        [Still(png_of(red), "red")],
        [Still(png_of(green), ""), Still(png_of(tall), "tall")],
        [Still(png_of(red), "")],
    ]
    write_sheet(tmp_path / "a.png", rows)
    sheet = imageio.imread(tmp_path / "a.png")

    assert (11 + 2 * (160 + 33) + 320 + 33, 11 + 2 * 331, 3) == sheet.shape
    assert [(255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 255), (255, 255, 255), (255, 255, 255), (255, 0, 0)] == [
        tuple(sheet[place].tolist())
        for place in [(20, 20), (215, 20), (215, 350), (520, 350), (20, 350), (520, 20), (568, 20)]
    ]


def ink_of(picture: Any) -> Any:
    """Where the bars are."""
    return (abs(picture[..., :3].astype(int) - rgb(INK.lstrip("#"))) < 3).all(2)


def bars(picture: Any) -> int:
    """The most bars that one line of pixels goes through."""
    ink = ink_of(picture)
    return int((ink[:, 1:] & ~ink[:, :-1]).sum(1).max())


def test_a_plot_has_a_panel_for_each_name_and_a_bar_for_each_number(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    plot_moves({("maze", "easy"): {3: 1, 9: 5, 20: 5}}, path)
    one = imageio.imread(path)
    plot_moves({("maze", "easy"): {3: 5, 9: 5, 20: 5}, ("maze", "hard"): {30: 5}, ("sokoban", "hard"): {8: 1}}, path)
    more = imageio.imread(path)

    assert (3, 4) == (bars(one), bars(more))
    assert [1, 5] == [round(5 * height / ink_of(one).sum(0).max()) for height in sorted({*ink_of(one).sum(0)} - {0})]
    assert more.shape[0] > 1.5 * one.shape[0]
    assert more.shape[1] > 1.5 * one.shape[1]


@given(st.lists(st.integers(0, 40), min_size=1))
def test_the_median_of_counts_is_that_of_the_numbers(moves: list[int]) -> None:
    assert median(moves) == Counts(moves=Counter(moves)).median_moves


def test_a_summary_does_not_grow_with_its_rows(data: Path) -> None:
    rows = [row for puzzle in SUITE for row in rows_of(data, puzzle)]
    summary, dice = Summary(), Random("rows")
    for _ in range(3000):
        summary.add(dice.choice(rows), 1000)
    once = summary_of(data)

    assert 3000 == summary.levels
    assert 3_000_000 == sum(counts.film_bytes for counts in summary.sections.values())
    for kind, counts in once.sections.items():
        assert set(counts.moves) == set(summary.sections[kind].moves)
        assert set(counts.boards) == set(summary.sections[kind].boards)
        assert 1 == len(counts.formats) == len(counts.skins) == len(counts.styles)
        assert summary.sections[kind].picture in {row["first_frame"]["bytes"] for row in rows}


def test_two_splits_of_a_puzzle_are_two_splits_of_one_config(data: Path, tmp_path: Path) -> None:
    """As if half of the mazes were for training."""
    folder = shutil.copytree(data, tmp_path / "data")
    summary = summary_of(folder)
    shutil.copytree(folder / "maze/test", folder / "maze/train")
    path = folder / "maze/train/metadata.parquet"
    table = parquet.read_table(path)
    rows = [{**row, "split": "train"} for row in table.to_pylist()]
    parquet.write_table(pyarrow.Table.from_pylist(rows, table.schema), path)
    for row in rows:
        summary.add(row, 1)
    write_card(folder, summary, {})
    configs = {config["config_name"]: config["data_files"] for config in head_of(folder)["configs"]}

    assert [("test", "maze/test/metadata.parquet"), ("train", "maze/train/metadata.parquet")] == [
        (files["split"], files["path"][0]) for files in configs["maze"]
    ]
    assert ["test", "train"] == [split["name"] for split in head_of(folder)["dataset_info"][0]["splits"]]
    assert 1 == len(configs["sokoban"])


@pytest.mark.parametrize("puzzle", PUZZLES)
def test_every_puzzle_says_of_itself_what_its_rule_is_and_how_levels_are_made_and_solved(
    puzzle: str, data: Path
) -> None:
    said = about(PUZZLES[puzzle])
    parts = re.fullmatch(rf"- \*\*{PUZZLES[puzzle].title}\*\*: (.+\.) A level: (.+\.) Its solution: (.+\.)", said)

    assert parts
    assert min(map(len, parts.groups())) > 20
    assert (said in (data / "README.md").read_text()) == (puzzle in SUITE)


def test_a_puzzle_of_ones_own_is_told_by_its_own_docstrings() -> None:
    """So nothing in the card changes when there is one more."""

    def generate() -> None:
        """A cave dug by moles.

        More that the card does not say.
        """

    def search(level: Any, effort: Effort) -> Solution:
        """The way out,
        proven."""
        return Solution(Outcome.UNSOLVABLE)

    rooms = replace(PUZZLES["maze"], title="Rooms", generate=generate, search=search)

    assert about(rooms).endswith(" A level: a cave dug by moles. Its solution: the way out, proven.")
    assert about(rooms).startswith("- **Rooms**: The card of a data set says what is so")
