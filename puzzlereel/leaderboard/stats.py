"""Intervals: how far a number from these levels may be from the number over all levels there could be.

rate     of successes among n levels           Wilson's score interval
share    of successes, several films a level   the same, with as many films as would be independent
mean     of a figure of each level             percentile bootstrap over levels
macro    mean of several puzzles' rates        Wilson's intervals, joined by square-and-add
difference   of two submissions, in pairs      the bootstrap, with Wilson's doubt where all pairs are alike

pass_at, best_of     what one may expect of k films out of those that a level has
"""

from collections.abc import Sequence
from hashlib import sha256
from math import comb, sqrt
from statistics import fmean, pvariance

import numpy as np
from jaxtyping import Float64

from puzzlereel.intervals import Estimate, rate, wilson

__all__ = ["Estimate", "best_of", "difference", "macro_rate", "mean", "pass_at", "rate", "share"]

RESAMPLES = 2000
ROOM = 2**20
"""How many draws are held in memory at once."""


def share(parts: Sequence[float], films: int) -> Estimate:
    """The mean of what part of each level's films are hits, in [0, 1], where each level has so many films.

    Films of one level are alike. Wilson's interval is that of the effective number of films (L. Kish, Survey Sampling,
    1965): from one a level, where all films of a level end alike, to all of them, where levels do not differ. With one
    film a level it is the interval of `rate`.
    """
    if not parts or films < 1 or not all(0 <= part <= 1 for part in parts):
        raise ValueError(f"expected parts in [0, 1] of at least one film of at least one level, got {parts!r:.80}")
    value, spread, levels = fmean(parts), pvariance(parts), len(parts)
    if films == 1 or value in (0, 1):
        effective = float(levels)
    else:
        effective = levels * min(films, value * (1 - value) / spread) if spread else float(levels * films)
    return Estimate(value, *wilson(value, effective), levels)


def pass_at(k: int, hits: int, films: int) -> float:
    """The chance that one of k films is a hit, drawn from a level's films without putting back.

    The unbiased estimator of pass@k (M. Chen et al., arXiv:2107.03374, 2021).
    """
    return 1 - comb(films - hits, k) / comb(films, k)


def best_of(k: int, values: Sequence[float]) -> float:
    """The mean of the highest of k values, over all ways to draw k of a level's values without putting back."""
    ordered = sorted(values)
    return sum(value * comb(at, k - 1) for at, value in enumerate(ordered)) / comb(len(ordered), k)


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


def difference(groups: Sequence[Sequence[float]], *, seed: str) -> Estimate:
    """The mean of the groups' means of differences in [-1, 1], with the interval of `mean`.

    Where all pairs of a group are alike, a bootstrap would leave no doubt. There, Wilson's upper end for none among n
    is the share of pairs that may be otherwise, by as much as they can be; such groups are joined by square-and-add.
    """
    one = mean(groups, seed=seed)
    alike = [(group[0], wilson(0, len(group))[1]) for group in groups if len(set(group)) == 1]
    below = sqrt((one.value - one.low) ** 2 + sum((share * (1 + each) / len(groups)) ** 2 for each, share in alike))
    above = sqrt((one.high - one.value) ** 2 + sum((share * (1 - each) / len(groups)) ** 2 for each, share in alike))
    return one._replace(low=max(-1.0, one.value - below), high=min(1.0, one.value + above))


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
