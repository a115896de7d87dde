"""Solvers against brute force that shares nothing with them, and on levels that others made."""

import heapq
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path as SystemPath
from random import Random
from typing import Any, NamedTuple, TypeAlias

import pytest
import strategies

from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import BadLevel, Effort, Outcome, Puzzle
from puzzlereel.puzzles.flowfree import FLOWFREE
from puzzlereel.puzzles.flowfree_search import count_fills, quiet_fills
from puzzlereel.puzzles.formats import Entry, read_collection
from puzzlereel.puzzles.maze import MAZE
from puzzlereel.puzzles.sokoban import SOKOBAN

Cell: TypeAlias = tuple[int, int]
Path: TypeAlias = tuple[Cell, ...]


def around(cell: Cell) -> list[Cell]:
    row, column = cell
    return [(row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column)]


# FlowFree: every way to draw paths between the ends, one colour after the other


def paths(path: Path, last: Cell, free: frozenset[Cell]) -> Iterator[Path]:
    """Every path that goes on from a path through free cells to its last cell."""
    for near in around(path[-1]):
        if near == last:
            yield (*path, last)
        elif near in free:
            yield from paths((*path, near), last, free - {near})


def covers(ends: list[list[Cell]], free: frozenset[Cell]) -> Iterator[list[Path]]:
    """Every way to cover the free cells by paths between the ends."""
    if not ends and not free:
        yield []
    if ends:
        first, last = ends[0]
        for path in paths((first,), last, free):
            for others in covers(ends[1:], free - set(path)):
                yield [path, *others]


def is_quiet(path: Path) -> bool:
    """Whether no cells of a path are side by side but those that follow each other."""
    return not any(path[j] in around(path[i]) for i in range(len(path)) for j in range(i + 2, len(path)))


def check_fills(plan: Board) -> tuple[int, int]:
    """Compares both searches and the solver with brute force; the numbers of fills and of quiet fills."""
    colours = sorted({glyph for _, glyph in plan.items()} - {"."})
    every = list(covers([plan.find(colour) for colour in colours], frozenset(plan.find("."))))
    quiet = [cover for cover in every if all(map(is_quiet, cover))]
    fills = [plan.put({cell: plan[path[0]].lower() for path in cover for cell in path[1:-1]}) for cover in quiet]
    many = 10**6

    assert len(every) == count_fills(plan, Effort(), limit=many), f"in\n{plan}"
    assert min(2, len(every)) == count_fills(plan, Effort(), limit=2), f"in\n{plan}"
    assert sorted(map(str, fills)) == sorted(map(str, quiet_fills(plan, Effort(), limit=many))), f"in\n{plan}"
    assert min(1, len(quiet)) == len(quiet_fills(plan, Effort(), limit=1)), f"in\n{plan}"
    check_answer(plan, len(every), fills)
    return len(every), len(quiet)


def check_answer(plan: Board, count: int, fills: list[Board]) -> None:
    """Compares what the solver says of a board, where it is a level, with its fills by brute force."""
    try:
        level = FLOWFREE.parse(str(plan))
    except BadLevel:
        return
    answer = FLOWFREE.solve(level)

    assert (Outcome.SOLVED if fills else Outcome.UNSOLVABLE) == answer.outcome, f"in\n{plan}"
    assert (count == 1 and len(fills) == 1) == answer.optimal, f"in\n{plan}"
    if answer.trajectory:
        assert min(2, count) == answer.solutions, f"in\n{plan}"
        assert answer.trajectory.boards[-1] in fills, f"in\n{plan}"


def placements(board: Board, colours: str, after: Cell = (-1, -1)) -> Iterator[Board]:
    """Every board with one more pair of ends of each colour; the first ends stand in the order of the colours."""
    if not colours:
        yield board
        return
    for one, other in combinations(board.find("."), 2):
        if one > after:
            yield from placements(board.put({one: colours[0], other: colours[0]}), colours[1:], one)


def scattered(rng: Random, empty: Board) -> Board:
    """Some pairs of ends anywhere: most such boards have no fill, and some have many."""
    colours = "ABCD"[: rng.randint(1, 4)]
    return empty.put(dict(zip(rng.sample(empty.find("."), 2 * len(colours)), colours * 2, strict=True)))


def covered(rng: Random, empty: Board) -> Board:
    """The ends of paths that cover the board and never touch themselves, so that there is a fill."""
    while True:
        free, ends = set(empty.find(".")), dict[Cell, str]()
        while free:
            path = [rng.choice(sorted(free))]
            for _ in range(rng.randint(1, 6)):
                onward = [near for near in around(path[-1]) if near in free - set(path) and is_quiet((*path, near))]
                path += rng.sample(onward, min(1, len(onward)))
            free -= set(path)
            ends |= dict.fromkeys((path[0], path[-1]), chr(ord("A") + len(ends) // 2))
            if len(path) == 1:
                break
        else:
            return empty.put(ends)


@pytest.mark.parametrize(("colours", "boards"), [("A", 36), ("AB", 378), ("ABC", 1260), ("ABCD", 945)])
def test_fills_of_every_board_of_3_by_3_are_those_of_brute_force(colours: str, boards: int) -> None:
    found = [check_fills(board) for board in placements(Board(("...",) * 3), colours)]

    assert boards == len(found)


@pytest.mark.parametrize(("height", "width"), [(3, 4), (4, 3), (3, 5), (4, 4), (5, 4)])
def test_fills_of_random_boards_are_those_of_brute_force(height: int, width: int) -> None:
    rng, empty = Random(f"fills {height} {width}"), Board(("." * width,) * height)
    found = [check_fills(draw(rng, empty)) for draw in (scattered, covered) for _ in range(100)]

    assert {True, False} == {fills == 0 for fills, _ in found} == {quiet == 1 for _, quiet in found}
    assert any(fills > 1 for fills, _ in found)


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


# Maze: distances that spread until nothing changes


def fewest_moves(text: str) -> float:
    """The length of a shortest path from the start to the goal; infinite where there is none."""
    glyphs = {(r, c): glyph for r, row in enumerate(text.split("\n")) for c, glyph in enumerate(row)}
    far = {cell: 0 if glyph == "@" else float("inf") for cell, glyph in glyphs.items() if glyph != "#"}
    while True:
        nearer = {cell: min([far[cell], *(1 + far[near] for near in around(cell) if near in far)]) for cell in far}
        if nearer == far:
            return next(far[cell] for cell, glyph in glyphs.items() if glyph == "G")
        far = nearer


def check_path(level: Any) -> float:
    """Compares the solver with brute force; the fewest moves."""
    expected, answer = fewest_moves(str(level)), MAZE.solve(level)

    assert (expected < float("inf")) == answer.optimal == (answer.outcome == Outcome.SOLVED), f"in\n{level}"
    if answer.trajectory:
        assert expected == len(answer.trajectory.moves), f"in\n{level}"
        assert answer.trajectory.solved, f"in\n{level}"
    return expected


@pytest.mark.parametrize(("height", "width"), [(1, 6), (4, 4), (7, 5)])
def test_paths_in_random_mazes_are_as_short_as_those_of_brute_force(height: int, width: int) -> None:
    rng, cells = Random(f"mazes {height} {width}"), height * width
    found = []
    for _ in range(150):
        walls = rng.randint(0, cells // 2)
        glyphs = rng.sample("@G" + "#" * walls + "_" * (cells - walls - 2), cells)
        rows = ["".join(glyphs[width * row :][:width]) for row in range(height)]
        found.append(check_path(MAZE.parse("\n".join(["#" * width, *rows, "#" * width]).replace("_", " "))))

    assert 10 < found.count(float("inf")) < 140


# All three, on levels that are generated, that cannot be solved, and that are too hard for the time


CHECKS = {MAZE.name: check_path, SOKOBAN.name: check_pushes}


@pytest.mark.parametrize("puzzle", [MAZE, SOKOBAN], ids=lambda puzzle: puzzle.name)
def test_reference_solutions_are_as_short_as_those_of_brute_force(puzzle: Puzzle) -> None:
    levels = [strategies.solution(one).level for one in strategies.first_ids(puzzle, 1)]

    assert all(CHECKS[puzzle.name](level) for level in levels)


@pytest.mark.parametrize(
    ("puzzle", "text"),
    [
        (MAZE, "#####\n#@#G#\n#####"),
        (MAZE, "@ #\n##G"),
        (FLOWFREE, "A..B\n....\nB..A"),
        (FLOWFREE, "A.A.\n....\n...."),
        (FLOWFREE, "A.A\n...\nB.B"),
        (SOKOBAN, "#####\n#@ $#\n#. ##\n#####"),
        (SOKOBAN, "@#$."),
        (SOKOBAN, "$@."),
        (SOKOBAN, "#######\n#.$@$ #\n###.###\n#######"),
    ],
)
def test_a_level_without_a_solution_is_said_to_have_none(puzzle: Puzzle, text: str) -> None:
    answer = puzzle.solve(puzzle.parse(text))

    assert (Outcome.UNSOLVABLE, None, False) == (answer.outcome, answer.trajectory, answer.optimal)


def test_a_level_that_starts_solved_is_solved_without_a_move() -> None:
    answer = SOKOBAN.solve(SOKOBAN.parse("@*"))

    assert (Outcome.SOLVED, True) == (answer.outcome, answer.optimal)
    assert answer.trajectory is not None
    assert () == answer.trajectory.moves


@pytest.mark.parametrize(
    ("puzzle", "text"),
    [
        (MAZE, "@" + "\n".join([" " * 40] * 40) + "G"),
        (FLOWFREE, "A...........\nB..........." + "\n............" * 9 + "\n..........AB"),
        (SOKOBAN, "############\n" + "#          #\n# $ $  . . #\n" * 4 + "#@         #\n############"),
    ],
    ids=["maze", "flowfree", "sokoban"],
)
def test_a_solver_gives_up_when_its_time_is_over(puzzle: Puzzle, text: str) -> None:
    answer = puzzle.solve(puzzle.parse(text), seconds=1e-9)

    assert (Outcome.GAVE_UP, None, False) == (answer.outcome, answer.trajectory, answer.optimal)
    assert 0 < answer.nodes <= 4096


# Levels that others made


def collection(path: str) -> list[Entry]:
    """The levels of a file of the folder beside the repository."""
    return read_collection((levels_folder() / path).read_text(encoding="utf-8"))


def levels_folder() -> SystemPath:
    """The folder beside the repository; the test is skipped where there is none."""
    if not strategies.LEVELS.is_dir():
        pytest.skip(f"the levels that others made are not part of the repository, and not in {strategies.LEVELS}")
    return strategies.LEVELS


@pytest.mark.parametrize(
    ("path", "titles"),
    [
        ("microban/Microban_155.xsb", [str(n) for n in range(1, 156)]),
        ("boxoban/unfiltered_test_200.txt", [str(n) for n in range(0, 1000, 5)]),
        ("boxoban/medium_train_100.txt", [str(n) for n in range(0, 1000, 10)]),
    ],
)
def test_every_level_of_a_sokoban_collection_is_read(path: str, titles: list[str]) -> None:
    entries = collection(path)

    assert [] == [str(entry.error) for entry in entries if entry.error]
    assert {"sokoban"} == {entry.puzzle.name for entry in entries}
    assert titles == [entry.title.split(" ")[0] for entry in entries]
    assert titles[-1] + {"155": " 'The Dungeon'"}.get(titles[-1], "") == entries[-1].title


def test_every_file_of_flow_solver_is_read_as_one_square_level() -> None:
    names = sorted(path.name for path in (levels_folder() / "flow_solver").glob("*.txt"))
    entries = [entry for name in names for entry in collection(f"flow_solver/{name}")]
    levels = [entry.level for entry in entries]

    assert len(names) == len(entries)
    assert {("flowfree", "1", None)} == {(entry.puzzle.name, entry.title, entry.error) for entry in entries}
    assert all(len(row) == text.count("\n") + 1 for text in map(str, levels) for row in text.split("\n"))


@pytest.mark.parametrize("number", [1, 2, 3, 4, 9, 12, 21, 30, 44, 46, 56])
def test_microban_solutions_are_as_short_as_those_of_brute_force(number: int) -> None:
    entry = collection("microban/Microban_155.xsb")[number - 1]

    assert str(number) == entry.title.split(" ")[0]
    assert check_pushes(entry.level)


@pytest.mark.parametrize("name", [f"regular_{n}x{n}_01" for n in range(5, 10)] + ["extreme_8x8_01"])
def test_puzzles_of_flow_solver_have_one_solution(name: str) -> None:
    (entry,) = collection(f"flow_solver/{name}.txt")
    answer = FLOWFREE.solve(entry.level)

    assert (Outcome.SOLVED, 1, True) == (answer.outcome, answer.solutions, answer.optimal)
    assert answer.trajectory is not None
    assert answer.trajectory.solved


def test_the_cross_of_flow_solver_has_no_solution() -> None:
    (entry,) = collection("flow_solver/unsolvable_cross.txt")
    answer = FLOWFREE.solve(entry.level)

    assert (Outcome.UNSOLVABLE, 0, None) == (answer.outcome, answer.solutions, answer.trajectory)
    assert 0 == count_fills(Board.of(str(entry.level)), Effort(), limit=2)


def test_a_ring_of_cells_that_leads_to_no_end_is_no_fill() -> None:
    """Every cell has the neighbours that it needs, but some of them only in a ring."""

    assert [] == quiet_fills(Board.of("..AB\n....\nA...\nB..."), Effort(), limit=2)
