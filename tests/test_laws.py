"""Laws of every puzzle: each form has its inverse, moves and states agree, and ids mean the same for ever."""

import sys
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
import strategies
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import (
    MOST_MOVES,
    BadLevel,
    IllegalMove,
    NoLevelFound,
    NoSuchBoard,
    Puzzle,
    Reason,
    Trajectory,
    is_solved,
)
from puzzlereel.puzzles.formats import read_collection
from puzzlereel.puzzles.ids import form_of, level_of, parse_id, solution_of, split_of
from puzzlereel.puzzles.registry import PUZZLES

for_every_puzzle = pytest.mark.parametrize("puzzle", PUZZLES.values(), ids=PUZZLES)
some = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@for_every_puzzle
@given(data=st.data())
@some
def test_the_text_of_a_level_is_parsed_back_to_it(puzzle: Puzzle, data: st.DataObject) -> None:
    level = strategies.a_level(data, puzzle)

    assert level == puzzle.parse(str(level))


@for_every_puzzle
@given(data=st.data())
@some
def test_the_board_of_a_state_is_read_back_to_it(puzzle: Puzzle, data: st.DataObject) -> None:
    walk = strategies.a_walk(data, puzzle)
    for state, board in zip(walk.states, walk.boards, strict=True):
        assert state == walk.level.state(board)
        assert board == Board.of(str(board))
        assert hash(state) == hash(walk.level.state(board))


@for_every_puzzle
@given(data=st.data())
@some
def test_a_board_is_a_state_that_looks_so_or_none(puzzle: Puzzle, data: st.DataObject) -> None:
    walk = strategies.a_walk(data, puzzle)
    board = strategies.an_altered_board(data, puzzle, walk.boards[-1])
    try:
        state = walk.level.state(board)
    except NoSuchBoard:
        return

    assert board == walk.level.board(state)


@for_every_puzzle
@given(data=st.data())
@some
def test_a_step_takes_the_lawful_moves_and_no_other(puzzle: Puzzle, data: st.DataObject) -> None:
    walk = strategies.a_walk(data, puzzle)
    level, state = walk.level, walk.states[-1]
    lawful = list(level.moves(state))

    assert len(lawful) == len({level.step(state, move) for move in lawful} - {state})
    for move in data.draw(st.lists(strategies.tokens(), min_size=1)):
        if move not in lawful:
            with pytest.raises(IllegalMove):
                level.step(state, move)


@for_every_puzzle
@given(data=st.data())
@some
def test_an_unlawful_change_has_a_reason_and_a_place_on_the_board(puzzle: Puzzle, data: st.DataObject) -> None:
    walk = strategies.a_walk(data, puzzle)
    before, state = walk.boards[-1], walk.states[-1]
    after = strategies.an_altered_board(data, puzzle, before)
    lawful = [walk.level.board(walk.level.step(state, move)) for move in walk.level.moves(state)]
    assume(after not in [before, *lawful])
    broken = walk.level.why(before, after)

    assert broken.reason in Reason
    assert broken.cell is None or broken.cell in before
    assert broken.detail


@for_every_puzzle
@given(data=st.data())
@some
def test_progress_is_told_in_the_same_parts_between_0_and_1(puzzle: Puzzle, data: st.DataObject) -> None:
    walk = strategies.a_walk(data, puzzle)
    progress = [walk.level.progress(state) for state in walk.states]

    assert [list(progress[0])] * len(progress) == [list(parts) for parts in progress]
    assert all(0 <= part <= 1 for parts in progress for part in parts.values())


@for_every_puzzle
@given(data=st.data())
@some
def test_written_moves_are_read_back(puzzle: Puzzle, data: st.DataObject) -> None:
    walk = strategies.a_walk(data, puzzle)

    assert walk == puzzle.read_moves(walk.level, puzzle.write_moves(walk))


@for_every_puzzle
def test_a_reference_solution_solves_with_its_last_move_and_fits_a_film(puzzle: Puzzle) -> None:
    for identity in strategies.first_ids(puzzle):
        solution = strategies.solution(identity)

        assert 1 <= len(solution.moves) <= MOST_MOVES, identity
        assert [is_solved(solution.level, state) for state in solution.states].index(True) == len(solution.moves)
        assert {1} == set(solution.level.progress(solution.states[-1]).values())


@for_every_puzzle
def test_a_reference_solution_read_from_its_text_has_full_precision_and_recall(puzzle: Puzzle) -> None:
    for identity in strategies.first_ids(puzzle):
        solution = strategies.solution(identity)
        again = puzzle.read_moves(puzzle.parse(str(solution.level)), puzzle.write_moves(solution))
        facts, found = solution.level.facts(solution.states), again.level.facts(again.states)

        assert frozenset() == solution.level.facts(solution.states[:1])
        assert 1 == len(facts & found) / len(found) == len(facts & found) / len(facts), identity


@for_every_puzzle
def test_the_form_of_a_level_falls_into_the_split_of_its_id(puzzle: Puzzle) -> None:
    ids = strategies.first_ids(puzzle)

    assert [one.split for one in ids] == [split_of(puzzle, strategies.solution(one).level) for one in ids]


@for_every_puzzle
@given(data=st.data())
@some
def test_a_level_has_one_form_however_it_is_turned_and_told(puzzle: Puzzle, data: st.DataObject) -> None:
    level = strategies.a_generated_level(data, puzzle)
    guise = data.draw(st.sampled_from(strategies.guises(puzzle, level)))

    assert form_of(puzzle, level) == form_of(puzzle, puzzle.parse(guise))


@for_every_puzzle
def test_an_id_means_the_same_level_and_solution_in_every_interpreter(puzzle: Puzzle) -> None:
    ids = [parse_id(f"{puzzle.name}/{tier}/{'val' if tier == 'ood' else 'train'}/0") for tier in puzzle.tiers]
    told = [strategies.catalogue()[identity] for identity in ids]

    assert told == list(strategies.tell(ids, hash_seed=2).values())
    for _ in range(2):
        level_of.cache_clear()
        assert told[0].text == str(level_of(ids[0]))
    assert Trajectory(level_of(ids[0]), told[0].moves) == solution_of(ids[0]).trajectory


@for_every_puzzle
@given(text=strategies.texts())
@settings(some, max_examples=200)
def test_any_text_is_a_level_or_a_bad_level(puzzle: Puzzle, text: str) -> None:
    level = or_bad_level(puzzle.parse, text)

    assert level is None or level == puzzle.parse(str(level))


@pytest.mark.parametrize("puzzle", [None, *PUZZLES.values()], ids=["any", *PUZZLES])
@given(text=strategies.texts())
@settings(some, max_examples=200)
def test_any_text_is_a_collection_or_a_bad_level(puzzle: Puzzle | None, text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for entry in or_bad_level(lambda text: read_collection(text, puzzle=puzzle), text) or []:
        assert (entry.level is None) != (entry.error is None)
        assert entry.title.isprintable()
        if entry.error:
            assert 1 <= entry.error.line <= len(lines)
            assert 1 <= entry.error.column <= 1 + max(map(len, lines))


@for_every_puzzle
@given(data=st.data())
@some
def test_a_file_of_levels_is_read_back(puzzle: Puzzle, data: st.DataObject) -> None:
    told = [strategies.a_generated_level(data, puzzle) for _ in range(data.draw(st.integers(1, 4)))]
    ends = data.draw(st.sampled_from(["\n", "\r\n"]))
    text = "\n\n".join(f"; no {n}\n{level}" for n, level in enumerate(told)).replace("\n", ends)

    assert [(f"no {n}", puzzle, level, None) for n, level in enumerate(told)] == [
        (entry.title, entry.puzzle, entry.level, entry.error) for entry in read_collection(text)
    ]


def or_bad_level(read: Callable[[str], Any], text: str) -> Any:
    """What is read from a text, or None where it is refused as a bad level."""
    try:
        return read(text)
    except BadLevel:
        return None


@for_every_puzzle
def test_a_generator_that_finds_nothing_says_so_after_as_many_tries_as_it_may(
    puzzle: Puzzle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[puzzle.generate.__module__], "TRIES", 60)
    refused: list[Any] = []

    def refuse(level: Any) -> bool:
        refused.append(level)
        return False

    with pytest.raises(NoLevelFound, match=r"^no easy .* in 60 tries$"):
        puzzle.generate(Random(0), "easy", refuse)

    assert 0 < len(refused) <= 60
