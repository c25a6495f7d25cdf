"""``hifbench report``: tables of a run as CSV, Markdown and LaTeX."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...reports import ablation, render, render_ablation, results, tables
from ..files import writable_folder, write_text
from .shared import console, print_wide, say


def command(
    run_dir: Annotated[Path, typer.Argument(help="Run directory.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the report; RUN_DIR/report when left out.")] = None,
) -> None:
    """Write the tables of a run and show them."""
    read = results.read(run_dir)
    made = tables.tables(read)
    sub_tables = ablation.ablations(read)
    folder = writable_folder((out or run_dir / "report") / "tables")
    for table in made:
        _write(folder / table.name, render.csv(table), render.markdown(table), render.latex(table))
    for sub in sub_tables:
        _write(folder / sub.name, render_ablation.csv(sub), render_ablation.markdown(sub), render_ablation.latex(sub))
    show(read)
    say(f"{len(made) + len(sub_tables)} tables in {folder}, each as .csv, .md and .tex")


def _write(path: Path, csv: str, markdown: str, latex: str) -> None:
    for suffix, text in (("csv", csv), ("md", markdown), ("tex", latex)):
        write_text(path.with_name(f"{path.name}.{suffix}"), text)


def show(read: results.Results) -> None:
    """Print a run's tables on standard output.

    Of an ablation its sub-tables, which say the same in less space unless there are rows that stand in none of them.
    """
    sub_tables = ablation.ablations(read)
    shown = [render_ablation.terminal(sub) for sub in sub_tables]
    if not sub_tables or ablation.elsewhere(read):
        shown += map(render.terminal, tables.tables(read))
    for table in shown:
        print_wide(table)
        print()
    all_terms = dict.fromkeys(sub.terms for sub in sub_tables)
    for terms in all_terms:
        if not any(other != terms and other.endswith(terms) for other in all_terms):  # says no more than another
            console().print(terms)
