"""Do two rankings of the same methods agree?"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

COEFFICIENTS: dict[str, Literal["kendall", "spearman"]] = {"Kendall": "kendall", "Spearman": "spearman"}
"""Name -> what pandas calls it, which imports scipy.stats when it is wanted: half a second of every start otherwise."""

FEWEST = 3
"""Methods for a rank correlation: of two there are two rankings, and it is 1 or -1 whatever the scores."""


def places(means: pd.Series[float], direction: str = "higher") -> pd.Series[float]:
    """Rank of each mean, 1 for the best; means that differ by rounding alone share the mean of their ranks."""
    return means.map(lambda mean: float(f"{mean:.9g}")).rank(ascending=direction == "lower")


def rank_correlation(coefficient: str, first: pd.Series[float], second: pd.Series[float]) -> float:
    """Correlation of two rankings of the same methods; NaN where it means nothing.

    That is where one of them ranks nothing, where a mean is missing or infinite, as PSNR of a copy, which is no worse
    under any degradation, and of fewer than FEWEST methods.

    Args:
        coefficient: a key of ``COEFFICIENTS``.
        first: method -> mean.
        second: the same methods.
    """
    if len(first) < FEWEST or not np.isfinite([first, second]).all():
        return float("nan")
    one, other = places(first), places(second)
    if min(len(set(one)), len(set(other))) < 2:
        return float("nan")
    return float(one.corr(other, method=COEFFICIENTS[coefficient]))
