"""A level from its first frame, where nothing else tells it: the inverse of drawing a board of unknown size.

Boards of every size are laid on the picture as the suite lays its own, as large as they fit and centred; every cell is
taken for the look that it is nearest to, and the smallest board that the picture shows is the one.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32

from puzzlereel.leaderboard.films import SUFFIXES
from puzzlereel.leaderboard.importers.found import NoLevel, level_of_rows
from puzzlereel.leaderboard.importers.rooms import ROOMS
from puzzlereel.leaderboard.importers.rooms_seen import rooms_in
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.draw import Frame, tile_of
from puzzlereel.renderers.layout import LEAST_FILED_CELL, Canvas, Layout, TooSmall, layout_of
from puzzlereel.renderers.shapes import rgb
from puzzlereel.renderers.sight.patches import patches_of, tile_patches
from puzzlereel.renderers.skins import Skin
from puzzlereel.renderers.skins.file import skin_told
from puzzlereel.renderers.skins.still import read_still
from puzzlereel.renderers.video import frames_of

LEAST, MOST = 2, 32
"""The fewest and the most rows and columns that are tried."""
OFF, OFF_CELL = 6.0, 12.0
"""How far a board, and any one of its cells, may be from the picture, as the root of the mean square, of 255."""


class Shown(NamedTuple):
    """A picture or a film, and what it should show."""

    path: Path
    puzzle: str
    skin: str


def recovered(shown: Shown) -> Any:
    """The level that a picture, or the first frame of a film, shows; NoLevel or BadPicture where it shows none."""
    if shown.puzzle == ROOMS:
        return rooms_in(shown.path, Path(shown.skin))
    if shown.path.suffix.lower() in SUFFIXES:
        frame = next(iter(frames_of(shown.path)), None)
        if frame is None:
            raise NoLevel(f"{shown.path.name} has no frames")
    else:
        frame = read_still(shown.path)
    return level_in(frame, skin_told(shown.puzzle, shown.skin))


def level_in(frame: Frame, skin: Skin) -> Any:
    """The level whose first board a frame shows; NoLevel where it shows none."""
    looks = list(skin.looks.items())
    drawn: dict[int, Float32[np.ndarray, "looks colours"]] = {}
    found: list[tuple[int, tuple[str, ...]]] = []
    for layout in layouts(Canvas(*frame.shape[:2])):
        if layout.px not in drawn:
            drawn[layout.px] = np.stack([tile_patches(tile_of(look, layout.px)) for _, look in looks])
        off, rows = nearest(frame, layout, drawn[layout.px], "".join(glyph for glyph, _ in looks))
        if off <= OFF and _is_edge(rows, PUZZLES[skin.puzzle].border) and _is_bare(frame, layout, skin):
            found.append((layout.rows * layout.columns, rows))
    for _, rows in sorted(found):
        try:
            return level_of_rows(skin.puzzle, rows)
        except NoLevel:
            continue
    raise NoLevel(
        f"its first frame shows no board of {skin.puzzle} in the skin {skin.name}, of {LEAST} to {MOST} cells a side"
    )


def layouts(canvas: Canvas) -> list[Layout]:
    """Every board that may lie on a canvas, the one of fewest cells first."""
    found = []
    for rows in range(LEAST, MOST + 1):
        for columns in range(LEAST, MOST + 1):
            try:
                layout = layout_of((rows, columns), canvas)
            except TooSmall:
                continue
            if layout.px >= LEAST_FILED_CELL:
                found.append(layout)
    return sorted(found, key=lambda one: one.rows * one.columns)


def nearest(
    frame: Frame, layout: Layout, drawn: Float32[np.ndarray, "looks colours"], glyphs: str
) -> tuple[float, tuple[str, ...]]:
    """How far a picture is from the board of nearest looks, and that board; inf where a cell is like none."""
    cells = patches_of(frame, layout).reshape(-1, drawn.shape[1])
    squares = ((cells[:, None] - drawn[None]) ** 2).mean(2)
    best = squares.argmin(1)
    least = squares.min(1)
    rows = tuple("".join(glyphs[at] for at in row) for row in best.reshape(layout.rows, layout.columns))
    return (float(np.sqrt(least.mean())) if least.max() <= OFF_CELL**2 else np.inf), rows


def _is_edge(rows: tuple[str, ...], border: str) -> bool:
    """Whether a board has its border all around, if there is one: walls may have the canvas's own colour."""
    edge = {*rows[0], *rows[-1], *(row[0] for row in rows), *(row[-1] for row in rows)}
    return not border or edge == {border}


def _is_bare(frame: Frame, layout: Layout, skin: Skin) -> bool:
    """Whether the canvas beside the board has its one colour."""
    beside = np.ones(frame.shape[:2], bool)
    beside[layout.box] = False
    away = np.abs(frame[beside].astype(np.int16) - np.array(rgb(skin.background)))
    return not away.size or float((away.max(1) > 40).mean()) < 0.005
