"""What the tests draw from: levels by their ids, levels that nobody made, walks in them, and texts.

The first levels are told by fresh interpreters, two at a time and once a run: what they say is what any machine would.
"""

import json
import os
import subprocess
import sys
from collections import deque
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import reject
from hypothesis import strategies as st

from puzzlereel.puzzles.board import Board, Cell
from puzzlereel.puzzles.core import BadLevel, Puzzle, Trajectory
from puzzlereel.puzzles.ids import OOD, LevelId
from puzzlereel.puzzles.registry import PUZZLES

ROOT = Path(__file__).resolve().parent.parent
LEVELS = ROOT.parent / "shared" / "levels"
"""Levels that others made; they are not part of the repository."""

GENERATE = """
import json, sys
from puzzlereel.puzzles.ids import level_of, parse_id, solution_of
for text in sys.argv[1:]:
    identity = parse_id(text)
    print(json.dumps([text, str(level_of(identity)), solution_of(identity).trajectory.moves]), flush=True)
"""


class Told(NamedTuple):
    """What a fresh interpreter says of an id: the text of the level, and the moves of its solution."""

    text: str
    moves: tuple[str, ...]


FIRST = {"train": 20, "val": 20, "test": 20}
"""How many levels of each tier are told, by split: every tenth that is drawn is a test level, so they take longer."""


def first_ids(puzzle: Puzzle, most: int = 20) -> list[LevelId]:
    """The first ids of every tier and split of a puzzle, up to `most` of each."""
    return [
        LevelId(puzzle.name, tier, split, index)
        for tier in puzzle.tiers
        for split, count in FIRST.items()
        if (tier, split) != (OOD, "train")
        for index in range(min(count, most))
    ]


@cache
def catalogue() -> dict[LevelId, Told]:
    """The first levels of every puzzle and their solutions."""
    return tell([identity for puzzle in PUZZLES.values() for identity in first_ids(puzzle)], hash_seed=1)


def tell(ids: list[LevelId], *, hash_seed: int) -> dict[LevelId, Told]:
    """The levels and solutions of some ids, told by two fresh interpreters that share the work."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(hash_seed)}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", GENERATE, *map(str, share)], stdout=subprocess.PIPE, env=environment, text=True
        )
        for share in (ids[::2], ids[1::2])
    ]
    answers = [child.communicate()[0] for child in children]
    told = {}
    for text, level, moves in map(json.loads, "".join(answers).splitlines()):
        told[text] = Told(level, tuple(moves))
    return {identity: told[str(identity)] for identity in ids}


@cache
def solution(identity: LevelId) -> Trajectory:
    """The reference solution of one of the first ids, replayed under the rules."""
    told = catalogue()[identity]
    return Trajectory(PUZZLES[identity.puzzle].parse(told.text), told.moves)


@cache
def glyphs(puzzle: str) -> str:
    """Every glyph that the boards of some solutions of a puzzle show."""
    solutions = [solution(identity) for identity in first_ids(PUZZLES[puzzle], 1)]
    return "".join(sorted({glyph for one in solutions for board in one.boards for _, glyph in board.items()}))


def a_generated_level(data: st.DataObject, puzzle: Puzzle) -> Any:
    """One of the first levels of a puzzle."""
    return solution(data.draw(st.sampled_from(first_ids(puzzle, 4)))).level


def a_level(data: st.DataObject, puzzle: Puzzle) -> Any:
    """A generated level, or one in which glyphs changed places: borders are open, and most have no solution."""
    level = a_generated_level(data, puzzle)
    board = level.board(level.start())
    for one, other in data.draw(st.lists(st.tuples(cells(board), cells(board)), max_size=8)):
        board = board.put({one: board[other], other: board[one]})
    try:
        return puzzle.parse(str(board))
    except BadLevel:
        reject()


def shortest(level: Any) -> tuple[str, ...]:
    """The fewest moves from the start to a solved state, by plain breadth first over the level's own moves."""
    queue = deque([Trajectory(level, ())])
    seen = {level.start()}
    while queue:
        walk = queue.popleft()
        if walk.solved:
            return walk.moves
        for move in level.moves(walk.states[-1]):
            further = Trajectory(level, (*walk.moves, move))
            if further.states[-1] not in seen:
                seen.add(further.states[-1])
                queue.append(further)
    raise AssertionError(f"expected a solution, found none of\n{level}")


def guises(puzzle: Puzzle, level: Any) -> list[str]:
    """The texts of a level's 8 rotations and reflections, each told in every other way: turned here by hand."""
    rows = str(level).split("\n")
    turned = []
    for _ in range(4):
        rows = ["".join(column) for column in zip(*rows[::-1], strict=True)]
        turned += [rows, [row[::-1] for row in rows]]
    return [told for rows in turned for told in retold(puzzle, "\n".join(rows))]


def retold(puzzle: Puzzle, text: str) -> list[str]:
    """A level's text with start and goal swapped, or its colours or stones renamed, and as it is; by hand."""
    if puzzle.name == "maze":
        return [text, text.replace("@", "?").replace("G", "@").replace("?", "G")]
    if puzzle.name == "flowfree":
        found = sorted({glyph for glyph in text if glyph.isalpha()})
        return [text, text.translate(str.maketrans("".join(found), "".join(reversed(found))))]
    if puzzle.name == "fifteen":
        names = {9: "147258369", 16: "159D26AE37BF48CG"}.get(sum(glyph not in "%\n" for glyph in text))
        return [text, text.translate(str.maketrans("123456789ABCDEFG"[: len(names)], names))] if names else [text]
    return [text]


def plain(puzzle: Puzzle, text: str) -> str:
    """A text as all its recolourings have it: the colours of FlowFree named in the order of reading."""
    if puzzle.name == "flowfree":
        colours = "".join(dict.fromkeys(filter(str.isalpha, text)))
        return text.translate(str.maketrans(colours, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(colours)]))
    return text


def cells(board: Board) -> st.SearchStrategy[Cell]:
    return st.sampled_from([cell for cell, _ in board.items()])


def a_walk(data: st.DataObject, puzzle: Puzzle) -> Trajectory:
    """A level and lawful moves in it, drawn one after the other."""
    level = a_level(data, puzzle)
    state, moves = level.start(), []
    for _ in range(data.draw(st.integers(0, 8))):
        lawful = list(level.moves(state))
        if not lawful:
            break
        moves.append(data.draw(st.sampled_from(lawful)))
        state = level.step(state, moves[-1])
    return Trajectory(level, tuple(moves))


def an_altered_board(data: st.DataObject, puzzle: Puzzle, board: Board) -> Board:
    """A board with other glyphs in up to four cells."""
    known = st.sampled_from(glyphs(puzzle.name) + "?")
    return board.put(data.draw(st.dictionaries(cells(board), known, max_size=4)))


def tokens() -> st.SearchStrategy[str]:
    """Moves of all puzzles, moves with something wrong about them, and anything else."""
    known = st.sampled_from(sorted({move for told in catalogue().values() for move in told.moves}))
    return known | known.map(str.swapcase) | known.map(lambda move: move + move) | known.map(" {}".format) | st.text()


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Any text, with many that are nearly levels, or files of them."""
    told = [told.text for told in list(catalogue().values())[::10]]
    known = "".join(sorted(set("".join(told))))
    line = st.text(known, max_size=8) | st.text(known + " -_;:'|\t\rx", max_size=12) | st.sampled_from(["", "; 1"])
    parts = st.lists(line, max_size=6).map("\n".join) | st.sampled_from(told) | st.text(max_size=20)
    whole = "\n".join(draw(st.lists(parts, max_size=3)))
    cut = draw(st.integers(0, len(whole)))
    return whole[cut:] + draw(st.sampled_from(["", "\n", "\r\n", "x", "\x00"])) + whole[:cut]
