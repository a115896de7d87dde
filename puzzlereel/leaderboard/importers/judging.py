"""One film judged against a level that is no level of ours, and the way that was seen in it."""

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from puzzlereel.leaderboard.files import plain
from puzzlereel.leaderboard.importers.rooms import ROOMS
from puzzlereel.leaderboard.importers.rooms_seen import judge_rooms, rooms_skin
from puzzlereel.puzzles.board import Cell, distance
from puzzlereel.puzzles.core import State, Trajectory
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.skins.file import skin_told
from puzzlereel.renderers.video import BadVideo, views_of
from puzzlereel.verifiers.judge import judge
from puzzlereel.verifiers.verdict import Verdict, unreadable

MOST_NODES = 200_000
"""How long the solver looks for a reference: nodes, so that every machine ends alike."""


class Film(NamedTuple):
    """A film, and all that its judge has to know."""

    path: Path
    puzzle: str
    level: Any
    skin: str
    """A skin's name, or the path of its file."""


class Seen(NamedTuple):
    """What came of a film."""

    verdict: dict[str, Any]
    """As `puzzlereel verify --json` tells it."""
    cells: tuple[Cell, ...]
    """The cells that the agent was seen in, one after the other; none in FlowFree, or where it was not judged."""
    boxes: tuple[Cell, ...]
    """The same of the first box."""
    solution: tuple[Cell, ...]
    """The cells of the agent in our own reference solution; none where the solver found none in time."""


def judge_film(film: Film) -> Seen:
    """The verdict on a film, whatever its file holds, and the way that was seen in it."""
    is_rooms = film.puzzle == ROOMS
    skin = rooms_skin(film.level, Path(film.skin)) if is_rooms else skin_told(film.puzzle, film.skin)
    reference = film.level.solution if is_rooms else _reference(film.puzzle, film.level)
    try:
        if is_rooms:
            verdict = judge_rooms(film.path, film.level, skin)
        else:
            verdict = judge(views_of(film.path), film.level, skin, reference=reference)
    except BadVideo as error:
        verdict = unreadable(plain(str(error).replace(str(film.path), film.path.name)))
    return seen_in(film.puzzle, verdict, reference)


def seen_in(puzzle: str, verdict: Verdict, reference: Trajectory | None) -> Seen:
    """A verdict with the ways in it."""
    states = verdict.states if verdict.judged else ()
    solution = reference.states if reference else ()
    cells, own = (tuple(agent_of(puzzle, state) for state in some) for some in (states, solution))
    if puzzle == "flowfree":
        cells = own = ()
    return Seen(verdict.json(), cells, box_way(states) if puzzle == "sokoban" else (), own)


def agent_of(puzzle: str, state: State) -> Cell:
    """Where the agent is, in a maze, or the player, in Sokoban."""
    cell: Cell = state.player if puzzle == "sokoban" else state
    return cell


def box_way(states: tuple[State, ...]) -> tuple[Cell, ...]:
    """Where the first box of the first state is in each: the nearest of the boxes, if its own cell has none."""
    if not states:
        return ()
    way: list[Cell] = [min(states[0].boxes)]
    for state in states[1:]:
        here = way[-1]
        way.append(here if here in state.boxes else min(sorted(state.boxes), key=lambda box: distance(box, here)))
    return tuple(way)


@lru_cache(maxsize=256)
def _reference(puzzle: str, level: Any) -> Trajectory | None:
    return PUZZLES[puzzle].solve(level, nodes=MOST_NODES).trajectory
