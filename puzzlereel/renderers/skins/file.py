"""Skins from files, for films that were drawn elsewhere.

{"puzzle": "maze", "background": "FFFFFF",
 "parts": {"wall":  [{"shape": "fill", "colour": "FFFFFF"}],           shapes are laid over each other, the first lowest
           "floor": [{"shape": "picture", "file": "floor.png"}],       a picture from the file's own folder
           "goal":  [{"shape": "disc", "colour": "FF0000", "radius": 0.25}],
           "agent": [{"shape": "rounded", "colour": "008000", "gap": 0.2, "corner": 0}]}}

Everything but the walls lies on the floor. FlowFree's `end` and `flow` have the colour "*" where the flow's goes, and
`colours` tells those by their letters.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.renderers.draw import tile_of
from puzzlereel.renderers.figures import Cross, Frame, Glow, Ring, Rounded
from puzzlereel.renderers.palette import LEAST_DISTANCE, nearest
from puzzlereel.renderers.shapes import Disc, Fill, Inset, Plank, Shape, Shapes
from puzzlereel.renderers.sight.looks import named_looks
from puzzlereel.renderers.sight.patches import tile_patches
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.skins.flowfree import flowfree_skin
from puzzlereel.renderers.skins.maze import maze_skin
from puzzlereel.renderers.skins.scanned import scan
from puzzlereel.renderers.skins.skin import Skin
from puzzlereel.renderers.skins.sokoban import sokoban_skin
from puzzlereel.renderers.textures import Bricks, Checks, Hatch, Specks, Stripes, Waves

Parts = Mapping[str, Shapes]
SHAPES: Mapping[str, Callable[..., Shape]] = {
    kind.__name__.lower(): kind
    for kind in (
        Fill,
        Inset,
        Disc,
        Plank,
        Ring,
        Rounded,
        Frame,
        Cross,
        Glow,
        Stripes,
        Checks,
        Bricks,
        Hatch,
        Waves,
        Specks,
    )
}
PARTS: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "maze": (("wall", "floor", "goal", "agent"), ("trail",)),
    "sokoban": (("wall", "floor", "target", "player", "box"), ("stored",)),
    "flowfree": (("cell", "end", "flow"), ()),
    "rooms": (("start", "agent", "goal", "prize"), ()),
}
"""The parts that a file must have, and those that it may; rooms are mazes whose walls are lines, of others only."""
COLOUR = re.compile(r"[0-9A-Fa-f]{6}")
OWN = "*"
"""The colour of whichever flow it is."""
LOOKED_AT = 32
"""How many pixels a side the tiles have that are compared."""
MOST_BYTES = 2**20
MOST_SHAPES = 32
WORDS = dict.fromkeys(("agent", "goal", "floor", "wall", "box", "target", "stored", "end", "ends", "flow", "cell"), "")


class BadSkin(PuzzlereelError):
    """A file that is no skin, or one whose things cannot be told apart."""


def skin_told(puzzle: str, name: str) -> Skin:
    """The skin of a puzzle by its name, or from a file where the name ends in .json; UnknownSkin or BadSkin if none."""
    if not name.endswith(".json"):
        return skin_of(puzzle, name)
    skin = read_skin(Path(name))
    if skin.puzzle != puzzle:
        raise BadSkin(f"expected a skin of {puzzle}, got one of {skin.puzzle} in {name}")
    return skin


@lru_cache(maxsize=32)
def read_skin(path: Path) -> Skin:
    """The skin in a file; BadSkin, in one line, where there is none that can be read back."""
    try:
        skin = _skin(_read(path), path.parent, name=path.stem)
    except BadSkin as error:
        raise BadSkin(f"{path}: {error}") from None
    close = nearest_looks(skin)
    if close is not None:
        raise BadSkin(f"{path}: expected things that can be told apart, got {close}")
    return skin


@lru_cache(maxsize=32)
def read_parts(path: Path) -> Parts:
    """The parts in a file of a puzzle that has no skins of ours; BadSkin, in one line, where there are none."""
    try:
        return _parts(_read(path), path.parent)
    except BadSkin as error:
        raise BadSkin(f"{path}: {error}") from None


def puzzle_in(path: Path) -> str:
    """The puzzle that a file is a skin of; BadSkin where it is none."""
    try:
        return str(_read(path)["puzzle"])
    except BadSkin as error:
        raise BadSkin(f"{path}: {error}") from None


def _read(path: Path) -> Mapping[str, Any]:
    """What a file tells, its puzzle and the names of its parts checked."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadSkin(f"expected a skin of at most {MOST_BYTES} bytes, got {path.stat().st_size}")
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadSkin(f"expected a skin as JSON, got: {str(error)[:100]}") from None
    known = ("puzzle", "background", "parts", "colours")
    if not isinstance(told, dict) or not set(told) <= set(known):
        raise BadSkin(f"expected an object with {', '.join(known)}")
    puzzle, parts = str(told.get("puzzle")), told.get("parts")
    if puzzle not in PARTS:
        raise BadSkin(f"expected a puzzle of {', '.join(PARTS)}, got {_short(puzzle)}")
    must, may = PARTS[puzzle]
    if not isinstance(parts, dict) or not set(must) <= set(parts) <= {*must, *may}:
        given = f", {', '.join(may)} if you like" if may else ""
        raise BadSkin(f"expected the parts {', '.join(must)}{given}, got {_short(parts and list(parts))}")
    return told


def nearest_looks(skin: Skin) -> str | None:
    """The two things of a skin that look too much alike, in words; None where all are far enough apart."""
    named = named_looks(skin)
    clean = np.stack([tile_patches(tile_of(look, LOOKED_AT)) for _, look in named])
    pair = nearest([glyph for glyph, _ in named], clean)
    if pair.distance >= LEAST_DISTANCE:
        return None
    return f"{pair.one!r} and {pair.other!r}, which are {pair.distance:.1f} of 255 apart, under {LEAST_DISTANCE:g}"


def _skin(told: Mapping[str, Any], folder: Path, *, name: str) -> Skin:
    puzzle, background = told["puzzle"], _colour(told.get("background", "000000"))
    if puzzle not in MAKERS:
        raise BadSkin(f"expected a skin of a puzzle of ours, got one of {puzzle}")
    return MAKERS[puzzle](name, background, told, folder)


def _maze(name: str, background: str, told: Mapping[str, Any], folder: Path) -> Skin:
    parts = _parts(told, folder)
    floor = parts["floor"]
    return maze_skin(
        name,
        background,
        wall=parts["wall"],
        floor=floor,
        goal=(*floor, *parts["goal"]),
        agent=parts["agent"],
        trail=(*floor, *parts["trail"]) if "trail" in parts else (),
        words=WORDS,
    )


def _sokoban(name: str, background: str, told: Mapping[str, Any], folder: Path) -> Skin:
    parts = _parts(told, folder)
    return sokoban_skin(
        name,
        background,
        wall=parts["wall"],
        floor=parts["floor"],
        target=parts["target"],
        player=parts["player"],
        box=parts["box"],
        stored=parts.get("stored", parts["box"]),
        words=WORDS,
    )


def _flowfree(name: str, background: str, told: Mapping[str, Any], folder: Path) -> Skin:
    parts, colours = told["parts"], told.get("colours")
    if not isinstance(colours, dict) or list(colours) != [chr(ord("A") + n) for n in range(len(colours))]:
        raise BadSkin(f"expected colours from A on, as in {{'A': 'FF0000', 'B': …}}, got {_short(colours)}")

    def inked(part: str) -> Callable[[str, bool], Shapes]:
        return lambda colour, _: _shapes(parts[part], folder, own=colour)

    return flowfree_skin(
        name,
        background,
        cell=_shapes(parts["cell"], folder),
        end=inked("end"),
        flow=inked("flow"),
        colours=",".join(f"{_colour(colour)} {letter}" for letter, colour in colours.items()),
        words=WORDS,
    )


MAKERS: Mapping[str, Callable[[str, str, Mapping[str, Any], Path], Skin]] = {
    "maze": _maze,
    "sokoban": _sokoban,
    "flowfree": _flowfree,
}
"""Make the skin of a puzzle of ours of its name, its background and what a file tells."""


def _parts(told: Mapping[str, Any], folder: Path) -> Parts:
    return {part: _shapes(entries, folder) for part, entries in told["parts"].items()}


def _shapes(entries: Any, folder: Path, *, own: str = "") -> Shapes:
    """The shapes of a part."""
    if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_SHAPES:
        raise BadSkin(f"expected a list of 1 to {MOST_SHAPES} shapes, got {_short(entries)}")
    return tuple(shape for entry in entries for shape in _shape(entry, folder, own))


def _shape(entry: Any, folder: Path, own: str) -> Sequence[Shape]:
    kind = str(entry.get("shape")) if isinstance(entry, dict) else ""
    if kind == "picture":
        return _picture(entry, folder)
    if kind not in SHAPES:
        raise BadSkin(f"expected a shape of picture, {', '.join(SHAPES)}, got {_short(entry)}")
    wanted = {one.name: one for one in fields(SHAPES[kind])}  # type: ignore[arg-type]
    given = {key: value for key, value in entry.items() if key != "shape"}
    if own and given.get("colour") == OWN:
        given["colour"] = own
    must = {name for name, one in wanted.items() if one.default is MISSING}
    if not must <= set(given) <= set(wanted):
        raise BadSkin(f"expected {kind} with {', '.join(wanted)}, got {_short(entry)}")
    return [SHAPES[kind](**{key: _value(wanted[key].type, value) for key, value in given.items()})]


def _picture(entry: Mapping[str, Any], folder: Path) -> Sequence[Shape]:
    file = entry.get("file")
    if set(entry) != {"shape", "file"} or not isinstance(file, str) or Path(file).name != file:
        raise BadSkin(f"expected a picture with the name of a file in the skin's own folder, got {_short(entry)}")
    try:
        return scan(folder / file)
    except PuzzlereelError as error:
        raise BadSkin(str(error)) from None


def _value(kind: Any, value: Any) -> Any:
    """A colour, a switch, a count from 1 to 64, or a share of a tile from -1 to 1."""
    if kind is str:
        return _colour(value)
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and type(value) is int and 1 <= value <= 64:
        return value
    if kind is float and type(value) in (int, float) and -1 <= value <= 1:
        return float(value)
    raise BadSkin(f"expected a count from 1 to 64 or a share of a tile from -1 to 1, got {_short(value)}")


def _colour(value: Any) -> str:
    if not isinstance(value, str) or not COLOUR.fullmatch(value):
        raise BadSkin(f"expected a colour of six hex digits, as FB3738, got {_short(value)}")
    return value.upper()


def _short(value: Any) -> str:
    return f"{value!r:.80}"
