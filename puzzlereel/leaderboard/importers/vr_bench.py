"""Folders as VR-Bench lays them out, for its mazes, trap fields and Sokoban.

DATA/…/maze/1/easy/states/easy_0001.json      the level: game_type, entities, grid.data, render
DATA/…/maze/1/easy/videos/easy_0001_0.mp4     a film of a shortest way, `_0`, `_1`, … where there are several
FILMS/…/easy_0001.mp4                         the film of a model

Trap fields are mazes whose traps are walls. Its 3D mazes and its irregular ones are no boards of cells: they are named,
and not judged.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from puzzlereel.leaderboard.files import plain
from puzzlereel.leaderboard.importers.found import (
    Asked,
    BadLayout,
    Folder,
    NoLevel,
    files_below,
    films_below,
    level_of_grid,
    strangers_of,
    told_in,
)

GAMES: Mapping[str, str] = {"maze": "maze", "trapfield": "maze", "sokoban": "sokoban"}
"""Their games that are puzzles of ours."""
GLYPHS: Mapping[str, Mapping[int, str]] = {"maze": dict(enumerate(" #@G")), "sokoban": dict(enumerate(" #$.*@+"))}
NAME = re.compile(r"(?P<level>[A-Za-z]+_[0-9]+)(?:_[0-9]+)?", re.ASCII)
"""A difficulty and a number, and which of several films it is."""


def read_folder(films: Path, data: Path) -> Folder:
    """What the films of a folder should solve; BadLayout where there are no levels."""
    states = [path for path in files_below(data, ".json") if path.parent.name == "states"]
    if not states:
        raise BadLayout(f"expected levels as states/*.json, as VR-Bench has them, found none below {data}")
    often = Counter(path.stem for path in states)
    own, theirs = _by_level(films_below(data)), _by_level(films_below(films))
    asked, used = [], set[Path]()
    for path in states:
        home = path.parent.parent
        place = home.relative_to(data)
        homes = (films / place, films / place / "videos")
        answers = [film for film in theirs[path.stem] if often[path.stem] == 1 or film.parent in homes]
        references = [film for film in own[path.stem] if film.parent == home / "videos"]
        used.update(answers)
        asked.append(_asked(path, data, Asked((place / path.stem).as_posix(), "", tuple(answers), tuple(references))))
    every = [film for some in theirs.values() for film in some]
    return Folder(tuple(asked), strangers_of(every, used, films))


def _by_level(films: Sequence[Path]) -> dict[str, list[Path]]:
    """The films by the level that their names say, those that say none under ""."""
    found = defaultdict[str, list[Path]](list)
    for film in films:
        match = NAME.fullmatch(film.stem)
        found[match["level"] if match else ""].append(film)
    return found


def _asked(path: Path, data: Path, asked: Asked) -> Asked:
    """The level of a file, or why there is none."""
    difficulty, game = path.stem.partition("_")[0], "unknown"
    try:
        told = told_in(path, data)
        game = plain(str(told["game_type"]))[:40]
        if game not in GAMES:
            raise NoLevel(f"{game!r} is no puzzle of cells: judged are {', '.join(GAMES)}")
        puzzle = GAMES[game]
        level = level_of_grid(puzzle, told["grid"]["data"], _glyphs(told, puzzle))
    except NoLevel as error:
        return asked._replace(group=f"{game} {difficulty}", why=str(error))
    except (KeyError, TypeError, AttributeError):
        return asked._replace(group=f"{game} {difficulty}", why="its file has no grid.data, as VR-Bench writes it")
    return asked._replace(group=f"{game} {difficulty}", puzzle=puzzle, level=level)


def _glyphs(told: Mapping[str, Any], puzzle: str) -> Mapping[int, str]:
    """What each number of a grid stands for; VR-Bench's own numbers where the file tells none."""
    names = ("empty", "wall", "box", "target", "box_on_target", "player", "player_on_target")
    symbols = told.get("metadata", {}).get("symbols") if puzzle == "sokoban" else None
    if not isinstance(symbols, dict):
        return GLYPHS[puzzle]
    return {
        symbols[name]: glyph for name, glyph in zip(names, " #$.*@+", strict=True) if type(symbols.get(name)) is int
    }
