"""Sokoban's solver and generator against brute force that shares nothing with them."""

import heapq
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from random import Random
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pytest
import strategies

from puzzlereel.puzzles import sokoban, sokoban_search
from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import MOST_MOVES, Effort, GaveUp, NoLevelFound, Outcome, Solution, Trajectory
from puzzlereel.puzzles.formats import read_collection
from puzzlereel.puzzles.ids import LevelId, level_of
from puzzlereel.puzzles.kernels import sokoban_match, sokoban_prune, sokoban_room
from puzzlereel.puzzles.kernels.dice import dice_of
from puzzlereel.puzzles.kernels.sokoban_make import make_level
from puzzlereel.puzzles.sokoban import SOKOBAN, Sokoban, generate
from puzzlereel.puzzles.sokoban_make import SHAPES, STATES, TIERS, Tier, draw_many
from puzzlereel.puzzles.sokoban_search import fewest_pushes

Cell: TypeAlias = tuple[int, int]
AROUND = {"u": (-1, 0), "d": (1, 0), "l": (0, -1), "r": (0, 1)}
HARD = pytest.mark.parametrize("hard", [500, 0], ids=["as it is", "as if all levels were hard"])


class Cost(NamedTuple):
    pushes: int
    moves: int


class Level(NamedTuple):
    """A level read by hand."""

    floor: frozenset[Cell]
    targets: frozenset[Cell]
    player: Cell
    boxes: tuple[Cell, ...]

    @classmethod
    def of(cls, text: str) -> "Level":
        glyphs = {(r, c): glyph for r, row in enumerate(text.split("\n")) for c, glyph in enumerate(row)}
        return cls(
            frozenset(cell for cell, glyph in glyphs.items() if glyph != "#"),
            frozenset(cell for cell, glyph in glyphs.items() if glyph in ".*+"),
            next(cell for cell, glyph in glyphs.items() if glyph in "@+"),
            tuple(sorted(cell for cell, glyph in glyphs.items() if glyph in "$*")),
        )


def least_cost(level: Level) -> Cost | None:
    """The fewest pushes and then moves, by Dijkstra's algorithm over single moves; None where there is no solution."""
    queue, seen = [(Cost(0, 0), level.player, level.boxes)], set[tuple[Cell, tuple[Cell, ...]]]()
    while queue:
        cost, (row, column), boxes = heapq.heappop(queue)
        if level.targets.issuperset(boxes):
            return cost
        if ((row, column), boxes) in seen:
            continue
        seen.add(((row, column), boxes))
        for down, right in AROUND.values():
            near, far = (row + down, column + right), (row + 2 * down, column + 2 * right)
            if near in boxes and far in level.floor and far not in boxes:
                moved = tuple(sorted(far if box == near else box for box in boxes))
                heapq.heappush(queue, (Cost(cost.pushes + 1, cost.moves + 1), near, moved))
            elif near in level.floor and near not in boxes:
                heapq.heappush(queue, (Cost(cost.pushes, cost.moves + 1), near, boxes))
    return None


def cost_of(answer: Solution) -> Cost | None:
    """The pushes and moves of an answer, replayed under the rules; None where there is none."""
    if answer.trajectory is None:
        return None
    assert answer.trajectory.solved

    return Cost(sum(map(str.isupper, answer.trajectory.moves)), len(answer.trajectory.moves))


def check(level: Sokoban) -> Cost | None:
    """Compares the solver with brute force; the cost of the best solution, or None where there is none."""
    expected, answer = least_cost(Level.of(str(level))), SOKOBAN.solve(level)

    assert (Outcome.SOLVED if expected else Outcome.UNSOLVABLE) == answer.outcome, f"in\n{level}"
    assert bool(expected) == answer.optimal, f"in\n{level}"
    assert expected == cost_of(answer), f"in\n{level}"
    return expected


# Any boards: open borders, walls anywhere, rooms that are closed off, more targets than boxes, boxes on targets


def scattered(rng: Random, height: int, width: int) -> Board:
    """A board on which everything stands anywhere; most such levels have no solution."""
    cells = [(r, c) for r in range(height) for c in range(width)]
    rng.shuffle(cells)
    floor = cells[rng.randint(0, len(cells) // 3) :]
    boxes = floor[: rng.randint(1, 1 + len(cells) // 6)]
    targets = set(rng.sample(floor, len(boxes) + rng.randint(0, 1)))
    glyphs = {cell: "." if cell in targets else "-" for cell in floor}
    glyphs |= {box: "*" if box in targets else "$" for box in boxes}
    glyphs[floor[-1]] = "+" if floor[-1] in targets else "@"
    return Board(("#" * width,) * height).put(glyphs)


@HARD
@pytest.mark.parametrize(
    ("height", "width", "count"), [(1, 6, 40), (3, 5, 150), (4, 4, 100), (4, 5, 100), (3, 7, 60), (5, 5, 40)]
)
def test_solutions_of_random_boards_are_as_short_as_those_of_brute_force(
    height: int, width: int, count: int, hard: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sokoban_search, "HARD", hard)
    rng = Random(f"boards {height} {width}")
    costs = [check(SOKOBAN.parse(str(scattered(rng, height, width)))) for _ in range(count)]

    assert {True, False} == {cost is None for cost in costs}
    assert any(cost and cost.pushes > 1 for cost in costs)


@pytest.mark.parametrize(
    "text",
    [
        "#####\n#@ $#\n#. ##\n#####",
        "@#$.",
        "$@.",
        "#######\n#.$@$ #\n###.###\n#######",
        "#########\n#@$.#.$ #\n#########",
        "##########\n#@  $  ..#\n#   $    #\n#  ###   #\n#      $.#\n#    $$..#\n##########",
        "########\n#      #\n# $$   #\n# $$ @ #\n#   ...#\n#   .###\n########",
    ],
)
def test_a_level_without_a_solution_is_proven_to_have_none(text: str) -> None:
    answer = SOKOBAN.solve(SOKOBAN.parse(text))

    assert (Outcome.UNSOLVABLE, None, False) == (answer.outcome, answer.trajectory, answer.optimal)


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("@*", Cost(0, 0)),
        ("@*.", Cost(0, 0)),
        ("#########\n#@$.#*#*#\n#########", Cost(1, 1)),
        ("#########\n#@$.#.# #\n#########", Cost(1, 1)),
        ("@$.", Cost(1, 1)),
        ("@-$.*", Cost(1, 2)),
        ("-@$.*\n-----", Cost(1, 1)),
    ],
)
def test_rooms_that_are_closed_off_and_boxes_at_home_are_left_alone(text: str, cost: Cost) -> None:
    assert cost == check(SOKOBAN.parse(text))


def test_a_large_open_board_is_solved_and_one_with_very_many_boxes_is_given_up_at_once() -> None:
    rows = [["-"] * 100 for _ in range(100)]
    rows[0][0], rows[50][50], rows[80][20] = "@", "$", "."
    level = SOKOBAN.parse("\n".join(map("".join, rows)))
    cost = cost_of(SOKOBAN.solve(level))
    crowd = "\n".join(["@" + "-" * 60] + ["-" + "$-." * 20] * 60)

    assert cost is not None
    assert 60 == cost.pushes
    assert Outcome.GAVE_UP == SOKOBAN.solve(SOKOBAN.parse(crowd), seconds=1).outcome


# Levels of the generator, whose backward search knows the fewest pushes


ROOMY = Tier(rows=(7, 8), columns=(7, 8, 9), boxes=(3, 4), least=4, most=40)
NARROW = Tier(rows=(6, 7), columns=(6, 8), boxes=(1, 2, 3), least=3, most=30, walls=25)


def made(tier: Tier, seed: str, count: int) -> Iterator[tuple[str, list[int]]]:
    """Levels as the generator's kernel makes them, with the pushes that solve them."""
    dice, (rows, columns, boxes, shapes) = dice_of(Random(seed)), tier.drawn
    while count:
        text, pushes, _ = make_level(
            dice, rows, columns, boxes, shapes, tier.walls, tier.least, tier.most, STATES, 1000
        )
        if len(pushes):
            yield text.tobytes().decode("ascii"), pushes.tolist()
            count -= 1


@HARD
@pytest.mark.parametrize(("tier", "count"), [(ROOMY, 40), (NARROW, 80)])
def test_the_generator_counts_as_many_pushes_as_the_solver(
    tier: Tier, count: int, hard: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sokoban_search, "HARD", hard)
    for text, pushes in made(tier, "counts", count):
        cost = cost_of(SOKOBAN.solve(SOKOBAN.parse(text)))

        assert cost is not None, f"in\n{text}"
        assert len(pushes) == cost.pushes, f"in\n{text}"


@pytest.mark.parametrize("tier", [NARROW, ROOMY, *TIERS.values()])
def test_a_made_level_is_one_closed_room_with_boxes_off_their_targets_and_solved_by_its_pushes(tier: Tier) -> None:
    for text, pushes in made(tier, "made", 20):
        level, rows = Level.of(text), text.split("\n")
        boxes, player = set(level.boxes), level.player
        for push in pushes:
            box, (down, right) = divmod(push // 4, len(rows[0]) + 1), list(AROUND.values())[push % 4]
            onto = (box[0] + down, box[1] + right)

            assert (box[0] - down, box[1] - right) in walks(level.floor - boxes, player), f"in\n{text}"
            assert onto in level.floor - boxes, f"in\n{text}"
            boxes, player = boxes - {box} | {onto}, box

        assert boxes == level.targets
        assert not level.targets & set(level.boxes)
        assert level.floor == set(walks(level.floor, level.player))
        assert {1, len(rows) - 2} <= {row for row, _ in level.floor} <= set(range(1, len(rows) - 1))
        assert {1, len(rows[0]) - 2} <= {column for _, column in level.floor} <= set(range(1, len(rows[0]) - 1))
        assert (len(rows), len(rows[0]), len(boxes)) in {
            (height, width, count) for height in tier.rows for width in tier.columns for count in tier.boxes
        }
        assert tier.least <= len(pushes) <= tier.most


def walks(free: frozenset[Cell], player: Cell) -> dict[Cell, int]:
    """The moves to every cell that can be walked to."""
    far, queue = {player: 0}, deque([player])
    while queue:
        row, column = cell = queue.popleft()
        for down, right in AROUND.values():
            near = (row + down, column + right)
            if near in free and near not in far:
                far[near] = far[cell] + 1
                queue.append(near)
    return far


@pytest.mark.parametrize("tier", TIERS)
def test_levels_keep_within_the_bounds_of_their_tier(tier: str) -> None:
    rng, wanted = Random(f"bounds {tier}"), TIERS[tier]
    for _ in range(8):
        level = generate(rng, tier)
        answer = SOKOBAN.solve(level)
        cost = cost_of(answer)

        assert cost is not None
        assert wanted.least <= cost.pushes <= wanted.most
        assert cost.moves <= MOST_MOVES
        assert wanted.easiest <= answer.nodes <= wanted.hardest
        assert SOKOBAN.parse(str(level)) == level
        assert replace(answer, trajectory=None) == replace(SOKOBAN.solve(Sokoban(level.plan)), trajectory=None)
        assert answer.trajectory == SOKOBAN.solve(Sokoban(level.plan)).trajectory
        assert tier in ("hard", "ood") or cost == check(Sokoban(level.plan))


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_room_gives_levels_of_every_size(shape: str) -> None:
    for rows, columns, boxes in ((5, 6, 1), (6, 9, 2), (12, 12, 4), (12, 14, 3)):
        tier = Tier((rows,), (columns,), (boxes,), least=2, most=20, shapes=(shape,))

        assert 3 == draw_many(dice_of(Random(shape)), tier, 3)


def test_a_seed_gives_one_level_and_many_seeds_give_many() -> None:
    levels = [generate(Random(seed), "medium") for seed in (1, 1, *range(2, 30))]

    assert levels[0] == levels[1]
    assert 29 == len(set(map(str, levels)))


def test_a_tier_that_no_level_meets_is_told_with_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sokoban, "TRIES", 30)

    with pytest.raises(NoLevelFound, match=r"^no Tier\(.*\) Sokoban of 90 to 99 pushes and .* in 30 tries$"):
        generate(Random(0), replace(TIERS["easy"], least=90, most=99))
    with pytest.raises(NoLevelFound, match=r"^no Tier\(.*\) Sokoban of 3 to 12 pushes and .* in 30 tries$"):
        generate(Random(0), replace(TIERS["easy"], hardest=1))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": (3,)}, "expected rows of at least 4"),
        ({"columns": ()}, "expected columns of at least 4"),
        ({"rows": (7, 13), "columns": (13,)}, "expected 120 cells within the border at most"),
        ({"boxes": (5,)}, "expected 1 to 4 boxes"),
        ({"shapes": ("cave", "hall")}, "expected shapes of scatter, .*, got cave, hall"),
        ({"walls": 101}, "expected walls from 0 to 100"),
        ({"least": 13}, "and pushes from 1 on"),
    ],
)
def test_a_tier_that_cannot_be_drawn_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(TIERS["easy"], **changes)


# Walks


def test_walks_between_pushes_are_the_shortest_even_where_solutions_are_too_many_to_compare(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sokoban_search, "TIES", 0)
    levels = [(text, fewest_pushes(text, Effort())) for text, _ in made(ROOMY, "walks", 30)]
    monkeypatch.undo()

    for text, moves in levels:
        check_walks(Level.of(text), "".join(moves or ()))
    assert sum(len(moves or ()) for _, moves in levels) > sum(
        len(fewest_pushes(text, Effort()) or ()) for text, _ in levels
    )


def check_walks(level: Level, moves: str) -> None:
    """Compares the walks of a solution with the shortest to where they end."""
    boxes, player = set(level.boxes), level.player
    for walk, push in re.findall("([a-z]*)([A-Z])", moves):
        start = player
        for step in walk:
            player = (player[0] + AROUND[step][0], player[1] + AROUND[step][1])

        assert len(walk) == walks(level.floor - boxes, start)[player], moves
        down, right = AROUND[push.lower()]
        player = (player[0] + down, player[1] + right)
        boxes = boxes - {player} | {(player[0] + down, player[1] + right)}


# Limits


INTRICATE = """\
#########
### #. .#
#   $   #
# $$$#*.#
#..$ $  #
#     . #
# @    ##
#########"""


@pytest.fixture(scope="module")
def needed() -> int:
    """How many nodes the intricate level takes: more than a slice of them."""
    answer = SOKOBAN.solve(SOKOBAN.parse(INTRICATE))
    assert answer.optimal
    assert answer.nodes > 2 * sokoban_search.SLICE
    return answer.nodes


def test_a_search_ends_at_its_limit_of_nodes_and_not_before(needed: int) -> None:
    level = SOKOBAN.parse(INTRICATE)
    few, less, enough = (SOKOBAN.solve(level, nodes=most) for most in (3, needed - 1, needed))

    assert (Outcome.GAVE_UP, 4) == (few.outcome, few.nodes)
    assert (Outcome.GAVE_UP, needed) == (less.outcome, less.nodes)
    assert (Outcome.SOLVED, needed) == (enough.outcome, enough.nodes)


def test_a_search_ends_at_its_limits_of_time_and_memory(needed: int) -> None:
    level = SOKOBAN.parse(INTRICATE)
    late, small = SOKOBAN.solve(level, seconds=1e-9), SOKOBAN.solve(level, megabytes=0.2)

    assert [(Outcome.GAVE_UP, None, False)] * 2 == [(one.outcome, one.trajectory, one.optimal) for one in (late, small)]
    assert 0 < small.nodes < needed
    assert Outcome.GAVE_UP == SOKOBAN.solve(SOKOBAN.parse("@$."), megabytes=0.001).outcome


def test_a_comparison_of_solutions_that_ends_at_a_limit_leaves_the_first_one(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fewest_pushes(INTRICATE, Effort())
    monkeypatch.setattr(sokoban_search, "_compared", refuse)
    found = fewest_pushes(INTRICATE, Effort())

    assert whole is not None
    assert found is not None
    assert sum(map(str.isupper, whole)) == sum(map(str.isupper, found))
    assert Trajectory(SOKOBAN.parse(INTRICATE), found).solved


def refuse(*args: Any) -> Any:
    """Stands for a function that runs out of memory."""
    raise GaveUp("no answer within 0 MB of memory")


# The parts of the lower bound, and what is pruned


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (2, 2), (2, 4), (3, 3), (4, 4), (3, 5), (5, 5)])
def test_the_cheapest_assignment_is_that_of_all_permutations(rows: int, columns: int) -> None:
    rng, never = Random(f"assignments {rows} {columns}"), sokoban_room.NEVER
    for _ in range(60):
        costs = np.array([[rng.choice((never, *range(8))) for _ in range(columns)] for _ in range(rows)])
        accounts = np.empty((sokoban_match.ACCOUNTS, columns + 1), np.int64)

        assert cheapest(costs) == sokoban_match.settle(costs, accounts)
        sokoban_match.keep(costs, accounts)
        for row in range(rows):
            before = costs[row].copy()
            costs[row] = [rng.choice((never, *range(8))) for _ in range(columns)]

            assert cheapest(costs) == sokoban_match.resettle(costs, accounts, row)
            costs[row] = before


def cheapest(costs: Any) -> int:
    """The least sum of costs with a column for every row, tried out."""
    rows, columns = costs.shape
    ways = permutations(range(columns), rows)
    return min(sokoban_room.NEVER, *(sum(int(costs[row, way[row]]) for row in range(rows)) for way in ways))


def room_of(board: Board) -> tuple[Any, list[Cell]]:
    """The room of a board as the kernels have it, and where its cells are."""
    things = sokoban_room.THINGS[np.frombuffer(str(board).replace("-", " ").encode("ascii"), np.uint8)]
    room = sokoban_room.survey(things, board.shape[1] + 1)[0]
    return room, [divmod(int(place), board.shape[1] + 1) for place in room[:-1, sokoban_room.PLACE]]


def ruled(board: Board, **stands: list[Cell]) -> Board:
    """A board with nothing on it but what is said to stand there."""
    bare = Board(tuple("".join("#" if glyph == "#" else "-" for glyph in row) for row in board.rows))
    both = set(stands["boxes"]) & set(stands["targets"])
    glyphs = dict.fromkeys(stands["targets"], ".") | dict.fromkeys(stands["boxes"], "$") | dict.fromkeys(both, "*")
    return bare.put(glyphs | {player: "+" if player in stands["targets"] else "@" for player in stands["player"]})


def test_distances_of_lone_boxes_are_those_of_brute_force() -> None:
    rng = Random("distances")
    for _ in range(12):
        board = scattered(rng, 4, 5)
        room, cells = room_of(board)
        target = rng.randrange(len(cells))
        far = np.full((room[-1, sokoban_room.PLAIN] + 1, 2), sokoban_room.NEVER, np.int32)
        sokoban_room.measure(room, np.array([target], np.int32), far, 0, 1)
        for box in range(len(cells)):
            for player in set(range(len(cells))) - {box}:
                pose = room[box, sokoban_room.part_of(room, box, player)]
                stands = ruled(board, targets=[cells[target]], boxes=[cells[box]], player=[cells[player]])
                cost = least_cost(Level.of(str(stands)))

                assert (cost.pushes if cost else sokoban_room.NEVER) == far[pose, 0], f"in\n{stands}"


def test_pairs_are_lost_where_brute_force_finds_no_solution() -> None:
    rng, lost = Random("pairs"), []
    for height, width in ((3, 4), (4, 4), (2, 6), (4, 4)):
        board = scattered(rng, height, width)
        room, cells = room_of(board)
        targets = rng.sample(range(len(cells)), min(len(cells), 3))
        room[:, sokoban_room.GOAL] = [cell in targets for cell in range(len(room))]
        pairs = np.zeros((len(cells), len(cells)), np.uint8)
        sokoban_prune.find_lost_pairs(room, pairs)
        for one, other in permutations(range(len(cells)), 2):
            for direction in range(4):
                near = room[one, direction]
                if near not in (len(cells), other):
                    homes, boxes = [cells[target] for target in targets], [cells[one], cells[other]]
                    stands = ruled(board, targets=homes, boxes=boxes, player=[cells[near]])
                    lost.append(least_cost(Level.of(str(stands))) is None)

                    assert lost[-1] != pairs[one, other] >> direction & 1, f"in\n{stands}"

    assert {True, False} == set(lost)


def test_nodes_are_told_apart_even_where_all_hashes_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = [SOKOBAN.parse(text) for text, _ in made(NARROW, "hashes", 40)]
    answers = [(answer.nodes, answer.trajectory) for answer in map(SOKOBAN.solve, levels)]
    survey = sokoban_room.survey

    def alike(things: Any, width: int) -> Any:
        room, *others = survey(things, width)
        room[:, sokoban_room.MARK] = 0
        return room, *others

    monkeypatch.setattr(sokoban_room, "survey", alike)

    assert answers == [(answer.nodes, answer.trajectory) for answer in map(SOKOBAN.solve, levels)]


# Levels that others made


def collection(path: str) -> list[Any]:
    """The levels of a file of the folder beside the repository; the test is skipped where there is none."""
    if not strategies.LEVELS.is_dir():
        pytest.skip(f"the levels that others made are not part of the repository, and not in {strategies.LEVELS}")
    return read_collection((strategies.LEVELS / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", [1, 2, 3, 4, 9, 12, 21, 30, 44, 46, 56])
def test_microban_solutions_are_as_short_as_those_of_brute_force(number: int) -> None:
    assert check(collection("microban/Microban_155.xsb")[number - 1].level)


@pytest.mark.parametrize(
    ("number", "pushes"), [(36, 59), (64, 30), (98, 110), (112, 94), (122, 90), (138, 54), (145, 18), (146, 14)]
)
def test_harder_microban_levels_are_solved_with_the_pushes_that_other_solvers_need(number: int, pushes: int) -> None:
    cost = cost_of(SOKOBAN.solve(collection("microban/Microban_155.xsb")[number - 1].level))

    assert cost is not None
    assert pushes == cost.pushes


def test_boxoban_levels_are_solved_with_proof() -> None:
    entries = collection("boxoban/unfiltered_test_200.txt")[:40] + collection("boxoban/medium_train_100.txt")[:20]
    answers = [SOKOBAN.solve(entry.level) for entry in entries]

    assert all(answer.optimal and answer.nodes < 2000 for answer in answers)
    assert all(map(cost_of, answers))


@pytest.mark.parametrize("tier", SOKOBAN.tiers)
def test_no_target_is_hidden_under_the_player_on_the_first_board(tier: str) -> None:
    """A model is given the first frame alone."""
    boards = [level_of(LevelId("sokoban", tier, "test", index)).plan for index in range(60)]

    assert [] == [board for board in boards if board.find("+")]
