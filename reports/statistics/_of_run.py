"""Statistics of a run: from its scores to paired comparisons, one for each table on clean images."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd

from ..balance import balanced
from ..results import Results
from ..source_rows import source_rows
from ..tables import ARROWS, Slice, heading, slices
from ._claims import caveats, claim, copies
from ._correlation import correlations
from ._friedman import FEWEST_METHODS, average_ranks, friedman
from ._intervals import intervals
from ._nemenyi import critical_difference, groups
from ._paired import Values, by_pair, differences
from ._signed_rank import holm, signed_rank
from ._statistics import LEVEL, Statistics

WIDE = 0.10
"""The other level of Nemenyi's critical difference in use."""


def of(results: Results) -> list[Statistics]:
    """Statistics of every table on clean images that has values of at least two methods, in the plan's order."""
    results = balanced(results)
    made = []
    for each in slices(results):
        if each.group.degradation == "none":
            there = set(each.scores.loc[each.scores["value"].notna(), "method"])
            methods = [method for method in each.methods if method in there]
            if len(methods) > 1:
                made.append(_statistics(results, each, methods))
    return made


def _statistics(results: Results, each: Slice, methods: list[str]) -> Statistics:
    cards = {name: results.run["metrics"][name] for name in each.metrics}
    directions = {name: str(card["direction"]) for name, card in cards.items()}
    values = {name: by_pair(each.scores, name, methods) for name in cards}
    compared = pd.concat([_compare(name, values[name], directions[name], methods) for name in cards])
    measured = {name: np.flatnonzero((~np.isnan(of_metric)).any(axis=0)) for name, of_metric in values.items()}
    complete = {name: _complete(of_metric[:, measured[name]]) for name, of_metric in values.items()}
    ranked = {name: [methods[place] for place in measured[name]] for name in cards}
    average = {
        name: pd.Series(average_ranks(full, directions[name]) if len(full) else np.nan, index=ranked[name], dtype=float)
        for name, full in complete.items()
    }
    tests = pd.DataFrame({name: _test(full) for name, full in complete.items()}).T
    means = pd.concat([_means(name, values[name], methods) for name in cards], ignore_index=True)
    group = each.group
    return Statistics(
        name=each.name,
        title=heading(results, group.dataset, group.split, "", each.task, each.pairs),
        group=group,
        convention=each.convention,
        labels={name: f"{card['label']} {ARROWS[card['direction']]}" for name, card in cards.items()},
        directions=directions,
        methods=methods,
        intervals=means,
        comparisons=compared.reset_index(drop=True),
        ranks=pd.DataFrame(average, index=methods),
        tests=tests,
        groups={
            name: [] if math.isnan(tests["cd"][name]) else groups(dict(average[name]), float(tests["cd"][name]))
            for name in cards
        },
        correlations=_correlations(each.scores, methods, directions),
        claims={
            name: claim(average[name], compared[(compared["metric"] == name) & compared["p"].notna()]) for name in cards
        },
        caveats=[
            *caveats(each.methods, ranked, tests, pd.concat([means, compared])),
            *copies(average, source_rows(results)),
        ],
    )


def _complete(values: Values) -> Values:
    return values[~np.isnan(values).any(axis=1)]


def _means(metric: str, values: Values, methods: list[str]) -> pd.DataFrame:
    low, high = intervals(values)
    counts = (~np.isnan(values)).sum(axis=0)
    with np.errstate(invalid="ignore"):  # of infinities of both signs
        means = np.where(counts > 0, np.nansum(values, axis=0) / np.maximum(counts, 1), np.nan)
    return pd.DataFrame({"metric": metric, "method": methods, "pairs": counts, "mean": means, "low": low, "high": high})


def _compare(metric: str, values: Values, direction: str, methods: list[str]) -> pd.DataFrame:
    first, second = (np.array(side) for side in zip(*itertools.combinations(range(len(methods)), 2), strict=True))
    less = differences(values[:, first], values[:, second])
    gains = less if direction == "higher" else -less
    p, leaning = signed_rank(gains)
    corrected = holm(p)
    means = _means(metric, less, [""] * less.shape[1])
    names = np.array(methods, dtype=object)
    better = np.where(leaning > 0, names[first], names[second])
    return pd.DataFrame(
        {
            "metric": metric,
            "first": names[first],
            "second": names[second],
            "pairs": means["pairs"],
            "difference": means["mean"],
            "low": means["low"],
            "high": means["high"],
            "wins": (gains > 0).sum(axis=0),
            "ties": (gains == 0).sum(axis=0),
            "losses": (gains < 0).sum(axis=0),
            "p": p,
            "p holm": corrected,
            "better": np.where((corrected < LEVEL) & (leaning != 0), better, ""),
        }
    )


def _test(complete: Values) -> dict[str, float]:
    pairs, methods = complete.shape
    found = friedman(complete)
    enough = pairs > 0 and methods >= FEWEST_METHODS
    cd, wide = (critical_difference(methods, pairs, alpha) if enough else np.nan for alpha in (LEVEL, WIDE))
    return {
        "pairs": pairs,
        "chi2": found.chi2,
        "chi2 p": found.chi2_p,
        "F": found.f,
        "F p": found.f_p,
        "cd": cd,
        "cd .10": wide,
    }


def _correlations(scores: pd.DataFrame, methods: list[str], directions: dict[str, str]) -> dict[str, pd.DataFrame]:
    mine = scores[scores["method"].isin(methods)]
    wide = mine.pivot(  # noqa: PD010  each key is there once
        index=["method", "pair"], columns="metric", values="value"
    ).reindex(columns=list(directions))
    means = wide.groupby(level="method").mean()
    return {"pairs": correlations(wide, directions), "means": correlations(means, directions)}
