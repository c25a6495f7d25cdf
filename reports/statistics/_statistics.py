"""What is known of the differences between the methods of one table."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ..tables import Group

LEVEL = 0.05
"""Of significance."""


@dataclass(frozen=True)
class Statistics:
    """Paired comparisons of one data set's methods on clean images, under one convention.

    Attributes:
        name: usable as a file name.
        title: heading, with the number of pairs.
        group: what it is of.
        convention: of the metrics.
        labels: metric -> its label, with the direction's arrow.
        directions: metric -> ``higher`` or ``lower``.
        methods: those that have values, in the table's order.
        intervals: a row for each ``metric`` and ``method``: the ``mean`` over its ``pairs``, and ``low`` and ``high``
            of the bootstrap's 95 % interval; NaN where a value is infinite or there are fewer than ten pairs.
        comparisons: a row for each ``metric`` and two methods, ``first`` and ``second`` in the table's order, over the
            ``pairs`` that have a value of both: ``difference`` of the means, first less second, with ``low`` and
            ``high``; ``wins``, ``ties`` and ``losses`` of the first; ``p`` of Wilcoxon's signed-rank test, ``p holm``
            after Holm's correction over the metric's comparisons, and ``better``, the one of the two that is
            significantly better, or an empty text.
        ranks: methods x metrics, average rank over the pairs that all methods have a value of, 1 for best; methods
            without any value of a metric are left out of it, here NaN.
        tests: metrics x ``pairs``, those that these methods all have a value of; ``chi2`` and ``chi2 p`` of
            Friedman's test, ``F`` and ``F p`` of Iman and Davenport's; ``cd``, Nemenyi's critical difference of
            average ranks at .05, and ``cd .10``. NaN where there is none.
        groups: metric -> methods, from best to worst, of which no two average ranks differ by the critical
            difference; only the largest such groups, of at least two.
        correlations: ``pairs`` and ``means`` -> metrics x metrics, Spearman's rank correlation over method x pair,
            and over the methods' means; metrics for which lower is better are turned round.
        claims: metric -> in a sentence, who is best and who is not significantly worse, or why no claim can be made.
        caveats: what a reader must know, such as how few pairs there are.
    """

    name: str
    title: str
    group: Group
    convention: str
    labels: dict[str, str]
    directions: dict[str, str]
    methods: list[str]
    intervals: pd.DataFrame
    comparisons: pd.DataFrame
    ranks: pd.DataFrame
    tests: pd.DataFrame
    groups: dict[str, list[tuple[str, ...]]]
    correlations: dict[str, pd.DataFrame]
    claims: dict[str, str]
    caveats: list[str]

    def matrix(self, metric: str, column: str) -> pd.DataFrame:
        """A column of the comparisons of one metric as methods x methods, row against column; NaN on the diagonal.

        Args:
            metric: name.
            column: ``wins``, ``ties``, ``losses``, ``difference``, ``p`` or ``p holm``.
        """
        turned = {"wins": "losses", "losses": "wins"}.get(column, column)
        sign = -1 if column == "difference" else 1
        full = pd.DataFrame(float("nan"), index=self.methods, columns=self.methods)
        for row in self.comparisons[self.comparisons["metric"] == metric].to_dict("records"):
            full.loc[row["first"], row["second"]] = row[column]
            full.loc[row["second"], row["first"]] = sign * row[turned]
        return full

    def outcomes(self, metric: str) -> dict[tuple[str, str], tuple[str, bool]]:
        """Row and column of two different methods -> the row's ``wins/ties/losses``, and whether it is claimed better.

        Args:
            metric: name.
        """
        parts = [self.matrix(metric, column) for column in ("wins", "ties", "losses")]
        compared = self.comparisons[self.comparisons["metric"] == metric].to_dict("records")
        better = {
            (row["better"], row["second"] if row["better"] == row["first"] else row["first"])
            for row in compared
            if row["better"]
        }
        return {
            (row, column): ("/".join(f"{float(part[column][row]):.0f}" for part in parts), (row, column) in better)
            for row in self.methods
            for column in self.methods
            if row != column
        }
