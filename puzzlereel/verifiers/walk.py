"""What is known of a film while it is followed: its walk so far, what nothing explains, and the move under way."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from puzzlereel.puzzles.core import Reason, State
from puzzlereel.verifiers.verdict import Fault

Mask = Bool[np.ndarray, "rows columns"]
SLACK = 0.25
"""How far a move that cannot be taken back may seem to go back: the error of the sighting."""


@dataclass
class Walk:
    """What became of a film."""

    states: list[State] = field(default_factory=list)
    """The states seen, in order, those after a fault among them."""
    faults: list[Fault] = field(default_factory=list)
    since: list[int] = field(default_factory=list)
    """The frame in which each of the states was first seen."""
    lawful: int = 0
    """The lawful moves seen."""
    unlawful: int = 0
    """The changes seen that no lawful move makes."""
    unread: list[int] = field(default_factory=list)
    """The frames that show neither a board nor a lawful move under way."""
    wrong: set[tuple[int, Reason]] = field(default_factory=set)
    """The frames that show a board that is none of the level's, each with what is wrong with it."""
    moved: bool = False
    """Whether a lawful move was seen under way."""
    at_rest: bool = True
    """Whether the last frame shows a board of the level."""

    @property
    def good(self) -> list[State]:
        """The states that were seen before the frame of the first fault."""
        if not self.faults:
            return self.states
        return [state for state, since in zip(self.states, self.since, strict=True) if since < self.faults[0].frame]


class Smear(NamedTuple):
    """Frames in a row that nothing explains."""

    frame: int
    """The first of them."""
    cells: Mask
    """The cells that match nothing in any of them."""

    def grown(self, cells: Mask) -> "Smear":
        return Smear(self.frame, self.cells | cells)


class Pending(NamedTuple):
    """A move under way."""

    onward: State
    phase: float
    """How far it was done when it was last seen, in [0, 1]."""
    most: float
    """How far it has been done."""
    for_good: bool
    """Whether no move leads back."""

    @property
    def bound(self) -> bool:
        """Whether it must go on to its end: a flow only grows, and a box is never pulled."""
        return self.for_good and self.most > SLACK
