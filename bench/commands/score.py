"""``hifbench score``: metrics of fused pictures that any tool has made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import torch
import typer

from ...datasets._images import read_image
from ...datasets._pairing import match_files
from ...datasets._source import FilePair
from ...errors import PairError, UsageError
from ...metrics import PAPER_EIGHT
from ...metrics._compute import Selected, select
from ...metrics._picture import scored
from ..files import writable_folder
from ..sources import as_batch
from ..worker import describe
from .shared import console, progress, say, split_names

COLUMNS = ["pair", "metric", "convention", "value", "error"]
SUFFIXES = (".csv", ".json", ".parquet")


def command(
    ir: Annotated[Path, typer.Option(help="Infrared: folder, or pattern such as 'IR*.bmp'.")],
    vis: Annotated[Path, typer.Option(help="Visible: folder, or pattern.")],
    fused: Annotated[Path, typer.Option(help="Fused: folder, or pattern.")],
    out: Annotated[Path, typer.Option(help="Result file: .csv, .json or .parquet.")],
    metrics: Annotated[str, typer.Option(help="Metrics, separated by commas.")] = ",".join(PAPER_EIGHT),
    convention: Annotated[str, typer.Option(help="Convention that every metric follows.")] = "default",
) -> None:
    """Score fused pictures against their sources; the three folders are matched by file stem."""
    if out.suffix.lower() not in SUFFIXES:
        raise UsageError(f"--out {out}: end the name in {', '.join(SUFFIXES)}")
    columns = select(split_names(metrics), convention)
    matches = match_files({"--ir": ir, "--vis": vis, "--fused": fused})
    writable_folder(out.parent)
    rows: list[dict[str, Any]] = []
    with progress() as bar:
        for key, files in bar.track(matches.items(), description="scoring"):
            rows.extend(_rows(key, files, columns))
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"value": "float64", "error": "string"})
    _write(table, out)
    _conclude(table, out)


def _rows(key: str, files: tuple[Path | None, ...], columns: list[Selected]) -> Iterator[dict[str, Any]]:
    """One row a metric; a pair that cannot be read has them all, with the error."""
    failure: str | None = None
    try:
        images = [scored(as_batch(image)) for image in _read(key, files)]
    except Exception as error:  # one bad file must not end the others
        failure = describe(error)
    for column in columns:
        row: dict[str, Any] = {"pair": key, "metric": column.name, "convention": column.convention, "value": None}
        if failure is None:
            try:
                row["value"] = float(column(*images)[0])
                yield {**row, "error": None}
                continue
            except Exception as error:  # likewise: the other metrics go on
                yield {**row, "error": describe(error)}
                continue
        yield {**row, "error": failure}


def _read(key: str, files: tuple[Path | None, ...]) -> list[torch.Tensor]:
    """The fused, infrared and visible image of one key."""
    ir, vis, fused = files
    missing = [side for side, file in zip(("infrared", "visible", "fused"), files, strict=True) if file is None]
    if ir is None or vis is None or fused is None:
        raise PairError(f"pair '{key}': no {' and no '.join(missing)} image of that name; add it")
    pair = FilePair(key, ir, vis).read()
    picture = read_image(fused)
    if picture.shape[:2] != pair.ir.shape:
        raise PairError(
            f"pair '{key}': the fused image {fused} is {picture.shape[1]}x{picture.shape[0]}, its sources are "
            f"{pair.ir.shape[1]}x{pair.ir.shape[0]}; fuse at the sources' size"
        )
    return [picture, pair.ir, pair.vis]


def _write(table: pd.DataFrame, out: Path) -> None:
    try:
        match out.suffix.lower():
            case ".csv":
                table.to_csv(out, index=False, float_format="%.17g")
            case ".json":
                table.to_json(out, orient="records", indent=1, double_precision=15)
            case _:
                table.to_parquet(out, index=False)
    except OSError as error:
        raise UsageError(f"cannot write {out} ({error.strerror or error}); choose another --out") from error


def _conclude(table: pd.DataFrame, out: Path) -> None:
    """Show means and failures; end with status 1 if there are failures."""
    shown = console()
    for metric, of_metric in table.groupby("metric", sort=False):
        values = of_metric["value"]
        shown.print(f"{metric:<16} {values.mean():>12.6g}   mean of {values.count()} of {len(of_metric)} pairs")
    failed = table[table["error"].notna()]
    for message in failed["error"].drop_duplicates():
        say(f"failed: {message}")
    say(f"{table['pair'].nunique()} pairs scored to {out}")
    if len(failed):
        raise typer.Exit(1)
