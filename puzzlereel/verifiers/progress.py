"""How far a lawful way through a level has come: the best it has reached, so that going back takes nothing away.

start ──────────────► best ─ ─ ─ ─ ► solved
  0      progress       │              1
                        └─ what comes after it, lawful or not, adds nothing
"""

from collections.abc import Mapping, Sequence
from typing import Any

from puzzlereel.puzzles.core import State, Trajectory


def progress_of(level: Any, states: Sequence[State], reference: Trajectory | None = None) -> Mapping[str, float]:
    """What lawful states from the level's start have reached: `progress`, in [0, 1], and what it is made of, by name.

    The level's own parts are those of the best state; all are 0 where there are no states. With a reference solution
    there are two more, `moves`: how many of its moves led to the furthest of its states that was reached, and `facts`:
    the share of its facts that are found. `progress` is 0 at the start and 1 if and only if the level was solved.
    """
    if not states:
        names = [*level.progress(level.start()), *(("moves", "facts") if reference else ()), "progress"]
        return dict.fromkeys(names, 0.0)
    own = level.progress(states[-1])
    if _mean(own) < 1:
        own = max((level.progress(state) for state in dict.fromkeys(states)), key=_mean)
    if _mean(own) == 1:
        return {**own, **({"moves": 1.0, "facts": 1.0} if reference else {}), "progress": 1.0}
    first = _mean(level.progress(level.start()))
    gained = max(0.0, (_mean(own) - first) / (1 - first)) if first < 1 else 0.0
    if reference is None:
        return {**own, "progress": gained}
    moves, facts = _moves(states, reference), _facts(level, states, reference)
    return {**own, "moves": moves, "facts": facts, "progress": gained / 2 + (moves + facts) / 4}


def _mean(parts: Mapping[str, float]) -> float:
    return sum(parts.values()) / len(parts)


def _moves(states: Sequence[State], reference: Trajectory) -> float:
    """The share of the reference's moves that lie before the furthest of its states that is among some states."""
    reached = set(states)
    furthest = max((at for at, state in enumerate(reference.states) if state in reached), default=0)
    return furthest / len(reference.moves) if reference.moves else 0.0


def _facts(level: Any, states: Sequence[State], reference: Trajectory) -> float:
    wanted = level.facts(reference.states)
    return len(level.facts(states) & wanted) / len(wanted) if wanted else 0.0
