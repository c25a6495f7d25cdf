"""``hifbench report``: tables of a run as CSV, Markdown and LaTeX, and its curves as SVG."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...reports import (
    ablation,
    curves,
    efficiency,
    pareto,
    render,
    render_ablation,
    render_efficiency,
    results,
    robustness,
    tables,
)
from ..files import writable_folder, write_text
from .shared import console, print_wide, say


def command(
    run_dir: Annotated[Path, typer.Argument(help="Run directory.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the report; RUN_DIR/report when left out.")] = None,
) -> None:
    """Write the tables and curves of a run and show the tables."""
    read = results.read(run_dir)
    fallen = robustness.robustness(read)
    made = [*tables.tables(read), *(table for each in fallen for table in (each.areas, each.agreement))]
    sub_tables, costs = ablation.ablations(read), efficiency.of_run(read)
    report = out or run_dir / "report"
    folder = writable_folder(report / "tables")
    for table in made:
        _write(folder / table.name, render.csv(table), render.markdown(table), render.latex(table))
    for sub in sub_tables:
        _write(folder / sub.name, render_ablation.csv(sub), render_ablation.markdown(sub), render_ablation.latex(sub))
    for cost in costs:
        texts = render_efficiency.csv(cost), render_efficiency.markdown(cost), render_efficiency.latex(cost)
        _write(folder / cost.name, *texts)
    drawn = {each.name: (curves.svg(each), curves.csv(each)) for each in fallen}
    drawn |= {each.name: (pareto.svg(each), pareto.csv(each)) for each in pareto.tradeoffs(read)}
    for name, (picture, points) in drawn.items():
        path = writable_folder(report / "curves") / name
        write_text(path.with_name(f"{name}.svg"), picture)
        write_text(path.with_name(f"{name}.csv"), points)
    show(read)
    if drawn:
        say(f"{len(drawn)} sheets of curves in {report / 'curves'}, each as .svg, its points as .csv")
    say(f"{len(made) + len(sub_tables) + len(costs)} tables in {folder}, each as .csv, .md and .tex")


def _write(path: Path, csv: str, markdown: str, latex: str) -> None:
    for suffix, text in (("csv", csv), ("md", markdown), ("tex", latex)):
        write_text(path.with_name(f"{path.name}.{suffix}"), text)


def show(read: results.Results) -> None:
    """Print a run's tables on standard output.

    Of an ablation its sub-tables and of degradations their summaries, which say the same in less space.
    """
    sub_tables = ablation.ablations(read)
    for shown in [render_ablation.terminal(sub) for sub in sub_tables] or map(render.terminal, _in_short(read)):
        print_wide(shown)
        print()
    for cost in efficiency.of_run(read):
        print_wide(render_efficiency.terminal(cost))
        print()
    all_terms = dict.fromkeys(sub.terms for sub in sub_tables)
    for terms in all_terms:
        if not any(other != terms and other.endswith(terms) for other in all_terms):  # says no more than another
            console().print(terms)


def _in_short(read: results.Results) -> list[tables.Table]:
    """A run's tables; where it has robustness curves, their summaries instead of the tables behind them."""
    fallen = robustness.robustness(read)
    summarised = {(*each.areas.data, each.areas.degradation) for each in fallen}
    rest = [table for table in tables.tables(read) if (*table.data, table.degradation) not in summarised]
    return [*rest, *(table for each in fallen for table in (each.areas, each.agreement))]
