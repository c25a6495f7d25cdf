"""The costs of methods as CSV, Markdown, LaTeX and on the terminal."""

from __future__ import annotations

import pandas as pd
from rich.table import Table as RichTable
from rich.text import Text

from .efficiency import Efficiency, cells
from .render import escape_bars, escape_latex, frame, replace_all


def csv(shown: Efficiency) -> str:
    """Values in full precision, in the units that the headings name."""
    return shown.costs.to_csv(index_label="method", float_format="%.17g")


def markdown(shown: Efficiency) -> str:
    """GitHub Markdown."""
    body = cells(shown)
    lines = [f"**{shown.title}**", "", "| method | " + " | ".join(body.columns) + " |"]
    lines.append("|---" + "|---:" * len(body.columns) + "|")
    lines += ["| " + " | ".join([escape_bars(str(method)), *body.loc[method]]) + " |" for method in body.index]
    return "\n".join([*lines, "", shown.note, ""])


def latex(shown: Efficiency) -> str:
    """LaTeX table for the ``booktabs`` package, as a comment in it says."""
    signs = {"–": "--"}
    body = cells(shown).map(lambda text: replace_all(escape_latex(text), signs))
    body.columns = pd.Index([escape_latex(column) for column in body.columns])
    body.index = pd.Index([escape_latex(str(method)) for method in body.index])
    return "% needs \\usepackage{booktabs}\n" + str(
        body.style.to_latex(
            hrules=True,
            column_format="l" + "r" * len(body.columns),
            caption=replace_all(escape_latex(f"{shown.title}. {shown.note}"), signs),
            label=f"tab:{shown.name}",
            position_float="centering",
        )
    )


def terminal(shown: Efficiency) -> RichTable:
    """The table for a terminal."""
    body = cells(shown)
    table = frame(shown.title, shown.note, ["method", *body.columns])
    for method in body.index:
        table.add_row(Text(str(method)), *body.loc[method])
    return table
