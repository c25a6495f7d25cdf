"""Curves, areas and rankings from results written by hand."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from hifbench.bench.parts import write as write_part
from hifbench.reports import bootstrap, curves, render, results
from hifbench.reports.rank_correlation import rank_correlation
from hifbench.reports.robustness import Robustness, relative_area, robustness

INF = math.inf
# method -> metric -> severity -> values of the pairs; severity 0 is clean
VALUES: dict[str, dict[str, dict[float, list[float]]]] = {
    "a": {"SSIM": {0: [0.8, 0.8], 1: [0.6, 0.6], 3: [0.2, 0.4]}, "CE": {0: [1, 1], 1: [2, 2], 3: [4, 4]}},
    "b": {"SSIM": {0: [0.7, 0.7], 1: [0.7, 0.7], 3: [0.7, 0.7]}, "CE": {0: [2, 2], 1: [2, 2], 3: [2, 2]}},
    "c": {"SSIM": {0: [0.5, 0.5], 1: [0.5, 0.4], 3: [0.1, 0.1]}, "CE": {0: [3, 3], 1: [INF, 3], 3: [3, 3]}},
}


def make(folder: Path, values: dict[str, dict[str, dict[float, list[float]]]], depth: str = "") -> results.Results:
    cells: list[dict[str, Any]] = []
    for method, of_method in values.items():
        for severity in (0.0, 1.0, 3.0):
            cell = {
                "dataset": "tno",
                "split": "test",
                "degradation": "haze" if severity else "none",
                "severity": severity,
                "seed": 0,
                "method": method,
                "pairs": [str(pair) for pair in range(len(of_method["SSIM"][0.0]))],
                "part": f"scores/{method}-{severity}.parquet",
                "fingerprint": "f" if severity and depth else "",
            }
            cells.append(cell)
            key = {name: cell[name] for name in ("dataset", "split", "degradation", "severity", "seed", "method")}
            rows = [
                {**key, "pair": str(pair), "task": task, "metric": metric, "convention": "default", "value": value}
                for task in (["fusion", "fusion-clean"] if severity else ["fusion"])
                for metric, of_metric in of_method.items()
                for pair, value in enumerate(of_metric.get(severity, []))
            ]
            write_part(folder / str(cell["part"]), [{**row, "error": None} for row in rows], {})
    plan = {
        "format": 1,
        "experiment": "x",
        "cells": cells,
        "datasets": {"tno/test": {"coverage": "2 of 142"}},
        "skipped": {},
        "fingerprints": {"f": {"depth": {"source": depth}}},
    }
    cards = {
        name: {"label": name, "direction": direction, "conventions": {"default": ""}}
        for name, direction in (("SSIM", "higher"), ("CE", "lower"))
    }
    (folder / "plan.json").write_text(json.dumps(plan))
    (folder / "run.json").write_text(json.dumps({"format": 1, "metrics": cards}))
    return results.read(folder)


@pytest.fixture
def made(tmp_path: Path) -> Robustness:
    first, _ = robustness(make(tmp_path, VALUES, "road prior, a guess"))
    return first


def test_one_for_each_task(tmp_path: Path) -> None:
    names = [each.name for each in robustness(make(tmp_path, VALUES))]
    assert names == ["tno-test-haze-seed0-fusion", "tno-test-haze-seed0-fusion-clean"]


def test_clean_images_are_severity_0(made: Robustness) -> None:
    mine = made.curves[(made.curves["method"] == "a") & (made.curves["metric"] == "SSIM")]
    assert mine["severity"].tolist() == [0, 1, 3]
    assert mine["mean"].tolist() == pytest.approx([0.8, 0.6, 0.3])
    assert mine["pairs"].tolist() == [2, 2, 2]
    assert mine["low"].isna().all()  # of two pairs
    assert made.title == "tno, test split, haze (seed 0): 2 pairs (this copy holds 2 of 142)"


def test_bands_are_over_ten_pairs_or_more(tmp_path: Path) -> None:
    many = {
        method: {metric: {at: numbers * 5 for at, numbers in of_metric.items()} for metric, of_metric in each.items()}
        for method, each in VALUES.items()
    }
    first, _ = robustness(make(tmp_path, many))
    mine = first.curves[(first.curves["method"] == "a") & (first.curves["metric"] == "SSIM")]
    half = 1.96 * 0.1 / math.sqrt(10)
    assert mine["low"].tolist() == pytest.approx([0.8, 0.6, 0.3 - half], rel=0.1)
    assert mine["high"].tolist() == pytest.approx([0.8, 0.6, 0.3 + half], rel=0.1)
    assert "95 % bootstrap" in curves.svg(first)


def test_areas_are_trapezoids_of_the_ratio_to_clean(made: Robustness) -> None:
    areas = made.areas.means
    assert areas.loc["a", "SSIM"] == pytest.approx((0.5 * (1 + 0.75) + 2 * 0.5 * (0.75 + 0.375)) / 3)
    assert areas.loc["a", "CE"] == pytest.approx((0.5 * (1 + 0.5) + 2 * 0.5 * (0.5 + 0.25)) / 3)
    assert areas.loc["b"].tolist()[:2] == [1, 1]
    assert math.isnan(areas.loc["c", "CE"])
    assert areas.loc["a", "mean"] == areas.loc["a", "SSIM"]  # over the metrics that all methods have
    assert "without CE" in made.areas.note
    assert made.areas.ranks["SSIM"].tolist() == [0, 1, 2]
    assert "Depth: road prior, a guess." in made.areas.note


def test_rankings_are_held_against_the_clean_one(made: Robustness) -> None:
    # SSIM: a b c on clean images; b a c at 1 and at 3. CE: a b c, then infinite, then b c a.
    assert made.agreement is not None
    agreement = made.agreement.means
    assert agreement.loc["Kendall, severity 1", "SSIM"] == pytest.approx(1 / 3)
    assert agreement.loc["Spearman, severity 3", "SSIM"] == pytest.approx(0.5)
    assert math.isnan(agreement.loc["Kendall, severity 1", "CE"])
    assert "Left out: the mean of a method is infinite in CE (severity 1)." in made.agreement.note
    assert agreement.loc["Kendall, severity 3", "CE"] == pytest.approx(-1 / 3)
    shifts = made.areas.means["rank shift"]
    assert shifts.to_dict() == pytest.approx({"a": (1 + 1 + 0.5 + 2) / 4, "b": (1 + 1 + 0.5 + 1) / 4, "c": 1 / 4})


def test_what_is_infinite_on_clean_images_has_no_rank_correlation(tmp_path: Path) -> None:
    first, _ = robustness(make(tmp_path, with_changes(("a", "CE", 0.0, [INF, INF]))))
    assert first.agreement is not None
    assert list(first.agreement.labels) == list(first.agreement.means.columns) == ["SSIM"]
    assert "Left out: the mean of a method is infinite in CE." in first.agreement.note
    assert "CE" not in render.markdown(first.agreement).splitlines()[2]


def test_two_methods_have_no_rank_correlation(tmp_path: Path) -> None:
    first, _ = robustness(make(tmp_path, {name: VALUES[name] for name in "ab"}))
    assert first.agreement is None
    assert first.tables == [first.areas]
    assert "No rank correlations: they mean nothing over fewer than three methods." in first.areas.note


def test_rank_correlations_of_finite_means_alone() -> None:
    rising = pd.Series([1.0, 2.0, 3.0])
    assert rank_correlation("Spearman", rising, -rising) == pytest.approx(-1)
    for other in ([1.0, 2.0, INF], [1.0, math.nan, 3.0]):
        assert math.isnan(rank_correlation("Kendall", rising, pd.Series(other)))
        assert math.isnan(rank_correlation("Kendall", pd.Series(other), rising))
    assert math.isnan(rank_correlation("Kendall", rising[:2], rising[:2]))


def with_changes(*changes: tuple[str, str, float, list[float]]) -> dict[str, dict[str, dict[float, list[float]]]]:
    """``VALUES`` with some of them replaced."""
    values = copy.deepcopy(VALUES)
    for method, metric, severity, numbers in changes:
        values[method][metric][severity] = numbers
    return values


@pytest.mark.parametrize("lacking", [[0.6], [0.6, math.nan]], ids=["no row", "NaN"])
def test_everything_is_over_the_pairs_that_all_methods_have_at_every_severity(tmp_path: Path, lacking) -> None:
    first, _ = robustness(make(tmp_path, with_changes(("a", "SSIM", 1.0, lacking))))
    curves = first.curves[first.curves["metric"] == "SSIM"]
    assert curves["pairs"].tolist() == [1] * 9
    assert curves[curves["method"] == "a"]["mean"].tolist() == pytest.approx([0.8, 0.6, 0.2])
    assert curves[curves["method"] == "c"]["mean"].tolist() == pytest.approx([0.5, 0.5, 0.1])
    assert curves["low"].isna().all()
    assert first.areas.means.loc["c", "SSIM"] == pytest.approx((1 + 2 * 0.5 * (1 + 0.2)) / 3)
    assert first.areas.ranks["SSIM"].tolist() == [0, 1, 2]
    assert first.areas.counts["SSIM"].tolist() == [1, 1, 1]
    assert first.agreement is not None
    assert first.agreement.means.loc["Kendall, severity 1", "SSIM"] == pytest.approx(1 / 3)
    assert first.agreement.counts["SSIM"].tolist() == [1] * 4


def test_methods_that_other_calls_ran_at_fewer_severities_spoil_nothing(tmp_path: Path, made: Robustness) -> None:
    make(tmp_path / "more", {**VALUES, "clean": VALUES["a"], "some": VALUES["b"]})
    plan = json.loads((tmp_path / "more" / "plan.json").read_text())
    planned = {"clean": (0,), "some": (0, 1)}
    plan["cells"] = [cell for cell in plan["cells"] if cell["severity"] in planned.get(cell["method"], (0, 1, 3))]
    (tmp_path / "more" / "plan.json").write_text(json.dumps(plan))
    first, _ = robustness(results.read(tmp_path / "more"))
    pd.testing.assert_frame_equal(first.areas.means, made.areas.means)
    pd.testing.assert_frame_equal(first.areas.ranks, made.areas.ranks)
    assert first.agreement is not None
    assert made.agreement is not None
    pd.testing.assert_frame_equal(first.agreement.means, made.agreement.means)
    assert "Not run at every severity, and left out: clean, some." in first.areas.note
    some = first.curves[(first.curves["method"] == "some") & (first.curves["metric"] == "SSIM")]
    assert (some["severity"].tolist(), some["mean"].tolist()) == ([0, 1], pytest.approx([0.7, 0.7]))
    assert "clean" not in set(first.curves["method"])


def test_without_a_method_at_every_severity_there_is_no_summary(tmp_path: Path) -> None:
    make(tmp_path, {"a": VALUES["a"], "b": VALUES["b"]})
    plan = json.loads((tmp_path / "plan.json").read_text())
    plan["cells"] = [cell for cell in plan["cells"] if (cell["method"], cell["severity"]) not in (("a", 1), ("b", 3))]
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    assert robustness(results.read(tmp_path)) == []


def test_a_metric_that_rewards_the_degradation_marks_nobody_for_it(tmp_path: Path) -> None:
    rising = with_changes(("c", "SSIM", 1.0, [0.9, 0.9]), ("c", "SSIM", 3.0, [0.9, 0.9]))
    first, _ = robustness(make(tmp_path, rising))
    assert first.areas.means.loc["c", "SSIM"] > 1
    assert first.areas.ranks["SSIM"].tolist() == [2, 1, 0]
    assert "no merit and is not marked" in first.areas.note


def test_a_run_that_lacks_a_severity_says_so(tmp_path: Path) -> None:
    make(tmp_path, VALUES)
    (tmp_path / "scores" / "a-3.0.parquet").unlink()
    first, _ = robustness(results.read(tmp_path))
    assert "PARTIAL: 1 of 9 parts" in first.areas.note
    assert math.isnan(first.areas.means.loc["a", "SSIM"])
    assert first.areas.means.loc["b", "SSIM"] == 1
    assert first.areas.ranks["SSIM"].tolist() == [0, 1, 2]
    mine = first.curves[(first.curves["method"] == "a") & (first.curves["metric"] == "SSIM")]
    assert mine["severity"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("means", "direction", "area"),
    [
        ([2, 2, 2], "higher", 1),
        ([2, 1, 0], "higher", 0.5),
        ([1, 2, 3], "higher", 2),
        ([1, 2, 1], "lower", 0.75),
        ([0, 1, 1], "higher", None),
        ([-1, 1, 1], "higher", None),
        ([0.2, -0.2, -0.6], "higher", None),
        ([1, 0, 1], "lower", None),
        ([INF, 1, 1], "higher", None),
        ([1, float("nan"), 1], "higher", None),
    ],
)
def test_relative_area(means: list[float], direction: str, area: float | None) -> None:
    found = relative_area([0, 1, 2], means, direction)
    assert math.isnan(found) if area is None else found == pytest.approx(area)


def test_rounding_makes_no_ranks() -> None:
    first, second = pd.Series([0.3, 0.1 + 0.2, 0.5]), pd.Series([0.1 + 0.2, 0.3, 0.7])
    assert rank_correlation("Kendall", first, second) == pytest.approx(1)
    assert math.isnan(rank_correlation("Spearman", first, pd.Series([1.0, 1.0, 1.0])))


def test_the_band_of_normal_values_is_that_of_the_normal_mean() -> None:
    values = np.random.default_rng(5).normal([0, 10], [1, 3], (200, 2))
    low, high = bootstrap.band(values)
    wanted = 1.96 * values.std(axis=0) / np.sqrt(200)
    assert (values.mean(axis=0) - low) == pytest.approx(wanted, rel=0.15)
    assert (high - values.mean(axis=0)) == pytest.approx(wanted, rel=0.15)
    assert bootstrap.band(values)[0].tolist() == low.tolist()


def test_a_band_needs_ten_pairs_and_finite_values() -> None:
    low, high = bootstrap.band(np.array([[1.0, INF]] + [[1.0, 3.0]] * 9))
    assert (low[0], high[0]) == pytest.approx((1, 1))
    assert np.isnan([low[1], high[1], *bootstrap.band(np.ones((9, 2)))[0], *bootstrap.band(np.ones((0, 1)))[0]]).all()


def test_the_picture_is_the_same_each_time_and_has_every_panel(made: Robustness) -> None:
    text = curves.svg(made)
    assert text == curves.svg(made)
    for word in ("SSIM ↑", "CE ↓", ">a<", ">c<", "no bands below 10 pairs"):
        assert word in text
    assert "<dc:date>" not in text


def test_the_points_read_back_exactly(made: Robustness, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(curves.csv(made))
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "c.csv"), made.curves, check_exact=True, check_dtype=False)


def test_the_tables_are_rendered_as_the_others(made: Robustness) -> None:
    assert made.agreement is not None
    assert "| ranking | SSIM | CE | pairs |" in render.markdown(made.agreement)
    assert "| b | **1.000** |" in render.markdown(made.areas)
    assert r"\toprule" in render.latex(made.areas)
    assert render.csv(made.agreement).startswith("ranking,SSIM")


def test_names_are_drawn_letter_by_letter() -> None:
    from hifbench.reports import drawing

    def draw() -> Figure:
        figure = Figure()
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], label=drawing.plain("_$\\frac$ of $5"))
        axes.set_title(drawing.plain("$\\frac$"))
        axes.legend()
        return figure

    text = drawing.to_svg(draw)
    assert "_$\\frac$ of $5" in text
    assert ">$\\frac$<" in text
