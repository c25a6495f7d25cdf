"""The costs of methods as CSV, Markdown, LaTeX and on the terminal."""

from __future__ import annotations

from rich.table import Table as RichTable
from rich.text import Text

from . import booktabs
from .efficiency import Efficiency, cells
from .markdown import escape
from .render import frame


def csv(shown: Efficiency) -> str:
    """Values in full precision, in the units that the headings name."""
    return shown.costs.to_csv(index_label="method", float_format="%.17g")


def markdown(shown: Efficiency) -> str:
    """GitHub Markdown."""
    body = cells(shown)
    lines = [f"**{escape(shown.title)}**", "", "| method | " + " | ".join(body.columns) + " |"]
    lines.append("|---" + "|---:" * len(body.columns) + "|")
    lines += ["| " + " | ".join([escape(str(method)), *body.loc[method]]) + " |" for method in body.index]
    return "\n".join([*lines, "", escape(shown.note), ""])


def latex(shown: Efficiency) -> str:
    """LaTeX table for the ``booktabs`` package, as a comment in it says."""
    body = cells(shown)
    return booktabs.table(
        booktabs.escape(f"{shown.title}. {shown.note}"),
        shown.name,
        [booktabs.escape(head) for head in ["method", *body.columns]],
        [[booktabs.escape(str(text)) for text in [method, *body.loc[method]]] for method in body.index],
    )


def terminal(shown: Efficiency) -> RichTable:
    """The table for a terminal."""
    body = cells(shown)
    table = frame(shown.title, shown.note, ["method", *body.columns])
    for method in body.index:
        table.add_row(Text(str(method)), *body.loc[method])
    return table
