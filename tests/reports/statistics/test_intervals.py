"""Bootstrap intervals: coverage by simulation, width by the central limit."""

from __future__ import annotations

import numpy as np
import pytest

from hifbench.reports.statistics._intervals import NARROW, intervals


@pytest.mark.parametrize("draw", ["normal", "exponential"])
def test_the_interval_covers_the_mean_as_often_as_it_says(draw: str) -> None:
    values = getattr(np.random.default_rng(1), draw)(size=(100, 4000))
    low, high = intervals(values)
    mean = {"normal": 0.0, "exponential": 1.0}[draw]
    # A percentile interval of 100 covers a little less than 95 %, of a skewed distribution more so.
    assert 0.925 < np.mean((low <= mean) & (mean <= high)) < 0.96


@pytest.mark.parametrize(("pairs", "normal", "exponential"), [(10, 0.89, 0.86), (20, 0.93, 0.90), (50, 0.94, 0.92)])
def test_of_few_pairs_it_covers_less_and_as_often_as_the_caveat_says(pairs, normal, exponential) -> None:
    random = np.random.default_rng(4)
    for draw, mean, expected in ((random.normal, 0, normal), (random.exponential, 1, exponential)):
        low, high = intervals(draw(size=(pairs, 4000)))
        assert np.mean((low <= mean) & (mean <= high)) == pytest.approx(expected, abs=0.015)
        assert f"{100 * expected:.0f}" in NARROW


def test_fewer_than_ten_pairs_have_none() -> None:
    values = np.random.default_rng(5).normal(size=(10, 2))
    values[0, 1] = np.nan
    low, high = intervals(values)
    assert low[0] < values[:, 0].mean() < high[0]
    assert np.isnan([low[1], high[1]]).all()


def test_its_width_is_that_of_the_normal_approximation() -> None:
    values = np.random.default_rng(2).normal(size=(400, 50))
    low, high = intervals(values)
    assert np.mean(high - low) == pytest.approx(2 * 1.96 / 20, rel=0.03)


def test_a_column_is_over_the_pairs_that_it_has() -> None:
    values = np.random.default_rng(3).normal(size=(40, 3))
    values[:10, 1] = np.nan
    low, high = intervals(values)
    alone = intervals(values[10:, 1:2])
    assert (low[1], high[1]) == (alone[0][0], alone[1][0])
    assert np.isfinite([low, high]).all()


def test_infinities_have_none() -> None:
    values = np.ones((10, 2))
    values[3, 0] = np.inf
    low, _ = intervals(values)
    assert np.isnan(low[0])
    assert low[1] == 1
