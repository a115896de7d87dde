"""What a card tells of a data set, gathered in one pass over its rows, in memory that does not grow with them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Section(NamedTuple):
    """The levels of a card that are counted together."""

    puzzle: str
    tier: str
    split: str

    def __str__(self) -> str:
        return "/".join(self)


class Format(NamedTuple):
    """The frames of a film, how large they are, and how many there are a second."""

    frames: int
    height: int
    width: int
    fps: int


@dataclass
class Counts:
    """The levels of one puzzle, tier and split."""

    moves: Counter[int] = field(default_factory=Counter)
    """How many solutions have so many moves."""
    boards: Counter[tuple[int, int]] = field(default_factory=Counter)
    """How many boards have so many rows and columns."""
    skins: Counter[str] = field(default_factory=Counter)
    styles: Counter[str] = field(default_factory=Counter)
    formats: Counter[Format] = field(default_factory=Counter)
    film_bytes: int = 0
    picture: bytes = b""
    """The first frame of the first level, as a PNG."""

    @property
    def levels(self) -> int:
        return self.moves.total()

    @property
    def median_moves(self) -> float:
        """The middle of the numbers of moves, or the mean of the two in the middle."""
        return (_at(self.moves, (self.levels - 1) // 2) + _at(self.moves, self.levels // 2)) / 2


def _at(counts: Counter[int], place: int) -> int:
    """The number at a place when all that were counted stand in order."""
    numbers = sorted(counts)
    while place >= counts[numbers[0]]:
        place -= counts[numbers.pop(0)]
    return numbers[0]


class Summary:
    """The counts of every puzzle, tier and split of a data set, in the order in which they came."""

    def __init__(self) -> None:
        self.sections: dict[Section, Counts] = {}

    def add(self, row: Mapping[str, Any], film_bytes: int) -> None:
        """Counts one row of metadata, whose film has so many bytes."""
        counts = self.sections.setdefault(Section(row["puzzle"], row["tier"], row["split"]), Counts())
        lines = row["level"].splitlines()
        counts.moves[row["moves"]] += 1
        counts.boards[len(lines), max(map(len, lines))] += 1
        counts.skins[row["skin"]] += 1
        counts.styles[row["style"]] += 1
        counts.formats[Format(row["n_frames"], row["height"], row["width"], row["fps"])] += 1
        counts.film_bytes += film_bytes
        counts.picture = counts.picture or row["first_frame"]["bytes"]

    @property
    def levels(self) -> int:
        return sum(counts.levels for counts in self.sections.values())

    @property
    def parts(self) -> dict[str, list[Section]]:
        """The sections of each `<puzzle>/<split>`."""
        parts: dict[str, list[Section]] = {}
        for section in self.sections:
            parts.setdefault(f"{section.puzzle}/{section.split}", []).append(section)
        return parts
