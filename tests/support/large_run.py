"""Blow a small real run up to the size of a large one, for benchmarks and for trying a report.

``python tests/support/large_run.py SMALL_RUN OUT`` writes 12 methods on 221 pairs, clean and under 5 severities of
haze and of rain. Rows are the small run's, with their values moved a little; methods beyond its own are called after
those that they are made from.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hifbench.bench import parts

CHUNK = 32
LADDER = [("none", 0.0), *((name, float(severity)) for name in ("haze", "rain") for severity in range(1, 6))]


def blow_up(
    small: Path,
    out: Path,
    *,
    methods: int = 12,
    pairs: int = 221,
    conditions: list[tuple[str, float]] | None = None,
) -> None:
    """Write a large run directory.

    Args:
        small: run directory to take cells and rows from; its first data set on clean images is used.
        out: run directory to make.
        methods: rows of the tables.
        pairs: of the data set.
        conditions: degradation and severity; clean, haze and rain when left out.
    """
    plan, run = (json.loads((small / f"{name}.json").read_text()) for name in ("plan", "run"))
    seeds = _seeds(small, plan)
    ids = [f"{index:05d}" for index in range(pairs)]
    real = {cell["method"]: cell for cell in plan["cells"]}
    rows = {}  # row of the large run -> row of the small one
    for index in range(methods):
        name = list(real)[index % len(real)]
        rows[name if index < len(real) else f"{name}-{index // len(real) + 1}"] = name
    random = np.random.default_rng(0)
    cells = []
    for degradation, severity in conditions or LADDER:
        for first in range(0, pairs, CHUNK):
            for row, name in rows.items():
                columns = {"degradation": degradation, "severity": severity, "method": row}
                folders = f"{real[name]['dataset']}/{real[name]['split']}/{degradation}-{severity:g}/{row}"
                part = f"scores/{folders}/large/{first}.parquet"
                cell = {**real[name], **columns, "pairs": ids[first : first + CHUNK], "part": part}
                cells.append(cell)
                parts.write(out / part, list(_rows(cell, seeds[name], random)), {})
    plan |= {"cells": cells, "evaluations": [], "profiles": [], "skipped": {}}
    for facts in plan["datasets"].values():
        facts |= {"pairs": pairs, "coverage": f"{pairs} of {pairs}", "limit": None}
    run["methods"] = {row: run["methods"][name] for row, name in rows.items()}
    run["seen"] = {}
    for name, content in (("plan", plan), ("run", run)):
        (out / f"{name}.json").write_text(json.dumps(content))


def _seeds(small: Path, plan: dict[str, Any]) -> dict[str, dict[tuple[str, str], list[float]]]:
    """Method -> metric and convention -> values of the small run's pairs."""
    place = plan["cells"][0]["dataset"], plan["cells"][0]["split"]
    kept = [
        cell
        for cell in plan["cells"]
        if cell["degradation"] == "none" and (cell["dataset"], cell["split"]) == place and not cell.get("detector")
    ]
    scores = pd.concat([pd.read_parquet(small / cell["part"]) for cell in kept])
    plan["cells"] = kept
    return {
        str(method): {key: list(values) for key, values in of_method.groupby(["metric", "convention"])["value"]}
        for method, of_method in scores.groupby("method", sort=False)
    }


def _rows(
    cell: dict[str, Any], seeds: dict[tuple[str, str], list[float]], random: np.random.Generator
) -> Iterator[dict[str, Any]]:
    columns = {key: cell[key] for key in ("dataset", "split", "degradation", "severity", "seed", "method")}
    tasks = ["fusion"] if cell["degradation"] == "none" else ["fusion", "fusion-clean"]
    for pair in cell["pairs"]:
        for task in tasks:
            for (metric, convention), values in seeds.items():
                value = values[int(pair) % len(values)]
                moved = value * (1 - 0.05 * cell["severity"]) * (1 + 0.02 * random.standard_normal())
                row = {"pair": pair, "task": task, "metric": metric, "convention": convention}
                yield {**columns, **row, "value": moved if math.isfinite(value) else value, "error": None}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("small", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--methods", type=int, default=12)
    parser.add_argument("--pairs", type=int, default=221)
    given = parser.parse_args()
    blow_up(given.small, given.out, methods=given.methods, pairs=given.pairs)
