"""What may befall a film, by name: each at a strength from 0, nothing, to 1, the tolerance that is promised.

actor     the walker is drawn larger, smaller, rounder, squarer        before it is filmed
time      longer, shorter, eased, paused                               before it is filmed
          frames repeated, dropped, shown at a higher rate             after
geometry  colour  grain  codec                                         after, in this order
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from puzzlereel.verifiers.redteam import codecs, colours, geometry, tempo
from puzzlereel.verifiers.redteam.actors import SIZE, SQUARE, deforming
from puzzlereel.verifiers.redteam.filming import Film, Script

OnScript: TypeAlias = Callable[[Script, float, Random, str], Script]
OnFilm: TypeAlias = Callable[[Film, float, Random], Film]
FAMILIES = ("actor", "pace", "time", "geometry", "colour", "grain", "codec")
"""In the order in which they befall a film."""


@dataclass(frozen=True)
class Variant:
    """One thing that may befall a film: before it is filmed, or after."""

    name: str
    family: str
    on_script: OnScript | None = None
    """Is told the kind of sprite that walks, too."""
    on_film: OnFilm | None = None


def _paced(change: Callable[[Script, float, Random], Script]) -> Variant:
    return Variant(change.__name__, "pace", on_script=lambda script, strength, rng, kind: change(script, strength, rng))


def _filmed(family: str, *changes: OnFilm) -> list[Variant]:
    return [Variant(change.__name__, family, on_film=change) for change in changes]


VARIANTS: Mapping[str, Variant] = {
    variant.name: variant
    for variant in (
        Variant("larger", "actor", on_script=deforming(size=SIZE)),
        Variant("smaller", "actor", on_script=deforming(size=-SIZE)),
        Variant("rounder", "actor", on_script=deforming(square=-SQUARE)),
        Variant("squarer", "actor", on_script=deforming(square=SQUARE)),
        *map(_paced, (tempo.longer, tempo.shorter, tempo.eased, tempo.paused)),
        *_filmed("time", tempo.faster_rate, tempo.repeated, tempo.dropped),
        *_filmed("geometry", geometry.scaled_down, geometry.scaled_up, geometry.stretched, geometry.letterboxed),
        *_filmed("geometry", geometry.pillarboxed, geometry.cropped, geometry.shifted, geometry.jittered),
        *_filmed("geometry", geometry.panned, geometry.zoomed),
        *_filmed("colour", colours.brightness, colours.contrast, colours.gamma, colours.hue, colours.saturation),
        *_filmed("colour", colours.drifting_colours, colours.flickering),
        *_filmed("grain", colours.noisy, colours.blurred),
        *_filmed("codec", codecs.h264, codecs.vp9, codecs.av1, codecs.mpeg4),
    )
}
