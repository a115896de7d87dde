"""The ground truth succeeds: every puzzle, tier, skin and style, and every codec with every skin and style.

All of them, not a sample; `bench/truth.py` takes the codecs through all tiers at the size of the data sets.
"""

from functools import lru_cache
from pathlib import Path

import pytest
from recoding import CODECS, recoded

from puzzlereel.puzzles.core import Trajectory
from puzzlereel.puzzles.ids import LevelId, solution_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.film import STYLES, Timing, Video, film
from puzzlereel.renderers.layout import LEAST_FILED_CELL, Canvas
from puzzlereel.renderers.skins import SKINS, skin_of
from puzzlereel.renderers.video import read_video, write_video
from puzzlereel.verifiers.judge import judge

TIERS = [(puzzle.name, tier) for puzzle in PUZZLES.values() for tier in puzzle.tiers]
CELL = 32
"""The pixels a side of the cells in films that go through other codecs."""


@lru_cache
def way_of(puzzle: str, tier: str) -> Trajectory:
    """The shortest of the solutions of four levels, since length adds nothing here but time."""
    ways = [solution_of(LevelId(puzzle, tier, "test", index)).trajectory for index in range(4)]
    return min((way for way in ways if way is not None), key=lambda way: len(way.moves))


def truth(way: Trajectory, puzzle: str, skin: str, style: str, px: int) -> Video:
    """The film of a solution with cells of so many pixels, each state in two frames."""
    rows, columns = way.boards[0].shape
    states = len(way.states)
    timing = Timing(frames=2 * states, most=2)
    return film(way, skin_of(puzzle, skin), timing=timing, style=style, canvas=Canvas(px * rows, px * columns))


def refused(way: Trajectory, puzzle: str, skin: str, video: Video) -> str:
    """Why a film is no full success; "" where it is one."""
    verdict = judge(video, way.level, skin_of(puzzle, skin), reference=way)
    if verdict.success and verdict.metrics == {"precision": 1.0, "recall": 1.0, "f1": 1.0}:
        return ""
    return f"{skin}: {verdict.fault.sentence if verdict.fault else verdict.parts}"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("puzzle", "tier"), TIERS)
def test_the_ground_truth_of_every_tier_skin_and_style_succeeds_in_memory_and_from_a_file(
    puzzle: str, tier: str, style: str, tmp_path: Path
) -> None:
    way = way_of(puzzle, tier)
    found = []
    for skin in SKINS[puzzle]:
        video = truth(way, puzzle, skin, style, LEAST_FILED_CELL)
        write_video(tmp_path / "film.mp4", video, fps=8)
        found += [refused(way, puzzle, skin, film) for film in (video, read_video(tmp_path / "film.mp4"))]

    assert [""] * 20 == found


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("puzzle", PUZZLES)
@pytest.mark.parametrize("codec", CODECS)
def test_the_ground_truth_of_every_skin_and_style_succeeds_after_every_codec(
    codec: str, puzzle: str, style: str
) -> None:
    way = way_of(puzzle, "easy")
    films = [(skin, recoded(truth(way, puzzle, skin, style, CELL), CODECS[codec])) for skin in SKINS[puzzle]]

    assert [""] * 10 == [refused(way, puzzle, skin, video) for skin, video in films]
