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
    """Who is best by average rank, and who is not significantly worse; or why nothing can be said.

    Args:
        ranks: method -> average rank.
        comparisons: of one metric, see :class:`hifbench.reports.statistics.Statistics`.
    """
    if ranks.isna().all():
        return "no claim: the methods share no pair."
    pairs = int(comparisons["pairs"].max())
    if least(pairs, len(comparisons)) > LEVEL:
        return "no claim: too few pairs."
    best = list(ranks.index[ranks == ranks.min()])
    worse = {_other(row, best[0]) for row in comparisons.to_dict("records") if row["better"] == best[0]}
    rest = [method for method in ranks.sort_values(kind="stable").index if method != best[0] and method not in worse]
    if not rest:
        return f"{best[0]}, significantly better than all others."
    if not worse:
        return f"{best[0]}, but significantly better than no other."
    return f"{best[0]}; not significantly worse: {', '.join(rest)}."


def _other(row: Mapping[Hashable, object], method: str) -> object:
    return row["second"] if row["first"] == method else row["first"] if row["second"] == method else None


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
