"""The pairs on which a method does best and worst by a metric."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SHOWN = 8
"""Pairs at either end."""


def extremes(values: npt.NDArray[np.float64], direction: str) -> tuple[list[int], list[int]]:
    """Positions of the best and of the worst values, the extreme one first.

    Args:
        values: one for each pair; NaN is left out, an infinite value counts.
        direction: ``higher`` or ``lower`` is better.
    """
    ranked = np.argsort(-values if direction == "higher" else values, kind="stable")
    there = [int(place) for place in ranked if not np.isnan(values[place])]
    return there[:SHOWN], there[::-1][:SHOWN]
