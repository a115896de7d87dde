"""Skins: how every glyph of a puzzle looks.

    Skin ─ looks    glyph → Look (ground, sprite), and its trailed look where the puzzle leaves a trail
         ─ words    what the prompt calls things in this skin

A sprite is what moves; the ground is what stays. Sprites of one kind are the same object in different surroundings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.renderers.shapes import Disc, Fill, Inset, Plank, Shape, rgb


class UnknownSkin(PuzzlereelError):
    """A skin that is not there, or has no look for a glyph."""


@dataclass(frozen=True)
class Look:
    ground: tuple[Shape, ...]
    sprite: tuple[Shape, ...] = ()
    kind: str = ""
    """What the sprite is: "agent", "box", a colour; "" where there is none."""


@dataclass(frozen=True, eq=False)
class Skin:
    name: str
    puzzle: str
    background: str
    """The colour of the canvas around the board."""
    looks: Mapping[str, Look]
    trailed: Mapping[str, Look] = field(default_factory=dict)
    """How a glyph looks where the sprite of kind `trail` has been before."""
    trail: str = ""
    """The kind of sprite that leaves a trail; "" where none does."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What the prompt calls the things that it names in braces."""
    colours: Mapping[str, str] = field(default_factory=dict)
    """Glyph → the word for its colour, listed as {colours} in prompts for the glyphs on the board."""

    def look(self, glyph: str, *, trailed: bool = False) -> Look:
        """How a glyph looks; UnknownSkin where this skin cannot show it."""
        if trailed and glyph in self.trailed:
            return self.trailed[glyph]
        if glyph not in self.looks:
            raise UnknownSkin(f"expected glyphs of {''.join(self.looks)!r} in skin {self.name}, got {glyph!r}")
        return self.looks[glyph]

    def prompt(self, template: str, board: Board) -> str:
        """The prompt of a puzzle in the words of this skin, for one first board."""
        seen = [word for glyph, word in self.colours.items() if board.find(glyph)]
        listed = " and ".join([", ".join(seen[:-1])] * (len(seen) > 1) + seen[-1:])
        return template.format(**self.words, colours=listed)


def _maze() -> Skin:
    wall, floor, goal = (Fill("213B20"),), (Fill("B2D39E"),), (Fill("C84F1E"),)
    trail, agent = (Fill("8CB275"),), (Disc("613D12", 0.35),)
    looks = {
        "#": Look(wall),
        " ": Look(floor),
        "G": Look(goal),
        "@": Look(floor, agent, "agent"),
        "+": Look(goal, agent, "agent"),
    }
    return Skin(
        name="classic",
        puzzle="maze",
        background="213B20",
        looks=looks,
        trailed={" ": Look(trail), "@": Look(trail, agent, "agent")},
        trail="agent",
        words={
            "agent": "brown disc",
            "goal": "rust-red tile",
            "floor": "pale green corridors",
            "wall": "dark green walls",
        },
    )


FLOWS = {
    "A": ("FB3738", "red"),
    "B": ("38AAFB", "blue"),
    "C": ("3AE35A", "green"),
    "D": ("F5D90A", "yellow"),
    "E": ("8E44D6", "purple"),
    "F": ("FF8A1F", "orange"),
    "G": ("0A8F8F", "teal"),
    "H": ("FF7AC6", "pink"),
    "I": ("8A5A2B", "brown"),
    "J": ("1F3A9E", "navy"),
    "K": ("101010", "black"),
    "L": ("12F2F2", "cyan"),
    "M": ("F012F0", "magenta"),
    "N": ("0B5D1E", "dark green"),
    "O": ("8C0A3C", "maroon"),
    "P": ("7D8794", "grey"),
}
DIMMED = 0.875
"""How bright a flow is beside its ends."""


def _flowfree() -> Skin:
    cell = (Fill("F5F5F5"), Inset("E6E6E6", 0.02))
    looks = {".": Look(cell)}
    for colour, (end, _) in FLOWS.items():
        flow = bytes(round(DIMMED * channel) for channel in rgb(end)).hex()
        looks[colour] = Look(cell, (Disc(end, 0.28),), colour)
        looks[colour.lower()] = Look(cell, (Inset(flow, 0.02),), colour)
    words = {colour: word for colour, (_, word) in FLOWS.items()}
    return Skin(name="classic", puzzle="flowfree", background="F5F5F5", looks=looks, colours=words)


def _sokoban() -> Skin:
    wall, floor = (Fill("3A3126"),), (Fill("A79F8C"), Inset("C6BDA9", 0.02))
    target = (*floor, Disc("D55654", 0.14))
    player = (Disc("3B63C6", 0.28),)
    box = (Inset("B17628", 0.1), Plank("7C521C", 0.1, 0.12))
    stored = (Inset("3AB13A", 0.1), Plank("287C28", 0.1, 0.12))
    looks = {
        "#": Look(wall),
        " ": Look(floor),
        ".": Look(target),
        "@": Look(floor, player, "player"),
        "+": Look(target, player, "player"),
        "$": Look(floor, box, "box"),
        "*": Look(target, stored, "box"),
    }
    return Skin(
        name="classic",
        puzzle="sokoban",
        background="3A3126",
        looks=looks,
        words={
            "agent": "blue disc",
            "box": "brown box",
            "target": "red dot, where it turns green",
            "wall": "dark walls",
        },
    )


SKINS: Mapping[str, Mapping[str, Skin]] = {
    skin.puzzle: {skin.name: skin} for skin in (_maze(), _flowfree(), _sokoban())
}
DEFAULT = "classic"


def skin_of(puzzle: str, name: str = DEFAULT) -> Skin:
    """The skin of a puzzle by its name; UnknownSkin where there is none."""
    if name not in SKINS[puzzle]:
        raise UnknownSkin(f"expected a skin of {', '.join(SKINS[puzzle])} for {puzzle}, got {name!r}")
    return SKINS[puzzle][name]
