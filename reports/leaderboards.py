"""Leaderboards: the tables of a run, with the copy check, beside the published numbers."""

from __future__ import annotations

from dataclasses import replace

from .balance import balanced
from .copy_check import checked
from .published import beside
from .results import Results
from .tables import Table, tables


def leaderboards(results: Results) -> list[Table]:
    """The tables of a run, in the plan's order: one for each data set, condition, task and convention."""
    results = balanced(results)
    return [_beside(results, checked(results, table)) for table in tables(results)]


def _beside(results: Results, table: Table) -> Table:
    """The table with the paper's numbers on its data set, which are of clean images; as it is where there are none."""
    group = table.group
    paper = beside(results, group.dataset, group.split, list(table.means.index))
    if paper is None or group.degradation != "none":
        return table
    return replace(table, paper=paper, note=f"{table.note} {paper.terms}")
