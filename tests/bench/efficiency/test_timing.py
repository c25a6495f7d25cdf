"""Latencies from a stopwatch that is told what to show: no test looks at a clock."""

from __future__ import annotations

import numpy as np
import pytest
from stopwatch import Shows

from hifbench.bench.efficiency import timing
from hifbench.bench.efficiency.timing import Latency, latencies, summary


def test_median_and_quartiles_are_numpys() -> None:
    for seconds in ([3.0, 1.0], [0.3, 0.1, 0.2, 0.9], list(np.random.default_rng(0).random(31))):
        found = summary(seconds)
        low, high = np.percentile(seconds, [25, 75])
        assert found.median == pytest.approx(np.median(seconds))
        assert found.iqr == pytest.approx(high - low)
        assert found.runs == len(seconds)


def latency(watch: Shows) -> Latency:
    return latencies(lambda: None, watch, [1], lambda threads: None)[1]


def test_the_first_run_of_a_round_warms_up() -> None:
    rounds = [9.0, *[0.25] * timing.LEAST] * timing.ROUNDS
    assert latency(Shows(rounds)) == Latency(0.25, 0.0, timing.ROUNDS * timing.LEAST)


def test_short_calls_are_repeated_until_enough_seconds_have_passed() -> None:
    assert latency(Shows([0.01])).runs == pytest.approx(timing.ROUNDS * timing.ENOUGH / 0.01, abs=timing.ROUNDS)
    assert latency(Shows([1e-6])).runs == timing.ROUNDS * timing.MOST


def test_long_calls_are_not() -> None:
    assert latency(Shows([1.0, 7.0])).runs == 5  # 35 s
    watch = Shows([timing.LONGEST + 1])
    assert latency(watch) == Latency(timing.LONGEST + 1, None, 1)
    assert watch.runs == 1


def test_what_slows_the_machine_down_for_a_while_shows_in_the_spread_of_all_settings() -> None:
    chosen: list[int] = []
    slow_second_round = [*[0.2] * 12, *[0.4] * 12, *[0.2] * 12]  # one of each six runs warms up
    found = latencies(lambda: None, Shows(slow_second_round), [1, 2], chosen.append)
    assert chosen == [1, 2] * timing.ROUNDS
    for threads in (1, 2):
        assert found[threads].median == 0.2
        assert found[threads].iqr == pytest.approx(0.2)
