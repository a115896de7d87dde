"""Files that strangers send, read within bounds."""

import json
import stat
from math import isfinite
from pathlib import Path
from typing import Any

from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.renderers.video import MOST_FILE

MOST_TEXT = 16 * 2**20
"""The largest text file that is read, in bytes."""


class BadFile(PuzzlereelError):
    """A file that is not there, or is not what it should be."""


def read_text(path: Path, *, most: int = MOST_TEXT) -> str:
    """The UTF-8 text of a regular file of at most `most` bytes; BadFile otherwise."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise BadFile(f"{path}: expected a regular file")
        with path.open("rb") as file:
            raw = file.read(most + 1)
        text = raw.decode("utf-8")
    except FileNotFoundError:
        raise BadFile(f"{path}: expected a file, found none") from None
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise BadFile(f"{path}: expected UTF-8 text, byte {error.start} is none") from None
    if len(raw) > most:
        raise BadFile(f"{path}: expected at most {most} bytes")
    return text


def read_json(text: str, *, where: str) -> Any:
    """The value that strict JSON spells, without NaN or Infinity; BadFile otherwise."""
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{where}: expected JSON: {error}") from None


def _finite(text: str) -> float:
    if not isfinite(number := float(text)):
        raise ValueError(f"{text:.40} is too large a number")
    return number


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def unfit(path: Path, folder: Path) -> str | None:
    """Why a film of a submission is not opened at all; None where it may be opened.

    Links are refused wherever they lead: what a submission is judged by stands in it.
    """
    inner = path.relative_to(folder)
    if any((folder / part).is_symlink() for part in (inner, *inner.parents) if part != Path()):
        return "a link, or behind one"
    try:
        found = path.stat()
    except OSError:
        return "the file cannot be looked at"
    if not stat.S_ISREG(found.st_mode):
        return "not a regular file"
    if found.st_size > MOST_FILE:
        return f"larger than {MOST_FILE} bytes"
    return None


def plain(text: str) -> str:
    r"""The text with everything that does not print spelled out, as in `\x1b`."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
