"""Fronts against their definition, and pictures of a run written by hand."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hifbench.bench.parts import write as write_part
from hifbench.reports import pareto, results
from hifbench.reports.pareto import front, tradeoffs

KEY = {"dataset": "tno", "split": "test", "degradation": "none", "severity": 0.0, "seed": 0}
# method -> SSIM, CE (lower is better), ms, FLOPs
VALUES = {
    "visible": (0.9, 0.0, 0.001, 0),
    "average": (0.5, 3.0, 0.01, 0),
    "net": (0.8, 2.0, 10, 5e9),
    "slow": (0.7, 1.0, 100, 1e9),
    "numpy": (0.99, 0.5, 1, math.nan),
    "endless": (math.inf, 4.0, 0.1, 2e9),
}


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=8), st.sampled_from(["higher", "lower"]))
def test_a_front_is_what_nobody_beats(points: list[tuple[int, int]], direction: str) -> None:
    sign = 1 if direction == "higher" else -1
    cost, quality = pd.Series([c for c, _ in points], dtype=float), pd.Series([q for _, q in points], dtype=float)

    def beats(one: tuple[int, int], other: tuple[int, int]) -> bool:
        return one != other and one[0] <= other[0] and sign * one[1] >= sign * other[1]

    unbeaten = {i for i, point in enumerate(points) if not any(beats(other, point) for other in points)}
    found = front(cost, quality, direction)
    assert set(found) == unbeaten
    assert len(found) == len(unbeaten)
    assert list(cost[found]) == sorted(cost[found])


@pytest.fixture
def read(tmp_path: Path) -> results.Results:
    cells, profiles = [], []
    for method, (ssim, ce, time, flops) in VALUES.items():
        cells.append({**KEY, "method": method, "pairs": ["0"], "part": f"scores/{method}.parquet"})
        shared = {**KEY, "method": method, "pair": "0", "error": None}
        scored = [
            {**shared, "task": "fusion", "metric": metric, "convention": "default", "value": value}
            for metric, value in (("SSIM", ssim), ("CE", ce))
        ]
        write_part(tmp_path / str(cells[-1]["part"]), scored, {})
        profiles.append(
            {"method": method, "convention": "64x64 cpu", "fingerprint": "f", "part": f"scores/cost/{method}.parquet"}
        )
        if method == "slow":
            continue  # not measured yet
        costs = [
            {**shared, "task": "efficiency", "metric": "latency-ms", "convention": "64x64 cpu 1 thread", "value": time},
            {**shared, "task": "efficiency", "metric": "flops", "convention": "64x64 cpu", "value": flops},
        ]
        write_part(tmp_path / str(profiles[-1]["part"]), costs, {})
    machine = {"device": "Abacus", "cores": 2, "dtype": "float32", "torch": "2.13.0"}
    plan = {
        "format": 1, "experiment": "figure8", "cells": cells, "profiles": profiles, "datasets": {}, "skipped": {},
        "fingerprints": {"f": {"machine": machine}},
    }  # fmt: skip
    cards = {
        name: {"label": name, "direction": direction, "conventions": {"default": ""}}
        for name, direction in (("SSIM", "higher"), ("CE", "lower"))
    }
    run = {"format": 1, "metrics": cards, "methods": {method: {"name": method} for method in VALUES}}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    (tmp_path / "run.json").write_text(json.dumps(run))
    return results.read(tmp_path)


def test_points_and_fronts(read: results.Results) -> None:
    by_time, by_flops = tradeoffs(read)
    assert [by_time.name, by_flops.name] == [
        "tno-test-fusion-64x64-cpu-latency", "tno-test-fusion-64x64-cpu-flops",
    ]  # fmt: skip
    assert by_time.cost == "ms a pair, 1 thread, Abacus"
    points = by_time.points.set_index(["metric", "method"])
    assert list(points.loc["SSIM"].index) == ["visible", "average", "net", "numpy"]  # finite, and measured
    assert list(points.loc["SSIM"].query("front").index) == ["average", "numpy"]
    assert list(points.loc["CE"].query("front").index) == ["average", "numpy"]
    assert list(points.loc["CE"].query("source").index) == ["visible"]
    of_flops = by_flops.points.set_index(["metric", "method"])
    assert list(of_flops.loc["CE"].query("front").index) == ["average", "net"]
    assert "numpy" not in of_flops.loc["SSIM"].index


def test_a_method_over_fewer_pairs_is_on_no_front(read: results.Results) -> None:
    of_others = read.scores[(read.scores["method"] != "numpy") & (read.scores["task"] == "fusion")]
    more = replace(read, scores=pd.concat([read.scores, of_others.assign(pair="1")], ignore_index=True))
    points = tradeoffs(more)[0].points.set_index(["metric", "method"])
    assert list(points.loc["SSIM"].query("front").index) == ["average", "net"]


def test_what_is_not_measured_yet_is_said(read: results.Results) -> None:
    from hifbench.reports.efficiency import of_run

    (costs,) = of_run(read)
    assert costs.note.startswith("PARTIAL: not measured yet: slow.")


def test_pictures_are_the_same_each_time(read: results.Results) -> None:
    for shown in tradeoffs(read):
        text = pareto.svg(shown)
        assert text == pareto.svg(shown)
        assert "average" in text
        assert "Pareto front" in text
        figure = pareto.draw(shown)
        assert [axes.get_title() for axes in figure.axes] == ["SSIM ↑", "CE ↓"]
        left = figure.axes[1].get_xlim()[0]
        assert left < shown.points["cost"].min()  # nothing is cut off
