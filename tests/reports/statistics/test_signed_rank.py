"""Wilcoxon's test column by column against scipy, Holm's correction against R's ``p.adjust``."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hifbench.reports.statistics._paired import differences
from hifbench.reports.statistics._signed_rank import holm, least, signed_rank

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("pairs", [6, 30, 50, 51, 221])
def test_each_column_is_as_scipy_has_it(pairs: int) -> None:
    values = RANDOM.normal(0.2, 1, (pairs, 4))
    values[0, 1] = 0  # left out
    p, _ = signed_rank(values)
    for column in range(4):
        mine = values[values[:, column] != 0, column]
        assert p[column] == pytest.approx(stats.wilcoxon(mine).pvalue, rel=1e-12)


def test_a_missing_pair_is_as_if_it_were_not_there() -> None:
    values = RANDOM.normal(0.2, 1, (60, 2))
    values[:5, 1] = np.nan
    p, _ = signed_rank(values)
    assert p[1] == pytest.approx(stats.wilcoxon(values[5:, 1]).pvalue, rel=1e-12)


def test_the_smallest_p_of_five_pairs_allows_no_claim() -> None:
    p, leaning = signed_rank(np.arange(1.0, 6)[:, None])
    assert p == pytest.approx([0.0625])
    assert leaning == pytest.approx([15])
    assert least(5, 1) == 0.0625
    assert least(6, 1) == pytest.approx(0.03125)
    assert least(6, 10) == pytest.approx(0.3125)
    assert least(2, 66) == 1


def test_nothing_differs_and_nothing_is_there() -> None:
    p, leaning = signed_rank(np.array([[0.0, np.nan], [0.0, np.nan]]))
    assert p[0] == 1
    assert np.isnan(p[1])
    assert leaning.tolist() == [0, 0]


def test_an_infinite_difference_has_the_highest_rank() -> None:
    finite = np.array([0.5, -1, 2, 3, 4, 5, 6, 9.0])
    infinite = np.where(finite == 9, np.inf, finite)
    assert signed_rank(infinite[:, None])[0] == signed_rank(finite[:, None])[0]


def test_equal_infinities_and_rounding_are_no_difference() -> None:
    first, second = np.array([np.inf, np.inf, 0.1 + 0.2, np.nan, 2]), np.array([np.inf, 1, 0.3, 1, 1])
    assert differences(first, second) == pytest.approx([0, np.inf, 0, np.nan, 1], nan_ok=True)


def test_holm_is_that_of_r() -> None:
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.5, 0.6])) == pytest.approx([1, 1])
    assert holm(np.array([0.01, np.nan, 0.02])) == pytest.approx([0.02, np.nan, 0.02], nan_ok=True)
