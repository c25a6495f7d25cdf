"""What the comparisons come to in words, and where too few pairs allow no claim."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence

import pandas as pd

from ..bootstrap import FEWEST
from ._friedman import FEWEST_METHODS
from ._intervals import FEW, NARROW
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


def caveats(
    methods: Sequence[str], measured: Mapping[str, Sequence[str]], tests: pd.DataFrame, intervals: pd.DataFrame
) -> Iterator[str]:
    """What a reader of one table's statistics must know.

    Args:
        methods: of the table.
        measured: metric -> the methods that have values of it.
        tests: of the metrics, see :class:`hifbench.reports.statistics.Statistics`.
        intervals: of the means and the differences, with their ``pairs``.
    """
    yield from _left_out(methods, measured)
    counts = intervals["pairs"][intervals["pairs"] > 0]
    if (counts < FEWEST).any():
        yield f"No intervals below {FEWEST} pairs: so few do not tell how far a mean may be off."
    if counts.between(FEWEST, FEW - 1).any():
        yield f"Intervals over few pairs are narrower than they say. They hold the mean {NARROW}."
    kinds: dict[tuple[int, int], list[str]] = {}
    pairs_of = dict(zip(tests.index, tests["pairs"].astype(int).tolist(), strict=True))
    for metric, names in measured.items():
        kinds.setdefault((pairs_of[metric], len(names)), []).append(metric)
    for (pairs, count), metrics in kinds.items():
        where = "" if len(kinds) == 1 else f" of {', '.join(metrics)}"
        comparisons = count * (count - 1) // 2
        smallest = least(pairs, comparisons)
        if pairs and comparisons and smallest > LEVEL:
            enough = next(number for number in range(pairs, 99) if least(number, comparisons) <= LEVEL)
            yield (
                f"NO CLAIM{where}: with {pairs} pairs and {comparisons} comparisons the smallest p that Wilcoxon's "
                f"test can give is {smallest:.2g} after Holm's correction; it takes {enough} pairs."
            )
        difference = float(tests.loc[metrics, "cd"].max())
        if count < FEWEST_METHODS:
            yield f"Friedman's test and Nemenyi's critical difference{where} need three methods."
        elif not math.isnan(difference) and difference > count - 1:
            yield (
                f"Nemenyi's critical difference{where}, {difference:.2f}, is larger than ranks of {count} "
                f"methods can differ: too few pairs."
            )
        if 0 < pairs < _MANY and count >= FEWEST_METHODS:
            yield f"Friedman's test{where} is rough below {_MANY} pairs."


def copies(ranks: Mapping[str, pd.Series[float]], sources: Mapping[str, str]) -> Iterator[str]:
    """Where a source that is returned as it is stands first: no method is better than a copy.

    Args:
        ranks: metric -> method -> average rank.
        sources: row -> which source it returns.
    """
    firsts = {metric: of.idxmin() for metric, of in ranks.items() if of.notna().any()}
    copied = [metric for metric, row in firsts.items() if row in sources]
    if copied:
        rows = dict.fromkeys(str(firsts[metric]) for metric in copied)
        yield (
            f"First by average rank on {', '.join(copied)} is a source as it is ({', '.join(rows)}): no method does "
            f"better than a copy there."
        )


def _left_out(methods: Sequence[str], measured: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Methods without values, metrics of the same ones together; without a metric's name where it is every metric."""
    by_absent: dict[tuple[str, ...], list[str]] = {}
    for metric, names in measured.items():
        by_absent.setdefault(tuple(method for method in methods if method not in names), []).append(metric)
    for absent, metrics in by_absent.items():
        if absent:
            where = "" if len(metrics) == len(measured) else f" of {', '.join(metrics)}"
            yield f"Without values{where}, and left out: {', '.join(absent)}."
