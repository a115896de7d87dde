"""Evidence: a frame of a film and the board that was read from it, side by side, with what is wrong marked in both.

frame 12: the fault
┌───────────┐┌───────────┐
│     ┏━┓   ││   ──┏━┓   │   a red box is the fault, a line the way so far,
│     ┗━┛   ││ │   ┗━┛ ? │   ? a cell in which nothing was recognised
└───────────┘└───────────┘
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from puzzlereel.files import whole
from puzzlereel.puzzles.board import Board, Cell
from puzzlereel.renderers.draw import Frame, draw
from puzzlereel.renderers.film import shots_of
from puzzlereel.renderers.layout import LEAST_FILED_CELL, Canvas, Layout, layout_of
from puzzlereel.renderers.picture import BAD, GOOD, INK, PAPER
from puzzlereel.renderers.rim import Rim
from puzzlereel.renderers.skins import Skin
from puzzlereel.renderers.video import write_shots

Place = tuple[float, float, float, float]
"""Top, left, bottom and right of a cell, in pixels of the film."""
Way = Sequence[tuple[Cell, Cell]]
"""The steps of what moves or grows, from cell to cell."""

SHEET, SCREEN = Canvas(300, 416), Canvas(480, 640)
"""The largest that a frame is shown in a still and in a film."""
GAP, LINE, SMALL = 12, 20, 15
"""The space around pictures, the height of a line of text, and the size of its letters, in pixels."""
TITLE = 19
"""The size of the letters of a heading."""
QUIET, DOUBT = "#5B6470", "#9AA0A6"
LEGEND = "Red: the fault.  Line: the way so far.  ?: nothing was recognised, as while something moves."
COLUMNS = ("the film", "what was read from it")


class Mark(NamedTuple):
    """Where a fault is; the whole picture where it has no cell."""

    cell: Cell | None
    place: Place | None
    label: str = ""


@dataclass(frozen=True)
class Evidence:
    frame: Frame
    board: Board
    caption: str
    unread: Sequence[Cell] = ()
    """The cells in which nothing was recognised."""
    way: Way = ()
    """What has moved so far."""
    marks: Sequence[Mark] = ()
    is_unread: bool = False
    """Whether the board is what should have been read: nothing is wrong with it, then."""


class Words(NamedTuple):
    """What stands above the pictures."""

    heading: str
    is_good: bool
    lines: Sequence[str] = ()
    columns: tuple[str, str] = COLUMNS


class Panels(NamedTuple):
    """How large the two pictures of an evidence are, and where the board lies in the second."""

    film: Canvas
    board: Canvas
    layout: Layout
    scale: float
    """Pixels shown for one of the film."""

    @property
    def size(self) -> Canvas:
        return Canvas(max(self.film.height, self.board.height), self.film.width + GAP + self.board.width)


NUMBERED = Rim(coordinates=True)


def panels_of(frame: Frame, board: Board, most: Canvas) -> Panels:
    """Both pictures as large as fit; the board's cells stay large enough for the numbers beside it."""
    height, width, _ = frame.shape
    scale = min(most.height / height, most.width / width)
    film = Canvas(max(1, round(height * scale)), max(1, round(width * scale)))
    rows, columns = ((side + NUMBERED.cells) * LEAST_FILED_CELL for side in board.shape)
    canvas = Canvas(max(film.height, rows), max(film.width, columns))
    return Panels(film, canvas, layout_of(board.shape, canvas, NUMBERED.cells), scale)


def show(evidence: Evidence, skin: Skin, panels: Panels) -> Image.Image:
    """The two pictures beside each other, marked."""
    film = Image.fromarray(np.ascontiguousarray(evidence.frame))
    shrinks = panels.scale < 1
    film = film.resize(panels.film[::-1], Image.Resampling.BOX if shrinks else Image.Resampling.NEAREST)
    board = _board(evidence, skin, panels)
    for mark in evidence.marks:
        _mark(
            film, [side * panels.scale for side in mark.place or _whole(Canvas(*evidence.frame.shape[:2]))], mark.label
        )
        if not evidence.is_unread:
            _mark(board, _place(panels.layout, mark.cell) if mark.cell else _whole(panels.board), mark.label)
    both = Image.new("RGB", panels.size[::-1], PAPER)
    both.paste(film)
    both.paste(board, (panels.film.width + GAP, 0))
    return both


def _board(evidence: Evidence, skin: Skin, panels: Panels) -> Image.Image:
    """The board as the skin draws it, with numbers beside it, the way on it, and what was not read hidden."""
    layout = panels.layout
    picture = Image.fromarray(draw(evidence.board, replace(skin, rim=NUMBERED), layout, *panels.board))
    ink, font = ImageDraw.Draw(picture), ImageFont.load_default(max(10, layout.px // 2))
    for cell in evidence.unread:
        top, left, bottom, right = _place(layout, cell)
        ink.rectangle((left, top, right - 1, bottom - 1), fill=DOUBT)
        ink.text(_centre(layout, cell), "?", fill=PAPER, font=font, anchor="mm")
    for breadth, colour in ((layout.px // 6 + 2, PAPER), (max(2, layout.px // 10), INK)):
        for step in evidence.way:
            ends = [_centre(layout, cell) for cell in step]
            ink.line(ends, fill=colour, width=breadth)
            for x, y in ends:
                ink.ellipse((x - breadth / 2, y - breadth / 2, x + breadth / 2, y + breadth / 2), fill=colour)
    return picture


def _place(layout: Layout, cell: Cell) -> Place:
    top, left = layout.corner(cell)
    return float(top), float(left), float(top + layout.px), float(left + layout.px)


def _whole(canvas: Canvas) -> Place:
    return 0.0, 0.0, float(canvas.height), float(canvas.width)


def _centre(layout: Layout, cell: Cell) -> tuple[float, float]:
    """The middle of a cell, as x and y."""
    top, left = layout.corner(cell)
    return left + layout.px / 2, top + layout.px / 2


def _mark(picture: Image.Image, place: Sequence[float], label: str) -> None:
    """Outline a place in red between white, so that it is seen on every ground, and number it."""
    ink = ImageDraw.Draw(picture)
    top, left, bottom, right = (round(side) for side in place)
    bottom, right = min(bottom, picture.height) - 1, min(right, picture.width) - 1
    for out, colour, width in ((3, PAPER, 5), (2, BAD, 3)):
        box = max(0, left - out), max(0, top - out), min(picture.width, right + out), min(picture.height, bottom + out)
        ink.rectangle(box, outline=colour, width=width)
    if label:
        ink.ellipse((left - 2, top - 2, left + 14, top + 14), fill=BAD, outline=PAPER)
        ink.text((left + 6, top + 6), label, fill=PAPER, font=ImageFont.load_default(11), anchor="mm")


def page(pieces: Sequence[Evidence], words: Words, skin: Skin, most: Canvas, *, lines: int | None = None) -> Frame:
    """Evidence below each other under some words, with even sides; `lines` of text where that is told."""
    panels = panels_of(pieces[0].frame, pieces[0].board, most)
    width = panels.size.width
    small = ImageFont.load_default(SMALL)
    told = [row for line in words.lines for row in wrapped(line, width, small)]
    told = told if lines is None else [*told[:lines], *[""] * (lines - len(told))]
    above = GAP + TITLE + 8 + len(told) * LINE + GAP // 2
    each = LINE + panels.size.height + GAP
    height = above + LINE + each * len(pieces) + LINE
    sheet = Image.new("RGB", (2 * GAP + width + width % 2, height + height % 2), PAPER)
    ink = ImageDraw.Draw(sheet)
    colour = GOOD if words.is_good else BAD
    ink.text((GAP, GAP - 4), words.heading, fill=colour, font=ImageFont.load_default(TITLE))
    for n, line in enumerate(told):
        ink.text((GAP, GAP + TITLE + 8 + n * LINE), line, fill=INK, font=small)
    for column, left in zip(words.columns, (0, panels.film.width + GAP), strict=True):
        ink.text((GAP + left, above), column, fill=QUIET, font=small)
    for n, evidence in enumerate(pieces):
        top = above + LINE + n * each
        ink.text((GAP, top), evidence.caption, fill=BAD if evidence.marks else INK, font=small)
        sheet.paste(show(evidence, skin, panels), (GAP, top + LINE))
    ink.text((GAP, height - LINE), LEGEND, fill=QUIET, font=ImageFont.load_default(13))
    return np.asarray(sheet)


def wrapped(text: str, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> list[str]:
    """A text in lines that are no wider than so many pixels, as far as its words are."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def write_page(path: Path, picture: Frame) -> None:
    """Write the PNG of a page, which appears whole or not at all."""
    with whole(path) as draft:
        Image.fromarray(picture).save(draft, format="PNG", optimize=True)


def write_pages(path: Path, pages: Iterable[Frame], *, fps: int) -> None:
    """Write the film of pages of one size."""
    waiting = iter(pages)
    first = next(waiting)
    write_shots(path, shots_of(chain((first,), waiting)), first.shape[:2], fps=fps)
