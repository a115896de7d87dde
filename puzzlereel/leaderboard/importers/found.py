"""What a folder of films holds, whatever its layout: which film should solve which level, and what is in the way."""

import os
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from puzzlereel.leaderboard.files import plain, read_json, read_text, unfit
from puzzlereel.leaderboard.films import SUFFIXES
from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import BadLevel, PuzzlereelError
from puzzlereel.puzzles.maze import Maze
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.puzzles.sokoban import Sokoban

MOST_SIDE = 64
"""The most rows and columns of a level that is read."""
MOST_STATE = 2**20
"""The largest file about one level, in bytes."""


class BadLayout(PuzzlereelError):
    """A folder that is not laid out as it was said to be."""


class NoLevel(PuzzlereelError):
    """A level that cannot be recovered; the message says why, in one line."""


class Asked(NamedTuple):
    """One level that a layout asks for, and the films that answer it."""

    name: str
    """What the level is called in its folder."""
    group: str
    """What it is counted with: the game and its difficulty, as the folder has them."""
    films: tuple[Path, ...]
    references: tuple[Path, ...] = ()
    """Films of its solutions."""
    puzzle: str = ""
    """"" where it is none of ours."""
    level: Any = None
    """None where it is not told, or could not be recovered."""
    why: str = ""
    """Why it cannot be judged; "" where nothing is in the way."""
    picture: Path | None = None
    """Where the level is to be seen, if it is not told: its first frame, or a film that begins with it."""


class Folder(NamedTuple):
    """What a folder holds."""

    asked: tuple[Asked, ...]
    strangers: tuple[str, ...]
    """Films that answer no level, from the folder on."""


def films_below(folder: Path) -> list[Path]:
    """Every film below a folder, in the order of its names; links are named, and not followed."""
    return sorted(path for path in _files(folder) if path.suffix.lower() in SUFFIXES)


def files_below(folder: Path, suffix: str) -> list[Path]:
    """Every file below a folder whose name ends so, in the order of names."""
    return sorted(path for path in _files(folder) if path.suffix.lower() == suffix)


def _files(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        yield from (Path(place, name) for name in names)


def strangers_of(films: Iterable[Path], used: Container[Path], folder: Path) -> tuple[str, ...]:
    """The films that answer no level, from the folder on."""
    return tuple(sorted({plain(film.relative_to(folder).as_posix()) for film in films if film not in used}))


def told_in(path: Path, folder: Path) -> Any:
    """The JSON in a file of a stranger's folder; NoLevel where it is not to be read."""
    why = unfit(path, folder)
    if why:
        raise NoLevel(f"its file may not be opened: {why}")
    try:
        return read_json(read_text(path, most=MOST_STATE), where=path.name)
    except PuzzlereelError as error:
        raise NoLevel(plain(str(error).replace(f"{path}: ", ""))) from None


def level_of_grid(puzzle: str, grid: Any, glyphs: Mapping[int, str]) -> Any:
    """The level of a rectangle of numbers; NoLevel where it is none."""
    if not isinstance(grid, list) or not 1 <= len(grid) <= MOST_SIDE or not all(isinstance(row, list) for row in grid):
        raise NoLevel(f"expected a grid of 1 to {MOST_SIDE} rows")
    if len(set(map(len, grid))) != 1 or not 1 <= len(grid[0]) <= MOST_SIDE:
        raise NoLevel(f"expected rows of one width from 1 to {MOST_SIDE}")
    for row in grid:
        for cell in row:
            if type(cell) is not int or cell not in glyphs:
                raise NoLevel(f"expected cells of {', '.join(map(str, glyphs))}, got {plain(repr(cell))[:40]}")
    return level_of_rows(puzzle, tuple("".join(glyphs[cell] for cell in row) for row in grid))


def level_of_rows(puzzle: str, rows: tuple[str, ...]) -> Any:
    """The level that has just these rows, blank ones too; NoLevel where they are none."""
    try:
        level = PUZZLES[puzzle].parse("\n".join(rows))
    except (BadLevel, ValueError) as error:
        raise NoLevel(str(error).splitlines()[0]) from None
    kinds = {"maze": Maze, "sokoban": Sokoban}  # whose texts may lose blank rows at their edges
    return kinds[puzzle](Board(rows)) if puzzle in kinds else level
