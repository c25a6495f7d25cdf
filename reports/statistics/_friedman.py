"""Average ranks of methods over pairs, and Friedman's test that they are all alike."""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy.stats import f, friedmanchisquare, rankdata

from ._paired import Values, level

FEWEST_METHODS = 3
"""For a test of more than one difference."""


class Friedman(NamedTuple):
    """Friedman's chi square with its p, and the less conservative F of Iman and Davenport with its own."""

    chi2: float
    chi2_p: float
    f: float
    f_p: float


def average_ranks(values: Values, direction: str) -> Values:
    """Average rank of each method, 1 for the best, ties sharing the mean of their ranks; (methods,).

    Args:
        values: (pairs, methods), none missing.
        direction: ``higher`` or ``lower`` is better.
    """
    gains = level(values) if direction == "higher" else -level(values)
    ranks: Values = rankdata(-gains, axis=1).mean(axis=0)
    return ranks


def friedman(values: Values) -> Friedman:
    """Test whether the methods' ranks differ at all.

    Args:
        values: (pairs, methods), none missing.

    Returns:
        chi square with the correction for ties; all NaN with fewer than three methods or two pairs, or where each pair
        has ties alone.

    Source: Friedman 1937, JASA 32:675; scipy.stats.friedmanchisquare.
    """
    pairs, methods = values.shape
    ranked = level(values)
    if methods < FEWEST_METHODS or pairs < 2 or (ranked == ranked[:, :1]).all():
        return Friedman(*[math.nan] * 4)
    chi2, p = friedmanchisquare(*ranked.T)
    statistic, statistic_p = iman_davenport(float(chi2), pairs, methods)
    return Friedman(float(chi2), float(p), statistic, statistic_p)


def iman_davenport(chi2: float, pairs: int, methods: int) -> tuple[float, float]:
    """F of a Friedman chi square, and its p; infinite and 0 where all pairs rank the methods alike.

    Source: Iman, Davenport 1980, Commun. Stat. 9(6):571.
    """
    rest = pairs * (methods - 1) - chi2
    if rest <= 1e-9 * chi2:
        return math.inf, 0.0
    statistic = (pairs - 1) * chi2 / rest
    return statistic, float(f.sf(statistic, methods - 1, (methods - 1) * (pairs - 1)))
