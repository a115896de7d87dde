"""`python docs/faults.py`: writes the pictures of docs/faults.md, one for every reason, from cheats of the red team.

Told ─ reason, puzzle, level, cheat ─► Scene ─► film ─► judge ─► the frame before the fault, and the fault
"""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from puzzlereel.files import whole
from puzzlereel.puzzles.core import Reason
from puzzlereel.puzzles.ids import LevelId, solution_of
from puzzlereel.renderers.evidence import page
from puzzlereel.renderers.layout import Canvas
from puzzlereel.renderers.skins import skin_of
from puzzlereel.verifiers.explain import Case
from puzzlereel.verifiers.judge import judge
from puzzlereel.verifiers.redteam.filming import Film, Script, even_beats
from puzzlereel.verifiers.redteam.kinds import KINDS
from puzzlereel.verifiers.redteam.staging import Stage
from puzzlereel.verifiers.scene import Scene

FOLDER = Path(__file__).resolve().parent / "faults"
CANVAS, SHOWN = Canvas(240, 416), Canvas(180, 312)
"""The size of the films, and the largest at which a picture shows their frames."""
FRAMES = 49
COLOURS = 96
"""As many as a picture has, to be small."""
OTHER = 10
"""How many levels further the one is whose solution `another_level` shows."""


class Told(NamedTuple):
    """A film of the red team that gets a reason: `cheat` with an exclamation mark is the gross one."""

    puzzle: str
    index: int
    cheat: str
    style: str = "hold"

    @property
    def level(self) -> LevelId:
        return LevelId(self.puzzle, "easy", "test", self.index)


def turned_back(stage: Stage) -> Film:
    """A walker that has nearly come to the third board, and stands as on the first."""
    film, hold = stage.film, stage.hold
    order = [*range(2 * hold), 0, *range(len(film.frames))]
    return film.picked(np.array(order[: len(film.frames)]))


OWN: dict[str, Callable[[Stage], Film]] = {turned_back.__name__: turned_back}
"""Films that no cheat of the red team is like."""
FILMS = {
    Reason.UNREADABLE: Told("maze", 0, "noise!"),
    Reason.WRONG_START: Told("sokoban", 0, "another_level!"),
    Reason.SCENERY: Told("maze", 0, "scenery_moved"),
    Reason.SMEARED: Told("maze", 0, "dissolved"),
    Reason.APPEARED: Told("maze", 1, "doubled_walker"),
    Reason.VANISHED: Told("sokoban", 0, "vanished_walker"),
    Reason.JUMP: Told("maze", 0, "teleport"),
    Reason.WALL: Told("maze", 1, "in_place_of_a_wall"),
    Reason.UNPUSHED: Told("sokoban", 0, "home_alone"),
    Reason.PULLED: Told("sokoban", 1, "pulled"),
    Reason.OVERWRITTEN: Told("flowfree", 0, "overwritten"),
    Reason.SHRANK: Told("flowfree", 0, "shrunk_and_regrown"),
    Reason.TANGLED: Told("flowfree", 1, "painted_over!"),
    Reason.STRAY: Told("flowfree", 0, "astray"),
    Reason.UNLAWFUL: Told("sokoban", 0, "turned_back", "slide"),
    Reason.FROZEN: Told("maze", 0, "frozen!"),
    Reason.UNSOLVED: Told("sokoban", 0, "stops_short"),
    Reason.UNJOINED: Told("flowfree", 0, "stops_short"),
    Reason.UNFILLED: Told("flowfree", 1, "joined_not_filled"),
}
"""For each reason, a film of which it is the first."""


def case_of(told: Told) -> Case:
    """The film, judged."""
    ways: list[Any] = [
        solution_of(LevelId(told.puzzle, "easy", "test", index)).trajectory
        for index in (told.index, told.index + OTHER)
    ]
    skin = skin_of(told.puzzle)
    scene = Scene(ways[0], ways[1], skin, Random(str(told.level)))
    script = Script(scene.boards, even_beats(len(scene.boards), FRAMES), skin, told.style, CANVAS)
    video = filmed(Stage(scene, script), told.cheat).frames
    level = ways[0].level
    return Case(video, level, skin, judge(video, level, skin), every=False)


def filmed(stage: Stage, cheat: str) -> Film:
    if cheat in OWN:
        return OWN[cheat](stage)
    faked = KINDS[cheat.removesuffix("!")].make(stage, cheat.endswith("!"))
    assert faked is not None, f"expected a level on which {cheat} is possible"
    return faked.film


def picture(case: Case) -> np.ndarray:
    """The verdict over the frame before the fault and the one that shows it; over the first alone where it is that."""
    fault = case.verdict.faults[0]
    moments = [moment for moment in case.moments([fault]) if fault.frame - 1 <= moment[0] <= fault.frame]
    pieces = [case.evidence(at, caption) for at, caption in moments]
    if fault.reason is Reason.WRONG_START:
        pieces.insert(0, case.expected())
    return page(pieces[:2], case.words([0]), case.skin, SHOWN)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for reason, told in FILMS.items():
        case = case_of(told)
        found = case.verdict.fault
        assert found is not None, f"expected {reason.name} of {told}, got none"
        assert found.reason is reason, f"expected {reason.name} of {told}, got {found}"
        with whole(FOLDER / f"{reason.name.lower()}.png") as draft:
            Image.fromarray(picture(case)).quantize(COLOURS, dither=Image.Dither.NONE).save(draft, "PNG", optimize=True)
        print(f"{reason.name.lower()}: {found.sentence}")


if __name__ == "__main__":
    main()
