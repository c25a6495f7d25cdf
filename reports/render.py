"""A table as CSV, Markdown, LaTeX and on the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd
from rich import box
from rich.table import Table as RichTable
from rich.text import Text

from . import booktabs
from .copy_check import COPIED
from .markdown import escape
from .notes import SEEN
from .published import Paper
from .tables import Table

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
    if not expected:  # a row that the run does not have
        return "–"
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
            body.loc[method, metric] = text if count == most or not count else f"{text} ({count})"
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
    body, unranked = cells(table), [0] * len(table.labels)
    printed = _printed(table)
    less = difference(table)
    for method in body.index:
        marks = [int(table.ranks.loc[method, metric]) for metric in table.labels]
        yield Line(_row(table, method), [str(text) for text in body.loc[method]], marks)
        if table.paper and method in table.paper.rows:
            label = table.paper.rows[method]
            yield Line(f"{label}, paper", printed[label], unranked, below=True)
            yield Line("difference", [*map(_signed, less.loc[method].to_numpy()), ""], unranked, below=True)
    for label in table.paper.others if table.paper else []:
        yield Line(f"{label}, paper", printed[label], unranked)


def difference(table: Table) -> pd.DataFrame:
    """Our means less the paper's numbers, methods x metrics; NaN where one of the two is missing."""
    less = pd.DataFrame(math.nan, index=table.means.index, columns=table.means.columns)
    if table.paper:
        for method, label in table.paper.rows.items():
            less.loc[method] = table.means.loc[method] - table.paper.printed.loc[label].reindex(less.columns)
    return less


def _printed(table: Table) -> dict[str, list[str]]:
    """Published method -> its cells, with the paper's two decimals; the last, on pairs, is empty."""
    if table.paper is None:
        return {}
    values = table.paper.printed.reindex(columns=list(table.labels))
    texts = values.map(lambda value: "–" if math.isnan(value) else f"{value:.2f}")
    return {str(label): [*map(str, texts.loc[label]), ""] for label in texts.index}


def _signed(value: float) -> str:
    return number(value) if math.isnan(value) or value == 0 else f"{'+' if value > 0 else '−'}{number(abs(value))}"


def heads(table: Table) -> list[str]:
    """Headings of the columns behind the first; a metric on which a copy wins is marked."""
    return [
        *(f"{label} {COPIED}" if metric in table.copied else label for metric, label in table.labels.items()),
        "pairs",
    ]


def csv(table: Table) -> str:
    """Means in full precision; beside each metric the number of pairs and the rank; how many pairs training saw.

    Where a paper stands beside, its number and the difference follow, and the methods that it alone has.
    """
    columns: dict[str, object] = {}
    less = difference(table)
    index = [*table.means.index, *(f"{label}, paper" for label in (table.paper.others if table.paper else []))]
    for metric in table.means.columns:
        columns[metric] = table.means[metric]
        columns[f"{metric} pairs"] = table.counts[metric].astype("Int64")
        columns[f"{metric} rank"] = table.ranks[metric].replace(0, pd.NA).astype("Int64")
        columns[f"{metric} won by a copy"] = pd.Series(metric in table.copied, index=table.means.index)
        if table.paper:
            columns[f"{metric} published"] = pd.Series(_published(table.paper, metric))
            columns[f"{metric} difference"] = less[metric]
    columns["pairs expected"] = pd.Series(table.expected, dtype="Int64")
    trained = {method: table.seen.get(method, 0) for method, count in table.expected.items() if count}
    columns["pairs trained on"] = pd.Series(trained, dtype="Int64")
    return pd.DataFrame(columns, index=index).to_csv(index_label=table.rows, float_format="%.17g")


def _published(paper: Paper, metric: str) -> dict[str, float]:
    values = paper.printed[metric] if metric in paper.printed else pd.Series(math.nan, index=paper.printed.index)
    of_rows = {row: float(values[label]) for row, label in paper.rows.items()}
    return of_rows | {f"{label}, paper": float(values[label]) for label in paper.others}


def markdown(table: Table) -> str:
    """GitHub Markdown; best in bold, second best underlined."""
    text = [f"**{escape(table.title)}**", ""]
    text.append(f"| {table.rows} | " + " | ".join(map(escape, heads(table))) + " |")
    text.append("|---" + "|---:" * (len(table.labels) + 1) + "|")
    wraps = {0: "{}", 1: "**{}**", 2: "<u>{}</u>"}
    for line in lines(table):
        marked = [wraps[rank].format(cell) for rank, cell in zip([*line.ranks, 0], line.cells, strict=True)]
        name = f"&emsp;{escape(line.name)}" if line.below else escape(line.name)
        text.append("| " + " | ".join([name, *marked]) + " |")
    return "\n".join([*text, "", escape(table.note), ""])


def latex(table: Table) -> str:
    """LaTeX table for the ``booktabs`` package, as a comment in it says; best in bold, second best underlined."""
    wraps = {0: "{}", 1: r"\textbf{{{}}}", 2: r"\underline{{{}}}"}
    rows = [
        [
            (r"\quad " if line.below else "") + booktabs.escape(line.name),
            *(
                wraps[rank].format(booktabs.escape(cell))
                for rank, cell in zip([*line.ranks, 0], line.cells, strict=True)
            ),
        ]
        for line in lines(table)
    ]
    return booktabs.table(
        booktabs.escape(f"{table.title}. {table.note}"),
        table.name,
        [booktabs.escape(head) for head in [table.rows, *heads(table)]],
        rows,
    )


def terminal(table: Table) -> RichTable:
    """The table for a terminal; best in bold, second best underlined."""
    shown = frame(table.title, table.note, [table.rows, *heads(table)])
    styles = {0: "", 1: "bold", 2: "underline"}
    for line in lines(table):
        marked = [Text(cell, style=styles[rank]) for rank, cell in zip([*line.ranks, 0], line.cells, strict=True)]
        shown.add_row(Text(f"  {line.name}" if line.below else line.name), *marked)
    return shown


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
