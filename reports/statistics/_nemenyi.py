"""Nemenyi's critical difference of average ranks, and the groups of methods that it does not tell apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

from scipy.stats import studentized_range


def critical_difference(methods: int, pairs: int, alpha: float) -> float:
    """Average ranks that differ by this are significantly different, all comparisons taken together.

    Args:
        methods: at least 2.
        pairs: that are ranked.
        alpha: level of significance.

    Source: Nemenyi 1963, thesis, Princeton; Demsar 2006, JMLR 7:1, section 3.2.2.
    """
    return _quantile(methods, alpha) * math.sqrt(methods * (methods + 1) / (6 * pairs))


@lru_cache(maxsize=64)  # a tenth of a second each
def _quantile(methods: int, alpha: float) -> float:
    return float(studentized_range.ppf(1 - alpha, methods, math.inf)) / math.sqrt(2)


def groups(ranks: Mapping[str, float], difference: float) -> list[tuple[str, ...]]:
    """The largest groups of at least two methods whose average ranks all differ by less, from best to worst.

    Args:
        ranks: method -> average rank.
        difference: critical.
    """
    order = sorted(ranks, key=lambda method: ranks[method])
    found: list[tuple[str, ...]] = []
    reached = 0  # of the order, by the groups so far
    for start, method in enumerate(order):
        inside = [name for name in order[start:] if ranks[name] - ranks[method] < difference]
        if len(inside) > 1 and start + len(inside) > reached:
            found.append(tuple(inside))
            reached = start + len(inside)
    return found
