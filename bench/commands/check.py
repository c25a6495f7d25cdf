"""``hifbench check``: hold a run against a baseline; red where a score moved, is missing, or nothing was measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ...errors import UsageError
from ...reports import results
from ...reports.gate import baseline, junit, render
from ...reports.gate.baseline import Baseline
from ...reports.gate.comparison import Comparison, compare, pairs_compared
from ...reports.gate.facts import changes, facts_of, refuse
from ...reports.gate.moves import Move, moves
from ...reports.gate.rows import rows_of
from ...reports.results import Results
from ..files import write_text
from .shared import print_wide, say


def command(
    run_dir: Annotated[Path, typer.Argument(help="Run directory.")],
    against: Annotated[Path, typer.Option(help="File of the baseline.")],
    junit_file: Annotated[Path | None, typer.Option("--junit", help="Write the answer as JUnit XML.")] = None,
    summary: Annotated[
        Path | None, typer.Option(help="Append the answer as Markdown, such as to $GITHUB_STEP_SUMMARY.")
    ] = None,
    update: Annotated[bool, typer.Option("--update", help="Take the run's values as the baseline.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why the baseline changes; kept in the file.")] = None,
) -> None:
    """Hold a run against a baseline; exit status 1 when a score moved."""
    reason = " ".join((reason or "").split())
    if update and not reason:
        raise UsageError("--update needs --reason TEXT, which is kept in the baseline's history")
    if update and (junit_file or summary):
        raise UsageError("--update gives no answer for --junit or --summary; leave them out, or check without --update")
    if reason and not update:
        raise UsageError("--reason is of --update; give both, or neither")
    title = f"hifbench check: {run_dir} against {against}"
    try:
        before = baseline.read(against)
        after = results.read(run_dir)
        if update:
            _update(against, before, after, reason)
            return
        refuse(before.facts, facts_of(after))
    except UsageError as error:
        _write(junit_file, summary, junit.refusal(title, str(error)), render.refusal(title, str(error)))
        raise
    compared = _compare(before, after)
    directions = {name: card["direction"] for name, card in after.run["metrics"].items()}
    found = moves(compared, directions)
    changed = list(changes(before.facts, facts_of(after)))
    _write(junit_file, summary, junit.junit(title, compared, found), render.markdown(title, compared, found, changed))
    _show(compared, found, changed)
    if compared.is_red:
        raise typer.Exit(1)


def _compare(before: Baseline, after: Results) -> Comparison:
    cells = compare(before.rows(), rows_of(after), before.tolerances, before.ratios)
    incomplete, parts = baseline.missing_parts(after)
    return Comparison(cells, pairs_compared(cells), before.floor, incomplete, parts)


def _show(compared: Comparison, found: Sequence[Move], changed: Sequence[str]) -> None:
    for table in render.terminal(found):
        print_wide(table)
        print()
    lines = [render.more(found), *render.reasons(compared), *render.told(found)]
    if compared.is_red:
        lines += [f"changed beside: {line}" for line in changed]
    for line in filter(None, lines):
        say(line)
    print(render.headline(compared))


def _write(junit_file: Path | None, summary: Path | None, xml: str, markdown: str) -> None:
    if junit_file:
        write_text(junit_file, xml)
    if summary:
        with summary.open("a", encoding="utf-8") as file:
            file.write(markdown)


def _update(path: Path, before: Baseline, after: Results, reason: str) -> None:
    """Rewrite a baseline; where the two compare, values that are the same stay as they were written."""
    try:
        refuse(before.facts, facts_of(after))
        kept = _compare(before, after)
    except UsageError as error:
        say(f"all values are taken anew: {error}")
        kept = None
    made = baseline.make(after, reason, before, kept.cells if kept else None)
    write_text(path, baseline.text(made))
    found = moves(kept, {}) if kept else []
    if kept:
        print(render.headline(kept))
    say(f"{path}: {made.floor} pairs, {len(made.rows())} values; {len(found)} methods and metrics differ from before")
