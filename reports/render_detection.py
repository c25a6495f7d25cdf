"""A table of average precision as CSV, Markdown and LaTeX, metrics down and methods across, and on the terminal."""

from __future__ import annotations

import math

import pandas as pd
from rich.table import Table as RichTable
from rich.text import Text

from . import booktabs
from .detection import Detection
from .markdown import escape
from .render import frame


def cells(table: Detection) -> pd.DataFrame:
    """The body as text: ``value (low–high) [published]``, three decimals as the paper prints."""
    body = pd.DataFrame(index=table.precision.index, columns=table.precision.columns, dtype=object)
    for row in body.index:
        for name in body.columns:
            value, low, high, paper = (
                float(part.loc[row, name]) for part in (table.precision, table.lows, table.highs, table.published)
            )
            text = "–" if math.isnan(value) else f"{value:.3f}"
            if not math.isnan(low):
                text += f" ({low:.3f}–{high:.3f})"
            body.loc[row, name] = text if math.isnan(paper) else f"{text} [{paper:.3f}]"
    return body


def csv(table: Detection) -> str:
    """Everything in full precision, a row for each metric and method."""
    rows = [
        {
            "metric": row,
            "method": name,
            "value": table.precision.loc[row, name],
            "low": table.lows.loc[row, name],
            "high": table.highs.loc[row, name],
            "published": table.published.loc[row, name],
            "images": table.images[str(name)],
        }
        for row in table.precision.index
        for name in table.precision.columns
    ]
    return pd.DataFrame(rows).to_csv(index=False, float_format="%.17g")


def markdown(table: Detection) -> str:
    """GitHub Markdown; best in bold."""
    body = cells(table)
    lines = [f"**{escape(table.title)}**", ""]
    lines.append("| | " + " | ".join(escape(table.heads[str(name)]) for name in body.columns) + " |")
    lines.append("|---" + "|---:" * len(body.columns) + "|")
    for row in body.index:
        marked = [
            f"**{body.loc[row, name]}**" if table.best.loc[row, name] else str(body.loc[row, name])
            for name in body.columns
        ]
        lines.append(f"| {escape(table.labels[str(row)])} | " + " | ".join(marked) + " |")
    return "\n".join([*lines, "", escape(table.note), ""])


def latex(table: Detection) -> str:
    """LaTeX table for the ``booktabs`` package; best in bold."""
    body = cells(table)

    def cell(row: object, name: object) -> str:
        text = booktabs.escape(str(body.loc[row, name]))  # type: ignore[index]
        return rf"\textbf{{{text}}}" if table.best.loc[row, name] else text  # type: ignore[index]

    return booktabs.table(
        booktabs.escape(f"{table.title}. {table.note}"),
        table.name,
        ["", *(booktabs.escape(table.heads[str(name)]) for name in body.columns)],
        [[booktabs.escape(table.labels[str(row)]), *(cell(row, name) for name in body.columns)] for row in body.index],
    )


def terminal(table: Detection) -> RichTable:
    """The table for a terminal, methods down, as many do not fit across; best in bold."""
    body = cells(table)
    made = frame(table.title, table.note, ["method", *(table.labels[str(row)] for row in body.index)])
    for name in body.columns:
        marked = [
            Text(str(body.loc[row, name]), style="bold" if table.best.loc[row, name] else "") for row in body.index
        ]
        made.add_row(Text(table.heads[str(name)]), *marked)
    return made
