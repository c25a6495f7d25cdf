"""Seconds of reading a large run and of its leaderboard of a million rows: 12 methods, 9 metrics, 10,000 pairs.

Run by name: ``pytest tests/benchmarks/test_bench_report.py``. In processor time of all threads.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hifbench.bench import parts
from hifbench.reports import leaderboards, results, statistics

METHODS, METRICS, PAIRS, CHUNK = 12, 9, 10_000, 1000

pytestmark = pytest.mark.benchmark(timer=time.process_time)


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    random = np.random.default_rng(0)
    cells: list[dict[str, Any]] = []
    for method in map(str, range(METHODS)):
        for first in range(0, PAIRS, CHUNK):
            ids = [str(index) for index in range(first, min(first + CHUNK, PAIRS))]
            columns = {"dataset": "d", "split": "s", "degradation": "none", "severity": 0.0, "seed": 0}
            columns["method"] = method
            cells.append({**columns, "pairs": ids, "part": f"scores/{method}/{first}.parquet"})
            rows = [
                {**columns, "pair": id, "task": "fusion", "metric": f"M{metric}", "convention": "default"}
                for id in ids
                for metric in range(METRICS)
            ]
            written = [{**row, "value": float(random.random()), "error": None} for row in rows]
            parts.write(folder / str(cells[-1]["part"]), written, {})
    cards = {
        f"M{metric}": {"label": f"M{metric}", "direction": "higher", "conventions": {"default": ""}}
        for metric in range(METRICS)
    }
    plan = {"format": 1, "experiment": "x", "cells": cells, "datasets": {}, "skipped": {}, "fingerprints": {}}
    (folder / "plan.json").write_text(json.dumps(plan))
    (folder / "run.json").write_text(json.dumps({"format": 1, "metrics": cards, "methods": {}}))
    return folder


def test_read(benchmark, run_dir):
    read = benchmark.pedantic(results.read, (run_dir,), rounds=3, warmup_rounds=1)
    assert len(read.scores) == METHODS * METRICS * PAIRS


def test_average(benchmark, run_dir):
    read = results.read(run_dir)
    (table,) = benchmark.pedantic(leaderboards.leaderboards, (read,), rounds=3, warmup_rounds=1)
    assert (table.counts.iloc[2:] == PAIRS).all(axis=None)  # the first two are the sources, which this run lacks


def test_statistics(benchmark, run_dir):
    read = results.read(run_dir)
    (made,) = benchmark.pedantic(statistics.of, (read,), rounds=1)
    assert len(made.comparisons) == METRICS * METHODS * (METHODS - 1) // 2
