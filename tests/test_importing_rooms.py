"""MiniVeo3's own pictures: mazes whose walls are lines, drawn here as its plots draw them."""

import json
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from puzzlereel.leaderboard.importers.found import NoLevel
from puzzlereel.leaderboard.importers.rooms import ROOMS, Rooms, glyph, told
from puzzlereel.leaderboard.importers.rooms_seen import rooms_in
from puzzlereel.leaderboard.importers.run import judge_folder
from puzzlereel.puzzles.board import Cell
from puzzlereel.puzzles.core import IllegalMove, NoSuchBoard, Reason
from puzzlereel.renderers.film import Video
from puzzlereel.renderers.shapes import Disc, Shape, paint
from puzzlereel.renderers.video import png_of, write_video

MAZE = """\
#######
#@    #
##### #
#     #
# #####
#    G#
#######"""
"""Three rooms a side; the way goes right, right, down, left, left, down, right, right."""
WAY = [(0, 0), (0, 1), (0, 2), (1, 2), (1, 1), (1, 0), (2, 0), (2, 1), (2, 2)]
SMALL = """\
#########
#  @    #
# ##### #
#     # #
##### # #
#G    # #
# ##### #
#       #
#########"""
LOOKS = {
    "start": [{"shape": "disc", "colour": "20B040", "radius": 0.36}],
    "agent": [{"shape": "disc", "colour": "2040E0", "radius": 0.3}],
    "goal": [{"shape": "disc", "colour": "E02020", "radius": 0.3}],
    "prize": [
        {"shape": "disc", "colour": "E8B020", "radius": 0.34},
        {"shape": "disc", "colour": "806010", "radius": 0.15},
    ],
}
WIDTH, HEIGHT, LEFT, TOP, SIDE = 832, 480, 241.6, 57.6, 369.6
FRAMES = 41


@lru_cache
def plot(level: Rooms, fine: int = 4) -> Any:
    """The picture of a maze without what is in it: rooms of 13 units, lines of 1, ways of a lighter grey."""
    rooms = len(level.walls)
    lines = np.zeros((14 * rooms + 1,) * 2)
    for row, walls in enumerate(level.walls):
        for column, sides in enumerate(walls):
            top, left = 14 * row, 14 * column
            lines[top + 1 : top + 14, left + 1 : left + 14] = 255
            if not sides >> 1 & 1:
                lines[top + 14, left + 1 : left + 14] = 246
            if not sides >> 3 & 1:
                lines[top + 1 : top + 14, left + 14] = 246
    canvas = np.full((HEIGHT * fine, WIDTH * fine), 255.0)
    at = (np.arange(int(SIDE * fine)) / fine * len(lines) / SIDE).astype(int)
    top, left = int(TOP * fine), int(LEFT * fine)
    canvas[top : top + len(at), left : left + len(at)] = lines[np.ix_(at, at)]
    small = canvas.reshape(HEIGHT, fine, WIDTH, fine).mean((1, 3))
    small[452:458, 300:306] = small[452:458, 540:546] = 40  # the numbers of its axes
    return np.repeat(small[:, :, None], 3, 2)


def put(picture: Any, place: Sequence[float], look: list[dict[str, Any]], rooms: int) -> None:
    """Lay a thing into a room, or between two of them."""
    unit = SIDE / (14 * rooms + 1)
    px = round(14 * unit)
    corners = zip((TOP, LEFT), place, strict=True)
    top, left = (round(corner + (14 * (at + 0.5) + 0.5) * unit - px / 2) for corner, at in corners)
    shapes: tuple[Shape, ...] = tuple(Disc(one["colour"], one["radius"]) for one in look)
    picture[top : top + px, left : left + px] = paint(picture[top : top + px, left : left + px], shapes)


def plotted(level: Rooms, way: Sequence[Cell]) -> Video:
    """The film of a way as MiniVeo3 plots it: on the start nobody is seen, and at the goal there is the prize."""
    rooms, base = len(level.walls), plot(level)
    places: list[tuple[float, float]] = []
    steps = FRAMES // (len(way) - 1)
    for (r, c), (to_r, to_c) in pairwise(way):
        places += [(r + (to_r - r) * n / steps, c + (to_c - c) * n / steps) for n in range(steps)]
    places += [way[-1]] * (FRAMES - len(places))
    frames = []
    for place in places:
        frame = base.copy()
        put(frame, level.entrance, LOOKS["start"], rooms)
        put(frame, level.goal, LOOKS["prize" if place == level.goal else "goal"], rooms)
        if place not in (level.entrance, level.goal):
            put(frame, place, LOOKS["agent"], rooms)
        frames.append(np.rint(frame).astype(np.uint8))
    return np.stack(frames)


FILMS = {
    "maze3_0001": WAY,
    "maze3_0002": [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2)],
    "maze3_0003": WAY[:5],
    "maze3_0004": [*WAY[:3], (0, 1), *WAY[2:]],
    "maze3_0005": [(0, 0), (0, 0)],
}
"""Right, through two lines, half of the way, with a step back, and not at all."""


@pytest.fixture(scope="module")
def skin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("skin") / "icons.json"
    path.write_text(json.dumps({"puzzle": ROOMS, "parts": LOOKS}))
    return path


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, skin: Path) -> dict[str, Any]:
    home, level = tmp_path_factory.mktemp("test") / "maze3x3", Rooms.of(MAZE)
    right = plotted(level, WAY)
    home.mkdir()
    for name, way in FILMS.items():
        (home / f"{name}_00.png").write_bytes(png_of(right[0]))
        film = right if way is WAY else plotted(level, way)
        write_video(home / f"{name}_inference.mp4", film, fps=15)
    write_video(home / "maze3_0001.mp4", right, fps=15)
    melted = right.copy()
    melted[20:, 174:192, 250:364] = 255  # the line below the first room
    (home / "maze3_0006_00.png").write_bytes(png_of(right[0]))
    write_video(home / "maze3_0006_inference.mp4", melted, fps=15)
    jump = np.concatenate([right[:12], np.repeat(right[-1:], FRAMES - 12, 0)])
    (home / "maze3_0007_00.png").write_bytes(png_of(right[0]))
    write_video(home / "maze3_0007_inference.mp4", jump, fps=15)
    other = Rooms.of(SMALL)
    small = plotted(other, other.solution.states) if other.solution else right
    folder = home.with_name("maze4x4")
    folder.mkdir()
    (folder / "maze4_0001_00.png").write_bytes(png_of(small[0]))
    write_video(folder / "maze4_0001_inference.mp4", small, fps=15)
    return judge_folder("miniveo3", home.parent, home / "o.json", skins={ROOMS: str(skin)}, workers=2)


@pytest.mark.parametrize(
    ("name", "success", "fault", "theirs"),
    [
        ("maze3_0001", True, None, {"PR": 1.0, "EM": 1.0}),
        # down instead of right; rooms are 123.2 pixels wide: of 8 and 4 of them, apart by the root of 8² + 4²
        # times 123.2 t: over 20 after 0.01815 of the way, place 91 of 5000
        ("maze3_0002", False, "wall", {"PR": 0.0182, "EM": 0.0}),
        # 8 and 4 rooms: apart by 4 * 123.2 t, over 20 after 0.0406, place 203
        ("maze3_0003", False, "unsolved", {"PR": 0.0406, "EM": 0.0}),
        # 8 and 10 rooms: apart by 2 * 123.2 t, over 20 after 0.0812, place 406
        ("maze3_0004", True, None, {"PR": 0.0812, "EM": 0.0}),
        ("maze3_0005", False, "frozen", {"PR": 0.0, "EM": 0.0}),
        ("maze3_0006", False, "scenery", None),
        ("maze3_0007", False, "jump", None),
        ("maze4_0001", True, None, {"PR": 1.0, "EM": 1.0}),
    ],
)
def test_a_plotted_film_has_our_verdict_and_their_metrics(
    judged: dict[str, Any], name: str, success: bool, fault: str | None, theirs: dict[str, float] | None
) -> None:
    (row,) = [row for row in judged["rows"] if row["level"].endswith(name)]

    assert (success, fault) == (row["success"], row["fault"] and row["fault"]["reason"]), row
    assert theirs in (None, row["theirs"])
    assert (SMALL if name == "maze4_0001" else MAZE) == row["board"]


def test_a_film_in_another_size_is_judged_the_same(tmp_path: Path, skin: Path) -> None:
    from PIL import Image

    level = Rooms.of(MAZE)
    right = plotted(level, WAY)
    (tmp_path / "maze3_0001_00.png").write_bytes(png_of(right[0]))
    large = np.stack([np.asarray(Image.fromarray(frame).resize((1280, 720))) for frame in right])
    write_video(tmp_path / "maze3_0001_inference.mp4", large, fps=15)

    told = judge_folder("miniveo3", tmp_path, tmp_path / "o.json", skins={ROOMS: str(skin)})

    assert [True] == [row["success"] for row in told["rows"]], told["rows"]


@pytest.mark.parametrize("text", [MAZE, SMALL])
def test_the_text_of_a_maze_of_rooms_is_read_back(text: str) -> None:
    level = Rooms.of(text)

    assert text == str(level)
    assert [level.step(level.start(), move) for move in level.moves(level.start())]
    for state in level.steps_to_goal:
        assert state == level.state(level.board(state))


def test_the_rules_of_rooms_told_by_hand() -> None:
    level = Rooms.of(MAZE)

    assert tuple(WAY) == (level.solution.states if level.solution else ())
    assert ["R"] == list(level.moves((0, 0)))
    assert {"reached": 0.5} == level.progress((1, 1))
    with pytest.raises(IllegalMove, match="expected one of"):
        level.step((0, 0), "D")
    assert Reason.WALL == level.why(level.board((0, 0)), level.board((1, 0))).reason
    assert Reason.JUMP == level.why(level.board((0, 0)), level.board((0, 2))).reason
    walls, _ = told(level.board((0, 1))[1, 1])
    with pytest.raises(NoSuchBoard) as caught:
        level.state(level.board((0, 1)).put({(1, 1): glyph(walls & ~1, 0)}))
    assert (Reason.SCENERY, (1, 1)) == caught.value.broken[:2]
    with pytest.raises(NoSuchBoard) as caught:
        level.state(level.shown_first)
    assert Reason.VANISHED == caught.value.broken.reason


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("##\n##", "an odd number of rows"),
        (MAZE.replace("#@ ", " @ "), "walls all around"),
        (MAZE.replace("@", " "), "one '@' and one 'G'"),
    ],
)
def test_a_text_that_is_no_maze_of_rooms_says_so(text: str, complaint: str) -> None:
    with pytest.raises(NoLevel, match=complaint):
        Rooms.of(text)


def test_a_picture_that_shows_no_such_maze_says_so(tmp_path: Path, skin: Path) -> None:
    wrong = {"maze3_1_00.png": "no maze of 3 x 3 rooms", "maze_00.png": "the number of rooms in a name"}
    for name, complaint in wrong.items():
        (tmp_path / name).write_bytes(png_of(np.full((480, 832, 3), 128, np.uint8)))
        with pytest.raises(NoLevel, match=complaint):
            rooms_in(tmp_path / name, skin)
    bare = np.rint(plot(Rooms.of(MAZE))).astype(np.uint8)
    (tmp_path / "maze3_2_00.png").write_bytes(png_of(bare))
    with pytest.raises(NoLevel, match="shows no start as the skin file draws it"):
        rooms_in(tmp_path / "maze3_2_00.png", skin)
