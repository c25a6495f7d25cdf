"""Any of the report's tables as rows of text for a page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from .. import efficiency, render, render_ablation, render_detection
from ..ablation import Ablation
from ..detection import Detection
from ..efficiency import Efficiency
from ..tables import Table

MARKS = {0: "", 1: "best", 2: "second"}


@dataclass(frozen=True)
class Field:
    """One value of a table.

    Attributes:
        text: as it is shown.
        mark: ``best``, ``second`` or empty.
    """

    text: str
    mark: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
        label: its heading.
        fields: its values, one for each column.
        seen: whether the method was trained on pairs of the table.
        below: whether it belongs to the row above it.
    """

    label: str
    fields: list[Field]
    seen: bool = False
    below: bool = False


@dataclass(frozen=True)
class Grid:
    """A table for a page.

    Attributes:
        name: of its files in ``tables``, without the suffix.
        title: heading.
        note: what a reader must know.
        corner: heading of the column of headings.
        columns: headings.
        rows: from top to bottom.
        foot: rows below them that are of no method, and stay there when a reader sorts.
        least: headings of columns of which the least value is the best, beside those with a down arrow.
    """

    name: str
    title: str
    note: str
    corner: str
    columns: list[str]
    rows: list[Row]
    foot: Sequence[Row] = ()
    least: Collection[str] = ()

    @property
    def is_partial(self) -> bool:
        """Whether values are still to come."""
        return "PARTIAL" in self.note


def of_scores(table: Table) -> Grid:
    """A table of means, with the paper's numbers where they stand beside."""
    methods = iter(table.means.index)
    rows = []
    for line in render.lines(table):
        method = None if line.below else next(methods, None)
        marks = [*(MARKS[rank] for rank in line.ranks), ""]
        fields = [Field(text, mark) for text, mark in zip(line.cells, marks, strict=True)]
        # The name of a line has the mark already; a page explains it where the pointer is.
        rows.append(Row(line.name if method is None else method, fields, method in table.seen, line.below))
    title = under(table.title, table.convention)
    return Grid(table.name, title, table.note, table.rows, render.heads(table), rows)


def of_ablation(table: Ablation) -> Grid:
    """A table of trained variants."""
    body = render_ablation.cells(table).rename(index=table.labels)
    best = table.best.rename(index=table.labels)
    rows = list(_rows(body, lambda row, column: "best" if best.loc[row, column] else ""))
    return Grid(table.name, table.title, table.note, "metric", [str(name) for name in body.columns], rows)


def of_detection(table: Detection) -> Grid:
    """A table of average precision."""
    body = render_detection.cells(table).rename(index=table.labels)
    best = table.best.rename(index=table.labels)
    rows = list(_rows(body, lambda row, column: "best" if best.loc[row, column] else ""))
    return Grid(table.name, table.title, table.note, "", [table.heads[str(name)] for name in body.columns], rows)


def of_costs(table: Efficiency) -> Grid:
    """A table of costs."""
    body = efficiency.cells(table)
    columns = [str(name) for name in body.columns]
    least = [name for name in columns if name != efficiency.THROUGHPUT]
    return Grid(table.name, table.title, table.note, "method", columns, list(_rows(body, _unmarked)), least=least)


def under(title: str, convention: str) -> str:
    """A heading that says of which convention it is, where that is not the default one."""
    return title if convention == "default" else f"{title} (convention {convention})"


def _unmarked(row: str, column: str) -> str:
    return ""


def _rows(body: pd.DataFrame, mark: Callable[[str, str], str]) -> Iterator[Row]:
    for label in body.index:
        yield Row(str(label), [Field(str(body.loc[label, column]), mark(label, column)) for column in body.columns])
