"""Skins: ten families, each with a skin for every puzzle, so that results can be grouped by look.

classic   the published look      flat      dark      contrast   black and white and strong colours
okabe     for colour-blind eyes   textured  sketch    pastel
blueprint arcade                  held out: never in a training set

A name may go on with what is to be otherwise, as in "dark+frame+coordinates" or "classic+untrailed".
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache

from puzzlereel.renderers.skins.fifteen import FIFTEEN_SKINS
from puzzlereel.renderers.skins.flowfree import FLOWFREE_SKINS
from puzzlereel.renderers.skins.maze import MAZE_SKINS
from puzzlereel.renderers.skins.skin import Look, Skin, UnknownSkin
from puzzlereel.renderers.skins.sokoban import SOKOBAN_SKINS

__all__ = ["DEFAULT", "EXTRAS", "SKINS", "Look", "Skin", "UnknownSkin", "skin_of"]

SKINS: Mapping[str, Mapping[str, Skin]] = {
    skins[0].puzzle: {skin.name: skin for skin in skins}
    for skins in (MAZE_SKINS, FLOWFREE_SKINS, SOKOBAN_SKINS, FIFTEEN_SKINS)
}
DEFAULT = "classic"


EXTRAS: Mapping[str, Callable[[Skin], Skin]] = {
    "coordinates": lambda skin: replace(skin, rim=replace(skin.rim, coordinates=True)),
    "frame": lambda skin: replace(skin, rim=replace(skin.rim, frame=True)),
    "untrailed": lambda skin: replace(skin, trail="", trailed={}),
}
"""What a skin's name may go on with: numbers beside rows and columns, a frame around the board, no trail."""


def skin_of(puzzle: str, name: str = DEFAULT) -> Skin:
    """The skin of a puzzle by its name; UnknownSkin where there is none."""
    family, *extras = name.split("+")
    if family not in SKINS[puzzle]:
        raise UnknownSkin(f"expected a skin of {', '.join(SKINS[puzzle])} for {puzzle}, got {family!r}")
    if unknown := [extra for extra in extras if extra not in EXTRAS]:
        raise UnknownSkin(f"expected +{', +'.join(EXTRAS)} after a skin's name, got {unknown[0]!r} in {name!r}")
    return _dressed(puzzle, family, tuple(sorted(set(extras))))


@lru_cache(maxsize=256)
def _dressed(puzzle: str, family: str, extras: tuple[str, ...]) -> Skin:
    """The one skin for a family and extras, under its full name."""
    skin = SKINS[puzzle][family]
    for extra in extras:
        skin = EXTRAS[extra](skin)
    return replace(skin, name="+".join((family, *extras))) if extras else skin
