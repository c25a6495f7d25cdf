"""The baseline's file, with scores, average precision and costs in it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hifbench.errors import UsageError
from hifbench.reports.efficiency import of_run
from hifbench.reports.gate import baseline
from hifbench.reports.gate.comparison import Verdict, compare
from hifbench.reports.gate.rows import KEY, rows_of
from hifbench.reports.results import PART, Results

ABACUS = {"device": "Abacus", "cores": 2, "threads": [1, 2], "dtype": "float32", "torch": "2.13.0", "system": "Brass"}
BABBAGE = {**ABACUS, "device": "Babbage", "cores": 8, "threads": [1, 8]}

SCORES: list[tuple[str, str, str, str, str, float | None]] = [
    # part, task, convention, pair, metric, value; None for an error
    ("cell", "fusion", "default", "p0", "PSNR", math.inf),
    ("cell", "fusion", "default", "p0", "EN", 1 / 3),
    ("cell", "fusion", "default", "p1", "PSNR", None),
    ("cell", "fusion", "default", "p1", "EN", math.nan),
    ("boxes", "detection", "frozen-tiny", "all", "mAP@.5", 0.614),
    ("boxes", "detection", "frozen-tiny", "all", "mAP@.5 low", 0.528),
    ("boxes", "detection", "frozen-tiny", "all", "mAP@.5 by ultralytics", 0.615),
    ("boxes", "detection", "frozen-tiny", "all", "images", 2),
    ("boxes", "detection", "frozen-tiny", "p1", "mAP@.5:.95", None),
    ("profile", "efficiency", "256x256 cpu", "p0", "flops", 5.5642e12),
    ("profile", "efficiency", "256x256 cpu", "p0", "uncounted aten.relu", 12_582_912),
    ("profile", "efficiency", "256x256 cpu 2 threads", "p0", "latency-ms", 700.04),
    ("profile", "efficiency", "256x256 cpu 2 threads", "p0", "latency-runs", 12),
]


def results(machine: dict[str, Any] = ABACUS, method: str = "average") -> Results:
    key = {"dataset": "d", "split": "all", "degradation": "none", "severity": 0.0, "seed": 0, "method": method}
    rows = [
        {**key, PART: part, "task": task, "convention": under, "pair": pair, "metric": metric, "value": value,
         "error": "it broke" if value is None else None}
        for part, task, under, pair, metric, value in SCORES
    ]  # fmt: skip
    described = {"name": method, "options": {}, "weights": {}, "version": 1}
    metrics = [{"name": name, "convention": "default", "version": 1} for name in ("EN", "PSNR")]
    plan = {
        "experiment": "e",
        "cells": [{**key, "part": "cell", "fingerprint": "f", "pairs": ["p0", "p1"]}],
        "evaluations": [{**key, "part": "boxes"}],
        "profiles": [{"method": method, "convention": "256x256 cpu", "part": "profile", "fingerprint": "g"}],
        "fingerprints": {
            "f": {"protocol": 1, "method": described, "metrics": metrics},
            "g": {"machine": machine, "method": described},
        },
        "datasets": {"d/all": {"pairs": 2, "manifest": "abc", "annotations": None}},
    }
    run = {"metrics": {}, "command": ["/opt/bin/hifbench", "run", "e.toml", "--out", "/data/secret/e"]}
    frame = pd.DataFrame(rows).astype({"value": float})
    return Results(plan, run, frame)


def test_the_file_holds_what_is_compared_and_comes_back_equal(tmp_path) -> None:
    made = baseline.make(results(), "made")
    path = tmp_path / "b.json"
    path.write_text(baseline.text(made))
    again = baseline.read(path)
    assert again.facts == made.facts
    rows = again.rows()
    assert {"mAP@.5", "images", "flops", "latency-ms", "mAP@.5:.95"} <= set(rows["metric"])
    assert not {"mAP@.5 low", "mAP@.5 by ultralytics", "latency-runs", "uncounted aten.relu"} & set(rows["metric"])
    assert set(rows.loc[rows["task"] == "efficiency", "machine"]) == {"Abacus, 2 cores"}
    found = compare(rows, rows_of(results()), again.tolerances, again.ratios)
    assert set(found["verdict"]) == {Verdict.SAME}
    assert len(found) == 9
    written = rows.set_index(KEY)["value"]
    assert written.xs(("p0", "EN"), level=("pair", "metric")).item() == 0.3333333333  # ten digits


def test_a_line_for_each_pair_and_no_folder_of_the_machine() -> None:
    text = baseline.text(baseline.make(results(), "made"))
    assert '    "p0": {"EN": 0.3333333333, "PSNR": "inf"},\n    "p1": {"EN": "nan", "PSNR": null}\n' in text
    assert '"command": ["hifbench", "run", "e.toml", "--out", "e"]' in text
    assert "secret" not in text
    assert json.loads(text)["floor"] == 2  # p0, and the value of the whole data set


def test_a_metric_without_tolerance_is_named(tmp_path) -> None:
    content = json.loads(baseline.text(baseline.make(results(), "made")))
    del content["tolerances"]["EN"]
    path = tmp_path / "b.json"
    path.write_text(json.dumps(content))
    with pytest.raises(UsageError, match="metric 'EN' has no tolerance"):
        baseline.read(path)


def test_costs_of_two_machines_stand_in_two_tables() -> None:
    one, other = results(), results(BABBAGE, "laplacian")
    for each in (one.scores, other.scores):
        each[PART] += each["method"]
    plan = {
        "profiles": [
            {**each.plan["profiles"][0], "part": f"profile{row}", "fingerprint": row}
            for each, row in ((one, "average"), (other, "laplacian"))
        ],
        "fingerprints": {"average": one.plan["fingerprints"]["g"], "laplacian": other.plan["fingerprints"]["g"]},
    }
    tables = of_run(Results(plan, {}, pd.concat([one.scores, other.scores])))
    assert [list(table.costs.index) for table in tables] == [["average"], ["laplacian"]]
    assert [table.name for table in tables] == ["efficiency-256x256-cpu", "efficiency-256x256-cpu-2"]
    assert "Abacus" in tables[0].title
    assert "Babbage" not in tables[0].title
    assert all("another machine" in table.note for table in tables)


def test_the_committed_baseline_of_the_demo_is_read_and_says_how_it_was_made() -> None:
    path = Path(__file__).parents[2] / "baselines" / "demo.json"
    made = baseline.read(path)
    assert made.experiment == "demo"
    assert made.floor == 16 + 1  # average precision, a value of the whole set, counts as one
    assert made.history[0].command[:3] == ["hifbench", "run", "demo"]
