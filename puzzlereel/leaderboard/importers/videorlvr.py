"""Folders as VideoRLVR-Data lays them out, and as `puzzlereel export --layout videorlvr` does.

DATA/test/metadata_maze.csv           video,prompt,input_image; the two files as they are found from DATA/test
DATA/test/maze/0001.mp4               the film of the solution
DATA/test/maze/0001.png               the first frame
FILMS/test/maze/0001.mp4              the film of a model: at the same place, with or without the split's folder

The tables tell no level: it is read from the first frame, or given.
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from puzzlereel.leaderboard.files import plain, read_text
from puzzlereel.leaderboard.films import SUFFIXES
from puzzlereel.leaderboard.importers.found import Asked, BadLayout, Folder, files_below, films_below, strangers_of
from puzzlereel.puzzles.registry import PUZZLES

TABLE = re.compile(r"metadata_([a-z]+)\.csv")
ALL = "all"
COLUMNS = ("video", "input_image")
MOST_NAME, MOST_PLACE = 200, 1000
"""How long a name and a whole place may be."""


def read_folder(films: Path, data: Path) -> Folder:
    """What the films of a folder should solve; BadLayout where there are no tables."""
    tables = [path for path in files_below(data, ".csv") if TABLE.fullmatch(path.name)]
    if not tables:
        raise BadLayout(f"expected tables as metadata_maze.csv, as VideoRLVR-Data has them, found none below {data}")
    single = {path.parent for path in tables if path.name != f"metadata_{ALL}.csv"}
    asked = [
        one
        for path in tables
        if path.name != f"metadata_{ALL}.csv" or path.parent not in single
        for one in _rows(path, films, data)
    ]
    own = {place for one in asked for place in (*one.references, *one.films)}
    return Folder(tuple(asked), strangers_of(films_below(films), own, films))


def _rows(table: Path, films: Path, data: Path) -> Iterator[Asked]:
    """The levels of one table."""
    home = table.parent
    split = home.relative_to(data)
    rows = csv.DictReader(io.StringIO(read_text(table)))
    try:
        told = list(rows)
    except csv.Error as error:
        raise BadLayout(f"{table}: expected a table, got: {error}") from None
    if not set(COLUMNS) <= set(rows.fieldnames or ()):
        raise BadLayout(f"{table}: expected the columns {', '.join(COLUMNS)}, got {', '.join(rows.fieldnames or ())}")
    for row in told:
        video, picture = _inner(row["video"]), _inner(row["input_image"])
        if video is None:
            shown = plain(repr(row["video"]))[:80]
            yield Asked(f"{split}/{shown}", "unknown", (), why="its name leads out of its table's folder, or is none")
            continue
        puzzle = _puzzle(table, video)
        places = [films / split / video, films / video]
        answers = [place.with_suffix(suffix) for place in places for suffix in SUFFIXES]
        found = next((place for place in answers if place.is_file() or place.is_symlink()), None)
        reference = home / video
        asked = Asked(
            (split / video).with_suffix("").as_posix(),
            f"{puzzle or 'unknown'} {split.name}".strip(),
            () if found is None else (found,),
            (reference,) if reference.is_file() else (),
            puzzle=puzzle,
            picture=reference if picture is None else home / picture,
        )
        yield (
            asked
            if puzzle
            else asked._replace(why=f"neither its table nor its folder names one of {', '.join(PUZZLES)}")
        )


def _inner(told: str | None) -> PurePosixPath | None:
    """A place below a folder; None where it would lead out of it, or is longer than any name of a file."""
    place = PurePosixPath(told or "")
    leads_out = not place.name or place.is_absolute() or ".." in place.parts
    return None if leads_out or max(map(len, place.parts)) > MOST_NAME or len(str(place)) > MOST_PLACE else place


def _puzzle(table: Path, video: PurePosixPath) -> str:
    """The puzzle that a table is named after, or that a film's folder is; "" where it is none of ours."""
    match = TABLE.fullmatch(table.name)
    names = [match[1] if match else "", *video.parts[:-1]]
    return next((name for name in names if name in PUZZLES), "")
