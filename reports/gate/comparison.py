"""Two sets of rows side by side: what is the same, moved, missing, new, or failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from .rows import DETECTION, EFFICIENCY, KEY, OF_A_MACHINE, measured_pairs
from .tolerances import MORE_IS_BETTER, Tolerance


class Verdict(StrEnum):
    """What became of a value."""

    SAME = "same"
    MOVED = "moved"
    MISSING = "missing"
    FAILED = "failed"
    DEARER = "dearer"
    CHEAPER = "cheaper"
    NEW = "new"
    MENDED = "mended"
    ELSEWHERE = "measured elsewhere"


RED = (Verdict.MOVED, Verdict.MISSING, Verdict.FAILED, Verdict.DEARER)
"""Verdicts that make the gate red."""


@dataclass(frozen=True)
class Comparison:
    """A run against a baseline.

    Attributes:
        cells: a row for each value of either: the columns of ``KEY``, ``before``, ``after``, ``move`` (their distance),
            ``allowed`` (how far it may be; for a cost the highest value, or the lowest where more is better), and
            ``verdict``.
        pairs: number of pairs with a value on both sides.
        floor: number of pairs below which the gate has not measured enough.
        incomplete: parts that the run's plan expects and that are not there.
        parts: that the run's plan expects.
    """

    cells: pd.DataFrame
    pairs: int
    floor: int
    incomplete: int
    parts: int

    def of(self, *verdicts: Verdict) -> pd.DataFrame:
        """Rows with one of these verdicts."""
        return self.cells[self.cells["verdict"].isin(verdicts)]

    @property
    def is_red(self) -> bool:
        """Whether the run is worse than, or other than, the baseline, or too little was measured to tell."""
        return bool(len(self.of(*RED))) or self.pairs < max(self.floor, 1) or self.incomplete > 0


def compare(
    before: pd.DataFrame,
    after: pd.DataFrame,
    tolerances: Mapping[str, Tolerance],
    ratios: Mapping[str, float],
) -> pd.DataFrame:
    """Set two sets of rows side by side.

    Equal infinities are equal, and so are two undefined values (NaN) and two errors. A cost is compared as a ratio, and
    only a rise is red; times and memory are compared where both are of one machine.

    Args:
        before: rows of the baseline, see :func:`hifbench.reports.gate.rows.rows_of`.
        after: rows of the run.
        tolerances: of each metric of the baseline.
        ratios: of each cost.

    Returns:
        See :class:`Comparison`.
    """
    both = before.merge(after, on=KEY, how="outer", suffixes=("_before", "_after"), indicator="side")
    both = both.rename(columns={"value_before": "before", "value_after": "after"})
    for column in ("failed_before", "failed_after"):
        both[column] = both[column].eq(True)
    both = both.astype({"before": float, "after": float})  # where a side is empty, its columns are of no type
    old, new = both["before"], both["after"]
    with np.errstate(invalid="ignore"):
        both["move"] = (new - old).abs().mask(old.eq(new), 0.0)
    both["allowed"] = _allowed(both, tolerances, ratios)
    costs = both["task"] == EFFICIENCY
    more_is_better = both["metric"].isin(MORE_IS_BETTER)
    finite = np.isfinite(old) & np.isfinite(new)
    same = old.eq(new) | (old.isna() & new.isna()) | (~costs & finite & (both["move"] <= both["allowed"]))
    dearer = costs & finite & np.where(more_is_better, new < both["allowed"], new > both["allowed"])
    inverse = old**2 / both["allowed"].where(both["allowed"] > 0)  # as far below as the allowed value is above
    cheaper = costs & finite & np.where(more_is_better, new > inverse, new < inverse)
    within = costs & finite & ~dearer & ~cheaper
    verdict = np.select(
        [
            _elsewhere(both),
            (both["side"] == "right_only") & both["failed_after"] & _known_rows(both, before),
            both["side"] == "right_only",
            both["side"] == "left_only",
            both["failed_before"] & both["failed_after"],
            both["failed_after"],
            both["failed_before"],
            same | within,
            dearer,
            cheaper,
        ],
        [
            Verdict.ELSEWHERE,
            Verdict.FAILED,
            Verdict.NEW,
            Verdict.MISSING,
            Verdict.SAME,
            Verdict.FAILED,
            Verdict.MENDED,
            Verdict.SAME,
            Verdict.DEARER,
            Verdict.CHEAPER,
        ],
        Verdict.MOVED,
    )
    return both[[*KEY, "before", "after", "move", "allowed"]].assign(verdict=verdict)


def pairs_compared(cells: pd.DataFrame) -> int:
    """Number of pairs with a value on both sides."""
    return measured_pairs(cells[cells["before"].notna() & cells["after"].notna()].assign(value=0.0))


def _allowed(both: pd.DataFrame, tolerances: Mapping[str, Tolerance], ratios: Mapping[str, float]) -> pd.Series[float]:
    relative = both["metric"].map({name: each.relative for name, each in tolerances.items()})
    absolute = both["metric"].map({name: each.absolute for name, each in tolerances.items()})
    ratio = both["metric"].map(dict(ratios))
    ratio = ratio.where(~both["metric"].isin(MORE_IS_BETTER), 1 / ratio)
    of_score = absolute + relative * both["before"].abs()
    return of_score.where(both["task"] != EFFICIENCY, ratio * both["before"])


def _elsewhere(both: pd.DataFrame) -> pd.Series[bool]:
    """Times and memory of methods that were measured on another machine; the threads that it has may differ too."""
    place = [*(column for column in KEY if column not in ("metric", "convention")), both["convention"].map(_device)]
    timed = (both["task"] == EFFICIENCY) & both["metric"].isin(OF_A_MACHINE)
    machines = [both.groupby(place)[f"machine_{side}"].transform("first") for side in ("before", "after")]
    return timed & machines[0].notna() & machines[1].notna() & (machines[0] != machines[1])


def _device(convention: str) -> str:
    """Size and kind of device of a convention of efficiency, without its threads."""
    return " ".join(convention.split(" ")[:2])


def _known_rows(both: pd.DataFrame, before: pd.DataFrame) -> pd.Series[bool]:
    """Rows on detection of methods that the baseline has: there a picture gets a row of its own when it fails."""
    known = set(before.loc[before["task"] == DETECTION, "method"])
    return (both["task"] == DETECTION) & both["method"].isin(known)
