"""How mazes look: walls, floor, a goal, and an agent who may leave a trail."""

from collections.abc import Mapping

from puzzlereel.renderers.figures import Bitmap, Cross, Frame, Ring, Rounded, Stroke, blob, box, by_hand
from puzzlereel.renderers.shapes import Disc, Fill, Shapes
from puzzlereel.renderers.skins.skin import Look, Skin
from puzzlereel.renderers.textures import Bricks, Checks, Hatch, Specks, Stripes, Waves


def maze_skin(
    name: str,
    background: str,
    *,
    wall: Shapes,
    floor: Shapes,
    goal: Shapes,
    agent: Shapes,
    words: Mapping[str, str],
    trail: Shapes = (),
    held_out: bool = False,
) -> Skin:
    """A skin made of its five looks; there is no trail where none is given."""
    return Skin(
        name=name,
        puzzle="maze",
        background=background,
        looks={
            "#": Look(wall),
            " ": Look(floor),
            "G": Look(goal),
            "@": Look(floor, agent, "agent"),
            "+": Look(goal, agent, "agent"),
        },
        trailed={" ": Look(trail), "@": Look(trail, agent, "agent")} if trail else {},
        trail="agent" if trail else "",
        words=words,
        held_out=held_out,
    )


def _words(agent: str, goal: str, floor: str, wall: str) -> Mapping[str, str]:
    return {"agent": agent, "goal": goal, "floor": floor, "wall": wall}


CLASSIC = maze_skin(
    "classic",
    "213B20",
    wall=(Fill("213B20"),),
    floor=(Fill("B2D39E"),),
    goal=(Fill("C84F1E"),),
    agent=(Disc("613D12", 0.35),),
    trail=(Fill("8CB275"),),
    words=_words("brown disc", "rust-red tile", "pale green corridors", "dark green walls"),
)

FLAT = maze_skin(
    "flat",
    "2F3E55",
    wall=(Fill("2F3E55"),),
    floor=(Fill("EEF1F5"),),
    goal=(Fill("2FBF71"),),
    agent=(Rounded("E8503A", 0.18, 0.14),),
    trail=(Fill("F7CBC0"),),
    words=_words("red square", "green tile", "white corridors", "slate-blue walls"),
)

_NIGHT = (Fill("12161C"),)
DARK = maze_skin(
    "dark",
    "0B0E12",
    wall=(Fill("2B3442"), Rounded("465468", 0.06, 0.12)),
    floor=_NIGHT,
    goal=(*_NIGHT, Frame("1FA796", 0.0, 0.12)),
    agent=(Rounded("F2C43C", 0.18, 0.5),),
    trail=(*_NIGHT, Disc("9A7F22", 0.13)),
    words=_words("yellow disc", "turquoise frame", "black corridors", "grey blocks"),
)

CONTRAST = maze_skin(
    "contrast",
    "0A0A0A",
    wall=(Fill("0A0A0A"),),
    floor=(Fill("F4F4F4"),),
    goal=(Fill("F4F4F4"), Checks("0A0A0A", 4)),
    agent=(Rounded("F4F4F4", 0.02, 0.5), Rounded("1C2FA8", 0.12, 0.5)),
    words=_words("strong blue disc", "tile chequered in black and white", "white corridors", "black walls"),
)

OKABE = maze_skin(
    "okabe",
    "4D4D4D",
    wall=(Fill("4D4D4D"),),
    floor=(Fill("FFFFFF"),),
    goal=(Fill("FFFFFF"), Frame("E69F00", 0.0, 0.14)),
    agent=(Rounded("0072B2", 0.18, 0.5),),
    trail=(Fill("B5DDF5"),),
    words=_words("blue disc", "orange frame", "white corridors", "grey walls"),
)

_WOOD = (Fill("DDB985"), Waves("CFA870", 5, 0.02, 0.04), Stripes("CFA870", 1), Frame("B58C58", 0.0, 0.02))
TEXTURED = maze_skin(
    "textured",
    "5E2B1C",
    wall=(Fill("A0492F"), Specks("B4583B", 9, 0.07), Bricks("D8C7AE", 3, 0.05)),
    floor=_WOOD,
    goal=(Fill("4E8F3A"), Specks("7CC05F", 11, 0.06), Specks("35682A", 7, 0.05, 3)),
    agent=(Rounded("27405F", 0.14, 0.5), Disc("4A72A8", 0.26, -0.03, -0.03), Disc("D8E4F2", 0.08, -0.12, -0.11)),
    trail=(*_WOOD, Disc("5C3D1C", 0.1, 0.13, -0.13), Disc("5C3D1C", 0.1, -0.13, 0.13)),
    words=_words("shiny blue ball", "patch of green grass", "wooden floor", "walls of red brick"),
)

_PAPER = (Fill("FBF6E8"),)
SKETCH = maze_skin(
    "sketch",
    "FBF6E8",
    wall=(Fill("E6DDC6"), Hatch("4A4844", 4, 0.3), Hatch("4A4844", 3, 0.22, falling=True)),
    floor=_PAPER,
    goal=(*_PAPER, Hatch("3E9B4F", 5, 0.62), Stroke("1F5E2C", by_hand(box(0.43), 0.02), 0.05)),
    agent=(Disc("D8432F", 0.33), Stroke("5A1A12", blob(0.32, 0.07, turns=1.15), 0.05)),
    trail=(*_PAPER, Hatch("EFA797", 4, 0.45)),
    words=_words(
        "red crayon dot", "square scribbled in green", "corridors of blank paper", "walls hatched with a pencil"
    ),
)

PASTEL = maze_skin(
    "pastel",
    "BCA8DC",
    wall=(Fill("BCA8DC"), Rounded("CBBBE8", 0.08, 0.2)),
    floor=(Fill("FFF8EF"),),
    goal=(Fill("7ACBA4"),),
    agent=(Rounded("F0809B", 0.16, 0.5), Disc("5E2C3B", 0.06, -0.07, -0.13), Disc("5E2C3B", 0.06, -0.07, 0.13)),
    trail=(Fill("FBD5DE"),),
    words=_words("round pink face", "mint-green tile", "cream corridors", "lavender walls"),
)

_PLAN = (Fill("24508A"), Frame("3565A2", 0.0, 0.02))
BLUEPRINT = maze_skin(
    "blueprint",
    "1B3F70",
    wall=(Fill("1B3F70"), Hatch("8FB7E8", 4, 0.3), Frame("DCEAFC", 0.0, 0.05)),
    floor=_PLAN,
    goal=(*_PLAN, Frame("E8D890", 0.08, 0.08), Cross("E8D890", 0.08, 0.1)),
    agent=(Ring("DDE7F5", 0.38, 0.26), Disc("DDE7F5", 0.14)),
    trail=(*_PLAN, Disc("B9D4F5", 0.11)),
    words=_words("white ring with a dot in it", "yellow window", "plain blue corridors", "walls hatched in light blue"),
    held_out=True,
)

_HERO = (
    "..####..",
    ".######.",
    "########",
    "########",
    "########",
    "########",
    "##.##.##",
    "#..##..#",
)
_EYES = (
    "........",
    "........",
    ".##..##.",
    ".##..##.",
    "........",
    "........",
    "........",
    "........",
)
_DOOR = (
    "########",
    "#......#",
    "#.####.#",
    "#.####.#",
    "#.####.#",
    "#.####.#",
    "#......#",
    "########",
)
_VOID = (Fill("0C0C14"),)
ARCADE = maze_skin(
    "arcade",
    "0C0C14",
    wall=(Fill("1A1F8F"), Bricks("4E63FF", 2, 0.12)),
    floor=(*_VOID, Rounded("E8C8A0", 0.42, 0.0)),
    goal=(*_VOID, Bitmap("F0C040", _DOOR)),
    agent=(Bitmap("32CC42", _HERO), Bitmap("0C0C14", _EYES)),
    trail=_VOID,
    words=_words(
        "green pixel ghost", "yellow pixel door", "black corridors with a dot in each cell", "walls of blue blocks"
    ),
    held_out=True,
)

MAZE_SKINS = (CLASSIC, FLAT, DARK, CONTRAST, OKABE, TEXTURED, SKETCH, PASTEL, BLUEPRINT, ARCADE)
