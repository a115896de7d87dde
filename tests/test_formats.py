"""Level files and moves as others write them: read as was told by hand, written and read back, and never a crash."""

import json
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import strategies
from hypothesis import given, settings
from hypothesis import strategies as st
from test_bad_input import refused
from test_cli import SIZE, done, objects, run

from puzzlereel.puzzles import formats
from puzzlereel.puzzles.core import BadLevel, Puzzle, Trajectory
from puzzlereel.puzzles.formats import Entry, read_collection, write_collection
from puzzlereel.puzzles.ids import LevelId, level_of
from puzzlereel.puzzles.lurd import MOST_READ, BadMoves, read_moves, write_moves
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.puzzles.runs import BadRun, pack, unpack

SOKOBAN, MAZE, FLOWFREE, FIFTEEN = (PUZZLES[name] for name in ("sokoban", "maze", "flowfree", "fifteen"))
for_every_puzzle = pytest.mark.parametrize("puzzle", PUZZLES.values(), ids=PUZZLES)
some = settings(max_examples=100)


def told(entry: Entry) -> str:
    """The rows of a level divided by "/", or what is wrong with it."""
    return str(entry.error) if entry.error else str(entry.level).replace("\n", "/")


FILES: list[tuple[str, str, str, list[tuple[str, str]]]] = [
    (
        "run lengths, a row a line",
        "; 1\n4#\n#@-.#\n#2-$#\n#3-#\n5#\n\n; 2\n-4#\n2#2-#\n#@$.#\n5#",
        "sokoban",
        [("1", "#### /#@ .#/#  $#/#   #/#####"), ("2", " ####/##  #/#@$.#/#####")],
    ),
    (
        "a level on one line, with a bar at its end or none",
        "First\n5#|#@$.#|5#|\n\nSecond\n5#|#.$@#|5#\n",
        "sokoban",
        [("First", "#####/#@$.#/#####"), ("Second", "#####/#.$@#/#####")],
    ),
    ("a group in a row", "2(3(#-)#)\n#@$.9-#\n14#", "sokoban", [("1", "# # # ## # # #/#@$.         #/##############")]),
    ("rows of nothing but floor", "5#\n5-\n#@$.#\n3-\n2#", "sokoban", [("1", "#####/     /#@$.#/     /##   ")]),
    ("an empty row", "5#||#@$.#|5#", "sokoban", [("1", "#####/     /#@$.#/#####")]),
    (
        "the letters of SOK",
        "#####\n#pb.#\n#PBB#",
        "sokoban",
        [("1", "line 3, column 2: expected 1 player 'p' or 'P', found 2")],
    ),
    ("the letters of SOK and run lengths", "5#|#pb.#|#3B#|5#", "sokoban", [("1", "#####/#@$.#/#***#/#####")]),
    ("floor as dashes and as lines", "-####\n##__#\n#@$.#\n#####", "sokoban", [("1", " ####/##  #/#@$.#/#####")]),
    (
        "run lengths that are wrong, where they stand",
        "; 1\n5#|#@$.#|5\n\n; 2\n5#|\n #2(@$.#\n\n; 3\n5#|#0@$.#\n\n; 4\n5#|#@$)#\n"
        "\n; 5\n5#|#2@$2.#|\n\n; 6\n#####\n#@$.#\n###99999999999#\n",
        "sokoban",
        [
            ("1", "line 2, column 11: expected something to repeat, got the end"),
            ("2", "line 6, column 4: expected a ) for this (, got the end"),
            ("3", "line 9, column 5: expected a count of 1 or more, got 0"),
            ("4", "line 12, column 7: expected a ( to close, got ')'"),
            ("5", "line 15, column 6: expected 1 player '@' or '+', found 2"),
            ("6", "line 20, column 15: expected at most 250000 cells, got more"),
        ],
    ),
    ("a bar at the end of each line", "5#|\n#@$.#|\n5#|", "sokoban", [("1", "#####/#@$.#/#####")]),
    (
        "run lengths that are too much together",
        "@$.200000#\n200000#",
        "sokoban",
        [("1", "line 2, column 7: expected at most 250000 cells, got more")],
    ),
    (
        "a property between levels",
        "########\n#@ $  .#\n########\nAuthor:N\n########\n#@ $ . #\n########",
        "sokoban",
        [("1", "########/#@ $  .#/########"), ("2", "########/#@ $ . #/########")],
    ),
    (
        "a number in a row is no run of spaces",
        "#########\n#@$. 7  #\n#########",
        "sokoban",
        [("1", "line 2, column 6: expected one of '# $@.*+', got '7'")],
    ),
    ("a number between levels", "#@$.#\n- 12 -\n#@*#", "sokoban", [("- 12 -", "#@$.#"), ("2", "#@*#")]),
    ("targets in the open", "@$$$\n....\n....", "sokoban", [("1", "@$$$/..../....")]),
    ("an indented board", "  a.b\n  b.c", "flowfree", [("1", "line 1, column 3: expected 2 ends 'a', found 1")]),
    (
        "titles that look like run lengths",
        "#12\n#@$.#\n\n#13\n#@*#\n\n14.\n#@*#\n\n(15)\n#@*#",
        "sokoban",
        [("#12", "#@$.#"), ("#13", "#@*#"), ("14.", "#@*#"), ("(15)", "#@*#")],
    ),
    (
        "properties below, and comments of many lines",
        "#@$.#\nTitle: One\nAuthor: N. N.\nComment:\n\nNot a title.\nComment-End:\n\n#@*#\nTitle: Two\n",
        "sokoban",
        [("One", "#@$.#"), ("Two", "#@*#")],
    ),
    (
        "solutions, which are no titles",
        "One\n\n#@$.#\n\nSolution/Moves\nR\n\nTwo\n\n#@$.#\n\nSnapshot\nr\nSolution 2/1:\nr\nl",
        "sokoban",
        [("One", "#@$.#"), ("Two", "#@$.#")],
    ),
    (
        "boxes around a title",
        "+-----+\n| One |\n+-----+\n#@$.#\n\n+-----+\n| Two |\n+-----+\n#@$.#",
        "sokoban",
        [("| One |", "#@$.#"), ("| Two |", "#@$.#")],
    ),
    (
        "a tab in a row",
        "#####\n#@\t$.#\n#####",
        "sokoban",
        [("1", "line 2, column 3: expected one of '# $@.*+', got '\\t'")],
    ),
    ("a maze with its way shown", "#####\n#SXE#\n#####", "maze", [("1", "#####/#@ G#/#####")]),
    ("a maze with visible floor", "#_#\n@_G\n___\n# #", "maze", [("1", "# #/@ G/   /# #")]),
    (
        "a maze drawn by lines",
        "; 1\n+---+---+\n| S |   |\n+   +   +\n|     E |\n+---+---+\n\n; 2\n  o-o-o\n  |S E|\n  o-o-o",
        "maze",
        [("1", "#####/#@# #/# # #/#  G#/#####"), ("2", "#####/#@ G#/#####")],
    ),
    (
        "a drawn maze that is open at its sides",
        "+--+--+\n S   @|\n+--+  +\n G\n+--+--+",
        "maze",
        [("1", "line 2, column 6: expected 1 start 'S', found 2")],
    ),
    (
        "drawn mazes that are wrong",
        "; 1\n+--+\n|S |\n+  +\n|E |\n+-\n\n; 2\n+--+\n|S |\n+- +\n|E |\n+--+\n"
        "\n; 3\n+--+\n|SE|\n+--+\n\n; 4\n+--+\n|S |E\n+--+\n\n; 5\n +--+--+\n |S |E\n +--+\n"
        f"\n; 6\n+{'-' * 90_000}+\n|S E|\n+-+\n\n; 7\n+--++\n|S |\n+--+\n",
        "maze",
        [
            ("1", "line 2, column 1: expected 1 goal 'G', found 0"),
            ("2", "line 11, column 3: expected one of '-', got ' '"),
            ("3", "line 17, column 3: expected one of ' ', got 'E'"),
            ("4", "line 22, column 5: expected one of ' ', got 'E'"),
            ("5", "line 28, column 6: expected one of '+o', got the end"),
            ("6", "line 31, column 1: expected at most 250000 glyphs of a drawn maze, got 270006"),
            ("7", "line 36, column 5: expected cells between the posts, got none"),
        ],
    ),
]


@pytest.mark.parametrize(("text", "puzzle", "expected"), [file[1:] for file in FILES], ids=[file[0] for file in FILES])
def test_a_file_is_read_as_was_told(text: str, puzzle: str, expected: list[tuple[str, str]]) -> None:
    entries = read_collection(text)

    assert expected == [(entry.title, told(entry)) for entry in entries]
    assert {puzzle} == {entry.puzzle.name for entry in entries}


SOLUTIONS = [
    ("One\n\n#@$.#\n\nSolution/Moves\nrR\nR r\n\nTwo\n\n#@$.#", ["rR R r", None]),
    ("#@$.#\nTitle: One\nSolution: 3r(2U)\n\n#@$.#\nTitle: Two\nSnapshot 1\nl\nSolution 2\nr\n\nr", ["3r(2U)", "r"]),
    ("#@$.#\n\nSolution\n\nR\n\nDull\n\n#@$.#\n\nSolution to nothing\n\nlul it", ["R", None]),
    ("#@$.#\n\nNotes.\n\nSolution\nR\n\n#@$.#", ["R", None]),
    ("#@$.#\n\nSolution\nR\n\nSolution 2\nrlR", ["R"]),
    ("; Solution\n#@$.#\n\n; Lurd\n#@$.#\nSolution 1/1:\nR\nSolution 9/1:\nlrR\n", [None, "R"]),
    ("A..A\n\nSolution\na0,1\na0,2\n\nA.A\n\nSolution\na0,1", ["a0,1 a0,2", "a0,1"]),
]


@pytest.mark.parametrize(("text", "expected"), SOLUTIONS)
def test_a_solution_below_a_level_is_kept_as_it_stands(text: str, expected: list[str | None]) -> None:
    assert expected == [entry.solution for entry in read_collection(text)]


def test_solutions_leave_the_titles_as_they_are() -> None:
    titles = [[entry.title for entry in read_collection(text)] for text, _ in SOLUTIONS]

    assert [
        ["One", "Two"],
        ["One", "Two"],
        ["1", "Dull"],
        ["1", "2"],
        ["1"],
        ["Solution", "Lurd"],
        ["1", "2"],
    ] == titles


RUNS = [
    ("", ""),
    ("rrR", "rrR"),
    ("3rU", "rrrU"),
    ("3r(2U)", "rrrUU"),
    ("3r2(2Ul)", "rrrUUlUUl"),
    ("2(3(dr)R)", "drdrdrRdrdrdrR"),
    ("012r", "rrrrrrrrrrrr"),
    ("5()2(())r", "r"),
]
BAD_RUNS = [
    ("3", 1, "expected something to repeat, got the end"),
    ("r2(", 2, "expected a ) for this (, got the end"),
    ("r)u", 1, "expected a ( to close, got ')'"),
    ("2(r3)", 4, "expected something to repeat, got ')'"),
    ("r0u", 1, "expected a count of 1 or more, got 0"),
    ("r00(u)", 2, "expected a count of 1 or more, got 0"),
    ("1001r", 4, "expected at most 1000, got more"),
    ("r" + "9" * 5000 + "(lr)", 5004, "expected at most 1000, got more"),
    ("2(" * 5 + "999999999r", 19, "expected at most 1000, got more"),
    ("(" * 33 + "r", 32, "expected at most 32 brackets in one another, got one more"),
]


def unpacked(text: str) -> str:
    return "".join(text[index] for index in unpack(text, 1000, "at most 1000"))


@pytest.mark.parametrize(("packed", "plain"), RUNS)
def test_run_lengths_mean_what_was_told(packed: str, plain: str) -> None:
    assert plain == unpacked(packed)


@pytest.mark.parametrize(("packed", "index", "message"), BAD_RUNS)
def test_run_lengths_that_mean_nothing_are_refused_where_they_stand(packed: str, index: int, message: str) -> None:
    with pytest.raises(BadRun) as error:
        unpacked(packed)

    assert (message, index) == (str(error.value), error.value.index)


@given(
    text=st.text("udLR", max_size=60)
    | st.text("r", max_size=300)
    | st.lists(st.sampled_from(["rU", "lld", "D"])).map("".join)
)
@settings(max_examples=300)
def test_packed_moves_are_unpacked_to_the_same_and_never_longer(text: str) -> None:
    for longest in (1, 12):
        assert text == unpacked(pack(text, longest))
        assert len(pack(text, longest)) <= len(text)


def test_moves_are_packed_as_short_as_was_told() -> None:
    plain = ["rr", "rrr", "rUrU", "rUrUrU", "u" * 120, "uuul" * 5 + "d", "drdrdrRdrdrdrR"]

    assert ["rr", "3r", "rUrU", "3(rU)", "120u", "5(3ul)d", "2(3(dr)R)"] == [pack(text) for text in plain]


MOVES: list[tuple[str, str, str, str]] = [
    ("sokoban", "#@$  .#", "3R", "RRR"),
    ("sokoban", "#@$  .#", "3r", "RRR"),
    ("sokoban", "# @$ .#", " l\n2 r\t\r\nR", "lrRR"),
    ("sokoban", "#@$  .#", "", ""),
    ("sokoban", "#@$  .#", "R2(lr)R", "RlrlrR"),
    ("maze", "@   G", "2(2R)", "RRRR"),
    ("maze", "@   G", "rRl", "RRL"),
    ("flowfree", "A...A", "a0,1  a0,2\na0,3", "a0,1 a0,2 a0,3"),
]
BAD_MOVES = [
    ("sokoban", "#@$ .#", "r3Rl", 1, 3, "expected one of ['l'] as move 3, got 'R'"),
    ("sokoban", "#@$ .#", "\n\n Rx", 3, 3, "expected one of ['l', 'R'] as move 2, got 'x'"),
    ("sokoban", "#@$ .#", "RL", 1, 2, "expected one of ['l', 'R'] as move 2, got 'L'"),
    ("sokoban", "#@$.#", "R2(l", 1, 3, "expected a ) for this (, got the end"),
    ("sokoban", "#@$.#", "R\n2", 2, 2, "expected something to repeat, got the end"),
    ("sokoban", "#@$.#", "R l 5 0(", 1, 8, "expected a ) for this (, got the end"),
    ("sokoban", "#@$.#", "999999999(lr)", 1, 13, f"expected at most {MOST_READ} moves, got more"),
    ("sokoban", "#@#/$$$/..+".replace("+", "."), "u", 1, 1, "expected one of ['D'] as move 1, got 'u'"),
    ("maze", "@ G", "RRr", 1, 3, "expected one of ['L'] as move 3, got 'r'"),
    ("maze", "@ G", "R,L", 1, 2, "expected one of ['L', 'R'] as move 2, got ','"),
    ("maze", "@#G", "\xa0R", 1, 2, "expected no further move as move 1, got 'R'"),
    ("flowfree", "A.A", "a0,1 a0,1", 1, 6, "expected no further move as move 2, got 'a0,1'"),
    ("flowfree", "A.A", "2(a0,1)", 1, 1, "expected one of ['a0,1'] as move 1, got '2(a0,1)'"),
    ("flowfree", "A.A", "\n\n  " + "a" * 99, 3, 3, f"expected one of ['a0,1'] as move 1, got {'a' * 20!r}"),
]


@pytest.mark.parametrize(("puzzle", "level", "text", "expected"), MOVES)
def test_moves_are_read_as_was_told(puzzle: str, level: str, text: str, expected: str) -> None:
    rules = PUZZLES[puzzle]

    assert expected == rules.write_moves(read_moves(rules, rules.parse(level.replace("/", "\n")), text))


@pytest.mark.parametrize(("puzzle", "level", "text", "line", "column", "message"), BAD_MOVES)
def test_moves_that_are_wrong_are_refused_where_they_stand(
    puzzle: str, level: str, text: str, line: int, column: int, message: str
) -> None:
    with pytest.raises(BadMoves) as error:
        read_moves(PUZZLES[puzzle], PUZZLES[puzzle].parse(level.replace("/", "\n")), text)

    assert f"line {line}, column {column} of the moves: {message}" == str(error.value)
    assert (line, column, message) == (error.value.line, error.value.column, error.value.message)


@st.composite
def levels(draw: st.DrawFn, puzzle: Puzzle) -> Any:
    """A level of any shape, mostly open at its sides and without a solution."""
    height, width = draw(st.integers(1, 5)), draw(st.integers(3, 6))
    ground = draw(st.lists(st.sampled_from(GROUNDS[puzzle.name]), min_size=height * width, max_size=height * width))
    places = draw(st.permutations(range(height * width)))
    for place, glyph in zip(places, draw(st.sampled_from(THINGS[puzzle.name])), strict=False):
        ground[place] = glyph
    text = "\n".join("".join(ground[row * width : (row + 1) * width]) for row in range(height))
    level, _ = tried(puzzle.parse, text)
    if level is None or (puzzle is FLOWFREE and "." not in text) or (puzzle is FIFTEEN and "%" not in text):
        return puzzle.parse(PLAIN[puzzle.name])
    return level


GROUNDS = {"sokoban": "## .-", "maze": "#  ", "flowfree": ".", "fifteen": "%"}
THINGS = {
    "sokoban": ["@$.", "+$", "@$*.", "@**", "+$$$.."],
    "maze": ["@G"],
    "flowfree": ["AA", "BACABC", "AABB", "EGPEGP"],
    "fifteen": [".1", "2.1", "1.43265", "12345.6789ABC"],
}
PLAIN = {"sokoban": "#@$.#", "maze": "@ G", "flowfree": "A.A", "fifteen": "%2.1%"}


@st.composite
def walks(draw: st.DrawFn, puzzle: Puzzle) -> Trajectory:
    """A level and some lawful moves in it."""
    level = draw(levels(puzzle))
    state, moves = level.start(), list[str]()
    for choice in draw(st.lists(st.integers(0, 99), max_size=12)):
        if lawful := list(level.moves(state)):
            moves.append(lawful[choice % len(lawful)])
            state = level.step(state, moves[-1])
    return Trajectory(level, tuple(moves))


@for_every_puzzle
@given(data=st.data())
@some
def test_moves_are_written_and_read_back_however_they_are_laid_out(puzzle: Puzzle, data: st.DataObject) -> None:
    walk = data.draw(walks(puzzle))
    space = data.draw(st.sampled_from([" ", "\n", "\r\n", "\t  "]))
    plain = space.join(walk.moves)

    for text in (puzzle.write_moves(walk), write_moves(puzzle, walk), plain, plain.lower(), f" {plain}\n"):
        assert walk == read_moves(puzzle, walk.level, text)


@for_every_puzzle
@given(data=st.data())
@some
def test_any_text_is_moves_or_refused_with_a_place_in_it(puzzle: Puzzle, data: st.DataObject) -> None:
    walk = data.draw(walks(puzzle))
    text = data.draw(mutants(st.sampled_from([write_moves(puzzle, walk), "3r(2U)", "a0,1 b1,2"]), "0129()UDlr ,a\n"))
    way, error = tried(lambda text: read_moves(puzzle, walk.level, text), text)

    if error is None:
        assert way == read_moves(puzzle, walk.level, write_moves(puzzle, way))
    else:
        assert isinstance(error, BadMoves)
        assert is_place(error, text.split("\n"))


def tried(read: Callable[[str], Any], text: str) -> tuple[Any, Any]:
    """What is read from a text, or the error that it is refused with."""
    try:
        return read(text), None
    except (BadLevel, BadMoves) as error:
        return None, error


def is_place(error: BadLevel | BadMoves, lines: list[str]) -> bool:
    """Whether an error is one line that can be printed, about a place in a text or just behind a line of it."""
    is_inside = 1 <= error.line <= len(lines) and 1 <= error.column <= len(lines[error.line - 1]) + 1
    return is_inside and str(error).isprintable()


@st.composite
def mutants(draw: st.DrawFn, texts: st.SearchStrategy[str], glyphs: str) -> str:
    """A text in which some parts were cut out, doubled, or replaced."""
    text = draw(texts)
    parts = st.text(glyphs, max_size=4) | st.text(max_size=3) | st.sampled_from(PARTS)
    for _ in range(draw(st.integers(0, 6))):
        begin, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        end = min(end, begin + draw(st.sampled_from([0, 1, 2, 40])))
        fresh = draw(st.just("") | st.just(text[begin:end] * 2) | parts)
        text = text[:begin] + fresh + text[end:]
    return text


PARTS = [
    *("\n", "\n\n", "\r\n", "\r", "\t", "\0", "\x0b", "\x1c", "\x85", "\u2028", "\ufeff", "\xa0", "²", "é", "😀"),
    *("|", "||", "4#|", "(", ")", "0", "9", "99999999#", "3-", "2(#-)", "0#", "-", "---", "_", "#", "#####", "@", "p"),
    *("b", "[", "+", "o-o", "S", "E", "X", "+--+\n", "| ", "rrUU", "3r(2U)", "a0,1", "\n12\n", "; ", ";", "::", "//"),
    *("Title:", "Title: x", "\nTitle: y\n", "Author: z\n", "Comment:\n", "Comment-End:", "\nSolution\n", "Solution: "),
    "\nSnapshot\nrr\n",
]
REAL = (
    "; First rooms\n; by nobody\n\n; 1\n\n ####\n #@ ##\n##$. #\n######\n\n; 2\n'The Attic'\n\n#+_-$#\n",
    "First\n\n4#\n#@-.#\n#2-$#\n#3-#\n5#\n\nSolution/Moves\ndrDL\n\nSecond\n\n5#|#.$@#|5#\nTitle: 2\nAuthor: N. N.\n",
    ":: Rooms\n\n2(3(#-)#)\n#pb.9-#\n14#\nComment:\nlong\n\nago\nComment-End:\nSolution 3/1: R\n\n#@$.#\n",
    "; source: X\n\n; 0\n##########\n#  @ $  .#\n##########\n\n; 1\n##########\n#  @ $  .#\n##########\n\n",
    "R.G.Y\n..B.O\n.....\n.G.Y.\n.RBO.\n\n; 2\na.b\n...\na.b\n\nSolution\na1,0 b1,2\n",
    "; 1\n#####\n#@ G#\n#####\n\n; 2\n#####\n#SXE#\n#####\n\n@  \n___\n  G\n",
    "+---+---+\n| S |   |\n+   +   +\n|     E |\n+---+---+\n\no-o-o\n|S E|\no-o-o\n",
)
collections = mutants(st.sampled_from(REAL), "#@+$*. -_|0123456789()\n;:ABabRrGSEX+o")


@pytest.mark.parametrize("puzzle", [None, *PUZZLES.values()], ids=["any", *PUZZLES])
@given(text=collections)
@settings(some, max_examples=200)
def test_any_text_is_levels_or_one_error_each_with_a_place_in_it(puzzle: Puzzle | None, text: str) -> None:
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    entries, refusal = tried(lambda text: read_collection(text, puzzle=puzzle), text)

    for entry in entries or [Entry("none", SOKOBAN, None, refusal)]:
        assert (entry.level is None) != (entry.error is None)
        assert entry.title.isprintable()
        assert entry.title.strip() == entry.title != ""
        assert entry.error is None or is_place(entry.error, lines)


@pytest.mark.parametrize("puzzle", [None, *PUZZLES.values()], ids=["any", *PUZZLES])
@given(text=collections, packed=st.booleans(), floor=st.sampled_from(" -_"), ends=st.sampled_from(["\n", "\r\n", "\r"]))
@settings(some, max_examples=200)
def test_what_was_read_from_any_text_is_written_and_read_back(
    puzzle: Puzzle | None, text: str, packed: bool, floor: str, ends: str
) -> None:
    found, _ = tried(lambda text: read_collection(text, puzzle=puzzle), text)
    entries = [entry for entry in found or [] if entry.level]
    written = write_collection(entries, packed=packed, floor=floor)

    again = read_collection(written.replace("\n", ends), puzzle=entries[0].puzzle) if entries else []
    assert entries == again, written


@for_every_puzzle
@given(data=st.data())
@some
def test_levels_are_written_and_read_back_with_their_titles_and_solutions(puzzle: Puzzle, data: st.DataObject) -> None:
    ways = data.draw(st.lists(walks(puzzle), min_size=1, max_size=4))
    titles = data.draw(st.lists(st.text(max_size=30) | st.sampled_from(TITLES), min_size=4, max_size=4))
    entries = [
        Entry(read_title(title) or str(n), puzzle, way.level, None, write_moves(puzzle, way) or None)
        for n, (title, way) in enumerate(zip(titles, ways, strict=False), start=1)
    ]
    floor, packed = data.draw(st.sampled_from(" -_")), data.draw(st.booleans())
    written = write_collection(entries, floor=floor, packed=packed)

    assert entries == read_collection(written)
    for entry, way in zip(read_collection(written), ways, strict=True):
        assert way == read_moves(puzzle, entry.level, entry.solution or "")


def read_title(title: str) -> str:
    """The title without what no line can hold: signs that cannot be printed, and white space of its own."""
    return " ".join("".join(glyph if glyph.isprintable() else " " for glyph in title).split())


TITLES = [
    "Title: x",
    "Title:",
    "; 1",
    ":: 1",
    "// 1",
    "Solution",
    "Solution 3/1: rr",
    "Comment:",
    "-",
    "####",
    "a: b: c",
]


HOSTILE = {
    "a run without end": "#" + "9" * 100_000 + "#",
    "runs of runs": "2(" * 30 + "9999#" + ")" * 30,
    "brackets": "#" + "(" * 100_000,
    "empty groups": "()" * 50_000 + "#",
    "many large levels": "@$.249990#|\n\n" * 2_000,
    "many large levels that are broken": "249999#)\n\n" * 2_000,
    "many ragged levels": ("#" * 500 + "\n" + "#\n" * 499 + "\n") * 20,
    "one long row": "#" * 200_000,
    "a long row and many short ones": "#@$." + " " * 100_000 + "#\n" * 5_000,
    "many rows in a line": "#|" * 30_000,
    "a drawn maze of many posts": "+-" * 50_000 + "+\n" + "| |\n+ +\n" * 10_000,
    "white space in a title": "; a" + " " * 200_000 + "b\n#@$.#",
    "white space": " " * 100_000 + "\t" * 100_000,
    "comment marks": ";" * 100_000 + "::" * 50_000 + "\n#@$.#",
    "headings": "#@$.#\nSolution\n" * 1_000,
    "comments": "#@$.#\n" + "Comment:\n" * 20_000 + "Comment-End:\n" * 10_000,
    "a long solution": "#@$.#\n\nSolution\n" + "2(lr)\n" * 30_000,
    "no text": bytes(range(256)).decode("latin-1") * 500,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_a_small_text_that_means_a_huge_one_takes_little_memory(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MOST_IN_ALL", 2**20)
    tracemalloc.start()
    entries, refusal = tried(read_collection, text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert entries or refusal
    assert peak < 64 * 2**20


def test_levels_that_are_too_large_together_are_refused_from_there_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MOST_IN_ALL", 100)
    packed, ragged = "#@$.{}#\n\n", "#@$.#\n#{}#\n\n"
    entries = read_collection(packed.format(40) * 2 + packed.format(46) + "#@$.#\n\n" + ragged.format(" " * 9))
    said = "expected at most 250000 cells and 100 in all levels of a text, got more"

    assert ["", "", f"line 5, column 7: {said}", "", f"line 9, column 1: {said}"] == [
        str(entry.error or "") for entry in entries
    ]


def test_a_row_that_no_one_would_know_with_run_lengths_is_written_without() -> None:
    (entry,) = read_collection("; 1\n@ $$$$$$\n  ......\n")

    assert "; 1\n@-6$\n  ......\n" == write_collection([entry], packed=True)
    assert [entry] == read_collection(write_collection([entry], packed=True))


@pytest.mark.parametrize(("puzzle", "text"), [(SOKOBAN, "#@$.#"), (MAZE, "#@ G#"), (FLOWFREE, "A.A..")])
def test_a_board_too_large_is_refused_before_its_rows_are_filled_up(puzzle: Puzzle, text: str) -> None:
    _, error = tried(puzzle.parse, text + "." * 100_000 + "\n." * 100_000)

    assert "line 1, column 1: expected at most 250000 cells, got 10000600005" == str(error)


def test_moves_without_end_take_little_memory() -> None:
    level = SOKOBAN.parse("#@ $.#")
    tracemalloc.start()
    for text in (
        "9" * 100_000 + "r",
        "2(" * 30 + "r" + ")" * 30,
        "(" * 100_000,
        "lr" * 200_000,
        "100000(lr)",
        "\n" * 10**6,
    ):
        _, error = tried(lambda text: read_moves(SOKOBAN, level, text), text)
        assert (error is None) == (not text.strip())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 64 * 2**20


@for_every_puzzle
def test_what_levels_prints_is_a_level_file(puzzle: Puzzle, tmp_path: Path) -> None:
    ids = [LevelId(puzzle.name, "easy", "test", index) for index in range(2)]
    path = tmp_path / "levels.txt"
    path.write_text(done("levels", *map(str, ids)))

    assert [(str(id), level_of(id)) for id in ids] == [
        (entry.title, entry.level) for entry in read_collection(path.read_text())
    ]
    assert [str(id) for id in ids] == [told["title"] for told in objects(done("solve", path, "--json"))]


ROOMS = """\
One

#######
#@ $ .#
#######

Solution
2(rl)r2R

Two

#####
#@$.#
#####
"""


@pytest.mark.parametrize(
    ("title", "moves", "count", "is_solved"),
    [
        ("One", "r2R", 3, True),
        ("One", " r RR", 3, True),
        ("One", "3r", 3, True),
        ("One", "2(rl)r", 5, False),
        ("One", "file", 7, True),
        ("Two", "r", 1, True),
        ("Two", "", 0, False),
    ],
)
def test_film_shows_the_moves_that_were_given(
    title: str, moves: str, count: int, is_solved: bool, tmp_path: Path
) -> None:
    path, out = tmp_path / "rooms.sok", tmp_path / "film.mp4"
    path.write_text(ROOMS)

    said = done("film", f"{path}#{title}", "--moves", moves, "--out", out, *SIZE)
    verdict = json.loads(run("verify", out, "--level", f"{path}#{title}", "--json").out)

    assert f"{out}: {count} moves in 81 frames" in said
    assert is_solved == ("do not solve" not in said)
    assert (is_solved, float(is_solved)) == (verdict["success"], verdict["parts"]["solved"])


@pytest.mark.parametrize(
    ("source", "moves", "said"),
    [
        ("One", "rRRR", "line 1, column 4 of the moves: expected one of ['l'] as move 4, got 'R'"),
        ("One", "r2(", "line 1, column 3 of the moves: expected a ) for this (, got the end"),
        ("One", "999999999r", f"line 1, column 10 of the moves: expected at most {MOST_READ} moves, got more"),
        ("One", "20(rl)", "expected at most 40 states of 2 frames in 81 frames, got 41: film it with at least 85"),
        ("Two", "file", "expected a solution below the level, found none in "),
        ("maze/easy/test/0", "file", "expected a solution below the level, found none in maze/easy/test/0"),
        ("flowfree/easy/test/0", "q9,9", "line 1, column 1 of the moves: expected one of ["),
    ],
)
def test_moves_that_cannot_be_filmed_are_refused_in_one_line(
    source: str, moves: str, said: str, tmp_path: Path
) -> None:
    path, out = tmp_path / "rooms.sok", tmp_path / "film.mp4"
    path.write_text(ROOMS)

    level = source if "/" in source else f"{path}#{source}"
    assert said in refused("film", level, "--moves", moves, "--out", out, *SIZE)
    assert not out.exists()


REAL_FILES = sorted(path for path in strategies.LEVELS.rglob("*") if path.suffix in (".txt", ".xsb"))


@pytest.mark.skipif(not REAL_FILES, reason="../shared/levels is not beside the repository")
@pytest.mark.parametrize("path", REAL_FILES, ids=lambda path: path.stem)
def test_real_levels_are_read_with_their_titles_written_and_read_back(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    entries = read_collection(text)
    heads = [line[2:].strip() for line in text.splitlines() if re.fullmatch(r"; \d+", line)]

    assert (heads or ["1"]) == [entry.title.split()[0] for entry in entries]
    assert {None} == {entry.error for entry in entries}
    for packed in (False, True):
        assert entries == read_collection(write_collection(entries, packed=packed))
