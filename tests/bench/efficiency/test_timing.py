"""Latencies from a stopwatch that is told what to show: no test looks at a clock."""

from __future__ import annotations

import numpy as np
import pytest
from stopwatch import Shows

from hifbench.bench.efficiency import timing
from hifbench.bench.efficiency.timing import Latency, latency, summary


def test_median_and_quartiles_are_numpys() -> None:
    for seconds in ([3.0, 1.0], [0.3, 0.1, 0.2, 0.9], list(np.random.default_rng(0).random(31))):
        found = summary(seconds)
        low, high = np.percentile(seconds, [25, 75])
        assert found.median == pytest.approx(np.median(seconds))
        assert found.iqr == pytest.approx(high - low)
        assert found.runs == len(seconds)


def test_the_first_run_warms_up() -> None:
    assert latency(lambda: None, Shows([9.0, *[0.25] * 50])) == Latency(0.25, 0.0, timing.LEAST)


def test_short_calls_are_repeated_until_enough_seconds_have_passed() -> None:
    assert latency(lambda: None, Shows([0.01])).runs == pytest.approx(timing.ENOUGH / 0.01, abs=1)
    assert latency(lambda: None, Shows([1e-6])).runs == timing.MOST


def test_long_calls_are_not() -> None:
    assert latency(lambda: None, Shows([1.0, 7.0])).runs == 5  # 35 s
    watch = Shows([timing.LONGEST + 1])
    assert latency(lambda: None, watch) == Latency(timing.LONGEST + 1, None, 1)
    assert watch.runs == 1
