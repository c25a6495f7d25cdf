"""A sub-table of the ablation as CSV, Markdown, LaTeX and on the terminal: metrics down, variants across."""

from __future__ import annotations

import math

import pandas as pd
from rich.table import Table as RichTable
from rich.text import Text

from . import booktabs
from .ablation import Ablation
from .markdown import escape
from .render import frame, number


def cells(table: Ablation) -> pd.DataFrame:
    """The body as text: ``mean ± spread [published]``; ``(n)`` where it is over fewer seeds than there should be."""
    body = pd.DataFrame(index=table.means.index, columns=table.means.columns, dtype=object)
    for metric in body.index:
        for label in body.columns:
            body.loc[metric, label] = _cell(table, str(metric), str(label))
    return body


def _cell(table: Ablation, metric: str, label: str) -> str:
    mean, spread, paper = (float(frame[label][metric]) for frame in (table.means, table.spreads, table.published))
    seeds, expected = int(table.seeds[label][metric]), table.expected[label]
    text = number(mean)
    if not seeds and label in table.faults and metric in table.computed:
        text = "diverged"
    elif seeds:
        if math.isfinite(spread):
            text += f" ± {spread:.{len(text.partition('.')[2])}f}"
        if seeds < expected:
            text += f" ({seeds} of {expected} seeds)"
    return text if math.isnan(paper) else f"{text} [{paper:.2f}]"  # printed with two decimals


def csv(table: Ablation) -> str:
    """Everything in full precision, a row for each metric and variant."""
    rows = [
        {
            "metric": metric,
            "variant": label,
            "mean": table.means.loc[metric, label],
            "sd": table.spreads.loc[metric, label],
            "seeds": table.seeds.loc[metric, label],
            "seeds expected": table.expected[str(label)],
            "published": table.published.loc[metric, label],
            "fault": table.faults.get(str(label), ""),
        }
        for metric in table.means.index
        for label in table.means.columns
    ]
    return pd.DataFrame(rows).to_csv(index=False, float_format="%.17g")


def markdown(table: Ablation) -> str:
    """GitHub Markdown; best in bold."""
    body = cells(table)
    lines = [f"**{escape(table.title)}**", ""]
    lines.append("| metric | " + " | ".join(escape(str(label)) for label in body.columns) + " |")
    lines.append("|---" + "|---:" * len(body.columns) + "|")
    for metric in body.index:
        marked = [
            f"**{body.loc[metric, label]}**" if table.best.loc[metric, label] else str(body.loc[metric, label])
            for label in body.columns
        ]
        lines.append(f"| {escape(table.labels[str(metric)])} | " + " | ".join(marked) + " |")
    return "\n".join([*lines, "", escape(f"{table.terms} {table.note}"), ""])


def latex(table: Ablation) -> str:
    """LaTeX table for the ``booktabs`` package; best in bold."""
    body = cells(table)

    def cell(metric: object, label: object) -> str:
        text = booktabs.escape(str(body.loc[metric, label]))  # type: ignore[index]
        return rf"\textbf{{{text}}}" if table.best.loc[metric, label] else text  # type: ignore[index]

    return booktabs.table(
        booktabs.escape(f"{table.title}. {table.terms} {table.note}"),
        table.name,
        ["metric", *(booktabs.escape(str(label)) for label in body.columns)],
        [
            [booktabs.escape(table.labels[str(metric)]), *(cell(metric, label) for label in body.columns)]
            for metric in body.index
        ],
    )


def terminal(table: Ablation) -> RichTable:
    """The table for a terminal, without its terms; best in bold."""
    body = cells(table)
    shown = frame(table.title, table.note, ["metric", *map(str, body.columns)])
    for metric in body.index:
        marked = [
            Text(str(body.loc[metric, label]), style="bold" if table.best.loc[metric, label] else "")
            for label in body.columns
        ]
        shown.add_row(Text(table.labels[str(metric)]), *marked)
    return shown
