"""The statistics of a run's tables: who is significantly better, and by what."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from ..render import number
from ..statistics import Statistics
from ..statistics.render import TERMS, claims
from .content import Content
from .grid import Field, Grid, Row, under

KINDS = ("intervals", "comparisons", "ranks", "correlations")
"""Of the CSV files, after the name of the table that they are on."""


@dataclass(frozen=True)
class Diagram:
    """A critical-difference diagram in ``statistics``.

    Attributes:
        name: without the suffix.
        title: what it shows.
        files: kind and name of the files beside it.
    """

    name: str
    title: str
    files: list[tuple[str, str]]

    folder = "statistics"


@dataclass(frozen=True)
class Section:
    """The statistics of one table.

    Attributes:
        title: heading.
        caveats: what a reader must know first.
        claims: who is best, by metric.
        diagram: average ranks with the critical difference; None where no test can be made.
        grids: intervals and average ranks.
        matrices: wins, ties and losses of each two methods, one table for each metric.
        correlations: of the metrics with each other.
        terms: what the tests are.
    """

    title: str
    caveats: list[str]
    claims: list[str]
    diagram: Diagram | None
    grids: list[Grid]
    matrices: list[Grid]
    correlations: list[Grid]
    terms: str = TERMS


def sections(content: Content) -> list[Section]:
    """One for each table that has statistics."""
    return [_section(each) for each in content.statistics]


def _section(each: Statistics) -> Section:
    files = [("Markdown", f"{each.name}.md"), *((kind, f"{each.name}-{kind}.csv") for kind in KINDS)]
    testable = any(not math.isnan(float(value)) for value in each.tests["cd"])
    title = "Average ranks, 1 is best; a bar joins methods that are not told apart"
    return Section(
        under(each.title, each.convention),
        each.caveats,
        list(claims(each)),
        Diagram(f"{each.name}-ranks", title, files) if testable else None,
        [_intervals(each), _ranks(each)],
        [_wins(each, metric) for metric in each.labels],
        [_correlations(each, over, words) for over, words in OVER.items()],
    )


OVER = {"pairs": "over methods and pairs", "means": "over the methods' means"}


def _grid(title: str, corner: str, columns: list[str], rows: list[Row]) -> Grid:
    return Grid("", title, "", corner, columns, rows)


def _intervals(each: Statistics) -> Grid:
    found = each.intervals.set_index(["method", "metric"])
    texts = {
        key: number(mean) + ("" if math.isnan(low) else f"\n({number(low)} to {number(high)})")  # side by side is wide
        for key, mean, low, high in zip(found.index, found["mean"], found["low"], found["high"], strict=True)
    }
    rows = [Row(name, [Field(texts.get((name, metric), "–")) for metric in each.labels]) for name in each.methods]
    return _grid("Means with 95 % intervals", "method", list(each.labels.values()), rows)


def _ranks(each: Statistics) -> Grid:
    rows = [Row(name, [_short(each.ranks[metric][name]) for metric in each.labels]) for name in each.methods]
    foot = [
        Row(label, [_short(each.tests[column][metric]) for metric in each.labels])
        for label, column in (("critical difference", "cd"), ("p of Friedman's test", "chi2 p"))
    ]
    columns = list(each.labels.values())
    return Grid("", "Average ranks, 1 is best", "", "method", columns, rows, foot, least=columns)


def _wins(each: Statistics, metric: str) -> Grid:
    outcomes = each.outcomes(metric)

    def field(row: str, column: str) -> Field:
        counts, better = outcomes.get((row, column), ("", False))
        return Field(counts, "best" if better else "")

    rows = [Row(row, [field(row, column) for column in each.methods]) for row in each.methods]
    return _grid(f"{each.labels[metric]}: pairs won/tied/lost", "row against", list(each.methods), rows)


def _correlations(each: Statistics, over: str, words: str) -> Grid:
    frame: pd.DataFrame = each.correlations[over]
    names = {metric: label.rstrip(" ↑↓") for metric, label in each.labels.items()}
    rows = [Row(names[row], [_correlation(value) for value in frame.loc[row]]) for row in frame.index]
    title = f"Spearman's rank correlation of the metrics, {words}; those where lower is better are turned round"
    return _grid(title, "metric", [names[column] for column in frame.columns], rows)


def _correlation(value: float) -> Field:
    return Field("–" if math.isnan(value) else f"{round(value, 2) + 0.0:.2f}")  # no -0.00


def _short(value: float) -> Field:
    return Field("–" if math.isnan(value) else f"{value:.2g}" if 0 < abs(value) < 0.01 else f"{value:.2f}")
