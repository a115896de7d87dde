"""The opening of a sealed test set: what was committed to, row by row, and whether it is what was published.

opening.json   {"benchmark_version": …, "root": …, "rows": [{"salt": …, "name": …, "id": …, "level": …, …}, …]}

    commitment = SHA-256(salt ‖ the row without its salt, as JSON in ASCII with sorted keys and no spaces)
    root       = SHA-256 of the lines "name commitment", sorted

Both can be computed again with a few lines of any language, and the root with `sort` and `sha256sum` alone.
"""

import hashlib
import io
import json
import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from puzzlereel import __version__
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.puzzles.ids import LevelId, level_of, parse_id
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.draw import Frame
from puzzlereel.renderers.reading import read
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.video import MOST_PIXELS

OpenedRow: TypeAlias = dict[str, Any]
SCHEMA_VERSION = 1
NUMBERS = ("width", "height", "fps", "n_frames")
PUBLISHED = ("name", "puzzle", "tier", "split", "prompt", "skin", "style", *NUMBERS)
"""What everyone may know of a row, beside its first frame and its commitment."""
COMMITTED = (*PUBLISHED, "first_frame_sha256", "generator_version", "id", "level", "solution")
"""What is committed to: all that is published, so that it cannot be changed later either, and all that is not."""
NAME = re.compile(r"([a-z]+-[a-z]+-[a-z]+)-sealed-[0-9]{4,10}")
HEX = re.compile(r"[0-9a-f]{64}")
GUESSABLE = 1_000_000
"""Below this index anyone may have made the level; a secret one of ten digits is below it once in 10,000 times."""
PNG = b"\x89PNG\r\n\x1a\n"
PIXELS = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
"""The chunks of a PNG that say nothing but its pixels."""


class BadSeal(PuzzlereelError):
    """A data set that cannot be sealed, or a seal or opening that cannot be read."""


class Opening(NamedTuple):
    """What opens a sealed test set."""

    root: str
    rows: list[OpenedRow]


def commitment_of(row: Mapping[str, Any]) -> str:
    """The SHA-256 of a row's salt and all that it commits to, in hex."""
    told = json.dumps({name: row[name] for name in COMMITTED}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(bytes.fromhex(row["salt"]) + told.encode("ascii")).hexdigest()


def root_of(commitments: Mapping[str, str]) -> str:
    """The SHA-256 that commits to all names and commitments, in hex."""
    lines = sorted(f"{name} {commitment}\n" for name, commitment in commitments.items())
    return hashlib.sha256("".join(lines).encode("ascii")).hexdigest()


def read_opening(path: Path) -> Opening:
    """The opening in a file, its keys and types checked but not what they say; BadSeal where it is none."""
    told = read_told(path, "the opening of a sealed test set", "rows", list)
    for number, row in enumerate(told["rows"], start=1):
        if not isinstance(row, dict) or set(row) != {*COMMITTED, "salt"}:
            raise BadSeal(f"expected rows of {', '.join(COMMITTED)} and salt, got others in row {number} of {path}")
        for name, value in row.items():
            if type(value) is not (int if name in NUMBERS else str):
                raise BadSeal(
                    f"expected a {name} that is text or a number, got {value!r:.40} in row {number} of {path}"
                )
        check_name(row["name"], path)
        if not HEX.fullmatch(row["salt"]):
            raise BadSeal(f"expected a salt of 64 hex digits, got {row['salt'][:80]!r} in row {number} of {path}")
    return Opening(told["root"], told["rows"])


def read_told(path: Path, what: str, key: str, kind: type) -> dict[str, Any]:
    """The JSON of a file, made by this version and with a root and one more key; BadSeal where it is not so."""
    if not path.is_file():
        raise BadSeal(f"expected {what}, found no file {path}")
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadSeal(f"expected {what}, got {str(error)[:100]} in {path}") from None
    if not isinstance(told, dict) or not isinstance(told.get(key), kind) or not isinstance(told.get("root"), str):
        raise BadSeal(f"expected {what}, got none with 'root' and {key!r} in {path}")
    if told.get("benchmark_version") != __version__:
        made = str(told.get("benchmark_version"))[:40]
        raise BadSeal(f"expected {what} by puzzlereel {__version__}, got one by {made!r} in {path}")
    return told


def check_name(name: Any, path: Path) -> str:
    """The name, where it is one; BadSeal otherwise."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise BadSeal(f"expected names like maze-easy-test-sealed-0007, got {name!r:.80} in {path}")
    return name


def faults_of(row: Mapping[str, Any], picture: bytes | None) -> Iterator[str]:
    """What is wrong with an opened row in itself: its id, name, level, solution, or first frame, if there is one."""
    try:
        identity = parse_id(row["id"])
    except PuzzlereelError as error:
        yield str(error)
        return
    kind = (identity.puzzle, identity.tier, identity.split)
    if (row["puzzle"], row["tier"], row["split"]) != kind:
        yield f"the id {identity} is of another puzzle, tier or split"
    if not row["name"].startswith("-".join(kind) + "-sealed-"):
        yield f"the id {identity} does not go with the name"
    if row["generator_version"] != __version__:
        yield f"it was generated by {row['generator_version'][:40]!r}, not by {__version__}"
    try:
        yield from _faults_of_level(row, identity, picture)
    except PuzzlereelError as error:
        yield " ".join(str(error).split())


def _faults_of_level(row: Mapping[str, Any], identity: LevelId, picture: bytes | None) -> Iterator[str]:
    level = level_of(identity)
    if str(level) != row["level"]:
        yield f"the level is not that of the id {identity}"
    if picture is not None:
        if hashlib.sha256(picture).hexdigest() != row["first_frame_sha256"]:
            yield "the first frame is not the one that was committed to"
        yield from _faults_of_picture(row, identity.puzzle, level, picture)
    try:
        if not PUZZLES[identity.puzzle].read_moves(level, row["solution"]).solved:
            yield "the solution does not solve the level"
    except PuzzlereelError as error:
        yield f"the solution is none: {' '.join(str(error).split())}"


def _faults_of_picture(row: Mapping[str, Any], puzzle: str, level: Any, picture: bytes) -> Iterator[str]:
    start, skin = level.board(level.start()), skin_of(puzzle, row["skin"])
    frame = pixels_of(picture)
    if frame.shape != (row["height"], row["width"], 3):
        yield f"the first frame is {frame.shape[0]}x{frame.shape[1]}, not {row['height']}x{row['width']}"
        return
    seen = read(frame[None], start, skin)
    if not seen.eye.bare or not seen.settled.all() or seen.board(0) != start:
        yield f"the first frame does not show the level of the id {row['id']}"


def pixels_of(picture: bytes) -> Frame:
    """The pixels of a PNG; BadSeal where it is none, or where it carries anything else: a text, a time, a tail."""
    from imageio import v3 as imageio

    chunks = list(_chunks(picture))
    if others := [kind for kind, _ in chunks if kind not in PIXELS]:
        raise BadSeal(f"expected a first frame of pixels alone, got a chunk {others[0]!r}")
    if not chunks or chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND" or len(chunks[0][1]) != 13:
        raise BadSeal("expected a first frame as a PNG, got something else")
    width, height = struct.unpack(">II", chunks[0][1][:8])
    if not 0 < width * height <= MOST_PIXELS:
        raise BadSeal(f"expected a first frame of at most {MOST_PIXELS} pixels, got {height}x{width}")
    try:
        frame = imageio.imread(io.BytesIO(picture), extension=".png", mode="RGB")
    except (OSError, ValueError, SyntaxError):
        raise BadSeal("expected a first frame as a PNG, got one that does not decode") from None
    return frame


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG, as kind and content; one without kind for bytes that belong to none."""
    place = len(PNG) if picture.startswith(PNG) else len(picture)
    ended = False
    while place < len(picture):
        length = int.from_bytes(picture[place : place + 4], "big")
        kind = picture[place + 4 : place + 8]
        whole = not ended and place + 12 + length <= len(picture)
        yield (kind, picture[place + 8 : place + 8 + length]) if whole else (b"", b"")
        ended |= kind == b"IEND" or not whole
        place = place + 12 + length if whole else len(picture)
