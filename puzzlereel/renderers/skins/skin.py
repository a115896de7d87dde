"""What a skin is: how every glyph of a puzzle looks, and what the prompt calls it.

    Skin ─ looks    glyph → Look (ground, sprite), and its trailed look where the puzzle leaves a trail
         ─ words    what the prompt calls things in this skin

A sprite is what moves; the ground is what stays. Sprites of one kind are the same object in different surroundings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.renderers.rim import Rim
from puzzlereel.renderers.shapes import Shapes


class UnknownSkin(PuzzlereelError):
    """A skin that is not there, or has no look for a glyph."""


@dataclass(frozen=True)
class Look:
    """How a cell looks: what stays there, and the sprite on it, if there is one."""

    ground: Shapes
    sprite: Shapes = ()
    kind: str = ""
    """What the sprite is: "agent", "box", a colour, the glyph of a stone; "" where there is none."""


@dataclass(frozen=True, eq=False)
class Skin:
    """How the boards of a puzzle look, and the words for it; two skins are the same only if they are one object."""

    name: str
    """The family, the same in every puzzle, and what is otherwise, as in "dark+frame"."""
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
    held_out: bool = False
    """Whether it is kept out of training sets, for the out-of-domain ones."""
    is_stiff: bool = False
    """Whether sprites of which there is one only are never drawn larger or rounder than they are here."""
    rim: Rim = field(default_factory=Rim)
    """What stands around the board."""

    def look(self, glyph: str, *, trailed: bool = False) -> Look:
        """How a glyph looks; UnknownSkin where this skin cannot show it."""
        if trailed and glyph in self.trailed:
            return self.trailed[glyph]
        if glyph not in self.looks:
            raise UnknownSkin(f"expected glyphs of {''.join(self.looks)!r} in skin {self.name}, got {glyph!r}")
        return self.looks[glyph]

    def prompt(self, wordings: Sequence[str], board: Board, identity: str) -> str:
        """The prompt of a level in the words of this skin: the id chooses the wording, the first board the colours."""
        chosen = int.from_bytes(sha256(identity.encode()).digest()[:8], "big") % len(wordings)
        seen = [word for glyph, word in self.colours.items() if board.find(glyph)]
        listed = " and ".join([", ".join(seen[:-1])] * (len(seen) > 1) + seen[-1:])
        return wordings[chosen].format(**self.words, colours=listed)
