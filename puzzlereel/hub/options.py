"""What a data set is to hold, and what each of its levels is to look like."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from puzzlereel.hub.dataset import BadDataset
from puzzlereel.puzzles.ids import OOD, LevelId, check_names
from puzzlereel.puzzles.registry import SUITE
from puzzlereel.renderers.film import STYLES, Timing
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import DEFAULT, SKINS, skin_of
from puzzlereel.renderers.video import check_film

ALL = "all"
"""In place of a skin's name: every one that is not held out, and in the tier `ood` every one that is."""
MOST_INDEX = 10**10
"""Indices are below this."""
MOST_FPS = 240
"""The most frames a second."""
MOST_COUNT = 10**8
"""The most levels of one puzzle and tier."""
LEAST_SECRET = 16
"""The fewest bytes of a secret."""


class Kind(NamedTuple):
    """The levels of one puzzle and tier."""

    puzzle: str
    tier: str


@dataclass(frozen=True)
class Options:
    """What a data set holds."""

    puzzles: tuple[str, ...] = tuple(SUITE)
    tiers: tuple[str, ...] = ("easy", "medium", "hard")
    split: str = "test"
    count: int = 10
    """The number of levels of each puzzle and tier."""
    skins: tuple[str, ...] = (DEFAULT,)
    """The skins that levels take turns in, by their ids."""
    styles: tuple[str, ...] = ("hold",)
    """The styles that films take turns in."""
    shuffled: bool = False
    """Whether solutions are told in any lawful order, where a puzzle has several: as flows, from either end."""
    height: int = 480
    width: int = 832
    frames: int = 81
    fps: int = 8
    secret_sha256: str = ""
    """Of the secret that the indices are drawn from; "" where they are counted from 0."""

    @property
    def kinds(self) -> list[Kind]:
        return [Kind(puzzle, tier) for puzzle in self.puzzles for tier in self.tiers]

    @property
    def timing(self) -> Timing:
        return Timing(frames=self.frames, fps=self.fps)

    @property
    def canvas(self) -> Canvas:
        return Canvas(self.height, self.width)

    def skin_for(self, identity: LevelId) -> str:
        """The skin of a level."""
        return _turn(resolved(self.skins, identity.puzzle, identity.tier), f"{identity} skin")

    def style_for(self, identity: LevelId) -> str:
        """The style of a level's film."""
        return _turn(self.styles, f"{identity} style")


def resolved(skins: Sequence[str], puzzle: str, tier: str) -> list[str]:
    """The names of skins, with those that `all`, or `all+frame`, stands for in a tier."""
    names = []
    for name in skins:
        family, plus, extras = name.partition("+")
        families = [one for one, skin in SKINS[puzzle].items() if skin.held_out == (tier == OOD)]
        names += [one + plus + extras for one in (families if family == ALL else [family])]
    return list(dict.fromkeys(skin_of(puzzle, name).name for name in names))


def _turn(names: Sequence[str], text: str) -> str:
    """The one of some names whose turn it is."""
    return names[int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % len(names)]


def check_options(options: Options) -> None:
    """Refuse at once what no level could be filmed with."""
    for name in ("puzzles", "tiers", "skins", "styles"):
        if not getattr(options, name):
            raise BadDataset(f"expected one or more {name}, got none")
    if type(options.fps) is not int or not 1 <= options.fps <= MOST_FPS:
        raise BadDataset(f"expected 1 to {MOST_FPS} frames a second, got {options.fps!r}")
    for puzzle, tier in options.kinds:
        check_names(puzzle, tier, options.split, given=f"{puzzle}/{tier}/{options.split}")
        for name in resolved(options.skins, puzzle, tier):
            if options.split == "train" and skin_of(puzzle, name).held_out:
                raise BadDataset(f"expected a skin that is not held out for the train split, got {name!r}")
    for style in options.styles:
        if style not in STYLES:
            raise BadDataset(f"expected a style of {', '.join(STYLES)}, got {style!r}")
    if not 1 <= options.count <= MOST_COUNT:
        raise BadDataset(f"expected 1 to {MOST_COUNT} levels, got {options.count}")
    check_film(options.frames, options.height, options.width)


def check_secret(options: Options, secret: bytes) -> None:
    """Refuse a secret that is short or not the one of the options."""
    digest = hashlib.sha256(secret).hexdigest() if options.secret_sha256 else ""
    if options.secret_sha256 and len(secret) < LEAST_SECRET:
        raise BadDataset(f"expected a secret of at least {LEAST_SECRET} bytes, got {len(secret)}")
    if digest != options.secret_sha256:
        raise BadDataset("expected the secret that the options have the SHA-256 of, got another")


def identity_of(kind: Kind, split: str, n: int, secret: bytes = b"") -> LevelId:
    """The id of the `n`-th level that is tried: `n` is its index, unless a secret says which."""
    if secret:
        told = f"{kind.puzzle}/{kind.tier}/{split}/{n}".encode()
        n = int.from_bytes(hashlib.sha256(secret + b"\n" + told).digest()[:16], "big") % MOST_INDEX
    return LevelId(*kind, split, n)
