"""Mazes: trees against counts from outside, the uniform one against chance, and paths against brute force."""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from math import comb
from random import Random
from typing import Any, TypeAlias

import numpy as np
import pytest
import strategies

from puzzlereel.puzzles.core import NoLevelFound, Outcome
from puzzlereel.puzzles.kernels.dice import dice_of, roll
from puzzlereel.puzzles.kernels.maze import DEPTH_FIRST, DOWN, KRUSKAL, RIGHT, WILSON, carve
from puzzlereel.puzzles.maze import CARVINGS, MAZE, TIERS, Maze, Tier, generate

Cell: TypeAlias = tuple[int, int]
Door: TypeAlias = tuple[Cell, Cell]


def rooms_of(side: int) -> list[Cell]:
    """The rooms of a square, row by row."""
    return [(r, c) for r in range(side) for c in range(side)]


def doors_of(side: int) -> list[Door]:
    """Every place for a door in a square of rooms."""
    rooms = rooms_of(side)
    return [
        (one, other) for one, other in combinations(rooms, 2) if abs(one[0] - other[0]) + abs(one[1] - other[1]) == 1
    ]


def trees_by_kirchhoff(side: int) -> int:
    """How many spanning trees a square of rooms has, by the matrix-tree theorem (Kirchhoff 1847)."""
    rooms = rooms_of(side)
    laplacian = np.zeros((side * side, side * side))
    for one, other in doors_of(side):
        a, b = rooms.index(one), rooms.index(other)
        laplacian[[a, b], [a, b]] += 1
        laplacian[[a, b], [b, a]] -= 1
    return round(float(np.linalg.det(laplacian[1:, 1:])))


def is_tree(doors: frozenset[Door], side: int) -> bool:
    """Whether as many doors as a tree has join all rooms."""
    part = {room: room for room in rooms_of(side)}
    for one, other in doors:
        part = {room: part[one] if mark == part[other] else mark for room, mark in part.items()}
    return len(doors) == side * side - 1 and len(set(part.values())) == 1


def carved(rng: Random, side: int, carving: int) -> frozenset[Door]:
    """The open doors of a tree that the kernel carves."""
    doors = carve(dice_of(rng), side, carving).reshape(side, side)
    right = {((r, c), (r, c + 1)) for r, c in np.argwhere(doors & RIGHT).tolist()}
    return frozenset(right | {((r, c), (r + 1, c)) for r, c in np.argwhere(doors & DOWN).tolist()})


def text_of(doors: frozenset[Door], side: int, start: Cell, goal: Cell) -> str:
    """The maze of some open doors, drawn by hand."""
    glyphs = {(2 * r + 1, 2 * c + 1): " " for r, c in rooms_of(side)}
    glyphs |= {(one[0] + other[0] + 1, one[1] + other[1] + 1): " " for one, other in doors}
    glyphs |= {(2 * start[0] + 1, 2 * start[1] + 1): "@", (2 * goal[0] + 1, 2 * goal[1] + 1): "G"}
    size = range(2 * side + 1)
    return "\n".join("".join(glyphs.get((r, c), "#") for c in size) for r in size)


# Trees


@pytest.mark.parametrize(("side", "trees"), [(2, 4), (3, 192), (4, 100352)])
def test_the_matrix_tree_theorem_counts_the_trees_as_brute_force_does(side: int, trees: int) -> None:
    assert trees == trees_by_kirchhoff(side)
    if side < 4:
        every = map(frozenset, combinations(doors_of(side), side * side - 1))

        assert trees == sum(is_tree(doors, side) for doors in every)


@pytest.mark.parametrize("carving", [WILSON, DEPTH_FIRST, KRUSKAL], ids=CARVINGS)
@pytest.mark.parametrize("side", [3, 7, 25])
def test_what_is_carved_is_a_spanning_tree(side: int, carving: int) -> None:
    rng = Random(f"trees {side} {carving}")

    assert all(is_tree(carved(rng, side, carving), side) for _ in range(2000 // side**2))


def chi_square(carving: int, draws: int) -> tuple[float, int]:
    """How far the trees of 3 x 3 rooms are from equally frequent, and how many of them were drawn."""
    rng, side = Random(f"chi-square {carving}"), 3
    dice = dice_of(rng)
    counts = Counter(carve(dice, side, carving).tobytes() for _ in range(draws))
    expected = draws / trees_by_kirchhoff(side)
    unseen = trees_by_kirchhoff(side) - len(counts)
    return sum((count - expected) ** 2 / expected for count in counts.values()) + unseen * expected, len(counts)


def test_wilson_draws_each_of_the_192_trees_of_3_by_3_rooms_as_often_as_the_others() -> None:
    """With 191 degrees of freedom, chance alone passes 258 once in a thousand times."""
    value, seen = chi_square(WILSON, 100_000)

    assert 192 == seen
    assert 130 < value < 258


@pytest.mark.parametrize("carving", [DEPTH_FIRST, KRUSKAL], ids=CARVINGS[1:])
def test_the_other_trees_are_not_equally_frequent_so_the_test_can_tell(carving: int) -> None:
    value, seen = chi_square(carving, 100_000)

    assert value > 1000
    assert {DEPTH_FIRST: 88, KRUSKAL: 192}[carving] == seen


def test_dice_fall_evenly_and_the_same_everywhere() -> None:
    dice = dice_of(Random("dice"))
    faces = Counter(roll(dice, 6) for _ in range(60_000))

    assert 6 == len(faces)
    assert sum((count - 10_000) ** 2 / 10_000 for count in faces.values()) < 20.5  # once in a thousand times
    assert [by_hand(7, n) for n in range(1, 6)] == rolled(7, 5)


def by_hand(seed: int, count: int) -> int:
    """The number of six sides that splitmix64 gives as its `count`-th, in whole numbers of Python."""
    mask = 2**64 - 1
    mixed = (seed + count * 0x9E3779B97F4A7C15) & mask
    mixed = ((mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9) & mask
    mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & mask
    return ((mixed ^ mixed >> 31) >> 32) * 6 >> 32


def rolled(seed: int, times: int) -> list[int]:
    dice = np.array([seed], np.uint64)
    return [roll(dice, 6) for _ in range(times)]


# Paths


def neighbours_in(text: str) -> dict[Cell, list[Cell]]:
    """For every open cell of a maze the open cells beside it."""
    cells = {(r, c) for r, row in enumerate(text.split("\n")) for c, glyph in enumerate(row) if glyph != "#"}
    beside = ((-1, 0), (1, 0), (0, -1), (0, 1))
    return {(r, c): [(r + d, c + e) for d, e in beside if (r + d, c + e) in cells] for r, c in cells}


def place(text: str, glyph: str) -> Cell:
    return divmod(text.index(glyph), text.index("\n") + 1)


def paths(near: dict[Cell, list[Cell]], path: tuple[Cell, ...], goal: Cell) -> Iterator[int]:
    """The lengths of all ways on to the goal that enter no cell twice."""
    if path[-1] == goal:
        yield len(path) - 1
    else:
        for cell in near[path[-1]]:
            if cell not in path:
                yield from paths(near, (*path, cell), goal)


def check(level: Any) -> tuple[int, int]:
    """Compares solver and level with brute force; the fewest moves (0 where there is no way), and how many ways."""
    text, answer = str(level), MAZE.solve(level)
    lengths = Counter(paths(neighbours_in(text), (place(text, "@"),), place(text, "G")))
    fewest = min(lengths, default=0)

    assert (Outcome.SOLVED if lengths else Outcome.UNSOLVABLE) == answer.outcome, f"in\n{text}"
    assert lengths[fewest] == answer.solutions == level.ways, f"in\n{text}"
    assert (lengths[fewest] == 1) == level.is_unique, f"in\n{text}"
    assert bool(lengths) == answer.optimal
    assert fewest == (len(answer.trajectory.moves) if answer.trajectory else 0), f"in\n{text}"
    assert answer.trajectory is None or answer.trajectory.solved, f"in\n{text}"
    return fewest, lengths[fewest]


def test_paths_in_all_perfect_mazes_of_3_by_3_rooms_are_as_brute_force_has_them() -> None:
    trees = [doors for doors in map(frozenset, combinations(doors_of(3), 8)) if is_tree(doors, 3)]
    rooms = rooms_of(3)
    found = Counter[tuple[int, int]]()
    for doors in trees:
        for start, goal in combinations(rooms, 2):
            found[check(MAZE.parse(text_of(doors, 3, start, goal)))] += 1

    assert 192 * 36 == found.total()
    assert {1} == {ways for _, ways in found}
    assert {2, 4, 6, 8, 10, 12, 14, 16} == {fewest for fewest, _ in found}


def test_paths_in_mazes_of_3_by_3_rooms_with_any_doors_are_as_brute_force_has_them() -> None:
    rng, every = Random("doors"), doors_of(3)
    found = set()
    for _ in range(800):
        start, goal = rng.sample(rooms_of(3), 2)
        doors = frozenset(rng.sample(every, rng.randint(4, 12)))
        found.add(check(MAZE.parse(text_of(doors, 3, start, goal))))

    assert {(0, 0), (8, 6), (4, 2), (2, 1)} <= found


@pytest.mark.parametrize(("height", "width"), [(1, 6), (4, 4), (5, 3)])
def test_paths_in_random_mazes_are_as_brute_force_has_them(height: int, width: int) -> None:
    rng, cells = Random(f"mazes {height} {width}"), height * width
    found = []
    for _ in range(100):
        walls = rng.randint(0, cells // 2)
        glyphs = rng.sample("@G" + "#" * walls + "_" * (cells - walls - 2), cells)
        rows = ["".join(glyphs[width * row :][:width]) for row in range(height)]
        found.append(check(MAZE.parse("\n".join(["#" * width, *rows, "#" * width]).replace("_", " "))))

    assert 10 < found.count((0, 0)) < 90


@pytest.mark.parametrize("side", [2, 9, 30])
def test_the_ways_across_an_open_field_are_counted_by_the_binomial_coefficient(side: int) -> None:
    level = MAZE.parse("\n".join(["@" + " " * side, *[" " * (side + 1)] * (side - 1), " " * side + "G"]))

    assert comb(2 * side, side) == level.ways == MAZE.solve(level).solutions


def test_the_solver_counts_more_ways_than_its_numbers_hold_up_to_a_bound() -> None:
    level = MAZE.parse("\n".join(["@" + " " * 60, *[" " * 61] * 59, " " * 60 + "G"]))

    assert 10**18 == MAZE.solve(level).solutions
    assert comb(120, 60) == level.ways


# Generation


def dead_ends(level: Maze) -> int:
    """How many rooms have one door only."""
    return sum(len(near) == 1 for near in neighbours_in(str(level)).values())


@pytest.mark.parametrize("carving", CARVINGS)
@pytest.mark.parametrize("side", [3, 8, 25])
def test_mazes_of_any_size_have_the_size_and_the_length_that_were_asked_for(side: int, carving: str) -> None:
    tier = Tier(sides=(side,), least=4, most=12, carvings=(carving,))
    levels = [generate(Random(f"sizes {n}"), tier) for n in range(20)]

    assert {(2 * side + 1, 2 * side + 1)} == {level.plan.shape for level in levels}
    assert all(4 <= len(strategies.shortest(level)) <= 12 for level in levels)
    assert 3 < len({len(strategies.shortest(level)) for level in levels})
    assert all(level.is_unique for level in levels)


def test_start_and_goal_are_anywhere() -> None:
    tier = Tier(sides=(3,), least=2, most=16)
    levels = [generate(Random(f"anywhere {n}"), tier) for n in range(400)]

    assert 9 == len({level.start() for level in levels}) == len({level.goal for level in levels})


def test_braiding_opens_dead_ends_and_a_whole_braid_leaves_none() -> None:
    ends, loops = [], []
    for braid in (0, 50, 100):
        tier = Tier(sides=(10,), least=4, most=60, braid=braid)
        levels = [generate(Random(f"braid {n}"), tier) for n in range(30)]
        ends.append(sum(map(dead_ends, levels)))
        loops.append(sum(str(level).count(" ") + 2 - 199 for level in levels))

    assert 0.3 * ends[0] < ends[1] < 0.6 * ends[0]
    assert (0, 0) == (ends[2], loops[0])
    assert 0.3 * ends[0] < loops[1] < 0.7 * ends[0] < loops[2] < ends[0]


def test_a_carving_gives_corridors_as_long_as_it_is_known_for() -> None:
    """Depth first winds more than Wilson, and Kruskal less: by the number of dead ends."""
    ends = {}
    for carving in CARVINGS:
        tier = Tier(sides=(12,), least=2, most=200, carvings=(carving,))
        ends[carving] = sum(dead_ends(generate(Random(f"corridors {n}"), tier)) for n in range(40))

    tier = Tier(sides=(12,), least=2, most=200, carvings=("kruskal", "depth_first"))
    mixed = [dead_ends(generate(Random(f"mixed {n}"), tier)) for n in range(20)]

    assert min(mixed) < 24
    assert max(mixed) > 36
    assert ends["depth_first"] < 0.6 * ends["wilson"] < 0.6 * ends["kruskal"]


@pytest.mark.parametrize("tier", TIERS)
def test_mazes_of_a_tier_keep_to_it(tier: str) -> None:
    wanted = TIERS[tier]
    levels = [generate(Random(f"{tier} {n}"), tier) for n in range(60)]

    assert {2 * side + 1 for side in wanted.sides} == {level.plan.shape[0] for level in levels}
    assert all(wanted.least <= len(strategies.shortest(level)) <= wanted.most for level in levels)
    assert all(level.is_unique for level in levels) == (wanted.braid == 0)


def test_a_length_that_no_maze_has_ends_the_generator_with_an_error_that_says_so() -> None:
    with pytest.raises(NoLevelFound, match=r"^no maze of 20 to 30 moves among 1000 draws of Tier\(sides=\(3,\), "):
        generate(Random(1), Tier(sides=(3,), least=20, most=30))


@pytest.mark.parametrize(
    ("tier", "message"),
    [
        ({"sides": (2,)}, r"expected sides from 3 to 25, got \(2,\)"),
        ({"sides": (26,)}, r"expected sides from 3 to 25, got \(26,\)"),
        ({"sides": ()}, r"expected sides from 3 to 25, got \(\)"),
        ({"sides": (5,), "carvings": ("prim",)}, "expected carvings of wilson, depth_first, kruskal, got prim"),
        ({"sides": (5,), "carvings": ("prim", "hunt")}, "expected carvings of .*, got prim, hunt"),
        ({"sides": (5,), "carvings": ()}, "expected carvings of wilson, depth_first, kruskal, got none"),
        ({"sides": (5,), "braid": 101}, "expected a braid from 0 to 100, got 101"),
    ],
)
def test_a_tier_that_makes_no_sense_is_refused(tier: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        Tier(**tier, least=2, most=10)
