"""``hifbench score``: metrics of fused pictures that any tool has made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from ...errors import UsageError
from ...metrics import METRICS, PAPER_EIGHT
from ...metrics._compute import Selected, select
from ..files import writable_folder, write_text
from ..scoring import Triple, match_triples, score_triples
from .progress import progress
from .shared import Fused, Infrared, Visible, console, names, say

SUFFIXES = (".csv", ".json", ".parquet")


def command(
    ir: Infrared,
    vis: Visible,
    fused: Fused,
    out: Annotated[Path, typer.Option(help="Result file: .csv, .json or .parquet.")],
    metrics: Annotated[
        str | None, typer.Option(help="Metrics, separated by commas, or 'all'; the eight of the paper when left out.")
    ] = None,
    convention: Annotated[str, typer.Option(help="Convention that every metric follows.")] = "default",
) -> None:
    """Score fused pictures against their sources; the three folders are matched by file stem."""
    if out.suffix.lower() not in SUFFIXES:
        raise UsageError(f"--out {out}: end the name in {', '.join(SUFFIXES)}")
    if out.is_dir():
        raise UsageError(f"--out {out} is a folder; give the name of a file in it")
    columns = select(_chosen(metrics, convention.lower()), [convention])
    for column in columns:
        if column.convention != convention.lower():
            say(f"{column.name} is an option of the convention '{column.convention}'")
    triples = match_triples(ir, vis, fused)
    writable_folder(out.parent)
    try:
        table = score_with_progress(triples, columns)
    except KeyboardInterrupt:
        say(f"stopped; {out} was not written")
        raise
    _write(table, out)
    _conclude(table, out)


def _chosen(metrics: str | None, convention: str) -> list[str]:
    """The metrics named; those of the eight, or of all, that have the convention where none is named."""
    everything = metrics is not None and metrics.strip().lower() == "all"
    named = names("--metrics", metrics)
    if named and not everything:
        return named
    asked = METRICS.names() if everything else list(PAPER_EIGHT)
    has = [name for name in asked if convention in METRICS.get(name).conventions]
    if not has:
        known = sorted({known for name in METRICS.names() for known in METRICS.get(name).conventions})
        raise UsageError(f"no metric has a convention '{convention}'; there are: {', '.join(known)}")
    if len(has) < len(asked) and not everything:
        say(f"not under '{convention}': {', '.join(name for name in asked if name not in has)}")
    return has


def score_with_progress(triples: Mapping[str, Triple], columns: Sequence[Selected]) -> pd.DataFrame:
    """Score triples of files with a progress bar; see :func:`hifbench.bench.scoring.score_triples`."""
    with progress() as bar:
        task = bar.add_task("scoring", total=len(triples))
        return score_triples(triples, columns, lambda: bar.advance(task))


def _write(table: pd.DataFrame, out: Path) -> None:
    """Write the rows; an infinite or undefined value is ``inf`` or ``nan``, one that failed is empty (JSON: null)."""
    failed = table["error"].notna()
    match out.suffix.lower():
        case ".csv":
            text = table["value"].map(repr).mask(failed, "")
            write_text(out, table.assign(value=text).to_csv(index=False))
        case ".json":
            rows = table.astype(object).mask(table.isna() & failed.to_numpy()[:, None], None)
            records = rows.assign(error=table["error"].astype(object).where(failed, None)).to_dict("records")
            write_text(out, json.dumps(records, indent=1) + "\n")
        case _:
            try:
                table.to_parquet(out, index=False)
            except OSError as error:
                raise UsageError(f"cannot write {out} ({error.strerror or error}); choose another --out") from error


def _conclude(table: pd.DataFrame, out: Path) -> None:
    """Show means and failures; end with status 1 if there are failures."""
    shown = console()
    for metric, of_metric in table.groupby("metric", sort=False):
        values = of_metric["value"]
        infinite = int(values.isin([float("inf"), float("-inf")]).sum())
        undefined = int((values.isna() & of_metric["error"].isna()).sum())
        told = [f"{infinite} infinite"] * bool(infinite) + [f"{undefined} undefined (NaN)"] * bool(undefined)
        remark = f", {' and '.join(told)}" if told else ""
        shown.print(f"{metric:<16} {values.mean():>12.6g}   mean of {values.count()} of {len(of_metric)} pairs{remark}")
    failed = table[table["error"].notna()]
    for pair, of_pair in failed.groupby("pair", sort=False):
        for message in of_pair["error"].drop_duplicates():
            own = f"pair '{pair}': "  # how errors of pairs begin
            say(f"failed: {pair}: {message.removeprefix(own)}")
    whole = table["pair"].nunique() - failed["pair"].nunique()
    say(f"{whole} of {table['pair'].nunique()} pairs scored without an error; rows in {out}")
    if len(failed):
        raise typer.Exit(1)
