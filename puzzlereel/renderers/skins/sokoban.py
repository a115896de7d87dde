"""How Sokoban looks: walls, floor, targets, boxes that may look otherwise on a target, and the player."""

from collections.abc import Mapping

from puzzlereel.renderers.figures import Bitmap, Cross, Frame, Polygon, Ring, Rounded, Stroke, blob, box, by_hand
from puzzlereel.renderers.shapes import Disc, Fill, Inset, Plank, Shapes
from puzzlereel.renderers.skins.skin import Look, Skin
from puzzlereel.renderers.textures import Bricks, Hatch, Specks, Stripes, Within


def sokoban_skin(
    name: str,
    background: str,
    *,
    wall: Shapes,
    floor: Shapes,
    target: Shapes,
    player: Shapes,
    box: Shapes,
    stored: Shapes,
    words: Mapping[str, str],
    held_out: bool = False,
) -> Skin:
    """A skin made of its six things; the target lies on the floor."""
    target = (*floor, *target)
    return Skin(
        name=name,
        puzzle="sokoban",
        background=background,
        looks={
            "#": Look(wall),
            " ": Look(floor),
            ".": Look(target),
            "@": Look(floor, player, "player"),
            "+": Look(target, player, "player"),
            "$": Look(floor, box, "box"),
            "*": Look(target, stored, "box"),
        },
        words=words,
        held_out=held_out,
    )


def _words(agent: str, box: str, target: str, stored: str, floor: str, wall: str) -> Mapping[str, str]:
    return {"agent": agent, "box": box, "target": target, "stored": stored, "floor": floor, "wall": wall}


CLASSIC = sokoban_skin(
    "classic",
    "3A3126",
    wall=(Fill("3A3126"),),
    floor=(Fill("A79F8C"), Inset("C6BDA9", 0.02)),
    target=(Disc("D55654", 0.14),),
    player=(Disc("3B63C6", 0.28),),
    box=(Inset("B17628", 0.1), Plank("7C521C", 0.1, 0.12)),
    stored=(Inset("3AB13A", 0.1), Plank("287C28", 0.1, 0.12)),
    words=_words("blue disc", "brown box", "red dot", "turns green", "beige floor", "dark walls"),
)

FLAT = sokoban_skin(
    "flat",
    "2F3E55",
    wall=(Fill("2F3E55"),),
    floor=(Fill("EEF1F5"),),
    target=(Rounded("6CB8F0", 0.3, 0.5),),
    player=(Rounded("E8503A", 0.14, 0.5),),
    box=(Rounded("F2A93B", 0.1, 0.12),),
    stored=(Rounded("2FBF71", 0.1, 0.12),),
    words=_words("red disc", "orange box", "blue dot", "turns green", "white floor", "slate-blue walls"),
)

DARK = sokoban_skin(
    "dark",
    "0B0E12",
    wall=(Fill("2B3442"), Rounded("465468", 0.06, 0.12)),
    floor=(Fill("12161C"), Inset("191F28", 0.03)),
    target=(Frame("D060A0", 0.26, 0.12),),
    player=(Rounded("F2C43C", 0.14, 0.5),),
    box=(Rounded("4479DA", 0.12, 0.1), Frame("7098E6", 0.2, 0.06)),
    stored=(Rounded("27BE7C", 0.12, 0.1), Frame("66D6A2", 0.2, 0.06)),
    words=_words("yellow disc", "blue box", "pink frame", "turns green", "black floor", "grey blocks"),
)

CONTRAST = sokoban_skin(
    "contrast",
    "0A0A0A",
    wall=(Fill("0A0A0A"),),
    floor=(Fill("E2E2E2"),),
    target=(Ring("0A0A0A", 0.3, 0.16),),
    player=(Rounded("1C2FA8", 0.08, 0.5),),
    box=(Rounded("8A1414", 0.1, 0.2),),
    stored=(Rounded("0C4A14", 0.1, 0.2), Rounded("98C498", 0.34, 0.5)),
    words=_words(
        "strong blue disc", "dark red box", "black ring", "turns dark green with a light dot",
        "light grey floor", "black walls",
    ),
)  # fmt: skip

OKABE = sokoban_skin(
    "okabe",
    "4D4D4D",
    wall=(Fill("4D4D4D"),),
    floor=(Fill("F4F4F4"),),
    target=(Rounded("D55E00", 0.24, 0.5), Rounded("F4F4F4", 0.36, 0.5)),
    player=(Rounded("0072B2", 0.12, 0.5),),
    box=(Rounded("E69F00", 0.1, 0.16), Rounded("8F6200", 0.32, 0.06)),
    stored=(Rounded("56B4E9", 0.1, 0.16), Rounded("2A6A92", 0.32, 0.5)),
    words=_words(
        "blue disc", "orange box with a brown square in it", "red-orange ring", "turns light blue with a dark dot",
        "white floor", "grey walls",
    ),
)  # fmt: skip

_STONE = (Fill("B9B6AC"), Specks("A5A196", 9, 0.06), Specks("CBC8BF", 7, 0.05, 4), Frame("98948A", 0.0, 0.02))
TEXTURED = sokoban_skin(
    "textured",
    "5E2B1C",
    wall=(Fill("A0492F"), Specks("B4583B", 9, 0.07), Bricks("D8C7AE", 3, 0.05)),
    floor=_STONE,
    target=(Fill("5A3472"), Frame("D0B060", 0.0, 0.1)),
    player=(Rounded("27405F", 0.14, 0.5), Disc("4A72A8", 0.26, -0.03, -0.03), Disc("D8E4F2", 0.08, -0.12, -0.11)),
    box=(Inset("C88A3E", 0.08), Within(Stripes("9A6424", 3, upright=True), Inset("", 0.14)),
         Frame("6E4214", 0.08, 0.08), Within(Plank("6E4214", 0.08, 0.14), Inset("", 0.08))),
    stored=(Inset("7FB04A", 0.08), Within(Stripes("55822C", 3, upright=True), Inset("", 0.14)),
            Frame("2F5216", 0.08, 0.08), Within(Plank("2F5216", 0.08, 0.14), Inset("", 0.08))),
    words=_words(
        "shiny blue ball", "wooden crate", "purple carpet with a golden rim", "is painted green",
        "stone floor", "walls of red brick",
    ),
)  # fmt: skip

_PAPER = (Fill("FBF6E8"), Frame("E8DFC8", 0.0, 0.02))
_CORNERS = box(0.36)
SKETCH = sokoban_skin(
    "sketch",
    "FBF6E8",
    wall=(Fill("E6DDC6"), Hatch("4A4844", 4, 0.3), Hatch("4A4844", 3, 0.22, falling=True)),
    floor=_PAPER,
    target=(Stroke("D05A4A", by_hand(((-0.18, -0.18), (0.18, 0.18)), 0.01), 0.14),
            Stroke("D05A4A", by_hand(((-0.18, 0.18), (0.18, -0.18)), 0.01, seed=2), 0.14)),
    player=(Polygon("4C7FD0", blob(0.37, 0.06)), Stroke("1B2F5C", blob(0.37, 0.07, turns=1.15), 0.05)),
    box=(Polygon("F0C98A", _CORNERS), Within(Hatch("B57B2B", 5, 0.4), Inset("", 0.14)),
         Stroke("5A3A12", by_hand(_CORNERS, 0.012), 0.06)),
    stored=(Polygon("A9DDA0", _CORNERS), Within(Hatch("2F8F3A", 5, 0.5, falling=True), Inset("", 0.14)),
            Stroke("14501C", by_hand(_CORNERS, 0.012), 0.06)),
    words=_words(
        "blue crayon dot", "box hatched in brown", "red crayon cross", "turns green",
        "blank paper", "walls hatched with a pencil",
    ),
)  # fmt: skip

PASTEL = sokoban_skin(
    "pastel",
    "BCA8DC",
    wall=(Fill("BCA8DC"), Rounded("CBBBE8", 0.08, 0.2)),
    floor=(Fill("F6EBDD"), Inset("FFF8EF", 0.03)),
    target=(Rounded("8CC7F2", 0.24, 0.5),),
    player=(Rounded("F0809B", 0.14, 0.5), Disc("5E2C3B", 0.06, -0.07, -0.13), Disc("5E2C3B", 0.06, -0.07, 0.13)),
    box=(Rounded("EFC15F", 0.08, 0.2), Rounded("F8DB97", 0.2, 0.12)),
    stored=(Rounded("6CC79A", 0.08, 0.2), Rounded("A5E3C4", 0.2, 0.12)),
    words=_words("round pink face", "soft yellow box", "light blue dot", "turns mint-green", "cream floor",
                 "lavender walls"),
)  # fmt: skip

_PLAN = (Fill("24508A"), Frame("3565A2", 0.0, 0.02))
BLUEPRINT = sokoban_skin(
    "blueprint",
    "1B3F70",
    wall=(Fill("1B3F70"), Hatch("8FB7E8", 4, 0.3), Frame("DCEAFC", 0.0, 0.05)),
    floor=_PLAN,
    target=(Cross("E8D890", 0.2, 0.16),),
    player=(Rounded("D4DFEE", 0.1, 0.5), Rounded("24508A", 0.22, 0.5), Rounded("D4DFEE", 0.36, 0.5)),
    box=(Inset("24508A", 0.1), Frame("BCCFE8", 0.1, 0.08), Stroke("BCCFE8", ((-0.3, -0.3), (0.3, 0.3)), 0.08),
         Stroke("BCCFE8", ((-0.3, 0.3), (0.3, -0.3)), 0.08)),
    stored=(Inset("E8D890", 0.1), Frame("BCCFE8", 0.1, 0.08), Stroke("7A5A00", ((-0.3, -0.3), (0.3, 0.3)), 0.08),
            Stroke("7A5A00", ((-0.3, 0.3), (0.3, -0.3)), 0.08)),
    words=_words(
        "white ring with a dot in it", "box drawn in white lines", "yellow cross", "is filled with yellow",
        "blue floor", "walls hatched in light blue",
    ),
    held_out=True,
)  # fmt: skip

_MAN = (
    "..####..",
    "..####..",
    "..####..",
    ".######.",
    ".######.",
    ".######.",
    "..####..",
    "..####..",
)
_SHIRT = (
    "........",
    "........",
    "........",
    ".######.",
    "..####..",
    "..####..",
    "........",
    "........",
)
_CRATE = (
    "........",
    ".######.",
    ".######.",
    ".##..##.",
    ".##..##.",
    ".######.",
    ".######.",
    "........",
)
_GEM = (
    "........",
    "...##...",
    "..####..",
    ".######.",
    ".######.",
    "..####..",
    "...##...",
    "........",
)
ARCADE = sokoban_skin(
    "arcade",
    "0C0C14",
    wall=(Fill("1A1F8F"), Bricks("4E63FF", 2, 0.12)),
    floor=(Fill("0C0C14"),),
    target=(Bitmap("FF4FD8", _GEM),),
    player=(Bitmap("C89A6C", _MAN), Bitmap("2CA43A", _SHIRT)),
    box=(Inset("6B3A10", 0.25), Bitmap("A86628", _CRATE)),
    stored=(Inset("7A1266", 0.25), Bitmap("C86EB4", _CRATE)),
    words=_words(
        "little pixel man in green", "brown pixel crate", "pink gem", "turns pink",
        "black floor", "walls of blue blocks",
    ),
    held_out=True,
)  # fmt: skip

SOKOBAN_SKINS = (CLASSIC, FLAT, DARK, CONTRAST, OKABE, TEXTURED, SKETCH, PASTEL, BLUEPRINT, ARCADE)
