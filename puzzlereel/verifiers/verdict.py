"""What a judge says of a film.

Verdict ─ parts     readable, scenery, objects, lawful, progress, solved: each in [0, 1]
        ─ faults    frame, reason, cell, detail; the first one is the fault
        ─ states    what was seen, in order
        ─ metrics   precision, recall, F1 against the reference solution
        ─ progress  how far the film came before its fault, by name
        ─ error     what went wrong in the verifier itself: then nothing is said of the film
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from puzzlereel.puzzles.board import Cell, at
from puzzlereel.puzzles.core import Reason, State

ENDINGS = (Reason.FROZEN, Reason.UNSOLVED, Reason.UNJOINED, Reason.UNFILLED)
"""The reasons that say how a film ends, not that it breaks a rule."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a film, and the first frame that shows it."""

    frame: int
    reason: Reason
    cell: Cell | None = None
    detail: str = ""

    @property
    def sentence(self) -> str:
        particulars = f" ({self.detail})" if self.detail else ""
        return f"frame {self.frame}: {self.reason.value}{at(self.cell)}{particulars}"

    def json(self) -> dict[str, Any]:
        return {
            "frame": self.frame,
            "reason": self.reason.name.lower(),
            "cell": None if self.cell is None else list(self.cell),
            "detail": self.detail,
            "sentence": self.sentence,
        }


@dataclass(frozen=True)
class Verdict:
    """The judgement of one film; success is derived, so that nothing can claim it."""

    parts: Mapping[str, float]
    """Each in [0, 1], by name."""
    faults: tuple[Fault, ...] = ()
    """In the order of frames."""
    arrived: bool = False
    """Whether the last board is solved, however it came about: what other benchmarks call success."""
    states: tuple[State, ...] = ()
    metrics: Mapping[str, float] | None = None
    """Precision, recall and F1; None where no reference solution is known."""
    progress: Mapping[str, float] = field(default_factory=dict)
    """How far the film came before its first fault, as `progress_of` tells it; nothing where it was not judged."""

    @property
    def fault(self) -> Fault | None:
        return self.faults[0] if self.faults else None

    @property
    def success(self) -> bool:
        """Every state in lawful order from the first board to solved, to the last frame."""
        return not self.faults and all(part == 1 for part in self.parts.values())

    @property
    def judged(self) -> bool:
        """False where the film could not be read: that is counted apart from wrong, and is no success."""
        return all(fault.reason is not Reason.UNREADABLE for fault in self.faults)

    def json(self) -> dict[str, Any]:
        """The verdict as `puzzlereel verify --json` prints it."""
        return {
            "success": self.success,
            "arrived": self.arrived,
            "judged": self.judged,
            "parts": {name: round(part, 6) for name, part in self.parts.items()},
            "metrics": self.metrics and {name: round(value, 6) for name, value in self.metrics.items()},
            "fault": None if self.fault is None else self.fault.json(),
        }


PARTS = ("readable", "scenery", "objects", "lawful", "progress", "solved")


def unreadable(why: str) -> Verdict:
    """The verdict on a film that could not be judged."""
    return Verdict(dict.fromkeys(PARTS, 0.0), (Fault(0, Reason.UNREADABLE, None, why),))
