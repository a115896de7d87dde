"""What the levels of a tier and split are like: how many differ, how long and hard they are, how fast they come."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import NamedTuple

from puzzlereel.puzzles.core import NoLevelFound
from puzzlereel.puzzles.ids import LevelId, form_of, level_of, solution_of
from puzzlereel.puzzles.registry import PUZZLES


class Spread(NamedTuple):
    """The least, the mean, the middle and the greatest of some numbers."""

    least: float
    mean: float
    median: float
    most: float

    @classmethod
    def of(cls, values: Sequence[int]) -> "Spread":
        return cls(min(values), mean(values), median(values), max(values))


@dataclass(frozen=True)
class Stats:
    """The first levels of a tier and split, one entry a level."""

    puzzle: str
    tier: str
    split: str
    moves: tuple[int, ...]
    """The moves of each reference solution."""
    difficulty: tuple[int, ...]
    """The nodes that the puzzle's solver visited for each level."""
    distinct: tuple[int, ...]
    """How many forms there are among the first levels: among the first one, two, three, …"""
    seconds: float
    """The time it took to make all levels, to solve them and to find their forms."""

    @property
    def count(self) -> int:
        return len(self.moves)

    @property
    def rate(self) -> float:
        """Levels a second."""
        return self.count / self.seconds

    def json(self) -> dict[str, object]:
        """What programs are told."""
        return {
            "puzzle": self.puzzle,
            "tier": self.tier,
            "split": self.split,
            "count": self.count,
            "distinct": self.distinct[-1],
            "moves": Spread.of(self.moves)._asdict(),
            "difficulty": Spread.of(self.difficulty)._asdict(),
            "rate": round(self.rate, 3),
        }


def stats_of(
    puzzle: str, tier: str, split: str, count: int, *, each: Callable[[int, int], None] = lambda done, total: None
) -> Stats:
    """Makes and solves the first `count` levels of a tier and split; NoLevelFound where a generator finds none.

    `each` is told how many levels are done, and how many there will be.
    """
    rules = PUZZLES[puzzle]
    moves, difficulty, distinct = [], [], []
    forms: set[str] = set()
    seconds = 0.0
    level_of(LevelId(puzzle, tier, split, count))  # compiles what is not yet compiled, outside of the measured time
    for index in range(count):
        begun = time.perf_counter()
        identity = LevelId(puzzle, tier, split, index)
        solution = solution_of(identity)
        forms.add(form_of(rules, level_of(identity)))
        seconds += time.perf_counter() - begun
        if solution.trajectory is None:
            raise NoLevelFound(f"expected a solution of {identity}, the solver says {solution.outcome.value}")
        moves.append(len(solution.trajectory.moves))
        difficulty.append(solution.nodes)
        distinct.append(len(forms))
        each(index + 1, count)
    return Stats(puzzle, tier, split, tuple(moves), tuple(difficulty), tuple(distinct), seconds)
