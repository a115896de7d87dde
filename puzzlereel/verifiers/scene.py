"""What the red team makes its films from: an honest solution, and what moves in it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from random import Random

from puzzlereel.puzzles.board import Board, Cell, neighbours
from puzzlereel.puzzles.core import Trajectory
from puzzlereel.renderers.change import Glide, motions
from puzzlereel.renderers.skins import Skin

Boards = Sequence[Board]


@dataclass(frozen=True)
class Scene:
    """An honest solution, and what its sprites are."""

    trajectory: Trajectory
    other: Trajectory | None
    """The solution of another level of the same shape; None leaves its cheat out."""
    skin: Skin
    rng: Random

    @property
    def boards(self) -> Boards:
        return self.trajectory.boards

    @property
    def middle(self) -> int:
        return len(self.boards) // 2

    def kind(self, glyph: str) -> str:
        return self.skin.look(glyph).kind

    @cached_property
    def gliding(self) -> Counter[str]:
        """How often each kind of sprite glides."""
        moving = [motion for before, after in pairwise(self.boards) for motion in motions(before, after, self.skin)]
        return Counter(motion.look.kind for motion in moving if isinstance(motion, Glide))

    @property
    def walker(self) -> str:
        """The kind that glides in every move, and of two that do the one that follows the other; "" where none does."""
        every = [kind for kind, moves in self.gliding.items() if moves == len(self.boards) - 1]
        if len(every) < 2:
            return "".join(every)
        first = [motion for motion in motions(self.boards[0], self.boards[1], self.skin) if isinstance(motion, Glide)]
        left = {motion.source for motion in first}
        return next(motion.look.kind for motion in first if motion.target in left)

    @property
    def is_loose(self) -> bool:
        """Whether things glide without a walker: whichever has room may be the next."""
        return bool(self.gliding) and not self.walker

    @cached_property
    def plain(self) -> str:
        """The glyph of the cells in which sprites come to stand."""
        return next(glyph for glyph in self._entered if not self.kind(glyph))

    @property
    def _entered(self) -> Iterator[str]:
        for before, after in pairwise(self.boards):
            yield from (before[cell] for cell in before.differences(after))

    @property
    def other_kind(self) -> str:
        """The kind of what glides beside the walker; "" where nothing does."""
        return next((kind for kind in self.gliding if kind != self.walker), "") if self.walker else ""

    @property
    def kinds(self) -> list[str]:
        """The kinds of all sprites on the first board."""
        return sorted({self.kind(glyph) for _, glyph in self.boards[0].items()} - {""})

    def interrupted(self, at: int, board: Board) -> Boards:
        """The solution with one board more after its `at`-th, and then that one again."""
        return [*self.boards[: at + 1], board, *self.boards[at:]]

    def find(self, board: Board, kind: str) -> list[Cell]:
        return [cell for cell, glyph in board.items() if self.kind(glyph) == kind]

    def bare(self, glyph: str) -> str:
        """The glyph of the same ground without a sprite."""
        ground = self.skin.look(glyph).ground
        return next(name for name, look in self.skin.looks.items() if look.ground == ground and not look.kind)

    def dressed(self, kind: str) -> str:
        """The glyph of a sprite of some kind on plain ground."""
        ground = self.skin.look(self.plain).ground
        names = [name for name, look in self.skin.looks.items() if look.kind == kind and look.ground == ground]
        return names[-1]

    def spare(self, board: Board) -> list[Cell]:
        """The plain cells that have no sprite beside them."""
        cells = [cell for cell, glyph in board.items() if glyph == self.plain]
        return [
            cell for cell in cells if not any(near in board and self.kind(board[near]) for near in neighbours(cell))
        ]
