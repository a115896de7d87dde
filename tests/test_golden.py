"""The benchmark does not drift: some solutions as text to read, and digests of many levels and films.

A published level or film that changes needs a new version of the benchmark; `make golden` writes the files anew.
"""

from collections.abc import Iterator
from difflib import unified_diff
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from textwrap import fill

import pytest
import strategies

from puzzlereel.puzzles.core import Puzzle
from puzzlereel.puzzles.ids import LevelId
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.film import STYLES, film
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import SKINS, skin_of

GOLDEN = Path(__file__).resolve().parent / "golden"


def check(name: str, text: str, rewrite: bool) -> None:
    """Compares a golden file with what it should hold, or writes it."""
    path = GOLDEN / name
    if rewrite:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if not path.exists():
        pytest.fail(f"expected {path}, found none: `make golden` writes it; read it before you commit it")
    golden = path.read_text(encoding="utf-8")
    drift = list(unified_diff(golden.splitlines(), text.splitlines(), "golden", "now", n=3, lineterm=""))
    if drift:
        pytest.fail("\n".join([f"{path} has drifted; if that is meant, `make golden` writes it anew", *drift[:60]]))


def playthrough(puzzle: Puzzle, identity: LevelId) -> Iterator[str]:
    """Each state of a reference solution: its board, every lawful move, and the move made."""
    solution = strategies.solution(identity)
    yield f"{identity}: {len(solution.moves)} moves"
    yield str(solution.level)
    for state, board, move in zip(solution.states, solution.boards, (*solution.moves, None), strict=False):
        parts = ", ".join(f"{name} {part:.3g}" for name, part in solution.level.progress(state).items())
        yield f"{parts}\n{board}\n{fill(' '.join(solution.level.moves(state)), 116)}\n-> {move or 'solved'}"
    yield puzzle.write_moves(solution)


@pytest.mark.parametrize("puzzle", PUZZLES.values(), ids=PUZZLES)
def test_the_first_test_level_of_each_tier_is_solved_as_ever(puzzle: Puzzle, rewrite: bool) -> None:
    ids = [LevelId(puzzle.name, tier, "test", 0) for tier in puzzle.tiers]

    check(f"{puzzle.name}.txt", "\n\n".join(part for one in ids for part in playthrough(puzzle, one)) + "\n", rewrite)


@pytest.mark.parametrize("extra", [False, True], ids=["suite", "extras"])
def test_the_first_levels_of_each_tier_and_split_are_the_same_as_ever(extra: bool, rewrite: bool) -> None:
    lines = []
    every = [item for item in strategies.catalogue().items() if PUZZLES[item[0].puzzle].extra == extra]
    for share, group in groupby(every, key=lambda item: str(item[0]).rpartition("/")[0]):
        told = [f"{identity}\n{level}\n{' '.join(moves)}\n" for identity, (level, moves) in group]
        lines.append(f"{sha256(''.join(told).encode()).hexdigest()}  {share}/0 to {len(told) - 1}")

    check("extras.sha256" if extra else "levels.sha256", "\n".join(lines) + "\n", rewrite)


@pytest.mark.parametrize("puzzle", PUZZLES)
def test_the_frames_of_a_film_are_the_same_as_ever_in_each_skin_and_style(puzzle: str, rewrite: bool) -> None:
    identity = LevelId(puzzle, "easy", "test", 0)
    way = strategies.solution(identity)
    lines = []
    for skin in SKINS[puzzle]:
        for style in STYLES:
            frames = film(way, skin_of(puzzle, skin), style=style, canvas=Canvas(240, 416))
            lines.append(f"{sha256(frames.tobytes()).hexdigest()}  {identity} {skin} {style}")

    check(f"{puzzle}-films.sha256", "\n".join(lines) + "\n", rewrite)
