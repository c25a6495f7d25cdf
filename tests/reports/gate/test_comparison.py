"""What counts as moved, on rows written by hand."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from hifbench.reports.gate.comparison import Comparison, Verdict, compare, pairs_compared
from hifbench.reports.gate.moves import moves
from hifbench.reports.gate.rows import KEY
from hifbench.reports.gate.tolerances import RATIOS, tolerance_of

TYPICAL = {"SSIM": 0.72, "PSNR": 31.0, "AG": 4.5, "FMI": 0.93, "VIF": 1.07, "EN": 7.2, "UIQI": 0.5, "QP": 0.45}
"""The paper's eight metrics, each at a high value of its range on the demo: there a tolerance is the widest."""

COMMON = {"dataset": "d", "split": "s", "degradation": "none", "severity": 0.0, "seed": 0, "method": "m"}


def row(value: float | None, **key: Any) -> dict[str, Any]:
    """A row of a run; None for an error."""
    named = {**COMMON, "task": "fusion", "convention": "default", "pair": "p0", "metric": "SSIM", "machine": "", **key}
    return {**named, "value": math.nan if value is None else value, "failed": value is None}


def cost(value: float, metric: str, machine: str = "Abacus, 2 cores", threads: str = "") -> dict[str, Any]:
    return row(value, task="efficiency", convention=f"256x256 cpu{threads}", metric=metric, machine=machine)


def verdicts(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    return [str(verdict) for verdict in cells(before, after)["verdict"]]


def cells(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> pd.DataFrame:
    columns = [*KEY, "machine", "value", "failed"]
    tolerances = {each["metric"]: tolerance_of(each["metric"], each["task"]) for each in before}
    return compare(pd.DataFrame(before, columns=columns), pd.DataFrame(after, columns=columns), tolerances, RATIOS)


def test_what_is_counted_must_be_equal_and_a_metric_of_a_like_name_need_not() -> None:
    counted = {"task": "detection", "metric": "objects:car"}
    assert verdicts([row(5.0, **counted)], [row(5.0001, **counted)]) == [Verdict.MOVED]
    for like in ({"metric": "images-seen"}, {"metric": "objects:car"}, {**counted, "metric": "imagesize"}):
        assert verdicts([row(5.0, **like)], [row(5.0001, **like)]) == [Verdict.SAME]


def test_average_precision_may_move_by_a_step_and_not_by_two_thousandths() -> None:
    for metric in ("mAP@.5:.95", "AP@.5:car"):
        of_all = {"task": "detection", "metric": metric, "pair": "all"}
        assert verdicts([row(0.8266, **of_all)], [row(0.8258, **of_all)]) == [Verdict.SAME]
        assert verdicts([row(0.8266, **of_all)], [row(0.8246, **of_all)]) == [Verdict.MOVED]


def compared(before: list[dict[str, Any]], after: list[dict[str, Any]], floor: int = 1) -> Comparison:
    found = cells(before, after)
    return Comparison(found, pairs_compared(found), floor, 0, 1)


@pytest.mark.parametrize("metric", TYPICAL)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_drift_of_two_thousandths_is_seen_in_every_metric(metric, sign) -> None:
    value = TYPICAL[metric]
    before = [row(value, metric=metric)]
    assert verdicts(before, [row(value + sign * 2e-3, metric=metric)]) == ["moved"]
    assert verdicts(before, [row(value * (1 + sign * 2e-3), metric=metric)]) == ["moved"]
    assert verdicts(before, [row(value * (1 + sign * 2e-5), metric=metric)]) == ["same"]


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (math.inf, math.inf, "same"),
        (-math.inf, math.inf, "moved"),
        (math.inf, 90.0, "moved"),
        (90.0, math.inf, "moved"),
        (math.nan, math.nan, "same"),
        (math.nan, 0.5, "moved"),
        (0.5, math.nan, "moved"),
        (None, None, "same"),
        (0.5, None, "failed"),
        (math.inf, None, "failed"),
        (math.nan, None, "failed"),
        (None, 0.5, "mended"),
    ],
)
def test_what_is_not_finite(before, after, verdict) -> None:
    # In two rows, since a column that holds nothing but NaN takes another way through pandas.
    others = [row(1.0, pair="p1")]
    assert verdicts([row(before), *others], [row(after), *others]) == [verdict, "same"]
    assert verdicts([row(before)], [row(after)]) == [verdict]


def test_missing_is_red_and_new_is_told() -> None:
    both = compared([row(1.0), row(1.0, pair="p1")], [row(1.0), row(1.0, pair="p2")])
    assert sorted(both.cells["verdict"]) == ["missing", "new", "same"]
    assert both.is_red
    assert not compared([row(1.0)], [row(1.0), row(1.0, pair="p2")]).is_red


def test_too_few_pairs_are_red() -> None:
    assert compared([], []).is_red
    assert compared([row(None)], [row(None)]).is_red
    assert compared([row(math.nan)], [row(math.nan)]).is_red
    assert compared([row(1.0)], [row(1.0)], floor=2).is_red
    assert not compared([row(1.0), row(2.0, method="n")], [row(1.0), row(2.0, method="n")]).is_red
    only_costs = [cost(5.0, "parameters")]
    assert compared(only_costs, only_costs).is_red


def test_an_incomplete_run_is_red() -> None:
    assert Comparison(cells([row(1.0)], [row(1.0)]), 1, 1, incomplete=1, parts=2).is_red


@pytest.mark.parametrize(
    ("metric", "ratio", "verdict"),
    [
        ("flops", 1.0, "same"),
        ("flops", 1.0009, "same"),
        ("flops", 1.01, "dearer"),
        ("flops", 0.99, "cheaper"),
        ("latency-ms", 1.4, "same"),
        ("latency-ms", 1.6, "dearer"),
        ("latency-ms", 0.6, "cheaper"),
        ("pairs-per-second", 0.7, "same"),
        ("pairs-per-second", 0.6, "dearer"),
        ("pairs-per-second", 1.6, "cheaper"),
        ("memory-bytes", 1.3, "dearer"),
    ],
)
def test_costs_are_ratios(metric, ratio, verdict) -> None:
    assert verdicts([cost(200.0, metric)], [cost(200.0 * ratio, metric)]) == [verdict]


def test_costs_of_nothing() -> None:
    assert verdicts([cost(0.0, "parameters")], [cost(0.0, "parameters")]) == ["same"]
    assert verdicts([cost(0.0, "parameters")], [cost(1.0, "parameters")]) == ["dearer"]
    assert verdicts([cost(5.0, "parameters")], [cost(0.0, "parameters")]) == ["cheaper"]


def test_times_of_another_machine_are_not_compared_and_counts_are() -> None:
    before = [cost(9.0, "latency-ms", threads=" 2 threads"), cost(50.0, "flops"), cost(7.0, "memory-bytes")]
    other = "Babbage, 8 cores"
    after = [
        cost(1.0, "latency-ms", other, " 8 threads"),
        cost(60.0, "flops", other),
        cost(99.0, "memory-bytes", other),
    ]
    found = cells(before, after)
    by_metric = {metric: set(of_metric) for metric, of_metric in found.groupby("metric")["verdict"]}
    elsewhere = {Verdict.ELSEWHERE}
    assert by_metric == {"latency-ms": elsewhere, "memory-bytes": elsewhere, "flops": {Verdict.DEARER}}


def test_a_picture_that_a_detector_could_not_look_at_is_red() -> None:
    of_all = row(0.5, task="detection", convention="frozen-tiny", pair="all", metric="mAP@.5")
    failed = row(None, task="detection", convention="frozen-tiny", pair="p3", metric="mAP@.5:.95")
    found = compared([of_all], [of_all, failed])
    assert sorted(found.cells["verdict"]) == ["failed", "same"]
    assert found.pairs == 1


def test_moves_name_the_worst_pairs_and_count_the_better_ones() -> None:
    before = [row(0.5, pair=f"p{index}") for index in range(5)]
    after = [row(0.5 + by, pair=f"p{index}") for index, by in enumerate((0.0, 0.01, -0.03, 0.02, -0.04))]
    (move,) = moves(compared(before, after), {"SSIM": "higher"})
    assert (move.method, move.metric, move.verdict, move.group) == ("m", "SSIM", Verdict.MOVED, "d/s")
    assert move.before == pytest.approx(0.5)
    assert move.after == pytest.approx(0.5 - 0.04 / 5)
    assert move.change == pytest.approx(-0.04)
    assert (move.count, move.of, move.better) == (4, 5, 2)
    assert move.pairs == ("p4 -0.04", "p2 -0.03", "p3 +0.02")
    (lower,) = moves(compared(before, after), {"SSIM": "lower"})
    assert lower.better == 2
    (unknown,) = moves(compared(before, after), {})
    assert unknown.better is None


def test_missing_metrics_of_one_method_are_one_entry() -> None:
    before = [row(0.5, metric=metric, pair=pair) for metric in ("SSIM", "EN") for pair in ("p0", "p1")]
    (move,) = moves(compared(before, []), {})
    assert (move.metric, move.count, move.verdict) == ("2 metrics", 4, Verdict.MISSING)
