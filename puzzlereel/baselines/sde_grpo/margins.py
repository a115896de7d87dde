"""How sure one may be of a success: it depends on the seeds that were run and on the levels that were asked for.

percentile bootstrap: seeds and forms of levels are both drawn anew, with replacement, in every resample
    forms    levels that are each other's rotations, reflections or retellings are drawn together: they are alike
    pairs    two arms share seeds, levels and first noise, so their difference is taken level by level, before drawing

With three seeds an interval says little of seeds that were not run: it is rather too narrow than too wide. With one it
says nothing of them.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from puzzlereel.baselines.sde_grpo.evidence import ARMS, Outcome
from puzzlereel.baselines.sde_grpo.lessons import Lesson
from puzzlereel.intervals import Estimate
from puzzlereel.puzzles.ids import form_of
from puzzlereel.puzzles.registry import PUZZLES

RESAMPLES = 2000


def mean(values: Float64[np.ndarray, "seeds levels"], forms: Int64[np.ndarray, " levels"], *, seed: str) -> Estimate:
    """The mean of values over seeds and levels, with its 95 % interval; the same for the same seed of the draws."""
    runs, kinds = len(values), np.unique(forms, return_inverse=True)[1]
    count = int(kinds.max()) + 1
    belongs = (kinds[:, None] == np.arange(count)).astype(np.float64)
    bits = np.random.PCG64(int.from_bytes(sha256(seed.encode()).digest(), "big"))
    weights = drawn(bits, count)
    by_run = (values @ belongs @ weights) / (belongs.sum(0) @ weights)
    means = (by_run * drawn(bits, runs)).sum(0) / runs
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(float(values.mean()), float(low), float(high), values.shape[1])


def drawn(bits: np.random.PCG64, count: int) -> Float64[np.ndarray, "count resamples"]:
    """How often each of so many things is drawn, in each resample."""
    places = (bits.random_raw(count * RESAMPLES) % np.uint64(count)).astype(np.int64)
    apart = places * RESAMPLES + np.tile(np.arange(RESAMPLES), count)
    return np.bincount(apart, minlength=count * RESAMPLES).reshape(count, RESAMPLES).astype(np.float64)


def summary(outcomes: Sequence[Outcome], tested: Sequence[Lesson]) -> dict[str, Any]:
    """What outcomes come to: success of each arm, by moves and seeds, its cost, and how far `early` is above others.

    Arms are compared over the seeds that both have.
    """
    told = {(one.arm, one.seed): one for one in outcomes}
    forms, moves = forms_of(tested), np.array([len(lesson.way.moves) for lesson in tested])
    arms = {arm: [one for one in outcomes if one.arm == arm] for arm in ARMS}
    return {
        "levels": len(tested),
        "different": len({str(lesson.way.level) for lesson in tested}),
        "forms": len(set(forms.tolist())),
        "arms": {arm: _arm(some, forms, moves) for arm, some in arms.items() if some},
        "early minus": {
            arm: _apart([(told["early", one.seed], one) for one in some if ("early", one.seed) in told], forms, moves)
            for arm, some in arms.items()
            if arm != "early" and any(("early", one.seed) in told for one in some)
        },
    }


def forms_of(tested: Sequence[Lesson]) -> Int64[np.ndarray, " levels"]:
    """A number for each level, the same for those that are the same in another guise."""
    forms = [form_of(PUZZLES[lesson.id.split("/")[0]], lesson.way.level) for lesson in tested]
    return np.unique(forms, return_inverse=True)[1].astype(np.int64)


def _arm(some: Sequence[Outcome], forms: Int64[np.ndarray, " n"], moves: Int64[np.ndarray, " n"]) -> dict[str, Any]:
    values = np.array([one.success for one in some], np.float64)
    return {
        **_by_moves(values, forms, moves),
        "arrived": float(np.mean([one.arrived for one in some])),
        "seeds": {str(one.seed): round(float(np.mean(one.success)), 6) for one in some},
        "steps": [one.steps for one in some],
        "processor": round(float(np.mean([one.processor for one in some])), 2),
        "a step": round(float(np.mean([one.processor / one.steps for one in some])), 4),
    }


def _apart(
    pairs: Sequence[tuple[Outcome, Outcome]], forms: Int64[np.ndarray, " n"], moves: Int64[np.ndarray, " n"]
) -> dict[str, Any]:
    values = np.array([np.subtract(one.success, other.success, dtype=np.float64) for one, other in pairs])
    saved = 1 - sum(one.processor / one.steps for one, _ in pairs) / sum(one.processor / one.steps for _, one in pairs)
    return {**_by_moves(values, forms, moves), "seeds": [one.seed for one, _ in pairs], "saved": round(saved, 4)}


def _by_moves(
    values: Float64[np.ndarray, "seeds n"], forms: Int64[np.ndarray, " n"], moves: Int64[np.ndarray, " n"]
) -> Mapping[str, Any]:
    each = {str(count): np.flatnonzero(moves == count) for count in np.unique(moves)}
    return {
        "success": mean(values, forms, seed="evidence").json(),
        "by_moves": {
            count: mean(values[:, rows], forms[rows], seed=f"evidence {count}").json() for count, rows in each.items()
        },
    }
