"""Skins: ten families, each with a skin for every puzzle, so that results can be grouped by look.

classic   the published look      flat      dark      contrast   black and white and strong colours
okabe     for colour-blind eyes   textured  sketch    pastel
blueprint arcade                  held out: never in a training set
"""

from collections.abc import Mapping

from puzzlereel.renderers.skins.flowfree import FLOWFREE_SKINS
from puzzlereel.renderers.skins.maze import MAZE_SKINS
from puzzlereel.renderers.skins.skin import Look, Skin, UnknownSkin
from puzzlereel.renderers.skins.sokoban import SOKOBAN_SKINS

__all__ = ["DEFAULT", "SKINS", "Look", "Skin", "UnknownSkin", "skin_of"]

SKINS: Mapping[str, Mapping[str, Skin]] = {
    skins[0].puzzle: {skin.name: skin for skin in skins} for skins in (MAZE_SKINS, FLOWFREE_SKINS, SOKOBAN_SKINS)
}
DEFAULT = "classic"


def skin_of(puzzle: str, name: str = DEFAULT) -> Skin:
    """The skin of a puzzle by its name; UnknownSkin where there is none."""
    if name not in SKINS[puzzle]:
        raise UnknownSkin(f"expected a skin of {', '.join(SKINS[puzzle])} for {puzzle}, got {name!r}")
    return SKINS[puzzle][name]
