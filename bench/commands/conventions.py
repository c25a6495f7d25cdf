"""``hifbench conventions``: what the toolboxes compute under one name, and which of them a paper could have used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.table import Table
from rich.text import Text

from ...errors import UsageError
from ...metrics import METRICS
from ...metrics._compute import Selected, select
from ...reports.matching import Candidate, Published, conclusion, rank, read_published
from ..scoring import match_triples
from .score import score_with_progress
from .shared import Fused, Infrared, Visible, names, print_wide, say

ALSO_PRINTED_AS = {
    "VIF": ["VIFF"],
    "VIFF": ["VIF"],
    "FMI": ["FMI-PIXEL"],
    "FMI-PIXEL": ["FMI"],
    "MS-SSIM": ["MEF-SSIM"],
    "SSIM": ["MEF-SSIM"],
}
"""Name in a paper -> other metrics that toolboxes print under it."""

command = typer.Typer(help="What the toolboxes compute under one name.", invoke_without_command=True)


@command.callback()
def show(
    context: typer.Context,
    ir: Annotated[Path | None, typer.Option(help="Infrared folder; with all three, the ratios are measured.")] = None,
    vis: Annotated[Path | None, typer.Option(help="Visible folder.")] = None,
    fused: Annotated[Path | None, typer.Option(help="Fused folder.")] = None,
    metrics: Annotated[str | None, typer.Option(help="These metrics only, separated by commas.")] = None,
) -> None:
    """Show what each toolbox computes, and on a set of pictures by how much that differs from the default."""
    if context.invoked_subcommand:
        return
    columns = [column for name in names("--metrics", metrics) or METRICS.names() for column in every_behaviour([name])]
    means: dict[tuple[str, str], float] = {}
    if ir and vis and fused:
        means = _means(columns, ir, vis, fused)
    elif ir or vis or fused:
        raise UsageError("give --ir, --vis and --fused together, or none of them")
    table = Table(box=None, pad_edge=False)
    for heading in ("metric", "convention", *(["mean", "ratio to default"] if means else []), "what it computes"):
        table.add_column(heading, no_wrap=True, justify="right" if heading.startswith(("mean", "ratio")) else "left")
    for column in columns:
        measured = []
        if means:
            own, default = means[column.key], means[column.metric.name, "default"]
            measured = [f"{own:.6g}", f"{own / default:.4f}" if default else "–"]
        table.add_row(Text(column.name), column.convention, *measured, Text(column.behaviour.note))
    print_wide(table)


@command.command("match")
def match(
    ir: Infrared,
    vis: Visible,
    fused: Fused,
    published: Annotated[Path, typer.Option(help="CSV with the columns metric and value, as the paper prints them.")],
) -> None:
    """Rank which convention of each metric could have produced a paper's numbers for one fused set."""
    numbers = read_published(published)
    by_number = []
    for number in numbers:
        name = METRICS.resolve(_metric_name(number))
        by_number.append((number, every_behaviour([name, *ALSO_PRINTED_AS.get(name, [])])))
    columns = {column.key: column for _, of_number in by_number for column in of_number}
    means = _means(list(columns.values()), ir, vis, fused)
    for number, of_number in by_number:
        candidates = rank(number, {column.key: means[column.key] for column in of_number})
        print_wide(_ranking(number, candidates))
        print()


def every_behaviour(metrics: Sequence[str]) -> list[Selected]:
    """Metrics under all their conventions and with each of their options."""
    found: list[Selected] = []
    for name in metrics:
        metric = METRICS.get(name)
        found += select([metric.name], list(metric.conventions))
        found += select([f"{metric.name}@{option}" for option in metric.options]) if metric.options else []
    return found


def _metric_name(number: Published) -> str:
    """A paper's name for a metric in our spelling: Q_P is QP, MS_SSIM is MS-SSIM."""
    for spelling in (number.metric, number.metric.replace("_", "-"), number.metric.replace("_", "").replace("/", "")):
        if spelling.upper() in METRICS.entries:
            return spelling
    return METRICS.resolve(number.metric)


def _means(columns: Sequence[Selected], ir: Path, vis: Path, fused: Path) -> dict[tuple[str, str], float]:
    rows = score_with_progress(match_triples(ir, vis, fused), columns)
    failed = rows[rows["error"].notna()]
    for pair, of_pair in failed.groupby("pair", sort=False):
        say(f"left out: {pair}: {of_pair['error'].iloc[0]}")
    if rows["value"].notna().sum() == 0:
        raise UsageError("no pair could be scored; the lines above say why")
    means = rows.groupby(["metric", "convention"])["value"].mean()
    return {column.key: float(means.get(column.key, float("nan"))) for column in columns}


def _ranking(number: Published, candidates: Sequence[Candidate]) -> Table:
    title = f"{number.metric} = {number.value:.{number.decimals}f}: {conclusion(candidates)}"
    table = Table(title=Text(title), title_justify="left", box=None, pad_edge=False)
    for heading in ("metric", "convention", "mean", "distance", "verdict"):
        table.add_column(heading, no_wrap=True, justify="right" if heading in ("mean", "distance") else "left")
    for one in candidates:
        distance = f"{one.distance:.2%}" if pd.notna(one.distance) and one.distance < 1e6 else "–"
        table.add_row(Text(one.column), one.convention, f"{one.value:.6g}", distance, one.verdict)
    return table
