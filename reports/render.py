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


def csv(table: Table) -> str:
    """Means in full precision; beside each metric the number of pairs and the rank; how many pairs training saw."""
    columns: dict[str, object] = {}
    for metric in table.means.columns:
        columns[metric] = table.means[metric]
        columns[f"{metric} pairs"] = table.counts[metric]
        columns[f"{metric} rank"] = table.ranks[metric].replace(0, pd.NA).astype("Int64")
    columns["pairs expected"] = pd.Series(table.expected)
    columns["pairs trained on"] = pd.Series({method: table.seen.get(method, 0) for method in table.expected})
    return pd.DataFrame(columns, index=table.means.index).to_csv(index_label=table.rows, float_format="%.17g")


def markdown(table: Table) -> str:
    """GitHub Markdown; best in bold, second best underlined."""
    body = cells(table)
    lines = [f"**{table.title}**", ""]
    lines.append(f"| {table.rows} | " + " | ".join([*table.labels.values(), "pairs"]) + " |")
    lines.append("|---" + "|---:" * (len(table.labels) + 1) + "|")
    wraps = {0: "{}", 1: "**{}**", 2: "<u>{}</u>"}
    for method in body.index:
        marked = [
            wraps[int(table.ranks.loc[method, metric])].format(body.loc[method, metric]) for metric in table.labels
        ]
        lines.append(
            "| " + " | ".join([escape_bars(_row(table, method)), *marked, str(body.loc[method, "pairs"])]) + " |"
        )
    return "\n".join([*lines, "", table.note, ""])


def latex(table: Table) -> str:
    """LaTeX table for the ``booktabs`` package, as a comment in it says; best in bold, second best underlined."""
    arrows = {"↑": r"$\uparrow$", "↓": r"$\downarrow$"}
    signs = {"∞": r"$\infty$", "−": "$-$", "–": "--", SEEN: r"\dag{}"}
    body = cells(table)
    for column in body.columns:
        body[column] = [replace_all(escape_latex(text), signs) for text in body[column]]
    body.index = pd.Index([replace_all(escape_latex(_row(table, method)), signs) for method in body.index])
    ranks = table.ranks.set_axis(body.index)
    body.columns = pd.Index([replace_all(escape_latex(label), arrows) for label in table.labels.values()] + ["pairs"])
    ranks.columns = body.columns[:-1]

    styles = {0: "", 1: "textbf:--rwrap;", 2: "underline:--rwrap;"}
    marks = ranks.map(lambda rank: styles[int(rank)]).reindex(columns=body.columns, fill_value="")
    return "% needs \\usepackage{booktabs}\n" + str(
        body.style.apply(lambda _: marks, axis=None).to_latex(
            hrules=True,
            column_format="l" + "r" * len(body.columns),
            caption=replace_all(escape_latex(f"{table.title}. {table.note}"), signs),
            label=f"tab:{table.name}",
            position_float="centering",
        )
    )


def terminal(table: Table) -> RichTable:
    """The table for a terminal; best in bold, second best underlined."""
    body = cells(table)
    shown = frame(table.title, table.note, [table.rows, *table.labels.values(), "pairs"])
    styles = {0: "", 1: "bold", 2: "underline"}
    for method in body.index:
        marked = [
            Text(str(body.loc[method, metric]), style=styles[int(table.ranks.loc[method, metric])])
            for metric in table.labels
        ]
        shown.add_row(Text(_row(table, method)), *marked, str(body.loc[method, "pairs"]))
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
