"""How Fifteen looks: a tray, its hole, and stones in the colours that the family's flows have, each with its number.

.......    a number is drawn in dots on its stone: one digit, or two beside each other from ten on
...#...
..##...    it is light on a dark stone and dark on a light one
...#...
...#...
...#...
.......
"""

from collections.abc import Mapping

import numpy as np

from puzzlereel.puzzles.fifteen import HOLE, STONES, WALL
from puzzlereel.renderers.figures import Bitmap
from puzzlereel.renderers.rim import DIGITS
from puzzlereel.renderers.shapes import LUMA, Fill, Shapes, rgb
from puzzlereel.renderers.skins.flowfree import FLOWFREE_SKINS
from puzzlereel.renderers.skins.skin import Look, Skin
from puzzlereel.renderers.skins.sokoban import SOKOBAN_SKINS

LIGHT, DARK = "FFFFFF", "101010"
BRIGHT = 128
"""How bright a stone is, of 255, from which on its number is dark."""


def fifteen_skin(flows: Skin, tray: Shapes, words: Mapping[str, str]) -> Skin:
    """The skin of a family that has these flows: stone 1 has the colour of the first flow, and so on."""
    hole = flows.look(".").ground
    looks = {WALL: Look(tray), HOLE: Look(hole)}
    for number, (glyph, letter) in enumerate(zip(STONES, flows.colours, strict=False), start=1):
        bare, dots = flows.look(letter.lower()).sprite, dots_of(number)
        ink = DARK if np.dot(rgb(bare[0].colour), LUMA) >= BRIGHT else LIGHT
        looks[glyph] = Look(hole, (*bare, Bitmap(bare[0].colour, around(dots)), Bitmap(ink, dots)), glyph)
    return Skin(flows.name, "fifteen", flows.background, looks, words=words, held_out=flows.held_out, is_stiff=True)


def dots_of(number: int) -> tuple[str, ...]:
    """A number in the middle of a square of dots, with a margin of one above, below, and at the sides or more."""
    gap = np.zeros((5, 1), bool)
    row = np.concatenate([part for digit in str(number) for part in (gap, DIGITS[int(digit)])] + [gap], axis=1)
    side = max(row.shape) + 2 * (row.shape[1] < 7)
    down, right = (side - 5) // 2, (side - row.shape[1]) // 2
    dots = np.full((side, side), ".")
    dots[down : down + 5, right : right + row.shape[1]][row] = "#"
    return tuple("".join(line) for line in dots)


def around(dots: tuple[str, ...]) -> tuple[str, ...]:
    """The dots, and those beside them: so much of a stone is plain, whatever is drawn on the rest."""
    drawn = np.pad(np.array([[dot == "#" for dot in row] for row in dots]), 1)
    rows, columns = len(dots), len(dots[0])
    near = np.any([drawn[r : r + rows, c : c + columns] for r in range(3) for c in range(3)], axis=0)
    return tuple("".join("#" if dot else "." for dot in row) for row in near)


TRAYS = {skin.name: skin.look("#").ground for skin in SOKOBAN_SKINS} | {"contrast": (Fill("B8B8B8"),)}
"""What stands around is what walls of the family are, but where that is no lighter than the hole."""
WORDS = {
    "classic": ("dark tray", "light grey gap", "coloured squares with numbers"),
    "flat": ("slate-blue tray", "white gap", "plain coloured squares with numbers"),
    "dark": ("tray of grey blocks", "black gap", "rounded squares with numbers"),
    "contrast": ("light grey tray", "black gap", "strongly coloured squares with numbers"),
    "okabe": ("grey tray", "white gap", "plain or striped squares with numbers"),
    "textured": ("tray of red brick", "grey stone gap", "numbered squares of small bricks"),
    "sketch": ("tray hatched with a pencil", "gap of blank paper", "hatched squares with numbers"),
    "pastel": ("lavender tray", "cream gap", "soft squares with numbers"),
    "blueprint": ("tray hatched in light blue", "blue gap", "hatched squares with frames and numbers"),
    "arcade": ("tray of blue blocks", "black gap", "pixel squares with numbers"),
}
"""What the tray, the hole and the stones are called in each family."""
FIFTEEN_SKINS = tuple(
    fifteen_skin(flows, TRAYS[flows.name], dict(zip(("tray", "hole", "stones"), WORDS[flows.name], strict=True)))
    for flows in FLOWFREE_SKINS
)
