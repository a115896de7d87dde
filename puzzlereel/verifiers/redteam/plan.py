"""Which films there are for a seed: the name of a film says everything, and the same name is the same film for ever.

7/maze/12/3     seed / puzzle / number of the level / number of the film

Films with an even number are honest, the others cheat. Over many levels the n-th films take turns among all kinds, so
that each comes up as often as the others.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple, TypeVar

from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.puzzles.ids import TINY, LevelId
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.film import STYLES
from puzzlereel.renderers.layout import FULL, LEAST_FILED_CELL, Canvas, TooSmall, layout_of
from puzzlereel.renderers.skins import EXTRAS, SKINS, skin_of
from puzzlereel.verifiers.redteam.honest import kinds_for
from puzzlereel.verifiers.redteam.kinds import KINDS
from puzzlereel.verifiers.redteam.variants import FAMILIES, VARIANTS
from puzzlereel.verifiers.scene import Scene

Item = TypeVar("Item")
INDICES = 10**9
"""Level indices are drawn from so many."""
CANVASES = (FULL, FULL, FULL, Canvas(320, 512), Canvas(384, 384), Canvas(512, 320))
LENGTHS = (81, 81, 81, 49, 121)
EXTRA = 0.25
"""With which chance a skin has each of its extras."""
COMBINED = 12
"""How many turns combinations have, beside one for each variant and each kind."""
COMBINED_STRENGTH, MILD_STRENGTH = (0.2, 0.7), (0.05, 0.35)
"""Between which strengths variants are drawn in combinations, and on top of cheats."""
ON_TOP = 0.4
"""With which chance something befalls a film that cheats."""
OTHERWISE = 0.3
"""With which chance a film with one variant is told in another honest way as well."""
NAME = re.compile(r"(0|-?[1-9][0-9]{0,17})/([a-z]+)/(0|[1-9][0-9]{0,8})/(0|[1-9][0-9]{0,8})", re.ASCII)
BEFALL = ("geometry", "colour", "grain", "codec")
"""What may befall a film that cheats: nothing that could shorten the cheat."""


class NoSuchFilm(PuzzlereelError):
    """A name that names no film of the red team."""


@dataclass(frozen=True)
class FilmId:
    seed: int
    puzzle: str
    level: int
    film: int

    def __str__(self) -> str:
        return f"{self.seed}/{self.puzzle}/{self.level}/{self.film}"

    @property
    def honest(self) -> bool:
        return self.film % 2 == 0

    @property
    def level_id(self) -> LevelId:
        """A level that this number has for this seed; tiers take turns."""
        tiers = [tier for tier in PUZZLES[self.puzzle].tiers if tier != TINY]
        index = Random(f"{self.seed}/{self.puzzle}/{self.level}").randrange(INDICES)
        return LevelId(self.puzzle, tiers[self.level % len(tiers)], "test", index)

    def turn(self, items: Sequence[Item], of: str) -> Item:
        """The item whose turn it is: over as many levels as there are items, each comes up once."""
        around, place = divmod(self.level, len(items))
        order = list(range(len(items)))
        Random(f"{self.seed}/{self.puzzle}/{self.film}/{of}/{around}").shuffle(order)
        return items[order[place]]


def parse_film_id(text: str) -> FilmId:
    """The inverse of `str`; NoSuchFilm where a text names no film."""
    match = NAME.fullmatch(text)
    if match is None or match[2] not in PUZZLES:
        raise NoSuchFilm(f"expected a film like 7/maze/12/3, got {text!r}")
    return FilmId(int(match[1]), match[2], int(match[3]), int(match[4]))


class Dress(NamedTuple):
    """How a film looks: what does not change whether it is honest."""

    skin: str
    style: str
    canvas: Canvas
    frames: int


def dress(film: FilmId, shapes: Sequence[tuple[int, int]], boards: int, rng: Random) -> Dress:
    """The looks of a film that shows boards of some shapes: canvases whose cells are large enough for a file."""
    family = film.turn(list(SKINS[film.puzzle]), "skin")
    extras = [extra for extra in EXTRAS if rng.random() < EXTRA]
    skin = "+".join([family, *extras])
    style = film.turn(list(STYLES), "style")
    canvas = rng.choice(CANVASES)
    around = skin_of(film.puzzle, skin).rim.cells
    if not all(has_room(shape, canvas, around) for shape in shapes):
        canvas = FULL
    return Dress(skin, style, canvas, max(rng.choice(LENGTHS), 2 * boards + 1))


def has_room(shape: tuple[int, int], canvas: Canvas, around: int) -> bool:
    """Whether cells come out large enough for a film that is written to a file."""
    try:
        return layout_of(shape, canvas, around).px >= LEAST_FILED_CELL
    except TooSmall:
        return False


class Befalling(NamedTuple):
    """A variant by its name, and how strong it is."""

    variant: str
    strength: float


class Honest(NamedTuple):
    """What an honest film is to be."""

    kind: str
    befalling: tuple[Befalling, ...]


def honest_plan(film: FilmId, scene: Scene, rng: Random) -> Honest:
    """One kind alone, or one variant at full strength, or a combination of two or three."""
    kinds = kinds_for(scene)
    variants = [name for name, variant in VARIANTS.items() if variant.family != "actor" or scene.walker]
    turn = film.turn([*kinds, *variants, *["combined"] * COMBINED], "honest")
    if turn in kinds:
        return Honest(turn, ())
    other = rng.choice(kinds) if rng.random() < OTHERWISE else "plain"
    if turn in VARIANTS:
        return Honest(other, (Befalling(turn, 1.0),))
    families = rng.sample(sorted({VARIANTS[name].family for name in variants}), rng.choice((2, 3)))
    chosen = [rng.choice([name for name in variants if VARIANTS[name].family == family]) for family in families]
    return Honest(other, _in_order(chosen, COMBINED_STRENGTH, rng))


def cheat_plan(film: FilmId, scene: Scene, rng: Random) -> tuple[list[tuple[str, bool]], tuple[Befalling, ...]]:
    """The kinds that may be tried, each gross or not, and what befalls the film; the first that is possible is made."""
    possible = [(name, gross) for name, kind in KINDS.items() if kind.needs.met_by(scene) for gross in (False, True)]
    first = possible.index(film.turn(possible, "cheat"))
    befalling: tuple[Befalling, ...] = ()
    if rng.random() < ON_TOP:
        befalling = _in_order(
            [rng.choice([name for name, variant in VARIANTS.items() if variant.family in BEFALL])], MILD_STRENGTH, rng
        )
    rest = possible[first + 1 :] + possible[:first]
    rng.shuffle(rest)
    return [possible[first], *rest], befalling


def _in_order(names: Sequence[str], strengths: tuple[float, float], rng: Random) -> tuple[Befalling, ...]:
    """Variants in the order in which they befall a film, each with its strength."""
    ordered = sorted(names, key=lambda name: FAMILIES.index(VARIANTS[name].family))
    return tuple(Befalling(name, round(rng.uniform(*strengths), 3)) for name in ordered)
