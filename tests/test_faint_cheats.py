"""What is wrong is wrong in a film of little contrast too, and where nobody looks."""

from collections.abc import Mapping
from random import Random

import numpy as np
import pytest

from puzzlereel.puzzles.core import Trajectory
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.film import Timing, Video, film, film_boards
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import skin_of
from puzzlereel.verifiers.judge import judge
from puzzlereel.verifiers.redteam.filming import Beat, Script, even_phases
from puzzlereel.verifiers.redteam.kinds import KINDS
from puzzlereel.verifiers.redteam.staging import Stage
from puzzlereel.verifiers.scene import Scene

LEVELS = {
    "maze": "#######\n#@ #  #\n## # ##\n#     #\n# ###G#\n#######",
    "sokoban": "#######\n#@    #\n# $ . #\n#   $.#\n#     #\n#######",
    "flowfree": "A...A\nC...C\nE...E\nB...B",
}
EXACT = Canvas(144, 168)
BARE = {".": " ", "+": "@", "*": "$"}
"""What stands on a target, without it."""


def way_of(puzzle: str, text: str = "") -> Trajectory:
    rules = PUZZLES[puzzle]
    trajectory = rules.solve(rules.parse(text or LEVELS[puzzle]), nodes=100_000).trajectory
    assert trajectory is not None
    return trajectory


def dimmed(video: Video, contrast: float) -> Video:
    dim: Video = np.rint((video.astype(np.float32) - 128) * contrast + 128).clip(0, 255).astype(np.uint8)
    return dim


def accepted(video: Video, way: Trajectory, puzzle: str, skin: str = "classic") -> bool:
    return judge(video, way.level, skin_of(puzzle, skin)).success


def redrawn(way: Trajectory, put: Mapping[str, str]) -> Video:
    """The film of the boards in which some glyphs are drawn as others."""
    boards = [board.put({cell: put[glyph] for cell, glyph in board.items() if glyph in put}) for board in way.boards]
    return film_boards(boards, skin_of("sokoban"), timing=Timing(least=4), canvas=EXACT, style="slide")


@pytest.mark.parametrize("contrast", [1.0, 0.8])
def test_targets_that_are_not_there_are_missed_where_they_are_faint(contrast: float) -> None:
    way = way_of("sokoban")
    honest = film(way, skin_of("sokoban"), timing=Timing(least=4), canvas=EXACT, style="slide")

    assert accepted(dimmed(honest, contrast), way, "sokoban")
    assert not accepted(dimmed(redrawn(way, BARE), contrast), way, "sokoban")


@pytest.mark.parametrize(("name", "one", "other"), [("contrast", "J", "O"), ("blueprint", "H", "J")])
def test_ends_of_two_colours_that_are_exchanged_are_no_start(name: str, one: str, other: str) -> None:
    """Drawn so in every frame, no colour is joined with itself."""
    way = way_of("flowfree", LEVELS["flowfree"].replace("A", one).replace("C", other))
    boards, skin = [board.put({(0, 0): other, (1, 0): one}) for board in way.boards], skin_of("flowfree", name)
    video = film_boards(boards, skin, timing=Timing(least=4), canvas=Canvas(96, 120), style="slide")

    assert not accepted(dimmed(video, 0.53), way, "flowfree", name)


@pytest.mark.parametrize("marked", [0.37, 0.3])
def test_a_ghost_that_was_there_from_the_first_frame_may_not_grow(marked: float) -> None:
    way = way_of("maze")
    plain = film(way, skin_of("maze"), timing=Timing(least=4), canvas=EXACT).astype(np.float32)
    start = plain[0].copy()
    agent, ghost = (slice(24, 48), slice(24, 48)), (slice(72, 96), slice(24, 48))
    for t, frame in enumerate(plain):
        share = marked if t == 0 else 1.6 * marked
        frame[ghost] = (1 - share) * frame[ghost] + share * start[agent]

    assert not accepted(dimmed(np.rint(plain).astype(np.uint8), 0.85), way, "maze")


def test_a_mark_beside_the_board_is_seen_whatever_pixels_it_leaves_out() -> None:
    way = way_of("maze")
    wide = Canvas(144, 320)
    video = film(way, skin_of("maze"), timing=Timing(least=4), canvas=wide)

    assert accepted(video, way, "maze")
    for row in range(4):
        for column in range(4):
            marked = video.copy()
            part = marked[1:, 40:80, 4:44]
            unseen = np.zeros((40, 40), bool)
            unseen[row::4, column::4] = True
            part[:, ~unseen] = 250
            assert not accepted(marked, way, "maze"), (row, column)


BLOTCHED = ((0, 0), (0, 6), (5, 0), (5, 6), (0, 3))
"""Walls of both levels."""


def staged(puzzle: str, skin: str) -> Stage:
    way, beats = way_of(puzzle), [Beat(1, even_phases(4))]
    script = Script(way.boards, [*beats * (len(way.boards) - 1), Beat(3)], skin_of(puzzle, skin), "slide", EXACT)
    return Stage(Scene(way, None, script.skin, Random(0)), script)


def blotched(video: Video) -> Video:
    """The same blotches on some walls in every frame, a patch wide: what is tolerated goes by the first frame."""
    stains, blotches = np.random.default_rng(0), video.astype(np.float32)
    for row, column in BLOTCHED:
        stain = np.kron(stains.choice([-13, 13], (6, 6)), np.ones((4, 4)))
        blotches[:, 24 * row : 24 * row + 24, 24 * column : 24 * column + 24] += stain[:, :, None]
    stained: Video = np.rint(blotches).clip(0, 255).astype(np.uint8)
    return stained


@pytest.mark.parametrize(
    ("kind", "puzzle", "skin", "contrast"),
    [
        ("home_alone", "sokoban", "classic", 0.6),
        ("home_alone", "sokoban", "textured", 0.53),
        ("faded_walker", "sokoban", "classic", 0.8),
        ("faded_walker", "sokoban", "pastel", 0.53),
        ("into_the_wall", "sokoban", "classic", 0.6),
        ("into_the_wall", "maze", "blueprint", 0.53),
        ("ghost_other", "sokoban", "blueprint", 0.53),
    ],
)
def test_cheats_are_refused_in_a_film_of_little_contrast_that_is_off_its_board(
    kind: str, puzzle: str, skin: str, contrast: float
) -> None:
    stage = staged(puzzle, skin)
    faked = KINDS[kind].make(stage, False)
    assert faked is not None

    assert accepted(blotched(dimmed(stage.frames, contrast)), stage.scene.trajectory, puzzle, skin)
    assert not accepted(blotched(dimmed(faked.film.frames, contrast)), stage.scene.trajectory, puzzle, skin)
