"""Levels named on the command line: an id, a level file, or one level of a file as FILE#TITLE."""

from pathlib import Path
from typing import Any, NamedTuple

from puzzlereel.puzzles.core import BadLevel, Puzzle, PuzzlereelError

MOST_BYTES = 16 * 2**20
"""The largest level file that is read."""


class NoSuchSource(PuzzlereelError):
    """A name that is neither an id nor a file, or a title that the file does not have."""


class Source(NamedTuple):
    """One level and what it is called; `error` instead of a level where the file is broken there."""

    title: str
    puzzle: Puzzle
    level: Any
    error: BadLevel | None
    key: str = "title"
    """What the title is in JSON: the "id" of a generated level, or the "title" in a file."""
    solution: str | None = None
    """The moves that the file gives as a solution, as they stand there."""


def sources_of(name: str, *, puzzle: str | None = None) -> list[Source]:
    """The level of an id, or every level of a file; NoSuchSource, UnknownId or BadLevel where there is none."""
    from puzzlereel.puzzles.formats import read_collection
    from puzzlereel.puzzles.ids import level_of, parse_id
    from puzzlereel.puzzles.registry import PUZZLES

    if puzzle is not None and puzzle not in PUZZLES:
        raise NoSuchSource(f"expected a puzzle of {', '.join(PUZZLES)}, got {puzzle!r}")
    file, mark, title = (name, "", "") if Path(name).is_file() else _parted(name)
    if not Path(file).exists() and file.split("/")[0] in PUZZLES:
        identity = parse_id(name)
        if puzzle not in (None, identity.puzzle):
            raise NoSuchSource(f"expected no other --puzzle than {identity.puzzle} with {name}, got {puzzle}")
        return [Source(name, PUZZLES[identity.puzzle], level_of(identity), None, "id")]
    if mark and not title:
        raise NoSuchSource(f"expected a title after #, got {name!r}")
    try:
        entries = read_collection(_text(Path(file)), puzzle=PUZZLES[puzzle] if puzzle else None)
    except BadLevel as error:
        raise NoSuchSource(f"{file}: {error}") from None
    chosen = [entry for entry in entries if title in ("", entry.title, entry.title.split()[0])]
    if not chosen:
        raise NoSuchSource(f"expected a title like {entries[0].title!r}, found no {title!r} in {file}")
    return [Source(entry.title, entry.puzzle, entry.level, entry.error, solution=entry.solution) for entry in chosen]


def source_of(name: str, *, puzzle: str | None = None) -> Source:
    """The one level of a name; NoSuchSource where there are several, or where it is broken."""
    found = sources_of(name, puzzle=puzzle)
    if len(found) > 1:
        raise NoSuchSource(f"expected one level, found {len(found)} in {name}: say {name}#{found[0].title.split()[0]}")
    if found[0].error:
        raise NoSuchSource(f"{name}: {found[0].error}")
    return found[0]


def _parted(name: str) -> tuple[str, str, str]:
    """The file, the mark and the title of FILE#TITLE, where the file's own name may have marks."""
    return name.rpartition("#") if "#" in name else (name, "", "")


def _text(path: Path) -> str:
    if path.is_dir():
        raise NoSuchSource(f"expected an id like maze/easy/test/17 or a level file, got the folder {str(path)!r}")
    if not path.is_file():
        raise NoSuchSource(f"expected an id like maze/easy/test/17 or a level file, found no file {str(path)!r}")
    if path.stat().st_size > MOST_BYTES:
        raise NoSuchSource(f"expected at most {MOST_BYTES} bytes of levels, got {path.stat().st_size} in {path}")
    return path.read_bytes().decode("utf-8", errors="replace")
