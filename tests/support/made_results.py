"""Results of a run made by hand, without files."""

from __future__ import annotations

from typing import Any

import pandas as pd

from hifbench.reports.results import PART, Results

KEY = {"dataset": "tno", "split": "test", "degradation": "none", "severity": 0.0, "seed": 0}


def made_results(
    values: dict[str, dict[str, list[float]]],
    *,
    lower: tuple[str, ...] = (),
    experiment: str = "x",
    facts: dict[str, dict[str, Any]] | None = None,
    methods: dict[str, str] | None = None,
    limit: int | None = None,
) -> Results:
    """Results of one data set on clean images.

    Args:
        values: method -> metric -> a value for each pair.
        lower: metrics for which lower is better.
        experiment: its name.
        facts: method -> what its fingerprint is of.
        methods: row -> name of its method, where it is another.
        limit: of the call.
    """
    cells, rows = [], []
    for method, of_method in values.items():
        pairs = [f"p{index}" for index in range(len(next(iter(of_method.values()))))]
        part = f"scores/{method}.parquet"
        cells.append({**KEY, "method": method, "pairs": pairs, "part": part, "fingerprint": method})
        for metric, of_metric in of_method.items():
            for pair, value in zip(pairs, of_metric, strict=True):
                row = {**KEY, "method": method, "pair": pair, "task": "fusion", "metric": metric}
                rows.append({**row, "convention": "default", "value": value, "error": None, PART: part})
    metrics = dict.fromkeys(metric for of_method in values.values() for metric in of_method)
    cards = {
        name: {
            "label": name,
            "title": name,
            "direction": "lower" if name in lower else "higher",
            "conventions": {"default": ""},
        }
        for name in metrics
    }
    plan = {
        "experiment": experiment,
        "cells": cells,
        "evaluations": [],
        "profiles": [],
        "datasets": {"tno/test": {"name": "tno", "coverage": "", "limit": limit}},
        "skipped": {},
        "fingerprints": facts or {},
    }
    run = {
        "metrics": cards,
        "methods": {method: {"name": (methods or {}).get(method, method)} for method in values},
        "command": ["hifbench", "run", experiment],
    }
    return Results(plan, run, pd.DataFrame(rows).astype({"error": object}))
