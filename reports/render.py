"""A table as CSV, Markdown, LaTeX and on the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
from rich import box
from rich.table import Table as RichTable
from rich.text import Text

from .tables import SEEN, Table

DIGITS = 4  # significant


def number(value: float) -> str:
    """A mean in four significant digits, without an exponent where it is readable without."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if not -4 <= magnitude <= 6:
        return f"{value:.{DIGITS - 1}e}"
    return f"{value:.{max(DIGITS - 1 - max(magnitude, 0), 0)}f}"


def pairs(table: Table, method: str) -> str:
    """Number of pairs behind a row's means; with the number expected when it is another, and as a range."""
    counts = table.counts.loc[[method]].to_numpy().ravel().tolist()
    low, high, expected = min(counts), max(counts), table.expected[method]
    if low == high == expected:
        return str(expected)
    return f"{low}/{expected}" if low == high else f"{low}–{high}/{expected}"


def _row(table: Table, method: str) -> str:
    """Name of a row, marked where the method was trained on pairs of the table."""
    return f"{method} {SEEN}" if method in table.seen else method


def cells(table: Table) -> pd.DataFrame:
    """The table's body as text; a mean over fewer pairs than its row's others says so."""
    body = pd.DataFrame(index=table.means.index, columns=[*table.means.columns, "pairs"], dtype=object)
    for method in table.means.index:
        most = table.counts.loc[method].max()
        for metric in table.means.columns:
            count = table.counts.loc[method, metric]
            text = number(float(table.means.loc[method, metric]))
            body.loc[method, metric] = text if count == most else f"{text} ({count})"
        body.loc[method, "pairs"] = pairs(table, method)
    return body


class Line(NamedTuple):
    """One line of a table, as text.

    Attributes:
        name: of the row.
        cells: of the metrics, then the number of pairs.
        ranks: of the metrics.
        below: whether it belongs to the method above it.
    """

    name: str
    cells: list[str]
    ranks: list[int]
    below: bool = False


def lines(table: Table) -> Iterator[Line]:
    """The rows; under each that the paper has too its number and ours less it, and at the end the paper's others."""
    body = cells(table)
    metrics, unranked = list(table.means.columns), [0] * len(table.means.columns)
    paper = table.paper
    for method in body.index:
        marks = [int(table.ranks.loc[method, metric]) for metric in metrics]
        yield Line(_row(table, method), [str(text) for text in body.loc[method]], marks)
        if paper and method in paper.rows:
            label = paper.rows[method]
            yield Line(f"{label}, paper", [*_printed(table, label), ""], unranked, below=True)
            less = difference(table)
            shown = [_signed(float(less.loc[method, metric]), printed(metric)) for metric in metrics]
            yield Line("difference", [*shown, ""], unranked, below=True)
    for label in paper.others if paper else []:
        yield Line(f"{label}, paper", [*_printed(table, label), ""], unranked)


def difference(table: Table) -> pd.DataFrame:
    """Our means less the paper's numbers, methods x metrics; NaN where one of the two is missing."""
    less = pd.DataFrame(math.nan, index=table.means.index, columns=table.means.columns)
    for method, label in table.paper.rows.items() if table.paper else []:
        less.loc[method] = table.means.loc[method] - table.paper.values.loc[label].reindex(less.columns)
    return less


def frame(title: str, note: str, columns: Sequence[str]) -> RichTable:
    """An empty table for a terminal: the first column's cells to the left, the others' to the right."""
    shown = RichTable(
        title=Text(title),
        caption=Text(note),
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for index, column in enumerate(columns):
        shown.add_column(Text(column), justify="right" if index else "left", no_wrap=True)
    return shown


def escape_bars(text: str) -> str:
    """Text for a cell of a Markdown table."""
    return text.replace("|", r"\|")


def escape_latex(text: str) -> str:
    """Text for LaTeX: what has a meaning there stands for itself."""
    special = {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    }
    return "".join(special.get(letter, letter) for letter in text)


def replace_all(text: str, replacements: dict[str, str]) -> str:
    """The text with each key replaced by its value."""
    for old, new in replacements.items():
        text = text.replace(old, new)
    return text
