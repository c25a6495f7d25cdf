"""What failed in a run: each error once, with how often and where."""

from __future__ import annotations

import pandas as pd


def failures(scores: pd.DataFrame) -> list[str]:
    """A line for each error text: the first pair and method that it befell, and how many more of both.

    Args:
        scores: rows of results.
    """
    failed = scores[scores["error"].notna()]
    lines = []
    for error, rows in failed.groupby("error", sort=False):
        pairs, methods = (_first_and_more(rows[column]) for column in ("pair", "method"))
        lines.append(f"{pairs} ({methods}): {error}")
    return lines


def _first_and_more(names: pd.Series[str]) -> str:
    different = list(dict.fromkeys(names))
    more = f" and {len(different) - 1} more" if len(different) > 1 else ""
    return f"{different[0]}{more}"
