"""Make the films of a seed, let the judge see them, and note what it says of each."""

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from math import log
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np

from puzzlereel.puzzles.core import PuzzlereelError, Trajectory
from puzzlereel.puzzles.ids import LevelId, level_of, solution_of
from puzzlereel.renderers.film import Video
from puzzlereel.renderers.layout import LEAST_FILED_CELL, layout_of
from puzzlereel.renderers.skins import Skin, skin_of
from puzzlereel.verifiers.judge import judge
from puzzlereel.verifiers.redteam.codecs import write_lossless
from puzzlereel.verifiers.redteam.filming import Film, Script, even_beats
from puzzlereel.verifiers.redteam.geometry import SMALLEST
from puzzlereel.verifiers.redteam.honest import HONEST
from puzzlereel.verifiers.redteam.kinds import KINDS
from puzzlereel.verifiers.redteam.plan import Befalling, Dress, FilmId, cheat_plan, dress, honest_plan
from puzzlereel.verifiers.redteam.staging import Stage
from puzzlereel.verifiers.redteam.variants import VARIANTS
from puzzlereel.verifiers.scene import Scene
from puzzlereel.workers import spread

Progress = Callable[[int, int], None]
MOST_SAVED = 100
"""How many failing films are kept; each can be made again."""
REBUILT = ("longer", "shorter")
"""Variants that leave nothing of the pace of what they befall: of a kind that is no more than a pace, nothing."""
OTHERS = 4
"""Among how many levels another one of the same shape is looked for."""


class Made(NamedTuple):
    """A film, and what it is."""

    film: Film
    level: Any
    skin: Skin
    """The skin that the judge is told."""
    looks: Dress
    honest: bool
    kind: str
    degree: str
    """mild or gross; "" for an honest one."""
    befalling: tuple[Befalling, ...]
    since: int | None
    """The first frame that is not honest; None where all are."""


def _other_way(identity: LevelId) -> Trajectory:
    """The solution of another level of the same tier, of the same shape where there is one near."""
    near = [LevelId(identity.puzzle, identity.tier, "test", identity.index + step) for step in range(1, 1 + OTHERS)]
    shape = _way(identity).boards[0].shape
    alike = (one for one in near if level_of(one).board(level_of(one).start()).shape == shape)
    return _way(next(alike, near[0]))


@lru_cache(maxsize=16)
def _way(identity: LevelId) -> Trajectory:
    found = solution_of(identity).trajectory
    if found is None:
        raise PuzzlereelError(f"expected a solution of {identity}")
    return found


def make(film: FilmId) -> Made:
    """The film of a name."""
    rng = Random(str(film))
    way, other = _way(film.level_id), _other_way(film.level_id)
    looks = dress(film, [way.boards[0].shape, other.boards[0].shape], len(way.boards), rng)
    scene = Scene(way, other, skin_of(film.puzzle, looks.skin), rng)
    beats = even_beats(len(way.boards), looks.frames)
    script = Script(way.boards, beats, scene.skin, looks.style, looks.canvas)
    return _honest(film, scene, script, looks, rng) if film.honest else _cheat(film, scene, script, looks, rng)


def _honest(film: FilmId, scene: Scene, script: Script, looks: Dress, rng: Random) -> Made:
    plan = honest_plan(film, scene, rng)
    kind = plan.kind
    told = HONEST[kind](scene, script, rng)
    if told is None:
        kind, told = "plain", script
    if told._replace(beats=script.beats) == script and any(name in REBUILT for name, _ in plan.befalling):
        kind = "plain"
    for name, strength in plan.befalling:
        if change := VARIANTS[name].on_script:
            told = change(told, strength, rng, scene.walker)
    befalling = _bounded(plan.befalling, told)
    made = _befallen(told.film(), befalling, rng)
    return Made(made, scene.trajectory.level, scene.skin, looks, True, kind, "", befalling, None)


def _cheat(film: FilmId, scene: Scene, script: Script, looks: Dress, rng: Random) -> Made:
    choices, befalling = cheat_plan(film, scene, rng)
    stage = Stage(scene, script)
    for name, gross in choices:
        faked = KINDS[name].make(stage, gross)
        if faked is None:
            continue
        bounded = _bounded(befalling, script)
        made = _befallen(faked.film, bounded, rng)
        since = int(np.argmax(made.source >= faked.since))
        degree = "gross" if gross else "mild"
        return Made(made, scene.trajectory.level, scene.skin, looks, False, name, degree, bounded, since)
    raise PuzzlereelError(f"expected a cheat that is possible in {film}")


def _bounded(befalling: Sequence[Befalling], script: Script) -> tuple[Befalling, ...]:
    """The same, scaled down only as far as cells stay large enough for a file where the film goes through one."""
    filed = any(VARIANTS[name].family == "codec" for name, _ in befalling)
    px = layout_of(script.boards[0].shape, script.canvas, script.skin.rim.cells).px
    most = max(0.0, log(px / LEAST_FILED_CELL) / log(1 / SMALLEST)) if filed else 1.0
    return tuple(
        Befalling(name, min(strength, most) if name == "scaled_down" else strength) for name, strength in befalling
    )


def _befallen(film: Film, befalling: Sequence[Befalling], rng: Random) -> Film:
    for name, strength in befalling:
        if change := VARIANTS[name].on_film:
            film = change(film, strength, rng)
    return film


class Outcome(NamedTuple):
    """What came of one film, as the report has it."""

    film: str
    """Its name, by which it can be made again."""
    level: str
    honest: bool
    kind: str
    degree: str
    variants: tuple[tuple[str, float], ...]
    skin: str
    style: str
    size: tuple[int, int]
    frames: int
    since: int | None
    success: bool
    judged: bool
    reason: str
    """The reason of the first fault, by name; "" where there is none."""
    frame: int | None
    sentence: str
    error: str
    """What was raised instead of a verdict; "" where nothing was."""
    seconds: float
    """What the judge took."""

    @property
    def failed(self) -> bool:
        return bool(self.error) or self.success != self.honest

    @property
    def named(self) -> bool:
        """Whether a cheat was refused for one of the reasons that its kind expects."""
        return not self.honest and self.reason in {reason.name.lower() for reason in KINDS[self.kind].reasons}

    @property
    def early(self) -> bool:
        """Whether a fault was found in a film that cheats before it does."""
        return not self.honest and self.frame is not None and self.since is not None and self.frame < self.since


def play(film: FilmId, folder: Path | None = None) -> Outcome:
    """Make one film and judge it; where that fails, the film is kept in the folder if there is one."""
    made = make(film)
    begun = time.perf_counter()
    error, verdict = "", None
    try:
        verdict = judge(made.film.frames, made.level, made.skin)
    except Exception:  # noqa: BLE001  # whatever it is, it is a failure of the judge, and told
        error = traceback.format_exc(limit=-2)
    seconds = time.perf_counter() - begun
    fault = verdict.fault if verdict else None
    height, width = made.film.frames.shape[1:3]
    outcome = Outcome(
        film=str(film),
        level=str(film.level_id),
        honest=made.honest,
        kind=made.kind,
        degree=made.degree,
        variants=tuple((name, strength) for name, strength in made.befalling),
        skin=made.looks.skin,
        style=made.looks.style,
        size=(height, width),
        frames=len(made.film.frames),
        since=made.since,
        success=bool(verdict and verdict.success),
        judged=bool(verdict and verdict.judged),
        reason=fault.reason.name.lower() if fault else "",
        frame=fault.frame if fault else None,
        sentence=fault.sentence if fault else "",
        error=error,
        seconds=seconds,
    )
    if folder is not None and outcome.failed:
        save(folder, film, made.film.frames)
    return outcome


def save(folder: Path, film: FilmId, frames: Video) -> None:
    """Keep a film as it was judged, pixel for pixel, unless many of its seed are kept already."""
    if sum(1 for _ in folder.glob(f"{film.seed}-*")) < MOST_SAVED:
        keep(folder, film, frames)


def keep(folder: Path, film: FilmId, frames: Video) -> None:
    """Write a film into a folder, pixel for pixel, under its name."""
    folder.mkdir(parents=True, exist_ok=True)
    write_lossless(folder / f"{str(film).replace('/', '-')}.mkv", frames)


class NotMade(NamedTuple):
    """A film that the red team itself could not make: the judge never saw it."""

    film: str
    why: str


class Task(NamedTuple):
    """One level of a seed, and how many films there are of it."""

    seed: int
    puzzle: str
    level: int
    films: int


def play_level(folder: Path | None, task: Task) -> list[Outcome | NotMade]:
    """The outcomes of all films of one level, one film in memory at a time."""
    return [_played(FilmId(task.seed, task.puzzle, task.level, film), folder) for film in range(task.films)]


def _played(film: FilmId, folder: Path | None) -> Outcome | NotMade:
    """What came of one film; one that cannot be made must not end thousands of others."""
    try:
        return play(film, folder)
    except Exception:  # noqa: BLE001  # it is told in the report, and fails the run
        return NotMade(str(film), traceback.format_exc(limit=-2))


def play_all(
    seed: int,
    puzzles: Sequence[str],
    levels: int,
    films: int,
    *,
    workers: int,
    folder: Path | None = None,
    progress: Progress = lambda done, total: None,
) -> Iterator[Outcome | NotMade]:
    """The outcomes of all films of so many levels of each puzzle, in the order in which they come."""
    tasks = [Task(seed, puzzle, level, films) for level in range(levels) for puzzle in puzzles]
    done = 0
    for task, outcomes in spread(partial(play_level, folder), tasks, workers):
        if outcomes is None:
            raise PuzzlereelError(f"the worker that played level {task.level} of {task.puzzle} died, twice")
        yield from outcomes
        done += len(outcomes)
        progress(done, len(tasks) * films)
