"""The rows of a run that a baseline holds: every score and pair, and what the methods cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ..results import PART, Results

GROUP = ["dataset", "split", "degradation", "severity", "seed", "task", "convention"]
"""Columns that tell the tables of a baseline apart."""

KEY = [*GROUP, "method", "pair", "metric"]

FUSION, DETECTION, EFFICIENCY = "fusion", "detection", "efficiency"

COSTS = ("parameters", "parameters-used", "flops", "macs", "memory-bytes", "latency-ms", "pairs-per-second")
"""Metrics of efficiency that are compared; the others say how these were measured."""

OF_A_MACHINE = ("memory-bytes", "latency-ms", "pairs-per-second")
"""Those of them that compare on one kind of machine alone."""

_DERIVED = (" low", " high", " by ultralytics")  # of average precision: intervals around it, and a second opinion


def rows_of(results: Results) -> pd.DataFrame:
    """The rows that are compared, in the order of their key.

    Args:
        results: of the run.

    Returns:
        The columns of :data:`KEY`; ``machine``: what a cost was measured on, else empty; ``value``, NaN where it is
        undefined; ``failed``: whether there is an error instead of a value.
    """
    scores = results.scores
    costs = scores["task"] == EFFICIENCY
    derived = (scores["task"] == DETECTION) & scores["metric"].str.endswith(_DERIVED)
    wanted = scores[(costs & scores["metric"].isin(COSTS)) | (~costs & ~derived)]
    machines = {
        profile["part"]: machine_text(results.plan["fingerprints"].get(profile["fingerprint"], {}).get("machine", {}))
        for profile in results.plan.get("profiles", [])
    }
    found = wanted[KEY].assign(
        machine=[machines.get(part, "") for part in wanted[PART]],
        value=wanted["value"].astype(float),
        failed=wanted["error"].notna(),
    )
    return found.sort_values(KEY, ignore_index=True)


def machine_text(machine: Mapping[str, Any]) -> str:
    """What times depend on that no change of code or of a library alters, such as ``AMD EPYC, 2 cores``."""
    if not machine:
        return ""
    cores = f", {machine['cores']} cores" if "cores" in machine else ""
    return f"{machine['device']}{cores}"


def measured_pairs(rows: pd.DataFrame) -> int:
    """Number of pairs with a score; a value of a whole data set counts as one pair, a cost as none."""
    scored = rows[(rows["task"] != EFFICIENCY) & rows["value"].notna()]
    return len(scored[["dataset", "split", "pair"]].drop_duplicates())
