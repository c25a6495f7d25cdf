"""What the comparisons come to in words, and where too few pairs allow no claim."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence

import pandas as pd

from ._friedman import FEWEST_METHODS
from ._signed_rank import least
from ._statistics import LEVEL

_MANY = 10
"""Pairs from which the distributions of Friedman's test hold well (Demsar 2006)."""


def claim(ranks: pd.Series[float], comparisons: pd.DataFrame) -> str:
    """Who is best by average rank, who is not significantly worse, or even better; or why nothing can be said.

    Args:
        ranks: method -> average rank, of the methods that have values of the metric.
        comparisons: of one metric between these methods, see :class:`hifbench.reports.statistics.Statistics`.
    """
    if len(ranks) < 2:
        return "no claim: fewer than two methods have values."
    if ranks.isna().all():
        return "no claim: no pair has a value of every method."
    if least(int(comparisons["pairs"].max()), len(comparisons)) > LEVEL:
        return "no claim: too few pairs."
    order = list(ranks.sort_values(kind="stable").index)
    best = order[0]
    of_best = [row for row in comparisons.to_dict("records") if best in (row["first"], row["second"])]
    ahead = [method for method in order if any(row["better"] == method != best for row in of_best)]
    if ahead:  # ranks count pairs won, Wilcoxon's test also by how much
        are = "is" if len(ahead) == 1 else "are"
        return f"no clear best: {best} by average rank, but {', '.join(ahead)} {are} significantly better than it."
    worse = {_other(row, best) for row in of_best if row["better"] == best}
    rest = [method for method in order if method != best and method not in worse]
    if not rest:
        return f"{best}, significantly better than all others."
    if not worse:
        return f"{best}, but significantly better than no other."
    return f"{best}; not significantly worse: {', '.join(rest)}."


def _other(row: Mapping[Hashable, object], method: str) -> object:
    return row["second"] if row["first"] == method else row["first"]


def caveats(methods: Sequence[str], left_out: Sequence[str], tests: pd.DataFrame, comparisons: int) -> Iterator[str]:
    """What a reader of one table's statistics must know.

    Args:
        methods: that are compared.
        left_out: methods without any value.
        tests: of the metrics, see :class:`hifbench.reports.statistics.Statistics`.
        comparisons: of each metric.
    """
    if left_out:
        yield f"Without values, and left out: {', '.join(left_out)}."
    for pairs in map(int, tests["pairs"].unique()):
        metrics = tests.index[tests["pairs"] == pairs]
        where = "" if len(set(tests["pairs"])) == 1 else f" of {', '.join(map(str, metrics))}"
        smallest = least(pairs, comparisons)
        if pairs and smallest > LEVEL:
            enough = next(number for number in range(pairs, 99) if least(number, comparisons) <= LEVEL)
            yield (
                f"NO CLAIM{where}: with {pairs} pairs and {comparisons} comparisons the smallest p that Wilcoxon's "
                f"test can give is {smallest:.2g} after Holm's correction; it takes {enough} pairs."
            )
        difference = float(tests.loc[metrics, "cd"].max())
        if len(methods) < FEWEST_METHODS:
            yield "Friedman's test and Nemenyi's critical difference need three methods."
        elif not math.isnan(difference) and difference > len(methods) - 1:
            yield (
                f"Nemenyi's critical difference{where}, {difference:.2f}, is larger than ranks of {len(methods)} "
                f"methods can differ: too few pairs."
            )
        if 0 < pairs < _MANY and len(methods) >= FEWEST_METHODS:
            yield f"Friedman's test{where} is rough below {_MANY} pairs."
