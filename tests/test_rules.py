"""The rules told a second time, by hand: what each move does to a board, and what is refused.

Nothing here was computed. A board is written in one line, its rows divided by "/"; None says that the move is unlawful.
"""

import re
from typing import Any

import pytest

from puzzlereel.puzzles import flowfree
from puzzlereel.puzzles.board import Board
from puzzlereel.puzzles.core import BadLevel, IllegalMove, NoSuchBoard, Reason, Trajectory
from puzzlereel.puzzles.formats import read_collection
from puzzlereel.puzzles.ids import form_of
from puzzlereel.puzzles.registry import PUZZLES

MOVES = [
    # the maze: one cell up, down, left or right, never into a wall
    ("the agent walks right", "maze", "#####/#@ G#/#####", "R", "#####/# @G#/#####"),
    ("the agent walks left", "maze", "#####/# @G#/#####", "L", "#####/#@ G#/#####"),
    ("the agent walks up", "maze", "###/#G#/# #/#@#/###", "U", "###/#G#/#@#/# #/###"),
    ("the agent walks down", "maze", "###/#@#/# #/#G#/###", "D", "###/# #/#@#/#G#/###"),
    ("the agent steps onto the goal", "maze", "#@G#", "R", "# +#"),
    ("the agent steps off the goal again", "maze", "# +#", "L", "#@G#"),
    ("the agent walks past the goal, which stays", "maze", "# + #", "R", "# G@#"),
    ("a wall on the right", "maze", "@#G", "R", None),
    ("a wall on the left", "maze", "#@G", "L", None),
    ("a wall above", "maze", "##/@G", "U", None),
    ("a wall below", "maze", "@G/##", "D", None),
    ("through a wall to the cell behind", "maze", "@#G", "RR", None),
    ("two cells at once", "maze", "@ G", "RR", None),
    ("off the left edge of an open maze", "maze", "@ G", "L", None),
    ("off the right edge of an open maze", "maze", "G @", "R", None),
    ("off the upper edge of an open maze", "maze", "@/ /G", "U", None),
    ("off the lower edge of an open maze", "maze", "G/ /@", "D", None),
    ("diagonally", "maze", "@ / G", "DR", None),
    ("diagonally in one letter", "maze", "@ / G", "X", None),
    ("a small letter", "maze", "@ G", "r", None),
    ("no move at all", "maze", "@ G", "", None),
    # FlowFree: a flow grows by one empty cell, from either end, never crosses, never touches itself
    ("a flow leaves its first end", "flowfree", "A..A", "a0,1", "Aa.A"),
    ("a flow leaves its second end", "flowfree", "A..A", "a0,2", "A.aA"),
    ("a flow goes down", "flowfree", "A/./A", "a1,0", "A/a/A"),
    ("a flow grows at its tip", "flowfree", "Aa../...A", "a0,2", "Aaa./...A"),
    ("the last cell joins the two ends", "flowfree", "Aa.A", "a0,2", "AaaA"),
    ("two parts of a flow meet", "flowfree", "Aa.aA", "a0,2", "AaaaA"),
    ("two parts of a flow meet at a corner", "flowfree", "Aa../..aA", "a0,2", "Aaa./..aA"),
    ("one cell joins two ends round a corner", "flowfree", "A./.A", "a0,1", "Aa/.A"),
    ("a flow turns back with a gap of one", "flowfree", "Aaa/..a/A..", "a2,2", "Aaa/..a/A.a"),
    ("a flow grows where no solution leads", "flowfree", "A.A.", "a0,3", "A.Aa"),
    ("flows of two colours run side by side", "flowfree", "AaA/B.B", "b1,1", "AaA/BbB"),
    ("a cell between two colours takes the one that is named", "flowfree", "A.B/.../B.A", "b0,1", "AbB/.../B.A"),
    ("a cell beside no flow", "flowfree", "A...A", "a0,2", None),
    ("a cell beside another colour only", "flowfree", "A.A/B.B", "a1,1", None),
    ("across another flow", "flowfree", ".A./BbB/.A.", "a1,1", None),
    ("over another flow's tip", "flowfree", "Aa../Bb.B/...A", "a1,1", None),
    ("over its own flow", "flowfree", "Aa.A", "a0,1", None),
    ("over the end of another colour", "flowfree", "AB.A/..B.", "a0,1", None),
    ("over an end of its own", "flowfree", "A.A", "a0,2", None),
    ("beside its own end", "flowfree", "Aa./.a./..A", "a1,0", None),
    ("beside itself", "flowfree", "Aaa/..a/A..", "a1,1", None),
    ("a branch", "flowfree", "Aaa./..../...A", "a1,1", None),
    ("a second flow out of one end", "flowfree", "Aa./.../..A", "a1,0", None),
    ("on from the middle of a joined flow", "flowfree", "Aaa./..aA", "a0,3", None),
    ("a second way between joined ends", "flowfree", "Aa/.A", "a1,0", None),
    ("off the right edge", "flowfree", "A.A", "a0,3", None),
    ("off the left edge", "flowfree", "A.A", "a0,-1", None),
    ("off the lower edge", "flowfree", "A.A", "a1,0", None),
    ("off the upper edge", "flowfree", "A.A", "a-1,0", None),
    ("a colour that the level has not", "flowfree", "A.A", "b0,1", None),
    ("an end in place of a flow", "flowfree", "A.A", "A0,1", None),
    ("a cell is emptied", "flowfree", "Aa.A", ".0,1", None),
    ("two cells of a flow at once", "flowfree", "A..A", "a0,1 a0,2", None),
    ("a cell told otherwise", "flowfree", "A.A", "a00,1", None),
    # Sokoban: the player walks, and pushes one box at a time into a free cell
    ("the player walks right", "sokoban", "@ $.", "r", " @$."),
    ("the player walks left", "sokoban", " @ $.", "l", "@  $."),
    ("the player walks up", "sokoban", "$./  /@ ", "u", "$./@ /  "),
    ("the player walks down", "sokoban", "@ /  /$.", "d", "  /@ /$."),
    ("the player walks away from a box, which stays", "sokoban", " @$.", "l", "@ $."),
    ("the player walks onto a target", "sokoban", "@.$.", "r", " +$."),
    ("the player walks off a target", "sokoban", "+ $", "r", ".@$"),
    ("a push to the right", "sokoban", "@$ .", "R", " @$."),
    ("a push to the left", "sokoban", ". $@", "L", ".$@ "),
    ("a push upward", "sokoban", "./ /$/@", "U", "./$/@/ "),
    ("a push downward", "sokoban", "@/$/ /.", "D", " /@/$/."),
    ("a push onto a target", "sokoban", "@$.", "R", " @*"),
    ("a push off a target, which the player then covers", "sokoban", "@* .", "R", " +$."),
    ("a push from one target onto another", "sokoban", "@*.", "R", " +*"),
    ("a push made while standing on a target", "sokoban", "+$ ", "R", ".@$"),
    ("a push moves one box and no other", "sokoban", "@$ $..", "R", " @$$.."),
    ("into a wall", "sokoban", "#@$.", "l", None),
    ("into a wall as if it were a box", "sokoban", "#@$.", "L", None),
    ("a box onto a wall", "sokoban", "@$#.", "R", None),
    ("a box onto a box", "sokoban", "@$$..", "R", None),
    ("a box onto a box that stands on a target", "sokoban", "@$*..", "R", None),
    ("two boxes in a row into free floor", "sokoban", "@$$ ..", "R", None),
    ("a pull", "sokoban", " @$.", "L", None),
    ("a box over the right edge of an open board", "sokoban", ".@$", "R", None),
    ("a box over the left edge of an open board", "sokoban", "$@.", "L", None),
    ("a box over the upper edge of an open board", "sokoban", "$/@/.", "U", None),
    ("a box over the lower edge of an open board", "sokoban", "./@/$", "D", None),
    ("the player over the left edge", "sokoban", "@ $.", "l", None),
    ("the player over the right edge", "sokoban", ".$ @", "r", None),
    ("the player over the upper edge", "sokoban", "@ $.", "u", None),
    ("the player over the lower edge", "sokoban", "@ $.", "d", None),
    ("a push in a small letter", "sokoban", "@$ .", "r", None),
    ("a walk in a capital", "sokoban", "@ $.", "R", None),
    ("the player goes diagonally", "sokoban", "@$./  #", "dr", None),
    ("the player goes diagonally in one letter", "sokoban", "@$./  #", "x", None),
    ("the player walks two cells at once", "sokoban", "@  $.", "rr", None),
    ("the player waits", "sokoban", "@$.", "", None),
    # Fifteen: the stone beside the hole goes into it
    ("a stone slides right", "fifteen", "1.2", "R", ".12"),
    ("a stone slides left", "fifteen", "1.2", "L", "12."),
    ("a stone slides up", "fifteen", "./1", "U", "1/."),
    ("a stone slides down", "fifteen", "1/.", "D", "./1"),
    ("up into the middle", "fifteen", "123/4.6/758", "U", "123/456/7.8"),
    ("down into the middle", "fifteen", "123/4.6/758", "D", "1.3/426/758"),
    ("to the left into the middle", "fifteen", "123/4.6/758", "L", "123/46./758"),
    ("to the right into the middle", "fifteen", "123/4.6/758", "R", "123/.46/758"),
    ("away from its place", "fifteen", "12.", "R", "1.2"),
    ("a stone that is above nine", "fifteen", "1234/5678/9A.B", "L", "1234/5678/9AB."),
    ("within walls", "fifteen", "%%%%/%1.%/%%%%", "R", "%%%%/%.1%/%%%%"),
    ("along a wall", "fifteen", "1./%2", "U", "12/%."),
    ("no stone on the right of the hole", "fifteen", "12.", "L", None),
    ("no stone on the left of the hole", "fifteen", ".12", "R", None),
    ("no stone below the hole", "fifteen", "12/3.", "U", None),
    ("no stone above the hole", "fifteen", "1./32", "D", None),
    ("from the end of the row above", "fifteen", "12/.3", "R", None),
    ("from the beginning of the row below", "fifteen", "1./23", "L", None),
    ("a wall into the hole", "fifteen", "%./12", "R", None),
    ("a stone from behind a wall", "fifteen", "1%./234", "R", None),
    ("two stones in a line", "fifteen", "12.", "RR", None),
    ("from a corner of the hole", "fifteen", "12/3.", "DR", None),
    ("a stone told by its number", "fifteen", "1.", "1", None),
    ("a stone in a small letter", "fifteen", "1.", "r", None),
    ("no stone moves", "fifteen", "1.", "", None),
]


def lines(board: object) -> list[str]:
    """The rows of a board told in one line or as a text."""
    return re.split("[/\n]", str(board))


def level_around(puzzle: str, board: str) -> Any:
    """A level that has the board among its states: the flows taken back, the agent moved off the goal."""
    if puzzle == "flowfree":
        board = re.sub("[a-z]", ".", board)
    if puzzle == "maze" and "+" in board:
        board = board.replace("+", "G").replace(" ", "@", 1)
    return level_of(puzzle, board)


def level_of(puzzle: str, board: str) -> Any:
    return PUZZLES[puzzle].parse("\n".join(lines(board)))


def board_of(board: str) -> Board:
    return Board(tuple(lines(board)))


@pytest.mark.parametrize(("puzzle", "before", "move", "after"), [case[1:] for case in MOVES], ids=[c[0] for c in MOVES])
def test_a_move_does_what_was_told(puzzle: str, before: str, move: str, after: str | None) -> None:
    level = level_around(puzzle, before)
    state = level.state(board_of(before))
    try:
        found = lines(level.board(level.step(state, move)))
    except IllegalMove:
        found = ["unlawful"]
    expected = ["unlawful"] if after is None else lines(after)

    assert expected == found, "\n".join([f"{move!r} in", *lines(before), "should give", *expected, "and gave", *found])
    assert (after is not None) == (move in level.moves(state)), "\n".join(
        [f"{move!r} among the moves in", *lines(before)]
    )


@pytest.mark.parametrize(
    ("puzzle", "board", "move", "message"),
    [
        ("maze", "#@ G", "L", "expected one of ['R'] at row 0, column 1, got 'L' in\n#@ G"),
        ("flowfree", "A../..A", "c0,1", "expected one of ['a0,1', 'a0,2', 'a1,0', 'a1,1'], got 'c0,1' in\nA..\n..A"),
        ("flowfree", "A...A", "a0,2", "'a0,2' breaks a rule: the flow of A does not lead to an end in\nA.a.A"),
        ("sokoban", "@$#.", "R", "expected one of [], got 'R' in\n@$#."),
        ("fifteen", "12.", "L", "expected one of ['R'], got 'L' in\n12."),
    ],
)
def test_an_unlawful_move_is_refused_in_these_words(puzzle: str, board: str, move: str, message: str) -> None:
    level = level_of(puzzle, board)
    with pytest.raises(IllegalMove) as error:
        level.step(level.start(), move)

    assert message == str(error.value)


@pytest.mark.parametrize("other", ["@ G/   ", "@ G "])
def test_boards_of_two_shapes_are_not_compared(other: str) -> None:
    with pytest.raises(ValueError, match="is longer than"):
        board_of("@ G").differences(board_of(other))


def test_a_move_with_a_number_beyond_all_bounds_is_unlawful() -> None:
    level = level_of("flowfree", "A.A")
    with pytest.raises(IllegalMove):
        level.step(level.start(), "a0," + "9" * 5000)


@pytest.mark.parametrize("puzzle", PUZZLES)
def test_at_least_15_moves_are_told_of_a_puzzle(puzzle: str) -> None:
    told = [case for case in MOVES if case[1] == puzzle]

    assert len(told) >= 15
    assert {True, False} == {case[4] is None for case in told}


PROGRESS = [
    ("maze", "@   G", "@   G", {"reached": 0}),
    ("maze", "@   G", " @  G", {"reached": 0.25}),
    ("maze", "@   G", "    +", {"reached": 1}),
    ("maze", "  @ G", "@   G", {"reached": 0}),
    ("maze", "@# /   /#G#", " # /@  /#G#", {"reached": pytest.approx(1 / 3)}),
    ("maze", "@ #G", " @#G", {"reached": 0}),
    ("flowfree", "A..A/B..B", "A..A/B..B", {"joined": 0, "filled": 0}),
    ("flowfree", "A..A/B..B", "Aa.A/B..B", {"joined": 0, "filled": 0.25}),
    ("flowfree", "A..A/B..B", "AaaA/B..B", {"joined": 0.5, "filled": 0.5}),
    ("flowfree", "A..A/B..B", "AaaA/BbbB", {"joined": 1, "filled": 1}),
    ("flowfree", "A./.A", "Aa/.A", {"joined": 1, "filled": 0.5}),
    ("flowfree", "AB/BA", "AB/BA", {"joined": 0, "filled": 1}),
    ("sokoban", "@$ .", "@$ .", {"placed": 0}),
    ("sokoban", "@$ .", " @$.", {"placed": 0}),
    ("sokoban", "@$ .", "  @*", {"placed": 1}),
    ("sokoban", "@$.$ .", " @*$ .", {"placed": 0.5}),
    ("sokoban", "@$..", " @*.", {"placed": 1}),
    ("sokoban", "@*", "@*", {"placed": 1}),
    ("fifteen", ".12", ".12", {"placed": 0}),
    ("fifteen", ".12", "1.2", {"placed": 0.5}),
    ("fifteen", ".12", "12.", {"placed": 1}),
    ("fifteen", "21.", "21.", {"placed": 0}),
    ("fifteen", "123/4.6/758", "123/4.6/758", {"placed": 0.75}),
    ("fifteen", "123/4.6/758", "123/456/78.", {"placed": 1}),
    ("fifteen", "%%%%/%.1%/%%%%", "%%%%/%1.%/%%%%", {"placed": 1}),
]


@pytest.mark.parametrize(("puzzle", "level", "board", "expected"), PROGRESS)
def test_progress_is_what_was_told(puzzle: str, level: str, board: str, expected: dict[str, float]) -> None:
    told = level_of(puzzle, level)

    assert expected == told.progress(told.state(board_of(board)))


FACTS: list[tuple[str, str, tuple[str, ...], set[Any]]] = [
    ("maze", "@ G", (), set()),
    ("maze", "@ G", ("R", "L", "R", "R"), {(0, 0), (0, 1), (0, 2)}),
    ("maze", "@ / G", ("D", "R"), {(1, 0), (1, 1)}),
    ("flowfree", "A..A", (), set()),
    ("flowfree", "A..A", ("a0,2", "a0,1"), {((0, 1), "a"), ((0, 2), "a")}),
    ("flowfree", "A.A/B.B", ("b1,1",), {((1, 1), "b")}),
    ("sokoban", "  @$ .", ("l", "r"), set()),
    ("sokoban", "@$  .", ("R", "R", "R"), {((0, 1), "R"), ((0, 2), "R"), ((0, 3), "R")}),
    ("sokoban", "./$/@", ("U",), {((1, 0), "U")}),
    ("sokoban", " $@ .", ("L",), {((0, 1), "L")}),
    ("fifteen", ".12", (), set()),
    ("fifteen", ".12", ("L", "L"), {("1", (0, 0)), ("2", (0, 1))}),
    ("fifteen", ".1", ("L", "R", "L"), {("1", (0, 0)), ("1", (0, 1))}),
    ("fifteen", "123/4.6/758", ("U", "L"), {("5", (1, 1)), ("8", (2, 1))}),
]


@pytest.mark.parametrize(("puzzle", "level", "moves", "expected"), FACTS)
def test_facts_are_what_was_told(puzzle: str, level: str, moves: tuple[str, ...], expected: set[Any]) -> None:
    told = level_of(puzzle, level)

    assert expected == told.facts(Trajectory(told, moves).states)


UNPUSHED = [
    ("@ $ .", "@  $."),
    (" @$ .", "@$  ."),
    ("@$ $ ..", " @$ $.."),
    ("@$  .", "$@  ."),
]


@pytest.mark.parametrize(("before", "after"), UNPUSHED)
def test_a_box_that_was_not_pushed_is_no_fact(before: str, after: str) -> None:
    level = level_of("sokoban", before)

    assert frozenset() == level.facts([level.state(board_of(board)) for board in (before, after)])


def test_a_stone_that_did_not_slide_is_no_fact() -> None:
    level = level_of("fifteen", "12.")
    for after in ("21.", ".21", ".12"):
        assert frozenset() == level.facts([level.start(), level.state(board_of(after))])


WRONG = [
    ("a wall melts", "maze", "@# G", "@  G", Reason.SCENERY, (0, 1)),
    ("a wall grows", "maze", "@  G", "@ #G", Reason.SCENERY, (0, 2)),
    ("the goal is gone", "maze", "@ G", "@  ", Reason.SCENERY, (0, 2)),
    ("the goal is covered where it is not", "maze", "@ G", " +G", Reason.SCENERY, (0, 1)),
    ("an unknown glyph", "maze", "@ G", "@?G", Reason.SCENERY, (0, 1)),
    ("a board of another size", "maze", "@ G", "@  G", Reason.SCENERY, None),
    ("the agent is gone", "maze", "@ G", "  G", Reason.VANISHED, None),
    ("a second agent", "maze", "@ G", "@@G", Reason.APPEARED, None),
    ("the agent inside a wall", "maze", "@#G", " @G", Reason.WALL, (0, 1)),
    ("an end is gone", "flowfree", "A.A", "..A", Reason.SCENERY, (0, 0)),
    ("an end has another colour", "flowfree", "A.A/B.B", "A.B/B.A", Reason.SCENERY, (0, 2)),
    ("an end is covered by its flow", "flowfree", "A.A", "a.A", Reason.SCENERY, (0, 0)),
    ("a third end", "flowfree", "A..A", "AA.A", Reason.SCENERY, (0, 1)),
    ("a colour of no end", "flowfree", "A.A", "AbA", Reason.SCENERY, (0, 1)),
    ("a colour that no letter of two is", "flowfree", "A.A/B.B", "AxA/B.B", Reason.SCENERY, (0, 1)),
    ("a board of another size", "flowfree", "A.A", "A.A/...", Reason.SCENERY, None),
    ("a flow away from its ends", "flowfree", "A...A", "A.a.A", Reason.STRAY, (0, 2)),
    ("a ring of flow", "flowfree", "A..../...../A....", "A..../..aa./A.aa.", Reason.STRAY, (1, 2)),
    ("two flows out of one end", "flowfree", "A./../.A", "Aa/a./.A", Reason.TANGLED, (0, 0)),
    ("a flow that branches", "flowfree", "A.A/...", "AaA/.a.", Reason.TANGLED, (0, 1)),
    ("a target is gone", "sokoban", "@$..", "@$. ", Reason.SCENERY, (0, 3)),
    ("a target wanders", "sokoban", "@$ .", "@$. ", Reason.SCENERY, (0, 2)),
    ("a wall melts", "sokoban", "@$.#", "@$. ", Reason.SCENERY, (0, 3)),
    ("a board of another size", "sokoban", "@$.", "@$. ", Reason.SCENERY, None),
    ("the player is gone", "sokoban", "@$.", " $.", Reason.VANISHED, None),
    ("a second player", "sokoban", "@$.", "@$+", Reason.APPEARED, None),
    ("a box is gone", "sokoban", "@$$..", "@$ ..", Reason.VANISHED, None),
    ("a further box", "sokoban", "@$ ..", "@$$..", Reason.APPEARED, None),
    ("a box inside a wall", "sokoban", "@$#.", " @$.", Reason.WALL, (0, 2)),
    ("the player inside a wall", "sokoban", "@#$.", " @$.", Reason.WALL, (0, 1)),
    ("a wall melts", "fifteen", "1.%", "1..", Reason.SCENERY, (0, 2)),
    ("a wall grows", "fifteen", "12.", "12%", Reason.SCENERY, (0, 2)),
    ("an unknown glyph", "fifteen", "1.", "1?", Reason.SCENERY, (0, 1)),
    ("a board of another size", "fifteen", "1.", "1..", Reason.SCENERY, None),
    ("a stone inside a wall", "fifteen", "1.%", "..1", Reason.WALL, (0, 2)),
    ("a stone is gone", "fifteen", "12.", "1..", Reason.VANISHED, None),
    ("a stone is there twice", "fifteen", "12.", "122", Reason.APPEARED, None),
    ("a stone that the level has not", "fifteen", "1.", "2.", Reason.APPEARED, (0, 0)),
]


@pytest.mark.parametrize(
    ("puzzle", "level", "board", "reason", "cell"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG]
)
def test_a_wrong_board_is_refused_for_the_reason_told(
    puzzle: str, level: str, board: str, reason: Reason, cell: tuple[int, int] | None
) -> None:
    told = level_of(puzzle, level)
    with pytest.raises(NoSuchBoard) as error:
        told.state(board_of(board))

    assert (reason, cell) == error.value.broken[:2]
    assert (reason, cell) == told.why(told.board(told.start()), board_of(board))[:2]
    assert str(error.value).startswith(reason.value)


CHANGES = [
    ("two cells along the floor", "maze", "@  G", "  @G", Reason.JUMP, (0, 2)),
    ("through a wall", "maze", "@# G", " #@G", Reason.WALL, (0, 1)),
    ("through a wall upward", "maze", "G/#/@", "+/#/ ", Reason.WALL, (1, 0)),
    ("far away", "maze", "@#   G", " #  @G", Reason.JUMP, (0, 4)),
    ("diagonally down to the right", "maze", "@#/#G", " #/#+", Reason.JUMP, (1, 1)),
    ("diagonally up to the left", "maze", "G#/#@", "+#/# ", Reason.JUMP, (0, 0)),
    ("a flow is taken back", "flowfree", "Aa.A", "A..A", Reason.SHRANK, (0, 1)),
    ("a flow lets go at its root", "flowfree", "Aaa..A", "A.a..A", Reason.SHRANK, (0, 1)),
    ("a flow is overwritten", "flowfree", "AaA/B.B", "AbA/B.B", Reason.OVERWRITTEN, (0, 1)),
    ("two cells at once", "flowfree", "A...A", "Aaa.A", Reason.JUMP, (0, 1)),
    ("two flows at once", "flowfree", "A..A/B..B", "A.aA/Bb.B", Reason.JUMP, (0, 2)),
    ("the player jumps", "sokoban", "@  $.", "  @$.", Reason.JUMP, (0, 2)),
    ("the player goes diagonally", "sokoban", "@$./  #", " $./ @#", Reason.JUMP, (1, 1)),
    ("a box moves by itself", "sokoban", "@ $ .", "@  $.", Reason.UNPUSHED, (0, 3)),
    ("a box moves while the player walks away", "sokoban", " @ $ .", "@   $.", Reason.UNPUSHED, (0, 4)),
    ("a box is pushed onto by a box", "sokoban", "@$$ ..", " @$$..", Reason.UNPUSHED, (0, 3)),
    ("a box is pulled to the left", "sokoban", " @$ .", "@$  .", Reason.PULLED, (0, 1)),
    ("a box is pulled upward", "sokoban", "# /#@/#$/#.", "#@/#$/# /#.", Reason.PULLED, (1, 1)),
    ("two boxes move at once", "sokoban", "@$ $ ..", " @$ $..", Reason.JUMP, (0, 1)),
    ("two stones change places", "fifteen", "12.", "21.", Reason.JUMP, (0, 1)),
    ("a stone jumps over another", "fifteen", "12.", ".21", Reason.JUMP, (0, 2)),
    ("two stones move at once", "fifteen", "12.", ".12", Reason.JUMP, (0, 1)),
    ("a stone goes round a corner", "fifteen", "12/3.", ".2/31", Reason.JUMP, (1, 1)),
]
LAWFUL = [
    ("nothing, in FlowFree", "flowfree", "Aa.A", "Aa.A", Reason.JUMP, None),
    ("a walk", "sokoban", "@ $.", " @$.", Reason.UNLAWFUL, (0, 1)),
]
"""What no fault need be, and has a reason all the same when it is asked for: another board may have been expected."""
SLANTED = [
    ("diagonally down to the left", "maze", "#@/G#", "# /+#", Reason.JUMP, (1, 0)),
    ("diagonally up to the right", "maze", "#G/@#", "#+/ #", Reason.JUMP, (0, 1)),
]


@pytest.mark.parametrize(
    ("puzzle", "before", "after", "reason", "cell"),
    [pytest.param(*told[1:], id=told[0]) for told in CHANGES + LAWFUL + SLANTED],
)
def test_an_unlawful_change_has_the_reason_told(
    puzzle: str, before: str, after: str, reason: Reason, cell: tuple[int, int]
) -> None:
    told = level_around(puzzle, before)
    broken = told.why(board_of(before), board_of(after))

    assert (reason, cell) == broken[:2], "\n".join([broken.detail, *lines(before), "became", *lines(after)])


SAID = [
    ("maze", "@ G", "@  G", "expected a board of (1, 3), got (1, 4)"),
    ("maze", "@#G", " @G", "the agent is inside a wall"),
    ("maze", "@# G", "@  G", "expected '#', got ' '"),
    ("maze", "@ G", "@@G", "expected 1 agent, found 2"),
    ("maze", "@# G", " #@G", "the agent went from (0, 0) to (0, 2)"),
    ("maze", "@/ /G", " / /+", "the agent went from (0, 0) to (2, 0)"),
    ("flowfree", "A.A", "A.A/...", "expected a board of (1, 3), got (2, 3)"),
    ("flowfree", "A.A/B.B", "A.B/B.A", "expected 'A', got 'B'"),
    ("flowfree", "A...A", "A.a.A", "the flow of A does not lead to an end"),
    ("flowfree", "A.A/...", "AaA/.a.", "the flow of A has more than 2 neighbours here"),
    ("flowfree", "AaA/B.B", "AbA/B.B", "'a' became 'b'"),
    ("flowfree", "A...A", "Aaa.A", "2 cells were filled at once"),
    ("sokoban", "@$.", "@$. ", "expected a board of (1, 3), got (1, 4)"),
    ("sokoban", "@$#.", " @$.", "'$' is inside a wall"),
    ("sokoban", "@$..", "@$. ", "expected '.', got ' '"),
    ("sokoban", "@$.", " $.", "expected 1 of player, found 0"),
    ("sokoban", "@$$..", "@$ ..", "expected 2 of box, found 1"),
    ("sokoban", "@  $.", "  @$.", "the player went from (0, 0) to (0, 2)"),
    ("sokoban", "@ $.", " @$.", "the player went from (0, 0) to (0, 1)"),
    ("sokoban", "@ $ .", "@  $.", "the box went from (0, 2) to (0, 3)"),
    ("fifteen", "1.", "1..", "expected a board of (1, 2), got (1, 3)"),
    ("fifteen", "1.%", "..1", "stone 1 is inside a wall"),
    ("fifteen", "1.%", "1..", "expected a wall, got '.'"),
    ("fifteen", "12.", "12%", "expected a stone or the hole, got '%'"),
    ("fifteen", "1.", "2.", "expected stones 1, got 2"),
    ("fifteen", "12.", "122", "expected 1 stone 2, found 2"),
    ("fifteen", "12.", "1..", "expected 1 stone 2, found 0"),
    ("fifteen", "12/3.", ".2/31", "stone 1 went from (0, 0) to (1, 1)"),
    ("fifteen", "12.", ".21", "stone 1 went from (0, 0) to (0, 2)"),
    ("fifteen", "123.", ".312", "stone 1 went from (0, 0) to (0, 2), and 2 more moved"),
    ("fifteen", "12.", "21.", "stone 1 went from (0, 0) to (0, 1), and 1 more moved"),
]
"""Two boards, and the particulars of what is wrong with the second, or with the change."""


@pytest.mark.parametrize(("puzzle", "before", "after", "detail"), SAID)
def test_what_is_wrong_is_said_in_these_words(puzzle: str, before: str, after: str, detail: str) -> None:
    level = level_around(puzzle, before)

    assert detail == level.why(board_of(before), board_of(after)).detail


@pytest.mark.parametrize(
    ("board", "message"),
    [
        ("@ /#G", "scenery changed at row 1, column 0: expected ' ', got '#'"),
        ("@@/ G", "something appeared that the level does not have: expected 1 agent, found 2"),
    ],
)
def test_an_error_about_a_board_has_the_reason_the_place_and_the_particulars(board: str, message: str) -> None:
    level = level_of("maze", "@ / G")
    with pytest.raises(NoSuchBoard) as error:
        level.state(board_of(board))

    assert message == str(error.value)
    assert message.endswith(error.value.broken.detail)


SAME = [
    # a level, then its three turns, its four reflections, and what its puzzle tells otherwise
    ("maze", "@ #/  G", [" @/  /G#", "G  /# @", "#G/  /@ ", "# @/G  ", "  G/@ #", "@ /  /#G", "G#/  / @", "G #/  @"]),
    ("flowfree", "A.B/.../AB.", ["A.A/B../..B", ".BA/.../B.A", "B../..B/A.A"]),
    ("flowfree", "A.B/.../AB.", ["B.A/.../.BA", "AB./.../A.B", "A.A/..B/B..", "..B/B../A.A"]),
    ("flowfree", "A.B/.../AB.", ["B.A/.../BA.", "X.C/.../XC.", "M.Z/.../.MZ"]),
    ("sokoban", "#@$./## .", ["##/#@/ $/..", ". ##/.$@#", "../$ /@#/##"]),
    ("sokoban", "#@$./## .", [".$@#/. ##", "## ./#@$.", "##/@#/$ /..", "../ $/#@/##"]),
    ("fifteen", "32/.1", [".3/12", "1./23", "21/3.", "23/1.", ".1/32", "3./21", "12/.3", "23/.1", "2./31"]),
    ("fifteen", "1.3/426/758", ["1.7/248/356", "147/.25/368", "123/.45/786"]),
    ("fifteen", "1.%/%32", ["1%/.3/%2", "%.1/23%"]),
]
OTHER = [
    ("maze", "@ #/  G", ["@# /  G", "@  /  G", "@ #/ G ", "@ G/  #"]),
    ("flowfree", "A.B/.../AB.", ["A.B/.../BA.", "A.B/.../A.B", "A.C/B../ABC"]),
    ("sokoban", "#@$./## .", ["#$@./## .", "#@$./## #", "#@$*/## .", "#@$./##. "]),
    ("fifteen", "1.3/426/758", ["1.3/425/768", "123/4.6/758", "1.3/246/758"]),
]


@pytest.mark.parametrize(("puzzle", "level", "others"), SAME)
def test_a_level_turned_or_told_otherwise_has_the_same_form(puzzle: str, level: str, others: list[str]) -> None:
    form = form_of(PUZZLES[puzzle], level_of(puzzle, level))

    assert dict.fromkeys(others, form) == {other: form_of(PUZZLES[puzzle], level_of(puzzle, other)) for other in others}


@pytest.mark.parametrize(("puzzle", "level", "others"), OTHER)
def test_another_level_has_another_form(puzzle: str, level: str, others: list[str]) -> None:
    forms = {form_of(PUZZLES[puzzle], level_of(puzzle, told)) for told in [level, *others]}

    assert 1 + len(others) == len(forms)


ALIKE = [
    ("maze", "@ G#", {"@ G#", "G @#"}),
    ("flowfree", "C.AA.C", {"A.BB.A"}),
    ("sokoban", "@$.", {"@$."}),
    ("fifteen", "12.", {"12."}),
    ("fifteen", "12345678.", {"12345678.", "14725836."}),
    ("fifteen", "%.123456789ABCDEF%", {"%.123456789ABCDEF%", "%.159D26AE37BF48C%"}),
]


@pytest.mark.parametrize(("puzzle", "level", "expected"), ALIKE)
def test_a_first_board_is_told_otherwise_as_was_told(puzzle: str, level: str, expected: set[str]) -> None:
    assert expected == set(PUZZLES[puzzle].alike(level))


BAD = [
    ("maze", "", "line 1, column 1: expected a board, got nothing"),
    ("maze", " \n\t\n", "line 1, column 1: expected a board, got nothing"),
    ("maze", "#@ G#\n##x##", "line 2, column 3: expected one of '# G@+', got 'x'"),
    ("maze", "####\n# G#", "line 1, column 1: expected 1 start '@', found 0"),
    ("maze", "####\n# @#", "line 1, column 1: expected 1 goal 'G', found 0"),
    ("maze", "#@G#\n##@#", "line 2, column 3: expected 1 start '@', found 2"),
    ("maze", "#@G\n#G", "line 2, column 2: expected 1 goal 'G', found 2"),
    ("maze", "#@G\n# +", "line 2, column 3: expected an unsolved maze, got the agent on the goal"),
    ("flowfree", "", "line 1, column 1: expected a board, got nothing"),
    ("flowfree", "A.A\n.a.", "line 2, column 2: expected one of '.ABCDEFGHIJKLMNOPQRSTUVWXYZ', got 'a'"),
    ("flowfree", "A.A\n..", "line 2, column 3: expected 3 glyphs, got 2"),
    ("flowfree", "A.A\nB..", "line 2, column 1: expected 2 ends 'B', found 1"),
    ("flowfree", "..A\nA.A", "line 1, column 3: expected 2 ends 'A', found 3"),
    ("flowfree", "A.A\nBB.", "line 2, column 1: expected the ends 'B' apart, got them side by side"),
    ("flowfree", "...\n...", "line 1, column 1: expected at least one pair of ends, found none"),
    ("sokoban", "", "line 1, column 1: expected a board, got nothing"),
    ("sokoban", "#####\n#@$.x", "line 2, column 5: expected one of '# $@.*+', got 'x'"),
    ("sokoban", "#####\n# $.#", "line 1, column 1: expected 1 player '@' or '+', found 0"),
    ("sokoban", "#####\n#@$+#", "line 2, column 4: expected 1 player '@' or '+', found 2"),
    ("sokoban", "#####\n#@ .#", "line 1, column 1: expected at least 1 box '$' or '*', found none"),
    ("sokoban", "#@ #\n#$*$.#", "line 2, column 4: expected a target for each of 3 boxes, found 2"),
    ("fifteen", "", "line 1, column 1: expected a board, got nothing"),
    ("fifteen", "12.\n3x4", "line 2, column 2: expected one of '%.123456789ABCDEF', got 'x'"),
    ("fifteen", "12.\n3", "line 2, column 2: expected 3 glyphs, got 1"),
    ("fifteen", "12\n34", "line 1, column 1: expected 1 hole '.', found 0"),
    ("fifteen", "1.\n.2", "line 2, column 1: expected 1 hole '.', found 2"),
    ("fifteen", "%.%", "line 1, column 2: expected at least 1 stone, found none"),
    ("fifteen", "12.\n1%%", "line 2, column 1: expected each stone of '123' once, got '1'"),
    ("fifteen", "1.3", "line 1, column 3: expected each stone of '12' once, got '3'"),
]
AFTER_BLANK_LINES = [
    ("maze", "\n\n#@G@#", "line 3, column 4: expected 1 start '@', found 2"),
    ("flowfree", "\n  A..", "line 2, column 3: expected 2 ends 'A', found 1"),
    ("flowfree", "A.A\n ..x", "line 2, column 4: expected one of '.ABCDEFGHIJKLMNOPQRSTUVWXYZ', got 'x'"),
    ("flowfree", "\n...", "line 2, column 1: expected at least one pair of ends, found none"),
    ("sokoban", "\n#@ .#", "line 2, column 1: expected at least 1 box '$' or '*', found none"),
    ("sokoban", "\n#@$+#", "line 2, column 4: expected 1 player '@' or '+', found 2"),
]


@pytest.mark.parametrize(("puzzle", "text", "message"), [*BAD, *AFTER_BLANK_LINES])
def test_a_text_that_is_no_level_is_refused_in_these_words(puzzle: str, text: str, message: str) -> None:
    with pytest.raises(BadLevel) as error:
        PUZZLES[puzzle].parse(text)

    assert message == str(error.value)


FILES = [
    (
        "titles above, as in Microban, and ragged rows",
        "; Small rooms\n; by nobody\n\n ; 1\n\n ####\n #@ ##\n##$. #\n######\n\n; 2\n'The Attic'\n\n#+_-$#\n",
        "sokoban",
        [("1", " #### / #@ ##/##$. #/######"), ("2 'The Attic'", "#+  $#")],
    ),
    (
        "a preface and titles straight below",
        "; My rooms\n\n#@$.#\n; one\n\n#@*#\n; two",
        "sokoban",
        [("one", "#@$.#"), ("two", "#@*#")],
    ),
    (
        "titles and no blank line, as in some collections",
        "; 7\r\n#@$.#\r\n; 8\r\n#@*#\r\n",
        "sokoban",
        [("7", "#@$.#"), ("8", "#@*#")],
    ),
    (
        "properties, as in SOK",
        ":: Rooms\nAuthor: N. N.\n\nFirst room\n\n#@$.#\nTitle: The First\nComment: no 1\n\nSecond room\n#@*#\n",
        "sokoban",
        [("The First", "#@$.#"), ("Second room", "#@*#")],
    ),
    ("no titles", "\ufeff#@$.#\n\n#@*#", "sokoban", [("1", "#@$.#"), ("2", "#@*#")]),
    (
        "a source and headers, as in Boxoban",
        "; source: X\n\n; 0\n#@$.#\n\n; 5\n#@*#",
        "sokoban",
        [("0", "#@$.#"), ("5", "#@*#")],
    ),
    (
        "broken levels among good ones",
        "; 1\n####\n#@x#\n#$.#\n\n; 2\n#@$.#\n\n; 3\n###\n#@$\n\n; 4\n ##\n###@\n",
        "sokoban",
        [
            ("1", "line 3, column 3: expected one of '# $@.*+', got 'x'"),
            ("2", "#@$.#"),
            ("3", "line 11, column 3: expected a target for each of 1 boxes, found 0"),
            ("4", "line 14, column 1: expected at least 1 box '$' or '*', found none"),
        ],
    ),
    (
        "a row of wrong glyphs",
        "#@$#\nabcd\n#.##",
        "sokoban",
        [("1", "line 2, column 1: expected one of '# $@.*+', got 'a'")],
    ),
    ("small and capital letters are two colours", "r.R\n...\nr.R\n", "flowfree", [("1", "A.B/.../A.B")]),
    ("letters that are capitals stay", "; mine\nC.A\n...\nC.A\n", "flowfree", [("mine", "C.A/.../C.A")]),
    (
        "a colour is named as the file names it",
        "; 1\nC.a.\nC...\n\n; 2\n  z.B.\n  z..\n\n; 3\n  q.Q\n  Q..",
        "flowfree",
        [
            ("1", "line 2, column 1: expected the ends 'C' apart, got them side by side"),
            ("2", "line 7, column 6: expected 4 glyphs, got 3"),
            ("3", "line 10, column 3: expected 2 ends 'q', found 1"),
        ],
    ),
    (
        "too many colours",
        "abcdefghijklmnopqrstuvwxyzA\n...........................",
        "flowfree",
        [("1", "line 1, column 27: expected at most 26 colours, got one more, 'A'")],
    ),
    ("a start S and an exit E", "#####\n#S E#\n#####", "maze", [("1", "#####/#@ G#/#####")]),
    ("a start S and a goal G", "Title: Corridor\n#S G#", "maze", [("Corridor", "#@ G#")]),
    ("a start @ and a goal G", "#@#\n#G#\n\n#G @#", "maze", [("1", "#@#/#G#"), ("2", "#G @#")]),
    ("two starts S", "#S ##\n#SE##", "maze", [("1", "line 2, column 2: expected 1 start 'S', found 2")]),
]


@pytest.mark.parametrize(("text", "puzzle", "expected"), [file[1:] for file in FILES], ids=[file[0] for file in FILES])
def test_a_file_is_read_as_was_told(text: str, puzzle: str, expected: list[tuple[str, str]]) -> None:
    entries = read_collection(text)
    found = [(entry.title, str(entry.error) if entry.error else "/".join(lines(entry.level))) for entry in entries]

    assert expected == found
    assert {puzzle} == {entry.puzzle.name for entry in entries}
    assert [entry.error is None for entry in entries] == [entry.level is not None for entry in entries]


def test_a_file_is_read_as_the_puzzle_that_is_given() -> None:
    guessed, given = (read_collection("####\n#@.#", puzzle=puzzle) for puzzle in (None, PUZZLES["maze"]))

    assert ["sokoban"] == [entry.puzzle.name for entry in guessed]
    assert ["line 2, column 3: expected one of '# G@+', got '.'"] == [str(entry.error) for entry in given]


def test_a_board_too_large_for_any_level_is_refused_before_it_is_filled_up() -> None:
    entries = read_collection("#@$.#" + " " * 300_000 + "#\n#\n\n#@$.#")

    assert ["line 1, column 1: expected at most 250000 cells, got 600012"] == [
        str(entry.error) for entry in entries if entry.error
    ]
    assert 2 == len(entries)


NO_LEVEL = "expected a level of sokoban or maze or flowfree or fifteen"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f"line 1, column 1: {NO_LEVEL}, got nothing"),
        ("\n \n", f"line 1, column 1: {NO_LEVEL}, got nothing"),
        ("\n  Hello, world\n", f"line 2, column 3: {NO_LEVEL}, got 'Hello, world' and no row of one"),
        ("; 1\n; 2\n---\n", f"line 1, column 1: {NO_LEVEL}, got '; 1' and no row of one"),
    ],
)
def test_a_file_without_a_level_is_refused_in_these_words(text: str, message: str) -> None:
    with pytest.raises(BadLevel) as error:
        read_collection(text)

    assert message == str(error.value)


def test_the_picture_at_the_head_of_flowfree_shows_a_level_and_its_solution() -> None:
    rows = [line.split() for line in (flowfree.__doc__ or "").split("\n")[2:6]]
    level = flowfree.parse("\n".join(row[0] for row in rows))
    solved = Board(tuple(row[-1] for row in rows))

    assert {"joined": 1.0, "filled": 1.0} == level.progress(level.state(solved))
