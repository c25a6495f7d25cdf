"""The copy check: does a method do better than returning one source unchanged?"""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd

from .calls import adding
from .results import Results
from .source_rows import SOURCES, source_rows
from .tables import Table

COPIED = "‡"
"""Mark of a metric on which a source as it is beats all methods."""


def checked(results: Results, table: Table) -> Table:
    """The table with both sources as rows, of dashes where the run lacks them, and with the metrics marked that copy.

    Args:
        results: of the run.
        table: of it, with a row for each method.
    """
    sources = {row: name for row, name in source_rows(results).items() if row in table.means.index}
    copied = frozenset(
        metric
        for metric in table.means.columns
        if table.comparable
        and _copy_wins(
            table.means[metric].drop([row for row in table.means.index if (row, metric) in table.fewer]),
            list(sources),
            results.run["metrics"][metric]["direction"],
        )
    )
    notes = [table.note]
    if copied:
        notes.insert(0, f"{COPIED} a source, returned as it is, beats all methods: the metric rewards a copy.")
    lacking = [name for name in SOURCES if name not in sources.values()]
    if lacking:
        notes.insert(
            0,
            f"Not in this run: {' and '.join(lacking)}, unchanged, to show what a copy of a source scores; add with "
            f"'{adding(results, lacking, f'{table.group.dataset}/{table.group.split}')}'.",
        )
    # A row of that name that is another method stays; the dashes are then under a name that tells them apart.
    rows = [name if name not in table.means.index else f"{name} (unchanged)" for name in lacking]
    named = sources | dict(zip(rows, lacking, strict=True))
    of_sources = sorted(named, key=lambda row: SOURCES.index(named[row]))
    index = [*of_sources, *(row for row in table.means.index if row not in named)]
    return replace(
        table,
        note=" ".join(notes),
        means=table.means.reindex(index),
        counts=table.counts.reindex(index, fill_value=0),
        ranks=table.ranks.reindex(index, fill_value=0),
        expected={**dict.fromkeys(rows, 0), **table.expected},
        copied=copied,
    )


def _copy_wins(means: pd.Series[float], sources: list[str], direction: str) -> bool:
    gains = (means if direction == "higher" else -means).dropna()
    of_sources, of_methods = gains[gains.index.isin(sources)], gains[~gains.index.isin(sources)]
    if of_sources.empty or of_methods.empty:
        return False
    best, rival = float(of_sources.max()), float(of_methods.max())
    return best > rival and not math.isclose(best, rival, rel_tol=1e-9)
