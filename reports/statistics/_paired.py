"""Values of one metric as pairs x methods, and what is equal among them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..tables import TIE

Values = NDArray[np.float64]


def by_pair(scores: pd.DataFrame, metric: str, methods: list[str]) -> Values:
    """Values of one metric, (pairs, methods), NaN where there is none.

    Args:
        scores: rows of one table; each pair, method and metric once.
        metric: name.
        methods: the columns, in this order.
    """
    mine = scores[scores["metric"] == metric]
    wide = mine.pivot(index="pair", columns="method", values="value")  # noqa: PD010  each is there once
    return wide.reindex(columns=methods).to_numpy(np.float64)


def differences(first: Values, second: Values) -> Values:
    """First less second; 0 where they are equal but for rounding, equal infinities included."""
    with np.errstate(invalid="ignore"):
        less = first - second
        largest = np.maximum(np.abs(first), np.abs(second))
        equal = (first == second) | (np.isfinite(largest) & (np.abs(less) <= TIE * largest))
    return np.where(equal, 0.0, less)


def level(values: Values) -> Values:
    """The values with differences by rounding taken out, so that ranking finds ties: to nine significant digits."""
    usable = np.isfinite(values) & (values != 0)
    digits = np.floor(np.log10(np.abs(np.where(usable, values, 1.0))))
    scale = 10.0 ** (digits - 8)
    return np.where(usable, np.round(np.where(usable, values, 0.0) / scale) * scale, values)
