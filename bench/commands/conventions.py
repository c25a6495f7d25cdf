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
from ...reports.matching import Candidate, Published, conclusion, rank, read_published, tally
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
    "QP": ["QS"],
}
"""Name in a paper -> other metrics that toolboxes print under it."""

PRINTED_AS = {
    "QMI": "NMI",
    "QG": "QABF",
    "QIE": "QNCIE",
    "FMIW": "FMI-WAVELET",
    "FMIDCT": "FMI-DCT",
    "FMIEDGE": "FMI",
    "VIFP": "VIF",
    "UQI": "UIQI",
    "Q0": "UIQI",
    "STD": "SD",
    "MG": "AG",
    "ENTROPY": "EN",
    "CORR": "CC",
    "MSSIM": "MS-SSIM",
    "PSNRDB": "PSNR",
}
"""Letters of a paper's name for a metric -> ours, where they differ."""

command = typer.Typer(help="What the toolboxes compute under one name.", invoke_without_command=True)


@command.callback()
def show(
    context: typer.Context,
    ir: Annotated[
        Path | None, typer.Option(help="Infrared folder or pattern; with all three, ratios are measured.")
    ] = None,
    vis: Annotated[Path | None, typer.Option(help="Visible folder or pattern.")] = None,
    fused: Annotated[Path | None, typer.Option(help="Fused folder or pattern.")] = None,
    metrics: Annotated[str | None, typer.Option(help="These metrics only, separated by commas.")] = None,
) -> None:
    """Show what each toolbox computes, and on a set of pictures by how much that differs from the default."""
    if context.invoked_subcommand:
        return
    columns = [column for name in names("--metrics", metrics) or METRICS.names() for column in every_behaviour([name])]
    means: dict[tuple[str, str], float] = {}
    failed = False
    if ir and vis and fused:
        values, failed = _values(columns, ir, vis, fused)
        for name in dict.fromkeys(column.metric.name for column in columns):
            means |= _means(values, [column for column in columns if column.metric.name == name])
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
    if failed:
        raise typer.Exit(1)


@command.command("match")
def match(
    ir: Infrared,
    vis: Visible,
    fused: Fused,
    published: Annotated[Path, typer.Option(help="CSV with the columns metric and value, as the paper prints them.")],
) -> None:
    """Rank which convention of each metric could have produced a paper's numbers for one fused set.

    A convention fits when its mean, rounded to the digits printed, is the number; it is near within 1 %.
    """
    wanted: list[tuple[Published, list[Selected]]] = []
    numbers = read_published(published)
    for number in numbers:
        name = metric_called(number.metric.partition("@")[0])
        if name is None:
            say(f"{number.metric} is no metric of ours: left out ('hifbench list metrics' shows what there is)")
            continue
        wanted.append((number, every_behaviour([name, *ALSO_PRINTED_AS.get(name, [])])))
    columns = {column.key: column for _, of_number in wanted for column in of_number}
    if not columns:
        raise UsageError(f"{published} names no metric of ours; 'hifbench list metrics' shows what there is")
    values, failed = _values(list(columns.values()), ir, vis, fused)
    rankings = [rank(number, _means(values, of_number)) for number, of_number in wanted]
    for (number, _), ranking in zip(wanted, rankings, strict=True):
        print(f"{number.metric} = {number.value:.{max(number.decimals, 0)}f}: {conclusion(ranking)}")
        print_wide(_ranking(ranking))
        print()
    for name, count in tally(rankings):
        print(f"{name} fits {count} of {len(wanted)}")
    if failed or len(wanted) < len(numbers):
        raise typer.Exit(1)


def every_behaviour(metrics: Sequence[str]) -> list[Selected]:
    """Metrics under all their conventions and with each of their options."""
    found: list[Selected] = []
    for name in metrics:
        metric = METRICS.get(name)
        found += select([metric.name], list(metric.conventions))
        found += select([f"{metric.name}@{option}" for option in metric.options]) if metric.options else []
    return found


def metric_called(printed: str) -> str | None:
    """Our name for a metric as a paper prints it, letters and digits alone counting; None when there is none."""
    letters = "".join(letter for letter in printed.upper() if letter.isalnum())
    try:
        return METRICS.resolve(PRINTED_AS.get(letters, letters))
    except UsageError:
        return None


def _values(columns: Sequence[Selected], ir: Path, vis: Path, fused: Path) -> tuple[pd.DataFrame, bool]:
    """Values and whether any failed: one row a pair, one column for each (metric, convention), NaN for no value."""
    rows = score_with_progress(match_triples(ir, vis, fused), columns)
    failures = rows[rows["error"].notna()]
    for (pair, error), failed in failures.groupby(["pair", "error"], sort=False):
        own = f"pair '{pair}': "
        which = "everything" if len(failed) == len(columns) else ", ".join(sorted(set(failed["metric"])))
        say(f"failed: {pair}, {which}: {str(error).removeprefix(own)}")
    values = rows.pivot_table(
        index="pair", columns=["metric", "convention"], values="value", aggfunc="first", dropna=False
    )
    if not values.notna().to_numpy().any():
        raise UsageError("no pair could be scored; the lines above say why")
    keys = pd.MultiIndex.from_tuples([column.key for column in columns])
    return values.reindex(columns=keys), bool(len(failures))


def _means(values: pd.DataFrame, columns: Sequence[Selected]) -> dict[tuple[str, str], float]:
    """Means over the pairs that every one of the columns has, so that they compare; NaN for a column without any."""
    keys = [column.key for column in columns if values[column.key].notna().any()]
    common = values[keys].dropna()
    if len(common) < len(values):
        say(f"{columns[0].metric.name}: means over the {len(common)} of {len(values)} pairs that all columns have")
    means = common.mean()
    return {column.key: float(means[column.key]) if column.key in keys else float("nan") for column in columns}


def _ranking(candidates: Sequence[Candidate]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("metric", "convention", "mean", "distance", "verdict"):
        table.add_column(heading, no_wrap=True, justify="right" if heading in ("mean", "distance") else "left")
    for one in candidates:
        distance = f"{one.distance:.2%}" if one.distance < 1e6 else "–"
        table.add_row(Text(one.column), one.convention, f"{one.value:.6g}", distance, one.verdict)
    return table
