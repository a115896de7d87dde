"""Lawful ways through a level that are not its solution: states in a row, from the start on.

random_walk   any lawful move
greedy_walk   the move that looks nearest to the end, to a state that was not there before
stumbled      the solution with one wrong move in it
"""

from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

from puzzlereel.puzzles.board import distance
from puzzlereel.puzzles.core import IllegalMove, Move, State, Trajectory, is_solved


def random_walk(level: Any, rng: Random, most: int) -> list[State]:
    """At most so many moves, until one solves the level or none is lawful."""
    states = [level.start()]
    while len(states) <= most and not is_solved(level, states[-1]) and (moves := list(level.moves(states[-1]))):
        states.append(level.step(states[-1], rng.choice(moves)))
    return states


def greedy_walk(level: Any, puzzle: str, rng: Random, most: int) -> list[State]:
    """At most so many moves, until one solves the level or all lead back; `rng` decides between equals."""
    looks = LOOKS.get(puzzle, _left)
    states = [level.start()]
    while len(states) <= most and not is_solved(level, states[-1]):
        ahead = [level.step(states[-1], move) for move in level.moves(states[-1])]
        new = [state for state in ahead if state not in states]
        if not new:
            break
        states.append(min(new, key=lambda state: (looks(level, state), rng.random())))
    return states


def _left(level: Any, state: State) -> float:
    """What is left of the level's own progress."""
    return -float(sum(level.progress(state).values()))


def _maze_looks(level: Any, state: State) -> float:
    """How far the goal is if no wall were in the way."""
    return float(distance(state, level.goal))


def _sokoban_looks(level: Any, state: State) -> float:
    """How far boxes are from the nearest targets, then how far the player is from the nearest box that is on none."""
    boxes = sum(min(distance(box, target) for target in level.targets) for box in state.boxes)
    player = min((distance(state.player, box) for box in state.boxes - level.targets), default=0)
    return boxes + player / 1000


LOOKS: Mapping[str, Callable[[Any, State], float]] = {"maze": _maze_looks, "sokoban": _sokoban_looks}
"""How far from the end a state looks, in puzzles whose progress would tell more than can be seen, or less."""


def stumbled(trajectory: Trajectory, rng: Random) -> list[State]:
    """The solution with one wrong move at a random place, undone where one move can do that.

    Where it cannot, the moves of the solution go on, but for those that are not lawful any more. The wrong move goes
    where the solution never is; where there is none such, it is any other lawful move; where there is only one way, the
    solution is left as it is.
    """
    level, states, moves = trajectory.level, trajectory.states, trajectory.moves
    others = list(_others(trajectory))
    wrong = [one for one in others if _is_wrong(trajectory, *one)] or others
    if not wrong:
        return list(states)
    at, slip = rng.choice(wrong)
    slipped = [*states[: at + 1], level.step(states[at], slip)]
    if any(level.step(slipped[-1], move) == states[at] for move in level.moves(slipped[-1])):
        return [*slipped, *states[at:]]
    for move in moves[at:]:
        try:
            slipped.append(level.step(slipped[-1], move))
        except IllegalMove:
            continue
    return slipped


def _others(trajectory: Trajectory) -> Iterator[tuple[int, Move]]:
    """Each lawful move that the solution does not make, and after how many moves of the solution."""
    level, states = trajectory.level, trajectory.states
    for at, after in enumerate(states[1:]):
        yield from ((at, move) for move in level.moves(states[at]) if level.step(states[at], move) != after)


def _is_wrong(trajectory: Trajectory, at: int, move: Move) -> bool:
    """Whether a move leads to no state of the solution, and adds a fact that it does not have, or none at all."""
    level, states = trajectory.level, trajectory.states
    after = level.step(states[at], move)
    new = level.facts([*states[: at + 1], after]) - level.facts(states[: at + 1])
    return after not in states and (not new or not new <= level.facts(states))
