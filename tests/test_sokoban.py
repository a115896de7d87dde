"""Sokoban: solver and generator against plain searches that share nothing with them."""

import heapq
from random import Random
from typing import Any, NamedTuple, TypeAlias

import pytest
import strategies

from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import Outcome
from puzzlereel.puzzles.formats import read_collection
from puzzlereel.puzzles.sokoban import SOKOBAN

Cell: TypeAlias = tuple[int, int]
Path: TypeAlias = tuple[Cell, ...]


# Sokoban: single moves, the fewest pushes first and then the fewest moves


class Cost(NamedTuple):
    pushes: int
    moves: int


def least_cost(text: str) -> Cost | None:
    """The cost of the best solution by Dijkstra's algorithm over single moves; None where there is no solution."""
    glyphs = {(r, c): glyph for r, row in enumerate(text.split("\n")) for c, glyph in enumerate(row)}
    floor = {cell for cell, glyph in glyphs.items() if glyph != "#"}
    targets = {cell for cell, glyph in glyphs.items() if glyph in ".*+"}
    player = next(cell for cell, glyph in glyphs.items() if glyph in "@+")
    boxes = tuple(sorted(cell for cell, glyph in glyphs.items() if glyph in "$*"))
    queue, seen = [(Cost(0, 0), player, boxes)], set[tuple[Cell, Path]]()
    while queue:
        cost, (row, column), boxes = heapq.heappop(queue)
        if targets.issuperset(boxes):
            return cost
        if ((row, column), boxes) in seen:
            continue
        seen.add(((row, column), boxes))
        for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            near, far = (row + down, column + right), (row + 2 * down, column + 2 * right)
            if near in boxes and far in floor and far not in boxes:
                moved = tuple(sorted(far if box == near else box for box in boxes))
                heapq.heappush(queue, (Cost(cost.pushes + 1, cost.moves + 1), near, moved))
            elif near in floor and near not in boxes:
                heapq.heappush(queue, (Cost(cost.pushes, cost.moves + 1), near, boxes))
    return None


def check_pushes(level: Any) -> Cost | None:
    """Compares the solver with brute force; the cost of the best solution, or None where there is none."""
    expected, answer = least_cost(str(level)), SOKOBAN.solve(level)
    moves = answer.trajectory.moves if answer.trajectory else ()

    assert (Outcome.SOLVED if expected else Outcome.UNSOLVABLE) == answer.outcome, f"in\n{level}"
    assert bool(expected) == answer.optimal == bool(answer.trajectory and answer.trajectory.solved), f"in\n{level}"
    assert (expected or (0, 0)) == (sum(map(str.isupper, moves)), len(moves)), f"in\n{level}"
    return expected


def room(rng: Random, height: int, width: int) -> Board:
    """A board with scattered walls and an open border, a player, one or two boxes and perhaps a target more."""
    boxes = rng.randint(1, 2)
    things = "@" + "$" * boxes + "." * rng.randint(boxes, boxes + 1) + "#" * rng.randint(0, height * width // 5)
    board = Board(("#" + "_" * (width - 1),) + ("_" * width,) * (height - 1))
    return board.put(dict(zip(rng.sample(board.find("_"), len(things)), things, strict=True)))


@pytest.mark.parametrize(("height", "width", "count"), [(3, 5, 250), (4, 5, 100), (5, 6, 50)])
def test_solutions_of_random_rooms_are_as_short_as_those_of_brute_force(height: int, width: int, count: int) -> None:
    rng = Random(f"rooms {height} {width}")
    costs = [check_pushes(SOKOBAN.parse(str(room(rng, height, width)))) for _ in range(count)]

    assert 5 < sum(cost is None for cost in costs) < count - 15


# Levels that others made


@pytest.mark.parametrize("number", [1, 2, 3, 4, 9, 12, 21, 30, 44, 46, 56])
def test_microban_solutions_are_as_short_as_those_of_brute_force(number: int) -> None:
    if not strategies.LEVELS.is_dir():
        pytest.skip(f"the levels that others made are not part of the repository, and not in {strategies.LEVELS}")
    entry = read_collection((strategies.LEVELS / "microban/Microban_155.xsb").read_text(encoding="utf-8"))[number - 1]

    assert str(number) == entry.title.split(" ")[0]
    assert check_pushes(entry.level)
