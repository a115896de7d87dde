"""Rates with their intervals, for whoever counts: the leaderboard over levels, the red team over films."""

from math import sqrt
from typing import NamedTuple

Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


class Estimate(NamedTuple):
    """A number with its 95 % interval and the number of levels behind it."""

    value: float
    low: float
    high: float
    n: int

    def json(self) -> dict[str, float | int]:
        """The four numbers by name, rounded to six digits."""
        return {
            "value": round(self.value, 6),
            "low": round(self.low, 6),
            "high": round(self.high, 6),
            "n": self.n,
        }


def rate(hits: int, n: int) -> Estimate:
    """The share of hits among n levels, with Wilson's interval."""
    if not 0 <= hits <= n or n == 0:
        raise ValueError(f"expected 0 to n hits among at least one level, got {hits} of {n}")
    return Estimate(hits / n, *wilson(hits / n, n), n)


def wilson(share: float, n: float) -> tuple[float, float]:
    """The ends of the score interval of a share among n (E. B. Wilson, JASA 22, 1927, pp. 209-212).

    Where what was counted depends on each other, n is the number of independent ones that would tell as much.
    """
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    reach = Z / (1 + Z**2 / n) * sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return 0.0 if share == 0 else max(0.0, middle - reach), 1.0 if share == 1 else min(1.0, middle + reach)
