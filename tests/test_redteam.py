"""No cheat accepted: each is refused, and named for what it is."""

from functools import lru_cache
from pathlib import Path
from random import Random

import pytest

from puzzlereel.puzzles.core import Trajectory
from puzzlereel.puzzles.ids import LevelId, solution_of
from puzzlereel.puzzles.sokoban import SOKOBAN
from puzzlereel.renderers.film import STYLES, Timing, film_boards
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.video import read_video, write_video
from puzzlereel.verifiers.judge import judge
from puzzlereel.verifiers.redteam import Cheat, cheats
from puzzlereel.verifiers.scene import Scene

SMALL = Canvas(192, 256)
EVERYWHERE = {
    "teleport", "end_without_the_way", "frozen", "backwards", "another_level", "stops_short", "scenery_erased",
    "shuffled", "dissolved", "noise",
}  # fmt: skip
WALKERS = {"doubled_walker", "vanished_walker", "into_the_wall", "over_the_wall"}
BOXES = {"doubled_other", "vanished_other", "moved_alone", "pulled"}
FLOWS = {"overwritten", "astray", "joined_not_filled"}
MUST_HAVE = {
    "maze": EVERYWHERE | WALKERS,
    "sokoban": EVERYWHERE | WALKERS | BOXES,
    "flowfree": EVERYWHERE | FLOWS,
}
TIERS = ("easy", "medium")
STEPS = range(8)


def way_of(puzzle: str, tier: str, index: int) -> Trajectory:
    trajectory = solution_of(LevelId(puzzle, tier, "test", index)).trajectory
    assert trajectory is not None
    return trajectory


@lru_cache
def scenes(puzzle: str) -> list[Scene]:
    """Two levels a tier, each beside another level of the same shape where there is one among the first eight."""
    found = []
    for tier in TIERS:
        ways = [way_of(puzzle, tier, index) for index in STEPS]
        for way in ways[:2]:
            others = (other for other in ways if other is not way and other.boards[0].shape == way.boards[0].shape)
            found.append(Scene(way, next(others, None), skin_of(puzzle), Random(f"{puzzle} {tier}")))
    return found


@lru_cache
def staged(puzzle: str, style: str) -> list[tuple[Scene, Cheat]]:
    return [(scene, cheat) for scene in scenes(puzzle) for cheat in cheats(scene, style=style, canvas=SMALL)]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("puzzle", "name"), [(puzzle, name) for puzzle in MUST_HAVE for name in sorted(MUST_HAVE[puzzle])]
)
def test_a_cheat_gets_the_reason_that_it_must(puzzle: str, name: str, style: str) -> None:
    played = [(scene, cheat) for scene, cheat in staged(puzzle, style) if cheat.name == name]
    verdicts = [(judge(cheat.video, scene.trajectory.level, scene.skin), cheat.reasons) for scene, cheat in played]
    misnamed = [
        verdict.fault for verdict, reasons in verdicts if verdict.fault is None or verdict.fault.reason not in reasons
    ]

    assert len(played) > 0
    assert [] == misnamed
    assert [False] * len(played) == [verdict.success for verdict, _ in verdicts]


@pytest.mark.parametrize("puzzle", MUST_HAVE)
def test_the_red_team_has_no_cheat_that_is_not_listed_here(puzzle: str) -> None:
    assert MUST_HAVE[puzzle] == {cheat.name for _, cheat in staged(puzzle, "hold")}


@pytest.mark.parametrize("puzzle", MUST_HAVE)
def test_cheats_are_refused_for_the_same_reason_after_the_codec(puzzle: str, tmp_path: Path) -> None:
    scene = scenes(puzzle)[-1]
    for cheat in cheats(scene, style="hold", canvas=SMALL):
        if cheat.name == "noise":
            continue  # what the codec leaves of noise is another picture
        write_video(tmp_path / "film.mp4", cheat.video, fps=8)
        fault = judge(read_video(tmp_path / "film.mp4"), scene.trajectory.level, scene.skin).fault

        assert fault is not None
        assert fault.reason in cheat.reasons


@pytest.mark.parametrize(("level", "move"), [("#######\n#.$@  #\n#######", "L"), ("#######\n#  @$.#\n#######", "R")])
@pytest.mark.parametrize("upright", [False, True])
def test_who_pushes_is_the_walker_where_every_move_is_a_push(level: str, move: str, upright: bool) -> None:
    text = "\n".join(map("".join, zip(*level.splitlines(), strict=True))) if upright else level
    way = SOKOBAN.read_moves(SOKOBAN.parse(text), {"L": "U", "R": "D"}[move] if upright else move)
    scene = Scene(way, None, skin_of("sokoban"), Random(0))

    assert ("player", "box") == (scene.walker, scene.other_kind)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("puzzle", MUST_HAVE)
def test_the_honest_film_of_every_scene_is_accepted(puzzle: str, style: str) -> None:
    """Otherwise a judge that refuses everything would pass all of the above."""
    for scene in scenes(puzzle):
        video = film_boards(scene.boards, scene.skin, timing=Timing(least=1), style=style, canvas=SMALL)

        assert judge(video, scene.trajectory.level, scene.skin).success
