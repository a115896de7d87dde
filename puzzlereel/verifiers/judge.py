"""Judge a film by the rules of its level: pixels → readings → states → verdict."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from puzzlereel.puzzles.core import Puzzle, Reason, State, Trajectory, is_solved
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.layout import TooSmall
from puzzlereel.renderers.planes import View
from puzzlereel.renderers.reading import Readings, read
from puzzlereel.renderers.sight.sighting import BadFrame
from puzzlereel.renderers.skins import Skin, skin_of
from puzzlereel.renderers.video import BadVideo, views_of
from puzzlereel.verifiers.follow import Follower
from puzzlereel.verifiers.progress import progress_of
from puzzlereel.verifiers.verdict import Fault, Verdict, unreadable
from puzzlereel.verifiers.walk import Walk

VERIFIER_VERSION = "2"
"""Changes with every change after which some film may get another verdict."""

MOST_UNSETTLED = 0.5
"""The share of the first frame's cells beyond which the film cannot be judged."""

MOST_GRAIN = 40.0
"""How far the first frame may be from the picture of the board read from it, as the root mean square of 255."""

SCENERY = (Reason.SCENERY, Reason.WALL)
"""The reasons of wrong boards that are about what should stand still; the others are about objects."""


def judge(video: Iterable[View], level: Any, skin: Skin, *, reference: Trajectory | None = None) -> Verdict:
    """The verdict on the frames of a film of a level; metrics are counted where a reference solution is given."""
    frames = iter(video)
    first = next(frames, None)
    if first is None:
        return unreadable("the film has no frames")
    start = level.board(level.start())
    try:
        readings = read(chain((first,), frames), start, skin)
    except (BadFrame, TooSmall) as error:
        return unreadable(str(error))
    return judge_readings(readings, level, skin, reference=reference)


def judge_readings(readings: Readings, level: Any, skin: Skin, *, reference: Trajectory | None = None) -> Verdict:
    """The verdict on what was seen of a film of a level, as `judge` gives it."""
    if why := _illegible(readings):
        return unreadable(why)
    walk, count = Follower(level, readings).run(), len(readings.glyphs)
    arrived = walk.at_rest and is_solved(level, walk.states[-1])
    faults = walk.faults if arrived else [*walk.faults, _not_solved(level, PUZZLES[skin.puzzle], walk, count - 1)]
    progress = progress_of(level, walk.good, reference)
    return Verdict(
        parts=_parts(walk, count, progress["progress"], arrived=arrived),
        faults=tuple(faults),
        arrived=arrived,
        states=tuple(walk.states),
        metrics=None if reference is None else overlap(level, walk.states, reference),
        progress=progress,
    )


def _illegible(readings: Readings) -> str:
    """Why a first frame cannot be taken for a board of the skin; "" where it can."""
    unsettled = ~readings.settled[0]
    if unsettled.mean() > MOST_UNSETTLED:
        return f"{unsettled.sum()} of {unsettled.size} cells of the first frame match nothing of the skin"
    grain = readings.eye.grain
    return f"the first frame is {grain:.0f} of 255 off the board that it resembles" if grain > MOST_GRAIN else ""


def _not_solved(level: Any, puzzle: Puzzle, walk: Walk, last: int) -> Fault:
    """The fault of a film that does not end with the solved board."""
    if not (walk.faults or walk.lawful or walk.unlawful or walk.unread or walk.moved):
        return Fault(last, Reason.FROZEN)
    missing = {name: part for name, part in level.progress(walk.states[-1]).items() if part < 1}
    reasons = [(puzzle.unsolved or {}).get(name, Reason.UNSOLVED) for name in missing]
    detail = ", ".join(f"{name} {part:.0%}" for name, part in missing.items())
    return Fault(last, reasons[0] if reasons else Reason.UNSOLVED, None, detail or "the last frame shows no board")


def _parts(walk: Walk, frames: int, progress: float, *, arrived: bool) -> dict[str, float]:
    changes = walk.lawful + walk.unlawful
    return {
        "readable": 1 - len(walk.unread) / frames,
        "scenery": 1 - len({frame for frame, reason in walk.wrong if reason in SCENERY}) / frames,
        "objects": 1 - len({frame for frame, reason in walk.wrong if reason not in SCENERY}) / frames,
        "lawful": walk.lawful / changes if changes else float(arrived),
        "progress": progress,
        "solved": float(arrived),
    }


def overlap(level: Any, states: Sequence[State], reference: Trajectory) -> Mapping[str, float]:
    """Precision, recall and F1 of the facts of some states against those of the reference solution."""
    found, wanted = level.facts(states), level.facts(reference.states)
    both = len(found & wanted)
    return {
        "precision": both / len(found) if found else 0.0,
        "recall": both / len(wanted) if wanted else 0.0,
        "f1": 2 * both / (len(found) + len(wanted)) if found or wanted else 0.0,
    }


def judge_file(path: Path, puzzle: str, level_text: str, skin: str, solution: str | None = None) -> Verdict:
    """The verdict on a film file, which may be anything: what does not decode could not be judged.

    The level, skin and solution are the data set's own; PuzzlereelError where they are wrong.
    """
    rules = PUZZLES[puzzle]
    level = rules.parse(level_text)
    reference = None if solution is None else rules.read_moves(level, solution)
    try:
        return judge(views_of(path), level, skin_of(puzzle, skin), reference=reference)
    except BadVideo as error:
        return unreadable(str(error))
