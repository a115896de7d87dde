"""FlowFree's kernels against brute force and against plain searches that share nothing with them."""

from collections.abc import Iterator
from functools import cache
from itertools import combinations
from random import Random
from typing import Any, NamedTuple, TypeAlias

import plain_flowfree
import pytest
import strategies

from puzzlereel.puzzles import flowfree, flowfree_fills
from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import BadLevel, Effort, GaveUp, NoLevelFound, NoSuchBoard, Outcome, Solution
from puzzlereel.puzzles.flowfree import FLOWFREE, TIERS, FlowFree, Numbers, Tier, count_fills, difficulty, generate
from puzzlereel.puzzles.flowfree_fills import SIDES, Scan, count_ways, quiet_fills
from puzzlereel.puzzles.formats import read_collection

Cell: TypeAlias = tuple[int, int]
Path: TypeAlias = tuple[Cell, ...]
MANY = 10**6


def around(cell: Cell) -> list[Cell]:
    row, column = cell
    return [(row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column)]


def fills_of(plan: Board, limit: int = MANY) -> list[Board]:
    """The fills of a plan that touch themselves nowhere, by the kernel."""
    found = quiet_fills(FlowFree(plan).numbers, Effort(), limit)
    return [plan.put({(r, c): chr(96 + fill[r, c]) for r, c in plan.find(".")}) for fill in found]


# Every way to draw paths between given ends, one colour after the other


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
    """Compares both kernels and the solver with brute force; the numbers of fills and of quiet fills."""
    colours = sorted({glyph for _, glyph in plan.items()} - {"."})
    every = list(covers([plan.find(colour) for colour in colours], frozenset(plan.find("."))))
    quiet = [cover for cover in every if all(map(is_quiet, cover))]
    fills = [plan.put({cell: plan[path[0]].lower() for path in cover for cell in path[1:-1]}) for cover in quiet]

    assert len(every) == count_fills(FlowFree(plan), Effort(count=MANY)), f"in\n{plan}"
    assert min(2, len(every)) == count_fills(FlowFree(plan), Effort()), f"in\n{plan}"
    assert sorted(map(str, fills)) == sorted(map(str, fills_of(plan))), f"in\n{plan}"
    assert min(1, len(quiet)) == len(fills_of(plan, 1)), f"in\n{plan}"
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


def scattered(rng: Random, empty: Board, most: int = 4) -> Board:
    """Some pairs of ends anywhere: most such boards have no fill, and some have many."""
    colours = "ABCDEF"[: rng.randint(1, most)]
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
    found = [check_fills(draw(rng, empty)) for draw in (scattered, covered) for _ in range(60)]

    assert {True, False} == {fills == 0 for fills, _ in found} == {quiet == 1 for _, quiet in found}
    assert any(fills > 1 for fills, _ in found)


# Every way to join neighbours on an empty board so that paths come out, whatever their ends


class Forest(NamedTuple):
    """Paths that cover a board, as far as they are drawn; cells are counted in the order of reading."""

    path: tuple[int, ...]
    """The path of every cell."""
    degree: tuple[int, ...]
    """With how many neighbours every cell is joined."""
    joins: frozenset[tuple[int, int]] = frozenset()

    def join(self, one: int, other: int) -> "Forest | None":
        """With two more cells joined; None where that closes a ring or branches."""
        if self.path[one] == self.path[other] or 2 in (self.degree[one], self.degree[other]):
            return None
        path = tuple(self.path[one] if n == self.path[other] else n for n in self.path)
        degree = tuple(count + (cell in (one, other)) for cell, count in enumerate(self.degree))
        return Forest(path, degree, self.joins | {(one, other)})


def pairs(height: int, width: int) -> list[list[tuple[int, int]]]:
    """Every cell of a board with its neighbour to the right and the one below, where it has them."""
    cells = range(height * width)
    right = [[(cell, cell + 1)] * (cell % width < width - 1) for cell in cells]
    below = [[(cell, cell + width)] * (cell // width < height - 1) for cell in cells]
    return [one + other for one, other in zip(right, below, strict=True)]


def forests(onward: list[list[tuple[int, int]]], at: int, forest: Forest) -> Iterator[Forest]:
    """Every way to go on from a cell until all cells are in paths of two cells or more."""
    if at == len(onward):
        yield forest
        return
    for count in range(3):
        for chosen in combinations(onward[at], count):
            joined: Forest | None = forest
            for one, other in chosen:
                joined = joined and joined.join(one, other)
            if joined and joined.degree[at]:
                yield from forests(onward, at + 1, joined)


@cache
def all_fills(height: int, width: int) -> dict[Board, tuple[int, int]]:
    """Of every plan that has a fill: how many it has, and how many of them touch themselves nowhere."""
    onward = pairs(height, width)
    found: dict[Board, tuple[int, int]] = {}
    for path, degree, joins in forests(onward, 0, Forest(tuple(range(height * width)), (0,) * height * width)):
        names: dict[int, str] = {}
        glyphs = [
            names.setdefault(n, chr(ord("A") + len(names))) if count == 1 else "."
            for n, count in zip(path, degree, strict=True)
        ]
        plan = Board(tuple("".join(glyphs[row * width :][:width]) for row in range(height)))
        is_quiet = all(pair in joins for each in onward for pair in each if path[pair[0]] == path[pair[1]])
        fills, quiet = found.get(plan, (0, 0))
        found[plan] = fills + 1, quiet + is_quiet
    return found


@pytest.mark.parametrize(
    ("height", "width", "fills", "plans"),
    [(1, 4, 2, 2), (2, 2, 6, 6), (2, 3, 26, 25), (3, 3, 242, 196), (3, 4, 3113, 2430), (4, 4, 99636, 70938)],
)
def test_all_fills_of_a_board_are_counted_two_ways(height: int, width: int, fills: int, plans: int) -> None:
    expected = all_fills(height, width)

    assert (fills, plans) == (sum(count for count, _ in expected.values()), len(expected))
    for plan, counts in expected.items():
        level = FlowFree(plan)
        found = count_fills(level, Effort(count=MANY)), len(quiet_fills(level.numbers, Effort(), MANY))

        assert counts == found, f"in\n{plan}"


@pytest.mark.parametrize(("colours", "plans"), [("A", 120), ("AB", 5460), ("ABC", 120120)])
def test_plans_on_4_by_4_have_no_fills_but_those(colours: str, plans: int) -> None:
    expected, every = all_fills(4, 4), list(placements(Board(("....",) * 4), colours))
    bare = [plan for plan in every if plan not in expected]

    assert plans == len(every)
    assert {0} == {count_fills(FlowFree(plan), Effort()) for plan in bare}
    assert [] == [plan for plan in bare if quiet_fills(FlowFree(plan).numbers, Effort(), 1)]


# Larger boards, against the plain searches


@pytest.mark.parametrize(("height", "width"), [(5, 5), (4, 7), (6, 6), (3, 12)])
def test_fills_of_random_boards_are_those_of_the_plain_searches(height: int, width: int) -> None:
    rng, empty = Random(f"plain {height} {width}"), Board(("." * width,) * height)
    found = []
    for plan in [draw(rng, empty) for draw in (scattered, covered) for _ in range(25)]:
        count, quiet = plain_flowfree.count_fills(plan, MANY), plain_flowfree.quiet_fills(plan, 3)

        assert count == count_fills(FlowFree(plan), Effort(count=MANY)), f"in\n{plan}"
        assert len(quiet) == len(fills_of(plan, 3)), f"in\n{plan}"
        assert len(quiet) > 2 or sorted(map(str, quiet)) == sorted(map(str, fills_of(plan))), f"in\n{plan}"
        found.append((count, len(quiet)))

    assert {0, 1} <= {count for count, _ in found}
    assert any(count > 1 for count, _ in found)


def drawn(height: int, width: int, most: int, boards: int) -> list[FlowFree]:
    """Levels as they are drawn, with few long flows: unproven, and most of them have more fills than one."""
    tier = Tier(shapes=((height, width),), least=1, most=most, longest=height * width, moves=height * width)
    shown: list[FlowFree] = []

    def refuse(ends: Numbers) -> bool:
        shown.append(FLOWFREE.parse(str(flowfree_fills.named(ends))))
        return False

    rng = Random(f"drawn {height} {width} {most}")
    while len(shown) < boards:
        with pytest.raises(NoLevelFound):
            flowfree_fills.unique_ends(rng, tier, tries=500, accept=refuse)
    return shown[:boards]


@pytest.mark.parametrize(("height", "width", "most"), [(5, 5, 3), (6, 6, 5), (5, 8, 5), (7, 7, 5), (9, 9, 9)])
def test_quiet_fills_are_lawful_and_solve_the_level(height: int, width: int, most: int) -> None:
    for level in drawn(height, width, most, 40):
        check_quiet(level.plan)


@pytest.mark.parametrize(
    "plan",
    [
        "......../......../....JFC./...HF.../.......I/......../..C...IJ/....H...",
        "EC....../..C...../J....H../......../.F....../.IJ...../..I...E./....H..F",
        "........./.......C./..GHD..../......B.B/..G....../.C....J../...J..D../F..F...../H........",
    ],
)
def test_a_flow_that_would_touch_itself_by_a_part_that_it_met_later_is_no_fill(plan: str) -> None:
    """Here a loose flow touches one that it belongs to in the end, and joins others in between."""
    check_quiet(Board.of(plan.replace("/", "\n")))


def check_quiet(plan: Board) -> None:
    """Holds the quiet fills of a plan that has some to the rules, which are told of whole boards."""
    level, fills = FlowFree(plan), fills_of(plan, 20)

    assert fills, f"in\n{plan}"
    assert len(fills) == len(set(fills)), f"in\n{plan}"
    for fill in fills:
        assert {"joined": 1.0, "filled": 1.0} == level.progress(level.state(fill)), f"in\n{fill}"


@pytest.mark.parametrize(("height", "width", "most"), [(5, 5, 3), (4, 8, 4), (7, 7, 5), (8, 8, 7)])
def test_a_board_has_as_many_fills_from_every_side(height: int, width: int, most: int) -> None:
    rng, empty = Random(f"sides {height} {width}"), Board(("." * width,) * height)
    levels = drawn(height, width, most, 20) + [FlowFree(scattered(rng, empty, 6)) for _ in range(10)]
    for level in levels:
        views = [each for side in SIDES for each in (side(level.numbers), side(level.numbers)[:, ::-1])]

        assert 1 == len({scanned(view) for view in views}), f"in\n{level}"
        assert 1 == len({len(quiet_fills(view, Effort(), 5)) for view in views}), f"in\n{level}"
        assert 1 == len({flowfree_fills.difficulty(view, Effort()) for view in views}), f"in\n{level}"
    assert {True, False} == {scanned(level.numbers) > 1 for level in levels}


@pytest.mark.parametrize(("height", "width", "most"), [(2, 12, 5), (5, 5, 4), (6, 6, 5), (12, 3, 6), (7, 7, 6)])
def test_fills_near_a_known_one_are_among_those_that_are_counted(
    height: int, width: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left after the first slice, which is one node here, is looked for near the fill, and then everywhere."""
    levels = drawn(height, width, most, 30)
    monkeypatch.setattr(flowfree_fills, "START", 1)
    told = []
    for level in levels:
        every = plain_flowfree.count_fills(level.plan, MANY)
        for fill in quiet_fills(level.numbers, Effort(), 3):
            for count in (1, 2, 3, MANY):
                assert min(count, every) == count_ways(level.numbers, Effort(count=count), fill), f"in\n{level}"
            told.append((every > 1, flowfree_fills.has_near(level.numbers, fill, Effort())))

    assert (False, False) in told
    assert (False, True) not in told
    assert (True, True) in told or min(height, width) <= 3  # narrow boards seldom have such a fill


def scanned(ends: Numbers) -> int:
    """How many fills a board has, by a scan from above."""
    scan, effort = Scan(ends), Effort(count=MANY)
    while not scan.is_done:
        if scan.is_full:
            scan.make_room()
        scan.carry_on(effort)
    return scan.ways


# The rules, which `step` tells by the neighbours of a cell and `state` by the whole board


@pytest.mark.parametrize("tier", TIERS)
def test_a_flow_may_grow_where_the_board_is_lawful_then(tier: str) -> None:
    rng = Random(f"walks {tier}")
    for level in [generate(rng, tier) for _ in range(4)]:
        state, lawful = level.start(), lawful_moves(level, level.start())
        while lawful:
            state = level.step(state, rng.choice(lawful))
            lawful = lawful_moves(level, state)

            assert lawful == list(level.moves(state)), f"in\n{state}"


def lawful_moves(level: FlowFree, state: Board) -> list[str]:
    """The moves that lead to a board that `state` takes."""
    return [
        f"{colour.lower()}{row},{column}"
        for row, column in state.find(".")
        for colour in level.ends
        if is_state(level, state.put({(row, column): colour.lower()}))
    ]


def is_state(level: FlowFree, board: Board) -> bool:
    try:
        level.state(board)
    except NoSuchBoard:
        return False
    return True


# Levels that are generated


def check_level(level: FlowFree, tier: Tier) -> Solution:
    """Holds a level to what generated levels are: its solution."""
    answer = FLOWFREE.solve(FLOWFREE.parse(str(level)))

    assert (Outcome.SOLVED, 1, True) == (answer.outcome, answer.solutions, answer.optimal), f"in\n{level}"
    assert answer.trajectory is not None
    assert answer.trajectory.solved
    assert len(answer.trajectory.moves) <= tier.moves
    assert level.plan.shape in tier.shapes
    assert tier.least <= len(level.ends) <= tier.most
    lengths = dict.fromkeys(level.ends, 2)
    for move in answer.trajectory.moves:
        lengths[move[0].upper()] += 1

    assert 3 <= min(lengths.values()) <= max(lengths.values()) <= tier.longest, f"in\n{level}"
    return answer


@pytest.mark.parametrize("name", TIERS)
def test_generated_levels_are_as_their_tier_says_and_unique_by_the_plain_searches_too(name: str) -> None:
    rng, tier = Random(f"levels {name}"), TIERS[name]
    for level in [generate(rng, name) for _ in range(12)]:
        check_level(level, tier)

        assert set(level.ends) <= set(flowfree.PALETTE[: tier.palette])
        assert 1 == plain_flowfree.count_fills(level.plan, 2), f"in\n{level}"
        assert 1 == len(plain_flowfree.quiet_fills(level.plan, 2)), f"in\n{level}"
        if tier.difficulty:
            assert tier.difficulty[0] <= difficulty(level, Effort()) <= tier.difficulty[1]


SIZES = [
    Tier(shapes=((4, 4),), least=2, most=5, longest=12),
    Tier(shapes=((1, 7),), least=1, most=2, longest=7),
    Tier(shapes=((3, 9), (9, 3)), least=2, most=6, longest=12),
    Tier(shapes=((8, 8),), least=4, most=16, longest=25, moves=64),
    Tier(shapes=((4, 20), (20, 4)), least=4, most=26, longest=25, moves=80),
    Tier(shapes=((10, 10),), least=4, most=9, longest=40, moves=100),
    Tier(shapes=((15, 15),), least=18, most=26, longest=30, moves=225),
]


@pytest.mark.parametrize("tier", SIZES, ids=lambda tier: "x".join(map(str, tier.shapes[0])))
def test_levels_of_any_size_are_generated(tier: Tier) -> None:
    rng = Random(f"sizes {tier}")
    levels = [generate(rng, tier) for _ in range(3)]

    for level in levels:
        check_level(level, tier)
    assert [str(level) for level in levels] == [str(level) for level in same_again(tier)]


def same_again(tier: Tier) -> list[FlowFree]:
    rng = Random(f"sizes {tier}")
    return [generate(rng, tier) for _ in range(3)]


@pytest.mark.parametrize(("height", "width", "most"), [(3, 4, 3), (1, 9, 3), (8, 8, 10), (4, 20, 12), (10, 10, 9)])
def test_whatever_is_drawn_has_a_fill_that_touches_itself_nowhere(height: int, width: int, most: int) -> None:
    for level in drawn(height, width, most, 200):
        assert quiet_fills(level.numbers, Effort(), 1), f"in\n{level}"
        assert 1 <= len(level.ends) <= most


def test_a_level_is_shown_before_it_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what is shown only that gets a proof which is accepted, and not all of that is proven."""
    shown: list[FlowFree] = []
    proven: list[Numbers] = []

    def prove(ends: Numbers, effort: Effort, fill: Numbers) -> int:
        proven.append(ends)
        return count_ways(ends, effort, fill)

    def every_fifth(level: FlowFree) -> bool:
        shown.append(level)
        return len(shown) % 5 == 0

    monkeypatch.setattr(flowfree_fills, "count_ways", prove)
    tier = Tier(shapes=((8, 8),), least=4, most=16, longest=25, moves=64)
    levels = [generate(Random(n), tier, every_fifth) for n in range(20)]

    assert [level.numbers.tolist() for level in shown[4::5]] == [ends.tolist() for ends in proven]
    assert set(levels) < set(shown[4::5])


def test_a_generator_that_finds_nothing_tells_its_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flowfree, "TRIES", 250)
    with pytest.raises(NoLevelFound, match=r"^no such FlowFree of 6 to 7 colours in 250 tries$"):
        generate(Random(0), Tier(shapes=((4, 4),), least=6, most=7, longest=9))


def test_a_generator_whose_proofs_take_too_long_tells_their_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flowfree_fills, "PROOF", 20)
    monkeypatch.setattr(flowfree_fills, "MOST_NODES", 100)
    with pytest.raises(
        NoLevelFound, match=r"^no medium FlowFree of \d to \d colours in 105 nodes of proofs and \d+ tries$"
    ):
        generate(Random(0), "medium")


@pytest.mark.parametrize(
    "tier",
    [
        Tier(shapes=((5, 5), (16, 16)), least=2, most=5, longest=9),
        Tier(shapes=((9, 9),), least=2, most=27, longest=9),
        Tier(shapes=((9, 9),), least=3, most=2, longest=9),
        Tier(shapes=((5, 5),), least=2, most=5, longest=2),
        Tier(shapes=((5, 5),), least=2, most=5, longest=9, palette=4),
    ],
)
def test_a_tier_that_cannot_be_is_refused(tier: Tier) -> None:
    with pytest.raises(ValueError, match=r"^expected "):
        generate(Random(0), tier)


# Limits


CORNERS = FLOWFREE.parse("A...........\nB..........." + "\n............" * 9 + "\n..........AB")


def test_a_search_ends_with_the_node_that_is_one_too_many() -> None:
    for nodes in (0, 1, 1762):
        answer = FLOWFREE.solve(CORNERS, nodes=nodes)

        assert (Outcome.GAVE_UP, None, nodes + 1) == (answer.outcome, answer.trajectory, answer.nodes)
    effort = Effort(nodes=5000)
    with pytest.raises(GaveUp, match=r"^no answer after 5000 nodes$"):
        count_fills(CORNERS, effort)

    assert 5001 == effort.nodes


@pytest.mark.parametrize("limit", [{"seconds": 1e-9}, {"megabytes": 0.001}, {"nodes": 30}])
def test_a_search_and_a_count_that_meet_a_limit_give_up(limit: dict[str, Any]) -> None:
    level = FLOWFREE.parse("B.A.\nC...\n.C..\nB..A")

    assert Outcome.SOLVED == FLOWFREE.solve(level).outcome
    assert Outcome.GAVE_UP == FLOWFREE.solve(level, **limit).outcome
    with pytest.raises(GaveUp):
        count_fills(CORNERS, Effort(**limit))


def test_scans_make_way_for_the_best_of_them_where_memory_runs_short() -> None:
    level = FLOWFREE.parse(
        ".......HD.\n......C...\n.......D..\n...G......\n........G.\n"
        "...AF..FC.\n....A.....\n..........\n........HB\n........B."
    )
    plenty, scarce = Effort(), Effort(megabytes=2)

    assert 2 == count_fills(level, plenty) == count_fills(level, scarce)
    assert scarce.nodes < plenty.nodes, "scans were to be dropped"
    with pytest.raises(GaveUp):
        count_fills(level, Effort(megabytes=1))


def test_a_count_of_one_proves_nothing_where_no_more_are_counted() -> None:
    level = FLOWFREE.parse("B.A.\nC...\n.C..\nB..A")

    assert [(1, False), (1, True), (1, True)] == [
        (answer.solutions, answer.optimal) for answer in (FLOWFREE.solve(level, count=count) for count in (1, 2, 9))
    ]


# Boards of other shapes and of all colours


def stripes(colours: str, width: int) -> str:
    """A row for every colour, from its one end to the other."""
    return "\n".join(colour + "." * (width - 2) + colour for colour in colours)


def test_boards_of_26_colours_are_solved_either_way_up() -> None:
    tall = stripes(flowfree.ENDS, 3)
    for text in (tall, "\n".join(map("".join, zip(*tall.split("\n"), strict=True)))):
        level = FLOWFREE.parse(text)
        answer = FLOWFREE.solve(level)

        assert (Outcome.SOLVED, 1, True) == (answer.outcome, answer.solutions, answer.optimal)
        assert answer.trajectory is not None
        assert flowfree.ENDS.lower() == "".join(move[0] for move in answer.trajectory.moves)


def test_a_board_of_one_row_is_solved() -> None:
    answer = FLOWFREE.solve(FLOWFREE.parse("A..AB.B"))

    assert answer.trajectory is not None
    assert (("a0,1", "a0,2", "b0,5"), 1) == (answer.trajectory.moves, answer.solutions)


def test_a_board_too_wide_for_the_count_is_solved_without_it() -> None:
    level = FLOWFREE.parse(stripes(flowfree.ENDS[:16], 16))
    answer = FLOWFREE.solve(level)

    assert (Outcome.SOLVED, None, False) == (answer.outcome, answer.solutions, answer.optimal)
    assert answer.trajectory is not None
    assert answer.trajectory.solved
    with pytest.raises(GaveUp, match=r"^expected a board of at most 15 rows or columns, got 16 rows of 16$"):
        count_fills(level, Effort())


def test_the_widest_boards_are_searched_up_to_a_limit_and_wider_ones_not_at_all() -> None:
    wide, wider = (
        FLOWFREE.parse("\n".join(["A" + "." * n] + ["." * (n + 1)] * (n - 1) + ["." * n + "A"])) for n in (59, 60)
    )

    assert [50_001, 0] == [FLOWFREE.solve(level, nodes=50_000).nodes for level in (wide, wider)]
    assert {Outcome.GAVE_UP} == {FLOWFREE.solve(level, nodes=50_000).outcome for level in (wide, wider)}


# Levels that others made


def flow_solver(name: str) -> FlowFree:
    """A puzzle of the folder beside the repository; the test is skipped where there is none."""
    if not strategies.LEVELS.is_dir():
        pytest.skip(f"the levels that others made are not part of the repository, and not in {strategies.LEVELS}")
    (entry,) = read_collection((strategies.LEVELS / "flow_solver" / f"{name}.txt").read_text(encoding="utf-8"))
    assert isinstance(entry.level, FlowFree)
    return entry.level


ONE_FILL = [f"regular_{n}x{n}_01" for n in range(5, 10)] + [
    *(
        "extreme_8x8_01",
        "extreme_9x9_01",
        "extreme_10x10_01",
        "extreme_11x11_07",
        "extreme_12x12_01",
        "extreme_12x12_28",
    ),
    *("jumbo_10x10_01", "jumbo_11x11_01", "jumbo_12x12_30"),
]
MORE_FILLS = ["jumbo_13x13_26", "jumbo_14x14_01", "jumbo_14x14_19", "jumbo_14x14_30"]


@pytest.mark.parametrize(("name", "count"), [(name, 1) for name in ONE_FILL] + [(name, 2) for name in MORE_FILLS])
def test_puzzles_of_flow_solver_have_as_many_fills_as_is_known(name: str, count: int) -> None:
    level = flow_solver(name)
    answer = FLOWFREE.solve(level)

    assert (Outcome.SOLVED, count, count == 1) == (answer.outcome, answer.solutions, answer.optimal)
    assert answer.trajectory is not None
    assert answer.trajectory.solved
    assert 1 == len(quiet_fills(level.numbers, Effort(), 2))


def test_the_cross_of_flow_solver_has_no_fill() -> None:
    level = flow_solver("unsolvable_cross")
    answer = FLOWFREE.solve(level)

    assert (Outcome.UNSOLVABLE, 0, None) == (answer.outcome, answer.solutions, answer.trajectory)
    assert 0 == count_fills(level, Effort())


def test_a_ring_of_cells_that_leads_to_no_end_is_no_fill() -> None:
    """Every cell has the neighbours that it needs, but some of them only in a ring."""

    assert [] == fills_of(Board.of("..AB\n....\nA...\nB..."), 2)
