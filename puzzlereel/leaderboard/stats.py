"""Intervals: how far a number from these levels may be from the number over all levels there could be.

rate     of successes among n levels        Wilson's score interval
mean     of a figure of each level          percentile bootstrap over levels
macro    mean of several puzzles' rates     Wilson's intervals, joined by square-and-add
"""

from collections.abc import Sequence
from hashlib import sha256
from math import sqrt

import numpy as np
from jaxtyping import Float64

from puzzlereel.intervals import Estimate, rate

__all__ = ["Estimate", "macro_rate", "mean", "rate"]

RESAMPLES = 2000
ROOM = 2**20
"""How many draws are held in memory at once."""


def macro_rate(rates: Sequence[Estimate]) -> Estimate:
    """The mean of independent rates, their intervals joined by square-and-add (Zou and Donner, Stat. Med. 27, 2008).

    A bootstrap would give 12 successes of 12 an interval of no width; this one keeps Wilson's doubt.
    """
    if not rates:
        raise ValueError("expected at least one rate")
    count = len(rates)
    value = sum(one.value for one in rates) / count
    below = sqrt(sum((one.value - one.low) ** 2 for one in rates)) / count
    above = sqrt(sum((one.high - one.value) ** 2 for one in rates)) / count
    return Estimate(value, max(0.0, value - below), min(1.0, value + above), sum(one.n for one in rates))


def mean(groups: Sequence[Sequence[float]], *, seed: str) -> Estimate:
    """The mean of the groups' means; a percentile bootstrap (B. Efron, Ann. Stat. 7, 1979) over levels in each group.

    The same values, order and seed give the same interval on every machine. Where all values of a group are equal,
    the group adds no width.
    """
    if not groups or not all(groups):
        raise ValueError("expected at least one group, and a value in each")
    bits = np.random.PCG64(int.from_bytes(sha256(seed.encode()).digest(), "big"))
    sums = np.zeros(RESAMPLES)
    for group in groups:
        sums += _resampled_means(np.asarray(group, dtype=np.float64), bits)
    low, high = np.quantile(sums / len(groups), [0.025, 0.975])
    value = sum(float(np.mean(group)) for group in groups) / len(groups)
    return Estimate(value, float(low), float(high), sum(map(len, groups)))


def _resampled_means(
    values: Float64[np.ndarray, " levels"], bits: np.random.PCG64
) -> Float64[np.ndarray, " resamples"]:
    """Means of as many values, drawn with replacement; from the raw bits, which numpy promises never to change."""
    n = len(values)
    means: list[Float64[np.ndarray, " some"]] = []
    rows = max(1, ROOM // n)
    for done in range(0, RESAMPLES, rows):
        now = min(rows, RESAMPLES - done)
        drawn = bits.random_raw(now * n) % np.uint64(n)
        means.append(values[drawn.reshape(now, n)].mean(axis=1))
    return np.concatenate(means)
