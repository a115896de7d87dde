"""The gallery: levels half solved in every skin, as stills, as short films, and side by side on a contact sheet.

classic                    flat
┌──────┐┌──────┐┌──────┐   ┌──────┐┌──────┐┌──────┐
│ maze ││ flow ││ soko │   │ maze ││ flow ││ soko │
└──────┘└──────┘└──────┘   └──────┘└──────┘└──────┘
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from puzzlereel.puzzles.core import Trajectory
from puzzlereel.puzzles.ids import LevelId
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.draw import Frame
from puzzlereel.renderers.film import STYLES, Timing, Video, film, film_boards
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import Skin, skin_of
from puzzlereel.renderers.video import png_of, write_video

SIDE, LARGE = 176, 240
"""The most pixels that a board has a side, on the contact sheet and on the page."""
GAP, LABEL = 8, 24
"""The space between boards and the height of a skin's name, in pixels."""
ABREAST = 2
"""How many skins stand beside each other."""
PAPER, INK, QUIET = "#FFFFFF", "#171A1F", "#5B6470"

HOLD, REST, FPS = 3, 10, 12
"""How many frames a state has in a film of the gallery, how many more the last one has, and how many a second has."""


@dataclass(frozen=True)
class Piece:
    """A level and its solution, as text, in a skin."""

    id: LevelId
    skin: str
    level: str
    solution: str

    @property
    def name(self) -> str:
        return f"{self.id.puzzle}-{self.id.tier}-{self.skin}"


@dataclass(frozen=True)
class Card:
    """What the page shows of a piece; files are named from the page's folder."""

    piece: Piece
    held_out: bool
    prompt: str
    still: str
    films: Mapping[str, str]
    """Style → film."""
    height: int
    width: int


def piece_of(identity: LevelId, way: Trajectory, skin: str) -> Piece:
    return Piece(identity, skin, str(way.level), PUZZLES[identity.puzzle].write_moves(way))


def hang(out: Path, piece: Piece) -> Card:
    """Write the still of a piece and its film in every style into the folder of the page."""
    puzzle, skin = PUZZLES[piece.id.puzzle], skin_of(piece.id.puzzle, piece.skin)
    way = puzzle.read_moves(puzzle.parse(piece.level), piece.solution)
    picture = still(way, skin, side=LARGE)
    card = Card(
        piece,
        skin.held_out,
        skin.prompt(puzzle.prompts, way.boards[0], str(piece.id)),
        f"stills/{piece.name}.png",
        {style: f"films/{piece.name}-{style}.mp4" for style in STYLES},
        *picture.shape[:2],
    )
    (out / card.still).parent.mkdir(parents=True, exist_ok=True)
    (out / card.still).write_bytes(png_of(picture))
    for style, name in card.films.items():
        write_video(out / name, short_film(way, skin, style=style, side=LARGE), fps=FPS)
    return card


def canvas_for(shape: tuple[int, int], side: int) -> Canvas:
    """The canvas that a board just fills, with cells on even pixels and no side longer than `side`."""
    px = side // max(shape)
    px -= px % 2
    return Canvas(shape[0] * px, shape[1] * px)


def still(way: Trajectory, skin: Skin, *, side: int = SIDE) -> Frame:
    """The board half way through a solution."""
    boards = way.boards[: len(way.boards) // 2 + 1]
    timing = Timing(frames=len(boards), least=1, most=1)
    canvas = canvas_for(boards[0].shape, side)
    last: Frame = film_boards(boards, skin, timing=timing, style="hold", canvas=canvas)[-1]
    return last


def short_film(way: Trajectory, skin: Skin, *, style: str, side: int) -> Video:
    """The whole solution, at a pace for people."""
    timing = Timing(frames=HOLD * len(way.boards) + REST, fps=FPS, least=1, most=HOLD)
    return film(way, skin, timing=timing, style=style, canvas=canvas_for(way.boards[0].shape, side))


def write_contact_sheet(path: Path, ways: Mapping[str, Trajectory], names: Sequence[str]) -> None:
    """Write the PNG of one level a puzzle, half solved, in every skin that is named."""
    block = len(ways) * (SIDE + GAP) + 2 * GAP, SIDE + LABEL + 2 * GAP
    sheet = Image.new("RGB", (ABREAST * block[0], -(-len(names) // ABREAST) * block[1]), PAPER)
    ink, font, small = ImageDraw.Draw(sheet), ImageFont.load_default(15), ImageFont.load_default(12)
    for number, name in enumerate(names):
        left, top = (number % ABREAST) * block[0] + GAP, (number // ABREAST) * block[1] + GAP
        ink.text((left, top + 2), name, fill=INK, font=font)
        if any(skin_of(puzzle, name).held_out for puzzle in ways):
            ink.text((left + ink.textlength(name, font) + 8, top + 5), "held out", fill=QUIET, font=small)
        for column, (puzzle, way) in enumerate(ways.items()):
            picture = Image.fromarray(np.ascontiguousarray(still(way, skin_of(puzzle, name))))
            free = SIDE - picture.width, SIDE - picture.height
            sheet.paste(picture, (left + column * (SIDE + GAP) + free[0] // 2, top + LABEL + free[1] // 2))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, format="PNG", optimize=True)
