"""What Sokoban levels are drawn: sizes, boxes, shapes of rooms, pushes, and how hard they are for the solver."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from jaxtyping import Int64, UInt64

from puzzlereel.puzzles.core import MOST_MOVES

SHAPES = ("scatter", "blocks", "cave", "chambers", "cross")
"""The shapes of rooms in the order of the kernel that draws them, where they are shown."""
MOST_BOXES, MOST_INNER = 4, 120
"""The most boxes, and the most cells within the border, that the backward search can keep in its sets."""
STATES = 1 << 16
"""How many states of a room the backward search lists before it takes the farthest that it has come to."""

Dice: TypeAlias = UInt64[np.ndarray, "1"]


@dataclass(frozen=True)
class Tier:
    """What levels are drawn; of sizes, box counts and shapes one each is drawn for every room."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    """The sizes of the board, border walls among them: at least 4, and at most 120 cells within the border."""
    boxes: tuple[int, ...]
    """How many boxes there are, 1 to 4."""
    least: int
    most: int
    """The fewest and the most pushes of the optimal solution."""
    moves: int = MOST_MOVES
    """The most moves of that solution."""
    shapes: tuple[str, ...] = SHAPES
    """The shapes of the room."""
    walls: int = 12
    """How many of 100 cells within the shape become wall, before all but the largest part is walled up."""
    easiest: int = 0
    hardest: int = 20_000
    """The fewest and the most nodes that the solver may expand."""

    def __post_init__(self) -> None:
        for name, sizes in (("rows", self.rows), ("columns", self.columns)):
            if not sizes or min(sizes) < 4:
                raise ValueError(f"expected {name} of at least 4, got {sizes}")
        if (max(self.rows) - 2) * (max(self.columns) - 2) > MOST_INNER:
            raise ValueError(
                f"expected {MOST_INNER} cells within the border at most, got {self.rows} by {self.columns}"
            )
        if not self.boxes or not all(1 <= boxes <= MOST_BOXES for boxes in self.boxes):
            raise ValueError(f"expected 1 to {MOST_BOXES} boxes, got {self.boxes}")
        if not self.shapes or not set(self.shapes) <= set(SHAPES):
            raise ValueError(f"expected shapes of {', '.join(SHAPES)}, got {', '.join(self.shapes) or 'none'}")
        if not (0 <= self.walls <= 100 and 1 <= self.least <= self.most):
            raise ValueError(f"expected walls from 0 to 100 and pushes from 1 on, got {self}")

    @cached_property
    def drawn(self) -> tuple[Int64[np.ndarray, " rows"], ...]:
        """What the kernel draws from: rows, columns, box counts, shapes."""
        shapes = [SHAPES.index(shape) for shape in self.shapes]
        return tuple(np.array(choices, np.int64) for choices in (self.rows, self.columns, self.boxes, shapes))


TIERS = {
    "easy": Tier(rows=(6, 7), columns=(6, 7), boxes=(1,), least=3, most=12),
    "medium": Tier(rows=(7, 8), columns=(7, 8), boxes=(2,), least=6, most=16, easiest=8),
    "hard": Tier(rows=(7, 8), columns=(7, 8, 9), boxes=(3,), least=9, most=24, easiest=20),
    "ood": Tier(rows=(9, 10), columns=(9, 10), boxes=(3, 4), least=9, most=30, shapes=SHAPES[1:4], easiest=20),
    "tiny": Tier(rows=(6,), columns=(6,), boxes=(1,), least=2, most=8, moves=8),
}


def draw(dice: Dice, wanted: Tier, tries: int) -> tuple[str, int]:
    """The text of a level with as few and as many pushes as wanted, and in how many rooms it was sought.

    The text is empty where none was found in `tries` rooms or in rooms of `STATES` states in all.
    """
    from puzzlereel.puzzles.kernels.sokoban_make import make_level

    rows, columns, boxes, shapes = wanted.drawn
    text, _, used = make_level(
        dice, rows, columns, boxes, shapes, wanted.walls, wanted.least, wanted.most, STATES, tries
    )
    return text.tobytes().decode("ascii"), used


def draw_many(dice: Dice, wanted: Tier, count: int) -> int:
    """Makes levels in the kernel alone, `count` times; how many they are."""
    return sum(bool(draw(dice, wanted, 1000)[0]) for _ in range(count))
