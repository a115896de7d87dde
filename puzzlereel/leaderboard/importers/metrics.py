"""The metrics of other benchmarks, as their code counts them, on the ways that our verifier reads.

way          the places that the agent was seen at, one after the other: (x, y), a row a place
VR-Bench     SR, PR, SD, EM     evaluation/videomodel_eval/metrics_gpu.py, scripts/videomodel_evaluate.sh
MiniVeo3     PR, EM             evaluation/maze/evaluate.py, evaluation/maze/utils.py

Theirs follow pixels from frame to frame with a tracker; here a place is the middle of the cell that the agent is in.
docs/importing.md says where each number comes from.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

from puzzlereel.puzzles.board import Cell

Way: TypeAlias = Float[np.ndarray, "_ 2"]
Metrics: TypeAlias = Mapping[str, float | None]
SAMPLES, EPS = 1000, 0.05
"""VR-Bench: how many places of a way are compared, and how far they may be apart, of the picture's sides."""
EXACT_PR, EXACT_SD = 0.98, 0.1
"""VR-Bench: the least PR and the most SD of an exact match."""
POINTS, PIXELS = 5000, 20.0
"""MiniVeo3: how many places of a way are compared, and how far they may be apart, in pixels."""


def way_of(cells: Sequence[Cell], shape: tuple[int, int], size: tuple[float, float]) -> Way:
    """The way through some cells of a board of (rows, columns) in a picture of (width, height), each place once."""
    once = [cell for at, cell in enumerate(cells) if at == 0 or cell != cells[at - 1]]
    (rows, columns), (width, height) = shape, size
    way: Way = np.array([((c + 0.5) * width / columns, (r + 0.5) * height / rows) for r, c in once])
    return way


def vr_bench(way: Way, references: Sequence[Way], goal: Cell, shape: tuple[int, int], pushed: Way | None) -> Metrics:
    """VR-Bench's SR, PR, SD and EM of a way in a picture of 1 x 1, against the reference that suits it best.

    `pushed` is the way of the first box, whose places SR asks for instead of the player's; None where there are no
    boxes. SD is None where the goal was not met, or by a way that is shorter than the reference. References have two
    places or more.
    """
    met = reaches(way if pushed is None else pushed, goal, shape)
    told = [_vr_bench(way, reference, met) for reference in references]
    return max(told, key=lambda one: (one["PR"] or 0.0) - abs(one["SD"] or 0.0))


def reaches(way: Way, goal: Cell, shape: tuple[int, int]) -> bool:
    """Whether any place of a way is in the goal's cell, be it the last or not."""
    x, y = way[:, 0] * shape[1] - goal[1], way[:, 1] * shape[0] - goal[0]
    return bool(((x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)).any())


def _vr_bench(way: Way, reference: Way, met: bool) -> Metrics:
    whole, made = length(reference), length(way)
    apart = np.linalg.norm(
        places(reference, np.linspace(0, whole, SAMPLES)) - places(way, np.linspace(0, whole, SAMPLES)), axis=1
    )
    pr = prefix(apart, EPS)
    longer = made / whole - 1
    sd = longer if met and longer >= 0 else None
    exact = met and pr >= EXACT_PR and abs(sd or 0.0) <= EXACT_SD
    return {"SR": float(met), "PR": pr, "SD": sd, "EM": float(exact)}


def miniveo3(way: Way, reference: Way) -> Metrics:
    """MiniVeo3-Reasoner's PR and EM of a way in pixels: what share of it is right before it goes astray."""
    if len(way) < 2:
        return {"PR": 0.0, "EM": 0.0}
    one, other = (places(each, np.linspace(0, length(each), POINTS)) for each in (reference, way))
    pr = prefix(np.linalg.norm(one - other, axis=1), PIXELS)
    return {"PR": pr, "EM": float(pr == 1)}


def length(way: Way) -> float:
    return float(np.linalg.norm(np.diff(way, axis=0), axis=1).sum())


def places(way: Way, far: Float[np.ndarray, " samples"]) -> Float[np.ndarray, "samples 2"]:
    """Where one is on a way after some distances; at its end beyond it."""
    gone = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(way, axis=0), axis=1))])
    found: Float[np.ndarray, "samples 2"] = np.stack([np.interp(far, gone, way[:, side]) for side in (0, 1)], axis=1)
    return found


def prefix(apart: Float[np.ndarray, " samples"], most: float) -> float:
    """The share of the samples before the first that is further than `most`."""
    off = np.flatnonzero(apart > most)
    return float(off[0] / len(apart)) if len(off) else 1.0
