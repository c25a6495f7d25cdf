"""Wilcoxon's signed-rank test of paired differences, and Holm's correction for many of them."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata, wilcoxon

from ._paired import Values


def signed_rank(differences: Values) -> tuple[Values, Values]:
    """Two-sided p of each column's differences, and which way they point.

    Differences of 0 are left out, as Wilcoxon did; up to 50 differences without ties it is exact.

    Args:
        differences: (pairs, columns); NaN where a pair has none.

    Returns:
        p, 1 where nothing differs and NaN where there is no pair; and sum of the ranks of positive differences less
        that of negative ones; (columns,) each.

    Source: Wilcoxon 1945, Biometrics Bulletin 1(6):80; scipy.stats.wilcoxon.
    """
    given = np.where(np.isnan(differences), 0.0, differences)  # 0 is left out, as a missing pair must be
    counts = np.count_nonzero(given, axis=0)
    p = np.where(np.isnan(differences).all(axis=0), np.nan, 1.0)
    for column in np.flatnonzero(counts):
        p[column] = wilcoxon(given[given[:, column] != 0, column]).pvalue
    ranks = rankdata(np.where(given == 0, np.nan, np.abs(given)), axis=0, nan_policy="omit")
    return p, np.nansum(np.sign(given) * ranks, axis=0)


def holm(p: Values) -> Values:
    """Correct p after Holm: the chance of one false finding or more stays below the level.

    Args:
        p: of the comparisons, any shape; NaN are none of them.

    Source: Holm 1979, Scand. J. Statist. 6(2):65.
    """
    corrected = np.full(p.shape, np.nan)
    there = np.flatnonzero(~np.isnan(p))
    order = there[np.argsort(p[there], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(factors * p[order]), 1.0)
    return corrected


def least(pairs: int, comparisons: int) -> float:
    """Smallest p after Holm's correction that the exact test can give with so many pairs and comparisons."""
    return min(1.0, 2.0 ** (1 - pairs) * comparisons)
