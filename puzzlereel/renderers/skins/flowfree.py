"""How FlowFree looks: empty cells, and for each of sixteen colours its ends and the flow between them."""

from collections.abc import Callable, Mapping
from string import ascii_uppercase

from puzzlereel.renderers.figures import Bitmap, Frame, Polygon, Rounded, Stroke, blob, regular
from puzzlereel.renderers.shapes import Disc, Fill, Inset, Shapes, rgb
from puzzlereel.renderers.skins.skin import Look, Skin
from puzzlereel.renderers.textures import Bricks, Hatch, Stripes, Within

Inked = Callable[[str, bool], Shapes]
"""The shapes in a colour; True where the same colour is there once more, and has a pattern."""
STRIPED = "striped"
"""How the word of such a colour begins."""


def flowfree_skin(
    name: str,
    background: str,
    *,
    cell: Shapes,
    end: Inked,
    flow: Inked,
    colours: str,
    words: Mapping[str, str],
    held_out: bool = False,
) -> Skin:
    """A skin made of an empty cell, the looks of an end and a flow in any colour, and sixteen colours."""
    looks = {".": Look(cell)}
    named = dict(zip(ascii_uppercase, map(str.strip, colours.split(",")), strict=False))
    for letter, entry in named.items():
        colour, _, word = entry.partition(" ")
        second = word.startswith(STRIPED)
        looks[letter] = Look(cell, end(colour, second), letter)
        looks[letter.lower()] = Look(cell, flow(colour, second), letter)
    listed = {letter: entry.partition(" ")[2] for letter, entry in named.items()}
    return Skin(name, "flowfree", background, looks, words=words, colours=listed, held_out=held_out)


def _words(end: str, ends: str, flow: str, cell: str) -> Mapping[str, str]:
    return {"end": end, "ends": ends, "flow": flow, "cell": cell}


def mixed(colour: str, paper: str, share: float) -> str:
    """A colour of which so much is left, and the rest is another."""
    pairs = zip(rgb(colour), rgb(paper), strict=True)
    return bytes(round(share * one + (1 - share) * other) for one, other in pairs).hex()


def dimmed(colour: str, share: float) -> str:
    """A colour of whose brightness so much is left."""
    return mixed(colour, "000000", share)


CLASSIC = flowfree_skin(
    "classic",
    "F5F5F5",
    cell=(Fill("F5F5F5"), Inset("E6E6E6", 0.02)),
    end=lambda colour, _: (Disc(colour, 0.28),),
    flow=lambda colour, _: (Inset(dimmed(colour, 0.875), 0.02),),
    colours="""
        FB3738 red, 38AAFB blue, 3AE35A green, F5D90A yellow,
        8E44D6 purple, FF8A1F orange, 0A8F8F teal, FF7AC6 pink,
        8A5A2B brown, 1F3A9E navy, 101010 black, 12F2F2 cyan,
        F012F0 magenta, 0B5D1E dark green, 8C0A3C maroon, 7D8794 grey
    """,
    words=_words("disc", "discs", "filled squares", "light grey cells"),
)

FLAT = flowfree_skin(
    "flat",
    "E3E8EE",
    cell=(Fill("E3E8EE"), Inset("F2F5F8", 0.03)),
    end=lambda colour, _: (Rounded(colour, 0.06, 0.16), Rounded("FFFFFF", 0.3, 0.5)),
    flow=lambda colour, _: (Inset(colour, 0.03),),
    colours="""
        E84146 red, 3986E9 blue, 37CF68 green, F1D339 yellow,
        8A50DB purple, F58611 orange, 0B8390 teal, FF80BD pink,
        8B723D brown, 382E81 navy, 352B2F black, 61E9EB cyan,
        C41F9A magenta, 1A7C2A dark green, 8B1040 maroon, 96A8A0 grey
    """,
    words=_words("square with a white dot", "squares with white dots", "plain squares", "white cells"),
)

DARK = flowfree_skin(
    "dark",
    "0B0E12",
    cell=(Fill("0B0E12"), Inset("191F28", 0.03)),
    end=lambda colour, _: (Rounded(colour, 0.1, 0.5), Rounded(dimmed(colour, 0.35), 0.34, 0.5)),
    flow=lambda colour, _: (Rounded(colour, 0.06, 0.2),),
    colours="""
        FF3F3F red, 397FFF blue, 32EB54 green, FFED5D yellow,
        9849FF purple, FF9D20 orange, 0B9290 teal, FFA7BE pink,
        B26F50 brown, E6F2F2 white, A2F636 lime, 39FBF1 cyan,
        FF3BDA magenta, 809614 olive, B9186A crimson, 86AFAB grey
    """,
    words=_words("ring", "rings", "filled squares", "black cells"),
)

CONTRAST = flowfree_skin(
    "contrast",
    "B8B8B8",
    cell=(Fill("B8B8B8"), Inset("202020", 0.03)),
    end=lambda colour, second: (Rounded(colour, 0.1, 0.5), *([Rounded("202020", 0.34, 0.1)] * second)),
    flow=lambda colour, second: (
        Inset(colour, 0.03),
        *([Within(Stripes("202020", 2), Inset("202020", 0.16))] * second),
    ),
    colours="""
        FF8E98 red, 80B0FF blue, 60E068 green, FFF46A yellow,
        E8E8E8 white, FFAD3C orange, 58F0EE cyan, FF96F8 pink,
        FF8E98 striped red, 80B0FF striped blue, 60E068 striped green, FFF46A striped yellow,
        E8E8E8 striped white, FFAD3C striped orange, 58F0EE striped cyan, FF96F8 striped pink
    """,
    words=_words("disc", "discs", "filled squares", "black cells"),
)

OKABE = flowfree_skin(
    "okabe",
    "C8C8C8",
    cell=(Fill("C8C8C8"), Inset("F6F6F6", 0.03)),
    end=lambda colour, second: (Rounded(colour, 0.12, 0.5), *([Rounded("F6F6F6", 0.34, 0.1)] * second)),
    flow=lambda colour, second: (
        Inset(colour, 0.03),
        *([Within(Stripes("F6F6F6", 2, upright=True), Inset("F6F6F6", 0.16))] * second),
    ),
    colours="""
        E69F00 orange, 56B4E9 sky blue, 009E73 green, F0E442 yellow,
        0072B2 blue, D55E00 red-orange, CC79A7 pink, 303030 black,
        E69F00 striped orange, 56B4E9 striped sky blue, 009E73 striped green, F0E442 striped yellow,
        0072B2 striped blue, D55E00 striped red-orange, CC79A7 striped pink, 303030 striped black
    """,
    words=_words("disc", "discs", "filled squares", "white cells"),
)

TEXTURED = flowfree_skin(
    "textured",
    "6E6A62",
    cell=(Fill("6E6A62"), Inset("8E8A80", 0.03), Within(Hatch("858177", 3, 0.4), Inset("858177", 0.03))),
    end=lambda colour, _: (
        Rounded(dimmed(colour, 0.7), 0.08, 0.5),
        Disc(colour, 0.36, -0.02, -0.02),
        Disc("FFFFFF", 0.08, -0.15, -0.14),
    ),
    flow=lambda colour, _: (
        Inset(dimmed(colour, 0.8), 0.03),
        Within(Bricks(dimmed(colour, 0.55), 3, 0.05), Inset(colour, 0.03)),
    ),
    colours="""
        D62327 red, 275CC6 blue, 48AB35 green, E8D741 yellow,
        6A2E99 purple, F3820E orange, 17A188 teal, F67EA9 pink,
        805B18 brown, 112273 navy, 1C0C10 black, 6FDBEA light blue,
        C32692 magenta, 146225 dark green, 720837 maroon, FFFAE8 ivory
    """,
    words=_words("shiny ball", "shiny balls", "small bricks", "grey stone cells"),
)

SKETCH = flowfree_skin(
    "sketch",
    "FBF6E8",
    cell=(Fill("FBF6E8"), Frame("D9CFB4", 0.0, 0.02)),
    end=lambda colour, _: (
        Polygon(colour, blob(0.4, 0.05)),
        Stroke(dimmed(colour, 0.4), blob(0.4, 0.06, turns=1.15), 0.05),
    ),
    flow=lambda colour, _: (
        Inset(mixed(colour, "FBF6E8", 0.5), 0.05),
        Within(Hatch(mixed(colour, "FBF6E8", 0.8), 4, 0.5), Inset(colour, 0.05)),
    ),
    colours="""
        DD212C red, 3575E2 blue, 40B049 green, ECD325 yellow,
        7635BD purple, FF7710 orange, 038C8E teal, FF73B1 pink,
        8E6B23 brown, 1C247D navy, 1A0C17 black, 53DBE8 light blue,
        CC1F95 magenta, 0E6726 dark green, 7A1144 maroon, 909990 grey
    """,
    words=_words("crayon dot", "crayon dots", "hatched squares", "cells of blank paper"),
)

PASTEL = flowfree_skin(
    "pastel",
    "F3E7D8",
    cell=(Fill("F3E7D8"), Rounded("FFF8EF", 0.03, 0.1)),
    end=lambda colour, _: (Rounded(dimmed(colour, 0.5), 0.1, 0.5), Rounded(colour, 0.24, 0.5)),
    flow=lambda colour, _: (Rounded(colour, 0.03, 0.24),),
    colours="""
        FD6D85 coral, 6FADFA blue, 7DE39D mint, EFE269 yellow,
        B18AF4 lavender, FDA14F apricot, 4DABAD teal, FF97D2 pink,
        B59271 tan, 6E66BF indigo, 66727C charcoal, 97F4F3 light blue,
        C85EBD orchid, 78A546 olive, A8446D plum, B9B9B3 grey
    """,
    words=_words("button", "buttons", "soft squares", "cream cells"),
)

BLUEPRINT = flowfree_skin(
    "blueprint",
    "1B3F70",
    cell=(Fill("24508A"), Frame("3565A2", 0.0, 0.02)),
    end=lambda colour, _: (Polygon(colour, regular(4, 0.46)),),
    flow=lambda colour, _: (
        Inset(mixed(colour, "24508A", 0.68), 0.06),
        Within(Hatch(mixed(colour, "24508A", 0.88), 4, 0.5), Inset(colour, 0.06)),
        Frame(colour, 0.06, 0.08),
    ),
    colours="""
        F25160 red, AFCBFF light blue, 63DB6D green, EEF17F yellow,
        A772F1 violet, F5A940 orange, 25CBB1 turquoise, FFAEC6 pink,
        9A8144 brown, E8E8E8 white, 0A0812 black, 60F3F1 cyan,
        F251C4 magenta, 2D832B dark green, 7F1946 maroon, 9FA7A5 grey
    """,
    words=_words("diamond", "diamonds", "hatched squares", "blue cells"),
    held_out=True,
)

_GEM = (
    "........",
    "..####..",
    ".######.",
    ".######.",
    ".######.",
    ".######.",
    "..####..",
    "........",
)
_SHINE = (
    "........",
    "........",
    "..##....",
    "..#.....",
    "........",
    "........",
    "........",
    "........",
)
ARCADE = flowfree_skin(
    "arcade",
    "000000",
    cell=(Fill("000000"), Inset("16161F", 0.03)),
    end=lambda colour, _: (Bitmap(colour, _GEM), Bitmap("FFFFFF", _SHINE)),
    flow=lambda colour, _: (Inset(dimmed(colour, 0.55), 0.03), Inset(colour, 0.2)),
    colours="""
        FF2D49 red, 2F6BFF blue, 29ED4B green, FFF64F yellow,
        8C31D4 purple, FFA010 orange, 00868C teal, FF9BBD pink,
        BA5A21 brown, EBFFFF white, A6FB31 lime, 2BFBFC cyan,
        FF29ED magenta, 6F8A17 olive, A40A58 crimson, 80A29C grey
    """,
    words=_words("pixel gem", "pixel gems", "pixel blocks", "black cells"),
    held_out=True,
)

FLOWFREE_SKINS = (CLASSIC, FLAT, DARK, CONTRAST, OKABE, TEXTURED, SKETCH, PASTEL, BLUEPRINT, ARCADE)
