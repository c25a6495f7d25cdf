"""Errors of a run, each once."""

from __future__ import annotations

import pandas as pd

from hifbench.reports.failures import failures


def test_an_error_is_one_line_with_the_first_place_and_the_number_of_others() -> None:
    rows = [
        ("p0", "a", "no memory"), ("p0", "a", "no memory"), ("p1", "a", "no memory"), ("p1", "b", "no memory"),
        ("p2", "b", None), ("p2", "c", "too small"),
    ]  # fmt: skip
    assert failures(pd.DataFrame(rows, columns=["pair", "method", "error"])) == [
        "p0 and 1 more (a and 1 more): no memory",
        "p2 (c): too small",
    ]
