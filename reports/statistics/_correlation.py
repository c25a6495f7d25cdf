"""Which metrics say the same thing: Spearman's rank correlation between metrics."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd


def correlations(values: pd.DataFrame, directions: Mapping[str, str]) -> pd.DataFrame:
    """Spearman's rank correlation of each two metrics; 1 where they put everything in the same order.

    Args:
        values: what is ranked x metrics; a row counts for two metrics where it has both.
        directions: metric -> ``higher`` or ``lower``; the latter are turned round, so that agreement is positive.

    Returns:
        metrics x metrics; NaN where a metric is constant or fewer than three rows have both.
    """
    turned = values * pd.Series({name: 1.0 if directions[name] == "higher" else -1.0 for name in values.columns})
    # As ranks an infinite value counts; pandas would leave it out.
    return turned.rank().corr(method="spearman", min_periods=3)
