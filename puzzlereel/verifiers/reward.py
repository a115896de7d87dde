"""Reward: one number for a verdict, for whoever trains on it.

reward = Σ weight × figure × figure × …     over the terms of a sum; the weights add up to 1

It is a gated sum: a term is a product. In ours, progress counts only as far as the film was readable and lawful, and in
all of them it is that of the lawful states before the first fault. What is unlawful earns nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum, prod
from typing import NamedTuple

from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.verifiers.verdict import Verdict


class NoReward(PuzzlereelError):
    """A verdict that has no reward: the verifier failed, or a figure that is asked for is missing or none."""


class Term(NamedTuple):
    weight: float
    figures: tuple[str, ...]
    """Parts of the verdict, parts of its progress, or "success": their product is what the weight is paid for."""


@dataclass(frozen=True)
class Weights:
    """A way to turn verdicts into rewards."""

    name: str
    sums: tuple[tuple[Term, ...], ...]
    """One for all puzzles, or one for each: the first of which a verdict has all figures is the one that is paid."""


CARE = ("readable", "scenery", "objects", "lawful")
SUCCESS = Term(1.0, ("success",))

OURS = Weights("ours", ((Term(0.5, ("progress", *CARE)), Term(0.5, ("success",))),))
"""Half for the way and half for the end; the default."""

SPARSE = Weights("sparse", ((SUCCESS,),))
"""Success alone."""

MAZE = (Term(1.0, ("reached", "scenery")),)
"""Connectivity × wall penalty."""

PAPER = Weights(
    "paper",
    (
        MAZE,
        (
            Term(0.15, ("joined", "scenery")),
            Term(0.35, ("filled", "lawful")),
            Term(0.30, ("joined", "objects")),
            Term(0.20, ("success",)),
        ),
        (Term(0.5, ("placed", "success")), Term(0.5, ("progress", "lawful", "objects"))),
    ),
)
"""The weights of the VideoRLVR paper, as far as they are known; what each is paid for is ours."""

RELEASED = Weights(
    "released",
    (
        MAZE,
        (
            Term(0.50, ("filled", "lawful")),
            Term(0.20, ("joined", "scenery")),
            Term(0.20, ("joined", "objects")),
            Term(0.10, ("success",)),
        ),
        (Term(0.3, ("placed", "success")), Term(0.7, ("progress", "lawful", "objects"))),
    ),
)
"""The weights of the code that was released with it, as far as they are known; what each is paid for is ours."""

WEIGHTS: Mapping[str, Weights] = {weights.name: weights for weights in (OURS, PAPER, RELEASED, SPARSE)}


def weights_of(name: str) -> Weights:
    """The weights of a name; NoReward where there are none."""
    if name not in WEIGHTS:
        raise NoReward(f"expected weights of {', '.join(WEIGHTS)}, got {name!r}")
    return WEIGHTS[name]


def reward(verdict: Verdict, weights: Weights = OURS) -> float:
    """The reward of a verdict, in [0, 1]: 0 where the film could not be judged.

    NoReward where a figure is not in [0, 1], or the weights are made for other puzzles.
    """
    figures = {**verdict.progress, **verdict.parts, "success": float(verdict.success)}
    for name, figure in figures.items():
        if not 0 <= figure <= 1:
            raise NoReward(f"expected figures in [0, 1], got {name} {figure}")
    if not verdict.judged:
        return 0.0
    for terms in weights.sums:
        if all(name in figures for term in terms for name in term.figures):
            return fsum(term.weight * prod(figures[name] for name in term.figures) for term in terms)
    raise NoReward(f"expected figures that the weights {weights.name} are made for, got {', '.join(figures)}")
