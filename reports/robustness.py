"""How scores fall as a degradation grows: curves with bootstrap bands, areas under them, and whether ranks hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .balance import balanced
from .bootstrap import band
from .comparability import why_not
from .names import file_name, of_split
from .notes import seen_pairs, sentences
from .rank_correlation import COEFFICIENTS, FEWEST, places, rank_correlation
from .results import Results
from .source_rows import sources_first
from .tables import ARROWS, TIE, Group, Table, groups, heading, ranks, suffixes


@dataclass(frozen=True)
class Sheet:
    """Curves of one degradation of one data set, for one task and convention.

    Attributes:
        name: usable as a file name.
        title: heading, with the number of pairs.
        labels: metric -> its label, with the direction's arrow.
        curves: a row for each ``method``, ``metric`` and ``severity``: ``mean`` over the ``pairs`` that all methods
            have a value of at every severity, ``low`` and ``high`` of its band, NaN for few pairs; severity 0 is the
            clean images. A method that lacks a severity is over its own pairs.
    """

    name: str
    title: str
    labels: dict[str, str]
    curves: pd.DataFrame


@dataclass(frozen=True)
class Robustness(Sheet):
    """Curves of scores, and what they come to.

    Attributes:
        areas: methods x metrics, area under the curve relative to clean; their ``mean``, and ``rank shift``. Only
            methods that were run at every severity.
        agreement: severities x metrics, correlation of the methods' ranking with that on the clean images; None where
            it would mean nothing, which the note of the areas then says.
    """

    areas: Table
    agreement: Table | None

    @property
    def tables(self) -> list[Table]:
        """Those that there are."""
        return [table for table in (self.areas, self.agreement) if table]


def robustness(results: Results) -> list[Robustness]:
    """One for each data set, degradation with at least two severities, task and convention, in the plan's order.

    There is none of a degradation that no method was run under at every severity.
    """
    results = balanced(results)
    compared = [cell for of_group in groups(results).values() if not why_not(results, of_group) for cell in of_group]
    if not compared:  # as of a run that looks for objects alone
        return []
    cells = pd.DataFrame(compared)
    conventions = dict.fromkeys(name for card in results.run["metrics"].values() for name in card["conventions"])
    made = []
    for _, of_data in cells.groupby(["dataset", "split"], sort=False):
        clean, degraded = (of_data[(of_data["degradation"] == "none") == is_clean] for is_clean in (True, False))
        for _, given in degraded.groupby(["degradation", "seed"], sort=False):
            if len(set(given["severity"])) > 1:
                for task in ("fusion", "fusion-clean"):
                    cases = [_Case(results, clean, given, task, convention) for convention in conventions]
                    made += [case.summary() for case in cases if len(case.scores) and case.methods]
    return made


def relative_area(severities: Sequence[float], means: Sequence[float], direction: str) -> float:
    """Area under score(s) / score(0), by trapezoids, over the range of severities: 1 where nothing is lost.

    Where lower is better it is under score(0) / score(s), so that less than 1 is a loss in either direction.

    Args:
        severities: ascending, 0 first.
        means: score at each.
        direction: ``higher`` or ``lower`` is better.

    Returns:
        NaN unless all scores are finite and not negative, and what is divided by is positive.
    """
    scores = np.asarray(means, np.float64)
    divisors = scores if direction == "lower" else scores[:1]
    if not np.isfinite(scores).all() or (scores < 0).any() or not (divisors > 0).all():
        return float("nan")
    ratio = scores[0] / scores if direction == "lower" else scores / scores[0]
    return float(np.trapezoid(ratio, severities) / (severities[-1] - severities[0]))


def _area_ranks(areas: pd.Series[float]) -> list[int]:
    """Ranks of areas; none for those over 1, where scores rose with the degradation."""
    return ranks(areas.where(areas <= 1 + TIE), "higher")


class _Case:
    """Scores of one degradation under one task and convention, those on clean images as severity 0.

    Args:
        results: of the run.
        clean: cells of the data set on clean images, whose scores serve both tasks.
        given: cells of the degradation.
        task: ``fusion`` or ``fusion-clean``.
        convention: of the metrics.
    """

    def __init__(self, results: Results, clean: pd.DataFrame, given: pd.DataFrame, task: str, convention: str) -> None:
        self.dataset, self.split, self.degradation, self.seed = (
            given[column].iloc[0] for column in ("dataset", "split", "degradation", "seed")
        )
        self.results, self.task, self.convention = results, task, convention
        cells = pd.concat([clean, given])
        self.severities: list[float] = sorted({0.0, *given["severity"]})
        planned = {str(method): set(of_method["severity"]) for method, of_method in cells.groupby("method", sort=False)}
        # Other calls into the same run directory may have asked for less of some methods.
        whole_ones = [method for method, severities in planned.items() if severities == set(self.severities)]
        self.methods = sources_first(results, whole_ones)
        self.others = [method for method in planned if method not in self.methods]
        whole = cells[cells["method"].isin(self.methods)]
        self.parts = set(whole["part"])
        self.expected: dict[str, int] = {
            str(method): len({id for ids in of_method["pairs"] for id in ids})
            for method, of_method in whole.groupby("method")
        }
        rows = results.of_parts(list(cells["part"]))
        of_task = (rows["task"] == task) | (rows["degradation"] == "none")
        self.scores = rows[of_task & (rows["convention"] == convention)]
        there = set(self.scores["metric"])
        self.cards: dict[str, Any] = {name: card for name, card in results.run["metrics"].items() if name in there}
        self.drawn = sources_first(results, given["method"].drop_duplicates())
        self._own = dict(list(self.scores.groupby(["metric", "method"], sort=False)))
        self.values = {metric: self._values(metric) for metric in self.cards}
        self.means = {
            metric: pd.DataFrame({name: of[name].mean() for name in self.methods if self._is_whole(of[name])}).T
            for metric, of in self.values.items()
        }
        self.counts = pd.DataFrame(
            {
                metric: {name: len(of[name]) if self._is_whole(of[name]) else 0 for name in self.methods}
                for metric, of in self.values.items()
            }
        )

    def _values(self, metric: str) -> dict[str, pd.DataFrame]:
        """Values of each method, pairs x severities, none missing; those of whole methods over the same pairs."""
        own = {method: self._complete(metric, method) for method in self.drawn}
        whole = [method for method in self.methods if self._is_whole(own[method])]
        # Means over unlike pairs rank nothing.
        shared = set.intersection(*(set(own[method].index) for method in whole)) if whole else set()
        return own | {method: own[method][own[method].index.isin(shared)] for method in whole}

    def _complete(self, metric: str, method: str) -> pd.DataFrame:
        """Values of the pairs that have one at each of the severities at which there are any."""
        mine = self._own.get((metric, method), self.scores.iloc[:0])
        values = mine.pivot(index="pair", columns="severity", values="value")  # noqa: PD010  each is there once
        return values.dropna(axis=1, how="all").dropna()

    def _is_whole(self, values: pd.DataFrame) -> bool:
        return len(values) > 0 and [float(level) for level in values.columns] == self.severities

    def summary(self) -> Robustness:
        """Curves and tables."""
        condition = f", {self.degradation} (seed {self.seed})"
        title = heading(self.results, self.dataset, self.split, condition, self.task, max(self.expected.values()))
        place = of_split(self.results, self.dataset, self.split)
        degraded = f"{file_name(self.degradation)}-seed{self.seed}"
        named = [place, degraded, *suffixes(self.task, self.convention)]
        cells = [cell for cell in self.results.plan["cells"] if cell["part"] in self.parts]
        scores = self.scores[self.scores["method"].isin(self.methods)]
        note = " ".join(sentences(self.results, cells, scores, self.convention, comparable=True))
        if self.others:
            note = f"Not run at every severity, and left out: {', '.join(self.others)}. {note}"
        note = f"Over the pairs that all methods have a value of at every severity. {note}"
        agreement = self._agreement("-".join(["agreement", *named]), title, note)
        if agreement is None:
            why = "they mean nothing over fewer than three methods" if len(self.methods) < FEWEST else self._infinite()
            note = f"No rank correlations: {why or 'no metric ranks the methods'}. {note}"
        return Robustness(
            name="-".join(named),
            title=title,
            labels={metric: f"{card['label']} {ARROWS[card['direction']]}" for metric, card in self.cards.items()},
            curves=pd.DataFrame(self._points()),
            areas=self._areas("-".join(["areas", *named]), title, note, seen_pairs(self.results, cells)),
            agreement=agreement,
        )

    def _points(self) -> Iterator[dict[str, object]]:
        for metric, of_metric in self.values.items():
            for method, values in of_metric.items():
                low, high = band(values.to_numpy(np.float64))
                for index, (severity, mean) in enumerate(values.mean().items()):
                    yield {
                        "method": method,
                        "metric": metric,
                        "severity": severity,
                        "mean": mean,
                        "low": low[index],
                        "high": high[index],
                        "pairs": len(values),
                    }

    def _areas(self, name: str, title: str, note: str, seen: dict[str, int]) -> Table:
        areas, marks, shifts = pd.DataFrame(index=self.methods), pd.DataFrame(index=self.methods), []
        for metric, means in self.means.items():
            direction = self.cards[metric]["direction"]
            curves = means.reindex(index=self.methods, columns=self.severities)
            areas[metric] = [relative_area(self.severities, list(curve), direction) for curve in curves.to_numpy()]
            marks[metric] = _area_ranks(areas[metric])
            if len(means):
                ranking = pd.DataFrame({level: places(means[level], direction) for level in means.columns})
                shifts.append(ranking.iloc[:, 1:].sub(ranking.iloc[:, 0], axis=0).abs().mean(axis=1))
        with_any = areas.dropna(how="all")
        everywhere = [metric for metric in areas.columns if with_any[metric].notna().all()]
        areas["mean"] = areas[everywhere].mean(axis=1)
        areas["rank shift"] = sum(shifts) / len(shifts) if shifts else np.nan
        marks["mean"], marks["rank shift"] = _area_ranks(areas["mean"]), ranks(areas["rank shift"], "lower")
        lacking = [self.cards[metric]["label"] for metric in self.cards if metric not in everywhere]
        without = f" without {', '.join(lacking)}" if lacking else ""
        least = self.counts.min(axis=1)
        return Table(
            name=name,
            title=f"{title}, area under the curve relative to clean",
            note=f"Score over clean score (clean over score where lower is better), trapezoids over severity 0 to "
            f"{self.severities[-1]:g}: 1 is nothing lost, over 1 a metric that rewards the degradation, which is no "
            f"merit and is not marked, – where no such ratio is to be had (infinite, negative, by zero). mean: over "
            f"the metrics{without}. rank shift: places between the method's rank and its clean one, mean over "
            f"severities and metrics. {note}",
            labels={**self._labels, "mean": "mean", "rank shift": "rank shift"},
            means=areas,
            counts=self.counts.assign(**{"mean": least, "rank shift": least}),
            expected=self.expected,
            ranks=marks,
            group=self._group,
            seen=seen,
            task=self.task,
            convention=self.convention,
        )

    def _infinite(self) -> str:
        """Which metrics have an infinite mean, and where; an infinite rank correlates with nothing."""
        named = []
        for metric, means in self.means.items():
            levels = [float(level) for level in means.columns if np.isinf(means[level]).any()]
            if levels:
                everywhere = 0.0 in levels or len(levels) == len(self.severities) - 1
                where = "" if everywhere else f" (severity {', '.join(f'{level:g}' for level in levels)})"
                named.append(f"{self.cards[metric]['label']}{where}")
        return f"the mean of a method is infinite in {', '.join(named)}" if named else ""

    def _agreement(self, name: str, title: str, note: str) -> Table | None:
        rows = {
            f"{coefficient}, severity {severity:g}": {
                metric: rank_correlation(coefficient, means[0.0], means[severity]) if len(means) else np.nan
                for metric, means in self.means.items()
            }
            for coefficient in COEFFICIENTS
            for severity in self.severities[1:]
        }
        table = pd.DataFrame.from_dict(rows, orient="index", columns=list(self.means)).dropna(axis=1, how="all")
        if table.empty:
            return None
        infinite = self._infinite()
        left_out = f"Left out: {infinite}. " if infinite else ""
        return Table(
            name=name,
            title=f"{title}, does the ranking hold?",
            note=f"Rank correlation, over {len(self.methods)} methods, of their means at a severity with those on "
            f"clean images: 1 is the same ranking, -1 its reverse. {left_out}{note}",
            labels={metric: self._labels[metric] for metric in table.columns},
            means=table,
            counts=pd.DataFrame({metric: self.counts[metric].max() for metric in table.columns}, index=table.index),
            expected=dict.fromkeys(rows, max(self.expected.values())),
            ranks=pd.DataFrame(0, index=table.index, columns=table.columns),
            group=self._group,
            rows="ranking",
            task=self.task,
            convention=self.convention,
        )

    @property
    def _group(self) -> Group:
        return Group(self.dataset, self.split, self.degradation, self.severities[-1], self.seed)

    @property
    def _labels(self) -> dict[str, str]:
        return {metric: card["label"] for metric, card in self.cards.items()}
