"""The parts of the importers one by one: which film answers what, what a stranger's files may not say, and metrics."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from test_importing import MAZE, SKINS, put_state
from test_importing_rooms import LOOKS, plot, put
from test_importing_rooms import MAZE as ROOMS_TEXT

from puzzlereel.leaderboard.importers import miniveo3, videorlvr, vr_bench
from puzzlereel.leaderboard.importers.found import Asked, NoLevel, level_of_grid
from puzzlereel.leaderboard.importers.metrics import vr_bench as metrics_of
from puzzlereel.leaderboard.importers.metrics import way_of
from puzzlereel.leaderboard.importers.recover import level_in
from puzzlereel.leaderboard.importers.rooms import ROOMS, Rooms
from puzzlereel.leaderboard.importers.rooms_seen import rooms_in
from puzzlereel.leaderboard.importers.run import _told, judge_folder
from puzzlereel.leaderboard.importers.tables import totals_of
from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import NoSuchBoard, Reason
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.draw import draw
from puzzlereel.renderers.layout import Canvas, layout_of
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.skins.file import BadSkin, read_skin
from puzzlereel.renderers.skins.scanned import scan
from puzzlereel.renderers.skins.still import BadPicture, read_still
from puzzlereel.renderers.video import png_of


def empty(path: Path) -> Path:
    """A file that nobody opens, only finds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def test_a_way_that_turns_back_too_early_is_no_exact_match_though_it_is_hardly_longer() -> None:
    def way(*columns: int) -> Any:
        return way_of([(0, column) for column in columns], (1, 100), (1.0, 1.0))

    # back by 0.03 at 0.9 of 0.99: 0.05 behind after 0.925, so PR is 0.934 to 0.936; 0.06 longer
    told = metrics_of(way(*range(91), 87, *range(88, 100)), [way(*range(100))], (0, 99), (1, 100), None)

    assert told["SR"] == 1
    assert 0.93 < (told["PR"] or 0) < 0.94
    assert 0.05 < (told["SD"] or 0) < 0.07
    assert told["EM"] == 0


def test_vr_benchs_films_of_the_solution_are_those_beside_the_level(tmp_path: Path) -> None:
    for skin in ("1", "2"):
        put_state(tmp_path / "data/maze" / skin / "easy", "easy_0001", "maze", MAZE)
        for number in range(2):
            empty(tmp_path / "data/maze" / skin / "easy/videos" / f"easy_0001_{number}.mp4")

    asked = vr_bench.read_folder(tmp_path, tmp_path / "data").asked

    assert [
        [tmp_path / "data/maze" / skin / "easy/videos" / f"easy_0001_{number}.mp4" for number in range(2)]
        for skin in ("1", "2")
    ] == [list(one.references) for one in asked]


def test_vr_benchs_sokoban_may_number_its_things_otherwise(tmp_path: Path) -> None:
    symbols = {"empty": 9, "wall": 8, "box": 7, "target": 6, "player": 5}
    grid = [[8] * 5, [8, 5, 7, 6, 8], [8] * 5]
    put_state(tmp_path, "easy_0001", "sokoban", ("#####", "#@$.#", "#####"), grid=grid)
    path = tmp_path / "states/easy_0001.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "metadata": {"symbols": symbols}}))

    (asked,) = vr_bench.read_folder(tmp_path, tmp_path).asked

    assert ("#####\n#@$.#\n#####", "") == (str(asked.level), asked.why)


def test_a_table_leads_nowhere_but_into_its_own_folder(tmp_path: Path) -> None:
    names = ("/etc/maze/1.mp4", "../maze/1.mp4", "maze/../../1.mp4", "", "maze/1.mp4")
    table = empty(tmp_path / "test/metadata_maze.csv")
    table.write_text("video,prompt,input_image\n" + "".join(f"{name},,../../../x.png\n" for name in names))

    asked = videorlvr.read_folder(tmp_path, tmp_path).asked

    assert ["its name leads out of its table's folder, or is none"] * 4 + [""] == [one.why for one in asked]
    assert tmp_path / "test/maze/1.mp4" == asked[4].picture


def test_a_film_of_miniveo3_answers_the_longest_name_that_it_begins_with_in_its_own_folder(tmp_path: Path) -> None:
    for name in ("maze3_1", "maze3_1_2"):
        empty(tmp_path / "data/maze3x3" / f"{name}_00.png")
    here = empty(tmp_path / "films/maze3x3/maze3_1_2_inference.mp4")
    root = empty(tmp_path / "films/maze3_1_inference.mp4")
    empty(tmp_path / "films/other/maze3_1_inference.mp4")

    found = miniveo3.read_folder(tmp_path / "films", tmp_path / "data")

    assert [(root,), (here,)] == [one.films for one in found.asked]
    assert ("other/maze3_1_inference.mp4",) == found.strangers


@pytest.mark.parametrize(
    ("grid", "complaint"),
    [
        ([[1, True, 2, 3]], "expected cells of 0, 1, 2, 3, got True"),
        ([[1, 2], [3]], "expected rows of one width"),
        ([[1] * 65], "expected rows of one width from 1 to 64"),
        ([[1]] * 65, "expected a grid of 1 to 64 rows"),
        ([1, 2], "expected a grid of 1 to 64 rows"),
        ([["1"]], "expected cells of 0, 1, 2, 3, got '1'"),
    ],
)
def test_a_grid_that_is_no_level_says_what_was_expected(grid: Any, complaint: str) -> None:
    with pytest.raises(NoLevel, match=complaint):
        level_of_grid("maze", grid, vr_bench.GLYPHS["maze"])


def test_a_board_with_anything_else_in_it_or_beside_it_gives_no_level() -> None:
    level, looks, canvas = PUZZLES["maze"].parse("\n".join(MAZE)), skin_of("maze"), Canvas(160, 320)
    layout = layout_of((5, 5), canvas)
    frame = draw(level.board(level.start()), looks, layout, *canvas)
    px = layout.px
    within, beside = frame.copy(), frame.copy()
    within[layout.box][px : 2 * px, 2 * px : 3 * px] = (90, 10, 160)
    beside[20:60, 10:50] = (250, 250, 250)

    assert str(level) == str(level_in(frame, looks))
    for wrong in (within, beside):
        with pytest.raises(NoLevel):
            level_in(wrong, looks)


def test_cheating_is_arriving_without_success_among_all_films_that_count() -> None:
    def row(status: str, success: bool, arrived: bool) -> dict[str, Any]:
        return {"group": "g", "status": status, "success": success, "arrived": arrived, "theirs": {}}

    rows = [row("judged", True, True), row("judged", False, True)]
    told = totals_of([*rows, row("missing", False, False), row("not_judged", False, False)], "videorlvr")

    assert {"judged": 2, "unreadable": 0, "missing": 1, "not_judged": 1} == told["films"]
    ours = told["totals"]["all"]["ours"]
    assert [(round(1 / 3, 6), 3)] * 2 == [(ours[name]["value"], ours[name]["n"]) for name in ("success", "cheating")]


def test_a_first_frame_behind_a_link_is_not_opened(tmp_path: Path) -> None:
    skin = tmp_path / "maze.json"
    skin.write_text(json.dumps(SKINS["maze"]))
    canvas = Canvas(160, 160)
    picture = draw(Board(MAZE), read_skin(skin), layout_of((5, 5), canvas), *canvas)
    (tmp_path / "secret.png").write_bytes(png_of(picture))
    (tmp_path / "data").mkdir()
    os.symlink(tmp_path / "secret.png", tmp_path / "data/maze3_0001_00.png")

    told = judge_folder("miniveo3", tmp_path / "data", tmp_path / "o.json", skins={"maze": str(skin)})

    assert ["its level is not told, and its first frame may not be opened: a link, or behind one"] == [
        row["why"] for row in told["rows"]
    ]


def test_a_level_that_is_given_goes_before_the_one_in_the_folder() -> None:
    other = PUZZLES["maze"].parse("#####\n#@ G#\n#####")

    (one,) = _told([Asked("a", "g", (), puzzle="maze", level=other, why="broken")], {"a": "\n".join(MAZE)})

    assert ("\n".join(MAZE), "") == (str(one.level), one.why)


def test_rooms_with_two_agents_are_no_state_and_the_start_is_no_room_entered() -> None:
    level = Rooms.of(ROOMS_TEXT)
    one, other = level.board((0, 1)), level.board((0, 2))

    with pytest.raises(NoSuchBoard) as caught:
        level.state(one.put({(0, 2): other[0, 2]}))
    assert Reason.APPEARED == caught.value.broken.reason
    assert frozenset({(0, 1)}) == level.facts([(0, 0), (0, 1)])


def test_a_picture_with_one_thing_that_is_both_start_and_goal_shows_no_maze(tmp_path: Path) -> None:
    level, looks = Rooms.of(ROOMS_TEXT), {**LOOKS, "goal": LOOKS["start"]}
    (tmp_path / "same.json").write_text(json.dumps({"puzzle": ROOMS, "parts": looks}))
    frame = plot(level).copy()
    put(frame, level.entrance, LOOKS["start"], 3)
    (tmp_path / "maze3_1_00.png").write_bytes(png_of(np.rint(frame).astype(np.uint8)))

    with pytest.raises(NoLevel, match="does not show a start and a goal as the skin file draws them"):
        rooms_in(tmp_path / "maze3_1_00.png", tmp_path / "same.json")


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "skin.json").write_text(json.dumps(SKINS["maze"]) + " " * 2**20)
    with pytest.raises(BadSkin, match="expected a skin of at most 1048576 bytes"):
        read_skin(tmp_path / "skin.json")
    Image.fromarray(np.zeros((2, 4097, 3), np.uint8)).save(tmp_path / "wide.png")
    with pytest.raises(BadPicture, match="expected at most 2048 pixels a side"):
        scan(tmp_path / "wide.png")
    with pytest.raises(BadPicture, match="expected at most 4096 pixels a side"):
        read_still(tmp_path / "wide.png")
    for size, read in ((4 * 2**20 + 1, scan), (16 * 2**20 + 1, read_still)):
        with (tmp_path / "heavy.png").open("wb") as file:
            file.write((tmp_path / "wide.png").read_bytes())
            file.truncate(size)
        with pytest.raises(BadPicture, match="expected a picture of at most"):
            read(tmp_path / "heavy.png")


def test_a_box_on_its_target_may_look_otherwise(tmp_path: Path) -> None:
    parts: dict[str, Any] = {**SKINS["sokoban"]["parts"]}  # type: ignore[dict-item]
    for name, more in (("plain", {}), ("stored", {"stored": [{"shape": "inset", "colour": "F0F000", "gap": 0.1}]})):
        (tmp_path / f"{name}.json").write_text(json.dumps({**SKINS["sokoban"], "parts": {**parts, **more}}))
    plain, stored = (read_skin(tmp_path / f"{name}.json") for name in ("plain", "stored"))

    assert plain.look("*").sprite == plain.look("$").sprite == stored.look("$").sprite
    assert stored.look("*").sprite != stored.look("$").sprite
