"""Fifteen beside what has long been known of it, and beside a search that knows nothing but its rules."""

from itertools import islice, permutations

import pytest
import strategies

from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import Effort, GaveUp, Outcome, is_solved
from puzzlereel.puzzles.fifteen import FIFTEEN, TIERS, parse, search

EIGHT = (1, 2, 4, 8, 16, 20, 39, 62, 116, 152, 286, 396, 748)
FIFTEENS = (1, 2, 4, 10, 24, 54, 107, 212, 446, 946)
"""How many boards of 3 by 3 and of 4 by 4 are 0, 1, 2, … moves from the end, as others have counted."""


@pytest.mark.parametrize(
    ("solved", "known"), [("123/456/78.", EIGHT), ("1234/5678/9ABC/DEF.", FIFTEENS)], ids=["eight", "fifteen"]
)
def test_as_many_boards_are_some_moves_from_the_end_as_others_have_counted(solved: str, known: tuple[int, ...]) -> None:
    level = parse(solved.replace("/", "\n"))
    front = seen = {level.start()}
    counts = []
    for _ in known:
        counts.append(len(front))
        front = {level.step(state, move) for state in front for move in level.moves(state)} - seen
        seen = seen | front

    assert [*known] == counts


@pytest.mark.parametrize("text", ["867/254/3.1", "647/85./321"])
def test_the_two_hardest_boards_of_3_by_3_take_31_moves(text: str) -> None:
    answer = FIFTEEN.solve(parse(text.replace("/", "\n")))

    assert (Outcome.SOLVED, True) == (answer.outcome, answer.optimal)
    assert answer.trajectory is not None
    assert answer.trajectory.solved
    assert 31 == len(answer.trajectory.moves)


def test_a_solution_is_as_short_as_plain_breadth_first_finds_or_none_is_there() -> None:
    """Every board of 2 by 3, and of a tray with a wall inside, whose shortest solutions are told by hand's search."""
    for rows, every in (("{}{}{}\n{}{}{}", 30), ("{}{}{}\n{}%{}\n{}{}%", 200)):
        count = rows.count("{}")
        for order in islice(permutations("123456"[: count - 1] + "."), 0, None, every):
            level = parse(rows.format(*order))
            answer = FIFTEEN.solve(level)
            try:
                shortest = len(strategies.shortest(level))
            except AssertionError:
                shortest = None

            assert shortest == (answer.trajectory and len(answer.trajectory.moves)), str(level)
            assert (Outcome.UNSOLVABLE if shortest is None else Outcome.SOLVED) == answer.outcome


def test_half_of_all_boards_have_no_solution_which_costs_no_search() -> None:
    answer = FIFTEEN.solve(parse("1234\n5678\n9ABC\nDFE."))

    assert (Outcome.UNSOLVABLE, 0) == (answer.outcome, answer.nodes)


def test_a_search_that_runs_out_of_nodes_or_memory_gives_up() -> None:
    level = parse("867\n254\n3.1")
    with pytest.raises(GaveUp, match="100 nodes"):
        search(level, Effort(nodes=100))
    with pytest.raises(GaveUp, match="MB of memory"):
        search(level, Effort(megabytes=0.01))


def test_the_levels_of_a_tier_keep_within_its_bounds() -> None:
    for identity in strategies.first_ids(FIFTEEN):
        solution, tier = strategies.solution(identity), TIERS[identity.tier]
        rows = str(solution.level).split("\n")

        assert tier.least <= len(solution.moves) <= tier.most
        assert [tier.side + 2] * (tier.side + 2) == [len(row) for row in rows]
        assert {"%"} == {*rows[0], *rows[-1], *(row[0] for row in rows), *(row[-1] for row in rows)}
        assert 1 == sum(row.count(".") for row in rows)


def test_a_level_that_is_solved_already_needs_no_move() -> None:
    level = parse("12\n3.")

    assert is_solved(level, level.start())
    assert Board.of("12\n3.") == level.goal
    assert FIFTEEN.solve(level).nodes == 0
