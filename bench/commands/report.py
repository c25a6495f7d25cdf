"""``hifbench report``: a run as a static site, with its tables as files, its curves as SVG, and its statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from ...reports import (
    ablation,
    balance,
    detection,
    efficiency,
    render,
    render_ablation,
    render_detection,
    render_efficiency,
    results,
    robustness,
    tables,
)
from ...reports.failures import failures
from ...reports.folder import Folder
from ..files import writable_folder
from .shared import console, print_wide, say

if TYPE_CHECKING:
    from ...reports.statistics import Statistics

SHOWN_ERRORS = 5


def command(
    run_dir: Annotated[Path, typer.Argument(help="Run directory.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the report; RUN_DIR/report when left out.")] = None,
) -> None:
    """Write the tables, curves, statistics and pages of a run, and show the tables and who is significantly better."""
    from ...reports import site  # with Jinja and scipy.stats, which take half a second to import

    read = balance.balanced(results.read(run_dir))
    report = writable_folder(out or run_dir / "report")
    with Folder(report) as folder:
        content = site.of(run_dir, read)
        fallen_tables = [table for each in content.robustness for table in each.tables]
        for table in [*content.tables, *fallen_tables]:
            _write(folder, table.name, render.csv(table), render.markdown(table), render.latex(table))
        for sub in content.ablations:
            texts = render_ablation.csv(sub), render_ablation.markdown(sub), render_ablation.latex(sub)
            _write(folder, sub.name, *texts)
        found = [*content.detections, *content.falls]
        for of_boxes in found:
            texts = (
                render_detection.csv(of_boxes), render_detection.markdown(of_boxes), render_detection.latex(of_boxes)
            )  # fmt: skip
            _write(folder, of_boxes.name, *texts)
        for cost in content.costs:
            texts = render_efficiency.csv(cost), render_efficiency.markdown(cost), render_efficiency.latex(cost)
            _write(folder, cost.name, *texts)
        drawn = [*content.robustness_curves, *content.recall_curves, *content.fronts]
        for drawing in drawn:
            folder.text(f"curves/{drawing.name}.svg", drawing.svg())
            folder.text(f"curves/{drawing.name}.csv", drawing.csv())
        show(read, content.robustness, content.tables)
        _compare(content.statistics, folder)
        written = site.write(content, folder)
    for line in written.damaged:
        say(line)
    failed = failures(read.scores)
    for failure in failed[:SHOWN_ERRORS]:
        say(f"failed: {failure}")
    if len(failed) > SHOWN_ERRORS:
        say(f"failed: {len(failed) - SHOWN_ERRORS} more errors, on the pages of the methods")
    if drawn:
        say(f"{len(drawn)} sheets of curves in {report / 'curves'}, each as .svg, its points as .csv")
    count = len(content.tables) + len(fallen_tables) + len(content.ablations) + len(found) + len(content.costs)
    say(f"{count} tables in {report / 'tables'}, each as .csv, .md and .tex")
    if content.statistics:
        compared, where = len(content.statistics), report / "statistics"
        say(f"statistics of {compared} tables in {where}: .md, .csv, and critical differences as .svg")
    if not written.pictures:
        say("no pictures were kept; 'hifbench run' with --keep-fused adds them, and the report then shows them")
    say(f"site: open {report / 'index.html'}")
    if tables.refused(read):
        raise typer.Exit(1)


def _compare(found: Sequence[Statistics], folder: Folder) -> None:
    """Write the statistics of a run's tables and print what they come to."""
    from ...reports.statistics import critical_difference
    from ...reports.statistics import render as render_statistics

    for each in found:
        name = f"statistics/{each.name}"
        for kind, text in render_statistics.csvs(each).items():
            folder.text(f"{name}-{kind}.csv", text)
        folder.text(f"{name}.md", render_statistics.markdown(each))
        diagram = critical_difference.svg(each)
        if diagram:
            folder.text(f"{name}-ranks.svg", diagram)
        console().print(Text(f"{each.title}, convention {each.convention}: best by average rank"))
        for line in render_statistics.in_short(each):
            console().print(Text(f"  {line}"))
        print()


def _write(folder: Folder, name: str, csv: str, markdown: str, latex: str) -> None:
    for suffix, text in (("csv", csv), ("md", markdown), ("tex", latex)):
        folder.text(f"tables/{name}.{suffix}", text)


def show(read: results.Results, fallen: Sequence[robustness.Robustness], boards: Sequence[tables.Table]) -> None:
    """Print a run's tables on standard output.

    Of an ablation its sub-tables, which say the same in less space unless there are rows that stand in none of them; of
    degradations their summaries.

    Args:
        read: the run.
        fallen: its robustness.
        boards: its leaderboards.
    """
    for line in tables.refused(read):
        say(f"refused: {line}")
    sub_tables = ablation.ablations(read)
    shown = [render_ablation.terminal(sub) for sub in sub_tables]
    if not sub_tables or ablation.elsewhere(read):
        shown += map(render.terminal, _in_short(boards, fallen))
    for table in [*shown, *map(render_detection.terminal, _found_in_short(read))]:
        print_wide(table)
        print()
    for cost in efficiency.of_run(read):
        print_wide(render_efficiency.terminal(cost))
        print()
    all_terms = dict.fromkeys(sub.terms for sub in sub_tables)
    for terms in all_terms:
        if not any(other != terms and other.endswith(terms) for other in all_terms):  # says no more than another
            console().print(terms)


def _in_short(boards: Sequence[tables.Table], fallen: Sequence[robustness.Robustness]) -> list[tables.Table]:
    """The leaderboards; where it has robustness curves, their summaries instead of the tables behind them."""
    summarised = {each.areas.group[:3] for each in fallen}
    rest = [table for table in boards if table.group[:3] not in summarised]
    return [*rest, *(table for each in fallen for table in each.tables)]


def _found_in_short(read: results.Results) -> list[detection.Detection]:
    """Average precision on clean images, and of each degradation the headline at its severities."""
    clean = [row for row in read.plan["evaluations"] if row["degradation"] == "none"]
    of_clean = replace(read, plan={**read.plan, "evaluations": clean})
    return [*detection.detections(of_clean), *detection.falls(read)]
