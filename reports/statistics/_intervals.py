"""Bootstrap intervals of means over pairs, and of paired differences."""

from __future__ import annotations

import numpy as np

from ..bootstrap import band
from ._paired import Values

FEW = 50
"""Pairs below which an interval is noticeably too narrow."""

NARROW = "89 % with 10 pairs, 93 % with 20 or 30 and 94 % with 50 (normal values; exponential: 86, 90, 91 and 92 %)"
"""How often intervals cover the mean, as in 20,000 simulations each."""


def intervals(values: Values) -> tuple[Values, Values]:
    """Ends of the 95 % percentile bootstrap interval of each column's mean, over the pairs that it has.

    Args:
        values: (pairs, columns), NaN where a pair has no value.

    Returns:
        Lower and upper end, (columns,); NaN for a column with an infinite value or fewer pairs than a band needs.
    """
    low, high = np.full((2, values.shape[1]), np.nan)
    there = ~np.isnan(values)
    # Columns over the same pairs, mostly all of them, share one product with the resamples.
    kinds, kind = np.unique(there, axis=1, return_inverse=True)
    for index in range(kinds.shape[1]):
        columns = np.flatnonzero(kind.ravel() == index)
        low[columns], high[columns] = band(values[np.ix_(kinds[:, index], columns)])
    return low, high
