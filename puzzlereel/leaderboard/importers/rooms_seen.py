"""Mazes of rooms as MiniVeo3-Reasoner's pictures show them: where the board lies, how it looks, and films of it judged.

Its plots are 832 x 480 pixels, with margins as matplotlib leaves them; a room with the line to its right and below is
14 units wide, and a line 1 unit. So every place in a picture is known, and the board can be cut out of every frame.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8

from puzzlereel.leaderboard.importers.found import NoLevel
from puzzlereel.leaderboard.importers.rooms import (
    AGENT,
    EMPTY,
    GOAL,
    MARK,
    ON_GOAL,
    ON_MARK,
    PRIZE,
    Rooms,
    glyph,
    retold,
)
from puzzlereel.puzzles.board import STEPS, Cell
from puzzlereel.renderers.draw import Frame, tile_of
from puzzlereel.renderers.reading import read
from puzzlereel.renderers.shapes import Coverage, Fill, Shape
from puzzlereel.renderers.sight.sighting import BadFrame
from puzzlereel.renderers.skins import Look, Skin
from puzzlereel.renderers.skins.file import Parts, read_parts
from puzzlereel.renderers.skins.still import read_still, resized
from puzzlereel.renderers.video import frames_of
from puzzlereel.verifiers.judge import judge_readings
from puzzlereel.verifiers.verdict import Verdict, unreadable

WIDTH, HEIGHT = 832, 480
LEFT, TOP, SIDE = 241.6, 57.6, 369.6
"""Where the board lies: 0.77 of the height, in the middle of the axes, which go from 0.125 to 0.9 and 0.12 to 0.89."""
UNIT = 14
"""How many units a room and its line are wide."""
PX = 48
"""How many pixels wide rooms are in the frames that are looked at."""
DARK, LIGHT = 90, 180
"""How dark a line between two rooms is at least, and how light its absence, of 255."""
MOST_OFF = 30.0
"""How far a room may be from the picture of the start or the goal, as the root of the mean square, of 255."""
SIZED = re.compile(r"maze([2-9]|1[0-9])(?:x\1)?(?:_|$)")
"""The number of rooms a side in the name of a level or of its folder."""


Cut = UInt8[np.ndarray, "side side 3"]
"""A board cut out of a frame."""


@dataclass(frozen=True)
class Lines:
    """The half of each line around a room that lies in it."""

    colour: str
    walls: int

    def coverage(self, px: int) -> Coverage:
        line = np.clip(px / (2 * UNIT) - np.arange(px), 0, 1)
        sides = (line[:, None], line[::-1, None], line[None], line[None, ::-1])  # U D L R
        covered: Coverage = np.zeros((px, px))
        for bit, side in enumerate(sides):
            if self.walls >> bit & 1:
                covered = np.maximum(covered, np.broadcast_to(side, (px, px)))
        return covered


@lru_cache(maxsize=64)
def rooms_skin(level: Rooms, path: Path) -> Skin:
    """How a level looks with the things of a skin file: white rooms and black lines."""
    parts = read_parts(path)
    present = {walls for row in level.walls for walls in row}
    looks = {glyph(walls, EMPTY): _look(walls) for walls in range(16)}
    looks |= {glyph(walls, AGENT): _look(walls, agent=parts["agent"]) for walls in sorted(present)}
    for (row, column), bare, taken, part in (
        (level.entrance, MARK, ON_MARK, "start"),
        (level.goal, GOAL, ON_GOAL, "goal"),
    ):
        walls = level.walls[row][column]
        looks[glyph(walls, bare)] = _look(walls, parts[part])
        looks[glyph(walls, taken)] = _look(walls, parts[part], parts["agent"])
    row, column = level.goal
    looks[glyph(level.walls[row][column], PRIZE)] = _look(level.walls[row][column], parts["prize"])
    return Skin(path.stem, "maze", "FFFFFF", looks)


def _look(walls: int, thing: tuple[Shape, ...] = (), agent: tuple[Shape, ...] = ()) -> Look:
    return Look((Fill("FFFFFF"), *thing, Lines("000000", walls)), agent, "agent" if agent else "")


def board_in(frame: Frame, rooms: int) -> Cut:
    """The board alone, its rooms `PX` pixels wide, of a frame that may have another size than MiniVeo3's."""
    unit = SIDE / (UNIT * rooms + 1)
    side = UNIT * rooms * unit
    left, top = LEFT + unit / 2, TOP + unit / 2
    across, down = frame.shape[1] / WIDTH, frame.shape[0] / HEIGHT
    box = (left * across, top * down, (left + side) * across, (top + side) * down)
    return resized(frame, (PX * rooms, PX * rooms), box)


def rooms_in(path: Path, skin: Path) -> Rooms:
    """The level that a first frame shows; NoLevel where it shows none."""
    match = SIZED.search(path.name) or SIZED.search(path.parent.name)
    if match is None:
        raise NoLevel(f"expected the number of rooms in a name like maze3_0001, got {path.name}")
    rooms = int(match[1])
    picture = board_in(read_still(path), rooms)
    walls = _walls(picture.mean(2), rooms)
    parts = read_parts(skin)
    entrance, goal = (_where(picture, walls, parts, part) for part in ("start", "goal"))
    if entrance == goal:
        raise NoLevel("its first frame does not show a start and a goal as the skin file draws them")
    return Rooms(walls, entrance, goal)


def _walls(bright: Float[np.ndarray, "height width"], rooms: int) -> tuple[tuple[int, ...], ...]:
    """The walls of every room; NoLevel where a line is neither there nor not."""
    found = [[0] * rooms for _ in range(rooms)]
    near, far = PX * 3 // 10, PX * 7 // 10
    thick = max(1, round(PX / UNIT / 2))
    for row in range(rooms):
        for column in range(rooms):
            room = bright[row * PX : (row + 1) * PX, column * PX : (column + 1) * PX]
            strips = (room[:thick, near:far], room[-thick:, near:far], room[near:far, :thick], room[near:far, -thick:])
            for bit, strip in enumerate(strips):
                if DARK < strip.mean() < LIGHT:
                    raise NoLevel(f"its first frame shows no maze of {rooms} x {rooms} rooms")
                found[row][column] |= int(strip.mean() <= DARK) << bit
    for row in range(rooms):
        for column in range(rooms):
            for bit, (down, right) in enumerate(STEPS.values()):
                r, c = row + down, column + right
                inside = 0 <= r < rooms and 0 <= c < rooms
                if bool(found[row][column] >> bit & 1) != (not inside or bool(found[r][c] >> (bit ^ 1) & 1)):
                    raise NoLevel(f"its first frame shows no maze of {rooms} x {rooms} rooms")
    return tuple(map(tuple, found))


def _where(picture: Cut, walls: tuple[tuple[int, ...], ...], parts: Parts, part: str) -> Cell:
    """The room that looks most like one with a thing in it; NoLevel where none does."""
    found: list[tuple[float, Cell]] = []
    for row, line in enumerate(walls):
        for column, sides in enumerate(line):
            room = picture[row * PX : (row + 1) * PX, column * PX : (column + 1) * PX].astype(float)
            off = float(np.sqrt(((room - tile_of(_look(sides, parts[part]), PX)) ** 2).mean()))
            found.append((off, (row, column)))
    off, cell = min(found)
    if off > MOST_OFF:
        raise NoLevel(f"its first frame shows no {part} as the skin file draws it")
    return cell


def judge_rooms(path: Path, level: Rooms, skin: Skin) -> Verdict:
    """The verdict on a film of a maze of rooms; BadVideo where the file is no film."""
    frames = (board_in(frame, len(level.walls)) for frame in frames_of(path))
    first = next(frames, None)
    if first is None:
        return unreadable("the film has no frames")
    try:
        readings = read(chain((first,), frames), level.shown_first, skin)
    except BadFrame as error:
        return unreadable(str(error))
    return judge_readings(retold(readings, level), level, skin, reference=level.solution)
