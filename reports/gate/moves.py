"""What moved, put together: one entry for each method and metric, with its means and the pairs that moved most."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .comparison import RED, Comparison, Verdict
from .rows import EFFICIENCY, GROUP

SHOWN_PAIRS = 3

COMPARES = (Verdict.MOVED, Verdict.DEARER, Verdict.CHEAPER)
"""Verdicts on a value that is on both sides: there is a distance to show."""


@dataclass(frozen=True)
class Move:
    """One method's values that are not as they were: of one metric, or of all where they are missing or failed.

    Attributes:
        group: data set, condition, task and convention in words.
        method: row.
        metric: its name, or the number of metrics.
        verdict: what became of the values.
        before: mean over the pairs with a finite value on both sides, those that did not move included; NaN without
            any.
        after: mean over the same.
        change: of the pair that moved most, in the metric's unit; NaN where there is nothing to compare.
        excess: the largest move, as a multiple of what is allowed; infinite where nothing is.
        count: number of values concerned.
        of: number of values that there are.
        better: of those that moved, how many are better now; None where nothing compares or no direction is known.
        pairs: that moved most, with their change, such as ``test-07 +0.0021``; or the first that are concerned.
    """

    group: str
    method: str
    metric: str
    verdict: Verdict
    before: float
    after: float
    change: float
    excess: float
    count: int
    of: int
    better: int | None
    pairs: tuple[str, ...]


def moves(compared: Comparison, directions: Mapping[str, str]) -> list[Move]:
    """All that is not as it was, what makes the gate red first, the largest move first among equals.

    Args:
        compared: a run against a baseline.
        directions: metric -> ``higher`` or ``lower``, whichever is better.
    """
    order = [*RED, Verdict.CHEAPER, Verdict.MENDED, Verdict.ELSEWHERE, Verdict.NEW]
    found = list(_moves(compared, directions))
    return sorted(found, key=lambda move: (order.index(move.verdict), -move.excess))


def _moves(compared: Comparison, directions: Mapping[str, str]) -> Iterator[Move]:
    changed = compared.cells[compared.cells["verdict"] != Verdict.SAME]
    compares = changed["verdict"].isin(COMPARES)
    rows = [*GROUP, "method"]
    means = _means(compared.cells)
    for named, cells in changed[compares].groupby([*rows, "metric", "verdict"], sort=False):
        columns: dict[str, Any] = dict(zip([*rows, "metric", "verdict"], named, strict=True))
        before, after, of = means.loc[tuple(columns[name] for name in [*rows, "metric"])].to_list()
        direction = None if columns["task"] == EFFICIENCY else directions.get(columns["metric"])
        yield _moved(columns, cells, (before, after), int(of), direction)
    for named, cells in changed[~compares].groupby([*rows, "verdict"], sort=False):
        columns = dict(zip([*rows, "verdict"], named, strict=True))
        metrics = list(dict.fromkeys(cells["metric"]))
        yield Move(
            group=group_text(columns),
            method=columns["method"],
            metric=metrics[0] if len(metrics) == 1 else f"{len(metrics)} metrics",
            verdict=Verdict(columns["verdict"]),
            before=math.nan,
            after=math.nan,
            change=math.nan,
            excess=math.inf,
            count=len(cells),
            of=len(cells),
            better=None,
            pairs=tuple(dict.fromkeys(cells["pair"]))[:SHOWN_PAIRS],
        )


def _means(cells: pd.DataFrame) -> pd.DataFrame:
    """Means before and after over the pairs that are finite on both sides, and the number of values there are."""
    finite = np.isfinite(cells["before"]) & np.isfinite(cells["after"])
    sides = cells[["before", "after"]].where(finite)
    grouped = sides.assign(of=1.0).groupby([cells[name] for name in [*GROUP, "method", "metric"]])
    return grouped.agg({"before": "mean", "after": "mean", "of": "sum"})


def _moved(
    columns: Mapping[str, Any], cells: pd.DataFrame, means: tuple[float, float], of: int, direction: str | None
) -> Move:
    """Values of one method and metric that moved further than they may."""
    worst = cells.assign(move=cells["move"].fillna(np.inf)).sort_values("move", ascending=False, kind="stable")
    change = (worst["after"] - worst["before"]).to_numpy()
    # Of a cost, what is allowed is a value to stay below or above; of a score, a distance.
    allowed = (worst["allowed"] - worst["before"]).abs() if columns["task"] == EFFICIENCY else worst["allowed"]
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.nan_to_num((worst["move"] / allowed).to_numpy(), nan=np.inf, posinf=np.inf)
    better = int((change > 0).sum() if direction == "higher" else (change < 0).sum()) if direction else None
    return Move(
        group=group_text(columns),
        method=columns["method"],
        metric=columns["metric"],
        verdict=Verdict(columns["verdict"]),
        before=means[0],
        after=means[1],
        change=float(change[0]),
        excess=float(excess.max()),
        count=len(worst),
        of=of,
        better=better,
        pairs=tuple(f"{pair} {by:+.2g}" for pair, by in zip(worst["pair"][:SHOWN_PAIRS], change, strict=False)),
    )


def group_text(columns: Mapping[str, Any]) -> str:
    """Data set, condition, task and convention in words; what is as usual is left out."""
    words = [f"{columns['dataset']}/{columns['split']}"]
    if columns["degradation"] != "none":
        words.append(f"{columns['degradation']} {columns['severity']:g} (seed {columns['seed']})")
    if columns["task"] != "fusion":
        words.append(str(columns["task"]))
    if columns["convention"] != "default":
        words.append(str(columns["convention"]))
    return ", ".join(words)
