"""``hifbench merge``: several runs as one, such as of methods that ran on different machines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import merging
from .shared import say, waiting


def command(
    run_dirs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run directories, two or more.")],
    out: Annotated[Path, typer.Option(help="Run directory to be made.")],
) -> None:
    """Make one run directory of several that compare; 'hifbench report' reads it as any other."""
    with waiting("merging"):
        plan = merging.merge(run_dirs, out)
    rows = dict.fromkeys(cell.method.row for cell in plan.cells)
    missing = sum(not (out / part).is_file() for part in plan.parts)
    say(f"{out}: {len(run_dirs)} runs, {len(rows)} methods; tables with 'hifbench report {out}'")
    if missing:
        say(f"partial: {missing} of {len(plan.parts)} parts are in none of the runs")
