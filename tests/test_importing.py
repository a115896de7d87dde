"""Other people's films: folders in their layouts, films in a look like theirs, and their metrics worked out by hand."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from puzzlereel.cli.main import app
from puzzlereel.hub.build import build
from puzzlereel.hub.dataset import open_dataset
from puzzlereel.hub.export import export
from puzzlereel.hub.options import Options
from puzzlereel.leaderboard.importers.found import BadLayout, NoLevel
from puzzlereel.leaderboard.importers.judging import box_way
from puzzlereel.leaderboard.importers.metrics import miniveo3, vr_bench, way_of
from puzzlereel.leaderboard.importers.recover import level_in
from puzzlereel.leaderboard.importers.run import judge_folder
from puzzlereel.leaderboard.schema import validator
from puzzlereel.puzzles.board import Board, Cell
from puzzlereel.puzzles.ids import level_of, parse_id
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.puzzles.sokoban import Position
from puzzlereel.renderers.draw import draw
from puzzlereel.renderers.film import Timing, film_boards
from puzzlereel.renderers.layout import Canvas, layout_of
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.skins.file import BadSkin, read_skin
from puzzlereel.renderers.video import png_of, write_video

MAZE = ("#####", "#@  #", "### #", "#G  #", "#####")
"""Six moves: right, right, down, down, left, left; its cells are a fifth of the picture."""
TRAPS = ("@  ", "## ", "G  ")
SOKOBAN = ("#####", "#@$.#", "#####")
NUMBERS = {"maze": " #@G", "trapfield": " #@G", "sokoban": " #$.*@+"}
SKINS = {
    "maze": {
        "puzzle": "maze",
        "background": "FFFFFF",
        "parts": {
            "wall": [
                {"shape": "fill", "colour": "FFFFFF"},
                {"shape": "frame", "colour": "C8C8C8", "gap": 0, "breadth": 0.03},
            ],
            "floor": [{"shape": "fill", "colour": "ADD8E6"}],
            "goal": [{"shape": "disc", "colour": "FF0000", "radius": 0.25}],
            "agent": [{"shape": "rounded", "colour": "008000", "gap": 0.2, "corner": 0}],
        },
    },
    "sokoban": {
        "puzzle": "sokoban",
        "background": "202020",
        "parts": {
            "wall": [{"shape": "fill", "colour": "CD853F"}],
            "floor": [{"shape": "fill", "colour": "DEB887"}],
            "target": [{"shape": "cross", "colour": "00A000", "gap": 0.1, "breadth": 0.2}],
            "player": [{"shape": "disc", "colour": "101060", "radius": 0.3}],
            "box": [{"shape": "inset", "colour": "8B4513", "gap": 0.1}],
        },
    },
}


@pytest.fixture(scope="module")
def skins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("skins")
    for puzzle, told in SKINS.items():
        (folder / f"{puzzle}.json").write_text(json.dumps(told))
    return {puzzle: str(folder / f"{puzzle}.json") for puzzle in SKINS}


def put_film(path: Path, boards: Sequence[Board], skin: str, px: int = 32, style: str = "slide") -> None:
    """A film of any boards in a row, as large as the board, as VR-Bench draws it."""
    rows, columns = boards[0].shape
    timing = Timing(frames=8 * len(boards) + 1)
    canvas = Canvas(rows * px, columns * px)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, film_boards(boards, read_skin(Path(skin)), timing=timing, style=style, canvas=canvas), fps=24)


def boards_of(puzzle: str, rows: Sequence[str], moves: str) -> list[Board]:
    level = PUZZLES[puzzle].parse("\n".join(rows)) if rows != TRAPS else level_at(rows)
    states = [level.start()]
    for move in moves:
        states.append(level.step(states[-1], move))
    return [level.board(state) for state in states]


def level_at(rows: Sequence[str]) -> Any:
    from puzzlereel.leaderboard.importers.found import level_of_rows

    return level_of_rows("maze", tuple(rows))


def agent_at(rows: Sequence[str], cells: Sequence[Cell]) -> list[Board]:
    """Boards of a maze with its agent in some cells, lawful or not."""
    plan = Board(tuple(row.replace("@", " ") for row in rows))
    return [plan.put({cell: "+" if plan[cell] == "G" else "@"}) for cell in cells]


def put_state(folder: Path, name: str, game: str, rows: Sequence[str], grid: Any = None) -> None:
    """The file of a level as VR-Bench writes it."""
    px, data = 30, [[NUMBERS.get(game, NUMBERS["maze"]).index(glyph) for glyph in row] for row in rows]

    def entity(glyphs: str) -> dict[str, Any]:
        (row, column) = Board(tuple(rows)).find(glyphs)[0]
        box = {"x": column * px, "y": row * px, "width": px, "height": px}
        return {"pixel_pos": {"x": 0, "y": 0}, "bbox": box, "grid_pos": {"row": row, "col": column}}

    told = {
        "version": "1.0",
        "game_type": game,
        "entities": {"player": entity("@"), "goal": entity("G."), "boxes": [entity("$")] if game == "sokoban" else []},
        "render": {"cell_size": px, "image_width": px * len(rows[0]), "image_height": px * len(rows)},
        "metadata": {},
        "grid": {"data": data if grid is None else grid, "height": len(rows), "width": len(rows[0])},
    }
    path = folder / "states" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told))


CELLS = [(1, 1), (1, 2), (1, 3), (2, 3), (3, 3), (3, 2), (3, 1)]
"""The way through MAZE."""
FILMS: dict[str, list[Cell]] = {
    "easy_0001": CELLS,
    "easy_0002": [(1, 1), (1, 2), (3, 1)],
    "easy_0003": [(1, 1), (2, 1), (3, 1)],
    "easy_0004": [(1, 1), (1, 1)],
    "easy_0005": [*CELLS[:3], (1, 2), *CELLS[2:]],
    "easy_0006": [*CELLS, (3, 2), (3, 3)],
}
"""Films of MAZE: right, cut short, through the wall, frozen, with a step back, and on after the goal."""


@pytest.fixture(scope="module")
def vr(tmp_path_factory: pytest.TempPathFactory, skins: dict[str, str]) -> tuple[Path, Path]:
    """A folder of levels and one of films, as VR-Bench has them."""
    data, films = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("films")
    home = data / "eval/maze/1/easy"
    for name, cells in FILMS.items():
        put_state(home, name, "maze", MAZE)
        put_film(home / "videos" / f"{name}_0.mp4", agent_at(MAZE, CELLS), skins["maze"])
        put_film(films / f"{name}.mp4", agent_at(MAZE, cells), skins["maze"])
    put_state(home, "easy_0007", "maze", MAZE)
    (films / "easy_0007.mp4").write_bytes(b"no film at all")
    put_state(home, "easy_0008", "maze", MAZE)
    put_state(data / "eval/trapfield/1/hard", "hard_0001", "trapfield", TRAPS)
    put_film(films / "hard_0001.mp4", boards_of("maze", TRAPS, "RRDDLL"), skins["maze"])
    put_state(data / "eval/sokoban/1/easy", "easy_0011", "sokoban", SOKOBAN)
    put_film(films / "easy_0011.mp4", boards_of("sokoban", SOKOBAN, "R"), skins["sokoban"])
    put_state(data / "eval/sokoban/1/easy", "easy_0012", "sokoban", SOKOBAN)
    alone = [Board(SOKOBAN), Board(("#####", "#@ *#", "#####"))]
    put_film(films / "easy_0012.mp4", alone, skins["sokoban"])
    put_state(data / "eval/maze3d/1/easy", "easy_0021", "maze3d", MAZE)
    put_film(films / "easy_0021.mp4", agent_at(MAZE, CELLS), skins["maze"])
    put_state(home, "easy_0022", "maze", MAZE, grid=[[1, 9]])
    put_film(films / "easy_0099.mp4", agent_at(MAZE, CELLS), skins["maze"])
    return data, films


@pytest.fixture(scope="module")
def judged(vr: tuple[Path, Path], skins: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    data, films = vr
    out = tmp_path_factory.mktemp("out") / "vr.json"
    told = judge_folder("vr-bench", films, out, skins=skins, data=data, workers=2)
    assert told == json.loads(out.read_text())
    return told


def row_of(told: dict[str, Any], name: str) -> dict[str, Any]:
    (row,) = [row for row in told["rows"] if row["level"].endswith(name)]
    return dict(row)


@pytest.mark.parametrize(
    ("name", "success", "arrived", "theirs"),
    [
        ("easy_0001", True, True, {"SR": 1.0, "PR": 1.0, "SD": 0.0, "EM": 1.0}),
        # apart by 1.7013 of what was gone since the corner, so over 0.05 after 0.2294 of 1.2: sample 191 of 1000
        ("easy_0002", False, True, {"SR": 1.0, "PR": 0.191, "SD": None, "EM": 0.0}),
        # apart by the root of 2 of what was gone, so over 0.05 after 0.03536 of 1.2: sample 30
        ("easy_0003", False, True, {"SR": 1.0, "PR": 0.03, "SD": None, "EM": 0.0}),
        # over 0.05 after 0.05 of 1.2: sample 42
        ("easy_0004", False, False, {"SR": 0.0, "PR": 0.042, "SD": None, "EM": 0.0}),
        # two cells more than six; apart by 1.4142 of what was gone since the end of the first row, 0.4 from the start
        ("easy_0005", True, True, {"SR": 1.0, "PR": 0.363, "SD": 0.333333, "EM": 0.0}),
        # touched the goal and went on: a success of theirs, and exact but for its length
        ("easy_0006", False, False, {"SR": 1.0, "PR": 1.0, "SD": 0.333333, "EM": 0.0}),
        ("hard_0001", True, True, {"SR": 1.0, "PR": 1.0, "SD": 0.0, "EM": 1.0}),
        ("easy_0011", True, True, {"SR": 1.0, "PR": 1.0, "SD": 0.0, "EM": 1.0}),
        # the box went alone: its way is what they ask, and the player's, who stood, is 0.05 off after a quarter
        ("easy_0012", False, True, {"SR": 1.0, "PR": 0.25, "SD": None, "EM": 0.0}),
    ],
)
def test_a_film_in_vr_benchs_layout_has_our_verdict_and_their_metrics(
    judged: dict[str, Any], name: str, success: bool, arrived: bool, theirs: dict[str, float]
) -> None:
    row = row_of(judged, name)

    assert (success, arrived) == (row["success"], row["arrived"]), row["fault"]
    assert theirs == row["theirs"]
    assert "judged" == row["status"]


def test_cheats_are_named_by_frame_and_reason(judged: dict[str, Any]) -> None:
    reasons = {name: row_of(judged, name)["fault"]["reason"] for name in ("easy_0002", "easy_0003", "easy_0012")}

    assert {"easy_0002": "jump", "easy_0003": "wall", "easy_0012": "unpushed"} == reasons


def test_what_cannot_be_judged_is_listed_with_its_reason_and_never_dropped(judged: dict[str, Any]) -> None:
    assert {"judged": 9, "unreadable": 1, "missing": 1, "not_judged": 2} == judged["films"]
    assert "'maze3d' is no puzzle of cells: judged are maze, trapfield, sokoban" == row_of(judged, "easy_0021")["why"]
    assert "expected cells of 0, 1, 2, 3, got 9" == row_of(judged, "easy_0022")["why"]
    assert {"count": 1, "films": ["easy_0099.mp4"]} == judged["strangers"]
    assert ("missing", None) == tuple(row_of(judged, "easy_0008")[key] for key in ("status", "film"))
    assert "unreadable" == row_of(judged, "easy_0007")["status"]


def test_missing_and_unreadable_films_are_failures_of_ours_and_no_films_of_theirs(judged: dict[str, Any]) -> None:
    maze = judged["totals"]["maze easy"]

    assert (0.25, 8) == tuple(maze["ours"]["success"][key] for key in ("value", "n"))
    assert (0.5, 8) == tuple(maze["ours"]["arrived"][key] for key in ("value", "n"))
    assert (0.25, 8) == tuple(maze["ours"]["cheating"][key] for key in ("value", "n"))
    assert {"value": 0.833333, "n": 6} == maze["theirs"]["SR"]
    assert {"value": round((0 + 1 / 3 + 1 / 3) / 3, 6), "n": 3} == maze["theirs"]["SD"]
    assert judged["totals"]["maze3d easy"]["ours"]["success"] is None
    assert 11 == judged["totals"]["all"]["ours"]["success"]["n"]


def test_their_films_of_the_solution_are_the_reference_and_our_solver_where_there_are_none(
    judged: dict[str, Any],
) -> None:
    assert ("films", "solver") == tuple(row_of(judged, name)["reference"] for name in ("easy_0001", "hard_0001"))


def test_the_same_films_give_the_same_bytes_with_any_number_of_workers(
    vr: tuple[Path, Path], skins: dict[str, str], tmp_path: Path, judged: dict[str, Any]
) -> None:
    data, films = vr

    judge_folder("vr-bench", films, tmp_path / "one.json", skins=skins, data=data, workers=1)

    assert json.dumps(judged, indent=1, ensure_ascii=False) + "\n" == (tmp_path / "one.json").read_text()
    assert validator("import").is_valid(judged)


def test_levels_of_one_name_are_answered_under_their_own_folders_only(tmp_path: Path, skins: dict[str, str]) -> None:
    for skin in ("1", "2"):
        put_state(tmp_path / "data/maze" / skin / "easy", "easy_0001", "maze", MAZE)
    put_film(tmp_path / "films/maze/2/easy/videos/easy_0001.mp4", agent_at(MAZE, CELLS), skins["maze"])
    put_film(tmp_path / "films/easy_0001.mp4", agent_at(MAZE, CELLS), skins["maze"])

    told = judge_folder("vr-bench", tmp_path / "films", tmp_path / "o.json", skins=skins, data=tmp_path / "data")

    assert ["missing", "judged"] == [row["status"] for row in told["rows"]]
    assert ["easy_0001.mp4"] == told["strangers"]["films"]


def test_a_puzzle_without_a_skin_is_not_judged(vr: tuple[Path, Path], skins: dict[str, str], tmp_path: Path) -> None:
    data, films = vr

    told = judge_folder(
        "vr-bench", films, tmp_path / "o.json", skins={"maze": skins["maze"]}, data=data / "eval/sokoban"
    )

    assert {"expected a skin of sokoban for it, got none: --skin FILE"} == {row["why"] for row in told["rows"]}


def test_links_and_folders_of_another_layout_are_refused(tmp_path: Path, skins: dict[str, str]) -> None:
    put_state(tmp_path / "data", "easy_0001", "maze", MAZE)
    put_film(tmp_path / "elsewhere.mp4", agent_at(MAZE, CELLS), skins["maze"])
    (tmp_path / "films").mkdir()
    os.symlink(tmp_path / "elsewhere.mp4", tmp_path / "films/easy_0001.mp4")

    told = judge_folder("vr-bench", tmp_path / "films", tmp_path / "o.json", skins=skins, data=tmp_path / "data")

    assert ["unreadable"] == [row["status"] for row in told["rows"]]
    assert "a link, or behind one" in told["rows"][0]["fault"]["sentence"]
    for layout in ("miniveo3", "videorlvr"):
        with pytest.raises(BadLayout, match="found none below"):
            judge_folder(layout, tmp_path / "data", tmp_path / "o.json", skins=skins)


ROOMS = ("#######", "#@    #", "##### #", "#     #", "# #####", "#    G#", "#######")
"""A maze of 3 x 3 rooms; a cell of MiniVeo3's picture is 52.8 pixels wide then, and the way 16 cells long."""
WAY = [
    *[(1, c) for c in range(1, 6)],
    (2, 5),
    *[(3, c) for c in range(5, 0, -1)],
    (4, 1),
    *[(5, c) for c in range(1, 6)],
]


@pytest.fixture(scope="module")
def mini(tmp_path_factory: pytest.TempPathFactory, skins: dict[str, str]) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("miniveo3")
    films = {
        "maze3_0001": ("maze3_0001_inference", WAY),
        "maze3_0002": ("maze3_0002_00_inference", [*WAY[:6], WAY[-1]]),
        "maze3_0003": ("maze3_0003_epoch-2_81inference", WAY[:5]),
    }
    for name, (film, cells) in films.items():
        boards = agent_at(ROOMS, WAY)
        put_film(home / "maze3x3" / f"{name}.mp4", boards, skins["maze"])
        put_film(home / "maze3x3" / f"{film}.mp4", agent_at(ROOMS, cells), skins["maze"])
        put_still(home / "maze3x3" / f"{name}_00.png", boards[0], skins["maze"])
    put_still(home / "maze4x4/maze4_0001_00.png", agent_at(ROOMS, WAY)[0], skins["maze"])
    lines = np.full((480, 832, 3), 255, np.uint8)
    lines[55:425:123] = lines[:, 231:601:123] = 0
    Image.fromarray(lines).save(home / "maze3x3/maze3_0004_00.png")
    return judge_folder("miniveo3", home, home / "o.json", skins=skins, workers=2)


def put_still(path: Path, board: Board, skin: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    canvas = Canvas(32 * board.shape[0], 32 * board.shape[1])
    path.write_bytes(png_of(draw(board, read_skin(Path(skin)), layout_of(board.shape, canvas), *canvas)))


@pytest.mark.parametrize(
    ("name", "success", "theirs"),
    [
        ("maze3_0001", True, {"PR": 1.0, "EM": 1.0}),
        # 16 and 4 cells of 52.8 pixels: 20 pixels apart after 20 / (12 * 52.8) of the way: place 158 of 5000
        ("maze3_0003", False, {"PR": 0.0316, "EM": 0.0}),
    ],
)
def test_a_film_in_miniveo3s_layout_has_our_verdict_and_their_metrics(
    mini: dict[str, Any], name: str, success: bool, theirs: dict[str, float]
) -> None:
    row = row_of(mini, name)

    assert success is row["success"], row["fault"]
    assert theirs == row["theirs"]
    assert "\n".join(ROOMS) == row["board"]


def test_in_miniveo3s_layout_a_teleport_is_a_jump_and_a_picture_without_a_board_is_not_judged(
    mini: dict[str, Any],
) -> None:
    assert ("jump", True) == (row_of(mini, "maze3_0002")["fault"]["reason"], row_of(mini, "maze3_0002")["arrived"])
    assert "missing" == row_of(mini, "maze4_0001")["status"]
    why = "its level is not told, and cannot be read: its first frame shows no board of maze in the skin maze"
    assert row_of(mini, "maze3_0004")["why"].startswith(why)
    assert 0 == mini["strangers"]["count"]


def test_the_metrics_are_those_worked_out_by_hand() -> None:
    def way(*columns: int) -> Any:
        return way_of([(0, column) for column in columns], (1, 5), (1.0, 1.0))

    exact = {"SR": 1.0, "PR": 1.0, "SD": 0.0, "EM": 1.0}
    half = {"SR": 0.0, "PR": 0.562, "SD": None, "EM": 0.0}  # 0.4 of 0.8, and 0.05 more
    longer = {"SR": 1.0, "PR": 0.281, "SD": pytest.approx(0.5), "EM": 0.0}  # back after 0.2: 0.05 apart at 0.225
    straight = way(0, 1, 2, 3, 4)
    assert [exact, half, longer] == [
        vr_bench(one, [straight], (0, 4), (1, 5), None) for one in (straight, way(0, 1, 2), way(0, 1, 0, 1, 2, 3, 4))
    ]
    assert exact == vr_bench(straight, [way(0, 1), straight, way(0, 4, 0)], (0, 4), (1, 5), None)

    pixels = [way_of([(0, column) for column in some], (1, 3), (300.0, 100.0)) for some in ((0, 1, 2), (0, 1), (0,))]
    assert {"PR": 1.0, "EM": 1.0} == miniveo3(pixels[0], pixels[0])
    assert {"PR": 0.2, "EM": 0.0} == miniveo3(pixels[1], pixels[0])  # 200 t and 100 t: 20 apart at a fifth
    assert {"PR": 0.0, "EM": 0.0} == miniveo3(pixels[2], pixels[0])


def test_the_way_of_the_first_box_goes_where_that_box_goes() -> None:
    states = [
        Position((5, 5), frozenset(boxes))
        for boxes in ([(1, 1), (2, 2)], [(1, 1), (2, 3)], [(1, 2), (2, 3)], [(1, 2), (2, 3)])
    ]

    assert ((1, 1), (1, 1), (1, 2), (1, 2)) == box_way(tuple(states))
    assert () == box_way(())


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own levels, one a puzzle, as VideoRLVR-Data lays them out."""
    folder = tmp_path_factory.mktemp("videorlvr")
    build(folder / "data", Options(tiers=("easy",), count=1))
    export(folder / "data", folder / "tables", "videorlvr")
    return folder


def test_levels_of_videorlvrs_layout_are_read_from_their_first_frames(tables: Path) -> None:
    told = judge_folder("videorlvr", tables / "tables", tables / "o.json", skins=dict.fromkeys(PUZZLES, "classic"))
    rows = open_dataset(tables / "data").rows

    assert {row.level for row in rows} == {row["board"] for row in told["rows"]}
    assert [True] * 3 == [row["success"] for row in told["rows"]]
    assert [{}] * 3 == [row["theirs"] for row in told["rows"]]
    assert ["all", "flowfree test", "maze test", "sokoban test"] == list(told["totals"])
    assert {"maze": "films", "sokoban": "films", "flowfree": None} == {
        row["puzzle"]: row["reference"] for row in told["rows"]
    }


def test_films_of_a_model_stand_where_the_tables_say_with_or_without_the_split(tables: Path, tmp_path: Path) -> None:
    films = tmp_path / "films"
    source = tables / "tables/test"
    for place in ("test/maze", "sokoban"):
        (film,) = (source / Path(place).name).glob("*.mp4")
        (films / place).mkdir(parents=True)
        (films / place / film.name).write_bytes(film.read_bytes())
    data = tmp_path / "data/test"
    data.mkdir(parents=True)
    with (data / "metadata_all.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("video", "prompt", "input_image"))
        for puzzle in ("maze", "flowfree", "sokoban"):
            (film,) = (source / puzzle).glob("*.mp4")
            (data / puzzle).mkdir()
            (data / puzzle / film.name).write_bytes(film.read_bytes())
            table.writerow((f"{puzzle}/{film.name}", "a prompt", ""))
        table.writerow(("../../secret.mp4", "a prompt", ""))
        table.writerow(("maze/" + "x" * 5000 + ".mp4", "a prompt", ""))
        table.writerow(("chess/1.mp4", "a prompt", "chess/1.png"))

    told = judge_folder(
        "videorlvr", films, tmp_path / "o.json", data=tmp_path / "data", skins=dict.fromkeys(PUZZLES, "classic")
    )

    assert ["judged", "missing", "judged", *["not_judged"] * 3] == [row["status"] for row in told["rows"]]
    assert "its name leads out of its table's folder, or is none" == told["rows"][3]["why"]
    assert told["rows"][3]["why"] == told["rows"][4]["why"]
    assert told["rows"][5]["why"].startswith("neither its table nor its folder names one of maze")


def test_a_level_that_is_given_is_taken_and_one_that_is_none_says_so(
    tmp_path: Path, mini: dict[str, Any], skins: dict[str, str]
) -> None:
    home = tmp_path / "maze3x3"
    for name in ("maze3_0001", "maze3_0002"):
        put_film(home / f"{name}_inference.mp4", agent_at(ROOMS, WAY), skins["maze"])
        (home / f"{name}_00.png").write_bytes(b"no picture")
    lines = [{"level": "maze3x3/maze3_0001", "board": "\n".join(ROOMS)}, {"level": "maze3x3/maze3_0002", "board": "@@"}]
    (tmp_path / "levels.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    told = judge_folder("miniveo3", tmp_path, tmp_path / "o.json", skins=skins, levels=tmp_path / "levels.jsonl")

    assert ["judged", "not_judged"] == [row["status"] for row in told["rows"]]
    assert told["rows"][0]["success"]
    assert told["rows"][1]["why"].startswith(
        "the level that was given for it is none: line 1, column 2: expected 1 start"
    )
    (tmp_path / "levels.jsonl").write_text('{"level": 1}\n')
    with pytest.raises(BadLayout, match="line 1: expected"):
        judge_folder("miniveo3", tmp_path, tmp_path / "o.json", skins=skins, levels=tmp_path / "levels.jsonl")


@pytest.mark.parametrize("puzzle", PUZZLES)
@pytest.mark.parametrize("skin", ["classic", "textured", "sketch"])
@pytest.mark.parametrize("tier", ["easy", "hard"])
def test_a_level_is_recovered_from_its_first_frame(puzzle: str, skin: str, tier: str) -> None:
    level, looks = level_of(parse_id(f"{puzzle}/{tier}/test/1")), skin_of(puzzle, skin)
    board = level.board(level.start())
    frame = draw(board, looks, layout_of(board.shape, Canvas()), *Canvas())

    assert str(level) == str(level_in(frame, looks))


def test_a_frame_that_is_no_board_gives_no_level() -> None:
    with pytest.raises(NoLevel, match="shows no board of maze in the skin classic"):
        level_in(np.random.default_rng(0).integers(0, 256, (128, 128, 3)).astype(np.uint8), skin_of("maze"))


def test_the_command_tells_what_was_not_judged_in_a_line_each(vr: tuple[Path, Path], skins: dict[str, str]) -> None:
    data, films = vr
    out = films.parent / "results" / "vr.json"
    asked = ["import", "vr-bench", str(films), "--data", str(data), "--out", str(out)]

    told = CliRunner().invoke(app, [*asked, "--skin", skins["maze"], "--skin", skins["sokoban"], "--workers", "1"])

    assert 0 == told.exit_code, told.output
    assert (
        "not judged: easy_0021.mp4: 'maze3d' is no puzzle of cells: judged are maze, trapfield, sokoban" in told.output
    )
    assert "films that belong to no level: 1, as easy_0099.mp4" in told.output
    assert "9 judged, 1 unreadable, 1 missing, 2 not judged" in told.output
    for wrong in (["--skin", "classic", "--skin", "dark"], ["--skin", skins["maze"], "--skin", skins["maze"]]):
        assert 2 == CliRunner().invoke(app, [*asked, *wrong]).exit_code


def skin_file(folder: Path, **changes: Any) -> Path:
    parts = {**SKINS["maze"]["parts"], **changes.pop("parts", {})}  # type: ignore[dict-item]
    (folder / "skin.json").write_text(json.dumps({**SKINS["maze"], "parts": parts, **changes}))
    return folder / "skin.json"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"puzzle": "chess"}, "expected a puzzle of maze, sokoban, flowfree"),
        ({"extra": 1}, "expected an object with puzzle, background, parts, colours"),
        ({"background": "red"}, "expected a colour of six hex digits"),
        ({"parts": {"moat": []}}, "expected the parts wall, floor, goal, agent, trail if you like"),
        ({"parts": {"goal": []}}, "expected a list of 1 to 32 shapes"),
        ({"parts": {"goal": [{"shape": "hole"}]}}, "expected a shape of picture, fill"),
        (
            {"parts": {"goal": [{"shape": "disc", "colour": "FF0000"}]}},
            "expected disc with colour, radius, down, right",
        ),
        ({"parts": {"goal": [{"shape": "disc", "colour": "FF0000", "radius": 7}]}}, "a share of a tile from -1 to 1"),
        ({"parts": {"goal": [{"shape": "picture", "file": "../a.png"}]}}, "in the skin's own folder"),
        ({"parts": {"goal": [{"shape": "picture", "file": "a.png"}]}}, "expected a PNG or JPEG picture"),
        ({"parts": {"goal": [{"shape": "fill", "colour": "ADD8E0"}]}}, "of 255 apart, under 12"),
    ],
)
def test_a_skin_file_that_is_none_says_what_was_expected(tmp_path: Path, changes: Any, complaint: str) -> None:
    with pytest.raises(BadSkin) as caught:
        read_skin(skin_file(tmp_path, **changes))

    assert complaint in str(caught.value)


def test_a_picture_of_a_skin_file_is_drawn_as_it_is_but_for_its_many_colours(tmp_path: Path) -> None:
    picture = np.zeros((64, 64, 4), np.uint8)
    picture[8:56, 8:56] = (200, 30, 30, 255)
    picture[24:40, 24:40] = (30, 30, 200, 255)
    Image.fromarray(picture).save(tmp_path / "agent.png")
    skin = read_skin(skin_file(tmp_path, parts={"agent": [{"shape": "picture", "file": "agent.png"}]}))

    tile = draw(Board(("@",)), skin, layout_of((1, 1), Canvas(32, 32)), 32, 32)

    wanted = np.full((32, 32, 3), (0xAD, 0xD8, 0xE6))
    wanted[4:28, 4:28], wanted[12:20, 12:20] = (200, 30, 30), (30, 30, 200)
    assert np.abs(tile.astype(int) - wanted).max() <= 1


def test_a_skin_file_of_flowfree_lends_its_flows_their_colours(tmp_path: Path) -> None:
    told = {
        "puzzle": "flowfree",
        "parts": {
            "cell": [{"shape": "fill", "colour": "F0F0F0"}],
            "end": [{"shape": "disc", "colour": "*", "radius": 0.3}],
            "flow": [{"shape": "inset", "colour": "*", "gap": 0.02}],
        },
        "colours": {"A": "FF0000", "B": "0000FF"},
    }
    (tmp_path / "flow.json").write_text(json.dumps(told))
    skin = read_skin(tmp_path / "flow.json")
    frame = draw(Board(("Ab",)), skin, layout_of((1, 2), Canvas(32, 64)), 32, 64)

    assert [(255, 0, 0), (0, 0, 255)] == [tuple(int(c) for c in frame[16, x]) for x in (16, 48)]
    (tmp_path / "worse.json").write_text(json.dumps({**told, "colours": {"B": "0000FF"}}))
    with pytest.raises(BadSkin, match="expected colours from A on"):
        read_skin(tmp_path / "worse.json")


def test_film_and_verify_take_skin_files_and_generate_does_not(skins: dict[str, str], tmp_path: Path) -> None:
    def run(*words: object) -> Any:
        return CliRunner().invoke(app, list(map(str, words)))

    for puzzle in SKINS:
        film, level = tmp_path / f"{puzzle}.mp4", f"{puzzle}/easy/test/0"
        assert 0 == run("film", level, "--skin", skins[puzzle], "--style", "slide", "--out", film).exit_code
        assert (
            "solved lawfully" == run("verify", film, "--level", level, "--skin", skins[puzzle]).output.splitlines()[0]
        )
        assert 1 == run("verify", film, "--level", level).exit_code
        shown = run("verify", film, "--level", level, "--skin", skins[puzzle], "--explain", tmp_path / "why.png")
        assert (0, True) == (shown.exit_code, (tmp_path / "why.png").is_file())
    for words, complaint in (
        (("film", "maze/easy/test/0", "--skin", skins["sokoban"]), "expected a skin of maze, got one of sokoban"),
        (("film", "maze/easy/test/0", "--skin", tmp_path / "none.json"), "none.json: expected a skin as JSON, got: "),
        (
            ("generate", "--out", tmp_path / "data", "--puzzle", "maze", "--skin", skins["maze"]),
            "expected a skin of cla",
        ),
    ):
        assert complaint in str(run(*words).exception)
    assert not (tmp_path / "data").exists()


WATCHED = """
import importlib, pkgutil, sys
import puzzlereel, puzzlereel.cli.main, puzzlereel.leaderboard.site, puzzlereel.renderers.skins.file
import puzzlereel.verifiers.judge, puzzlereel.hub.build

def told():
    return {
        f"{module}.{name}": repr(value)
        for module, one in sys.modules.items() if module.startswith("puzzlereel") and one is not None
        for name, value in vars(one).items()
        if isinstance(value, (dict, list, set)) and not name.startswith("__")
    }

before = told()
names = [one.name for one in pkgutil.walk_packages(puzzlereel.__path__, "puzzlereel.") if "importers" in one.name]
for name in names:
    importlib.import_module(name)
after = told()
print(len(names) > 8, sorted(name for name in before if before[name] != after[name]))
"""


def test_importing_the_importers_changes_nothing_that_others_read() -> None:
    ran = subprocess.run([sys.executable, "-c", WATCHED], check=True, capture_output=True, text=True)

    assert "True []" == ran.stdout.strip()
