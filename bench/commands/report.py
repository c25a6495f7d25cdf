"""``hifbench report``: tables of a run as CSV, Markdown and LaTeX."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...reports import render, results, tables
from ..files import writable_folder, write_text
from .shared import print_wide, say


def command(
    run_dir: Annotated[Path, typer.Argument(help="Run directory.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the report; RUN_DIR/report when left out.")] = None,
) -> None:
    """Write the tables of a run and show them."""
    made = tables.tables(results.read(run_dir))
    folder = writable_folder((out or run_dir / "report") / "tables")
    for table in made:
        for suffix, text in (
            ("csv", render.csv(table)),
            ("md", render.markdown(table)),
            ("tex", render.latex(table)),
        ):
            write_text(folder / f"{table.name}.{suffix}", text)
        show(table)
    say(f"{len(made)} tables in {folder}, each as .csv, .md and .tex")


def show(table: tables.Table) -> None:
    """Print a table on standard output."""
    print_wide(render.terminal(table))
    print()
