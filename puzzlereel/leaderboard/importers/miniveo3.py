"""Folders as MiniVeo3-Reasoner lays them out.

DATA/maze3x3/maze3_0001_00.png              the first frame
DATA/maze3x3/maze3_0001.mp4                 the film of the solution
FILMS/maze3x3/maze3_0001_inference.mp4      the film of a model, in the same folder or in another; names may have more
                                            between the level and `inference`

There is no file that tells the level: it is read from the first frame, or given.
"""

from collections import defaultdict
from pathlib import Path

from puzzlereel.leaderboard.importers.found import (
    Asked,
    BadLayout,
    Folder,
    files_below,
    films_below,
    strangers_of,
)

PICTURE = "_00.png"
INFERENCE = "inference"
"""How the names of a model's films end."""


def read_folder(films: Path, data: Path) -> Folder:
    """What the films of a folder should solve; BadLayout where there are no first frames."""
    pictures = [path for path in files_below(data, ".png") if path.name.endswith(PICTURE)]
    if not pictures:
        raise BadLayout(f"expected first frames as maze3_0001_00.png, as MiniVeo3 has them, found none below {data}")
    levels = {path.name.removesuffix(PICTURE) for path in pictures}
    named = defaultdict[str | None, list[Path]](list)
    every = films_below(films)
    for film in every:
        if film.stem.endswith(INFERENCE):
            named[_level(film.stem, levels)].append(film)
    asked, used = [], set[Path]()
    for path in pictures:
        name, home = path.name.removesuffix(PICTURE), path.parent.relative_to(data)
        answers = [film for film in named[name] if film.parent in (films / home, films)]
        used.update(answers)
        reference = path.with_name(f"{name}.mp4")
        asked.append(
            Asked(
                (home / name).as_posix(),
                home.name or name.partition("_")[0],
                tuple(answers),
                (reference,) if reference.is_file() else (),
                puzzle="maze",
                picture=path,
            )
        )
    own = {reference for one in asked for reference in one.references}
    return Folder(tuple(asked), strangers_of(every, used | own, films))


def _level(stem: str, levels: set[str]) -> str | None:
    """The level that a film's name begins with; None where it is none."""
    return max((level for level in levels if stem.startswith(f"{level}_")), key=len, default=None)
