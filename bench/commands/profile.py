"""``hifbench profile``: parameters, operations, time and memory of methods."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from ... import __version__
from ...errors import UsageError
from ...methods import METHODS
from ...methods._create import check_device
from ...methods._weights import MissingWeightsError, locate
from ...reports import efficiency, render_efficiency
from .. import provenance
from ..efficiency import others
from ..efficiency.apart import Failure, measure_apart
from ..efficiency.machine import busy, describe_machine, load, thread_settings
from ..efficiency.rows import convention, rows_of
from ..efficiency.size import Size
from ..efficiency.workload import Request
from ..experiment import MethodChoice
from ..files import writable_folder, write_text
from ..origins import naming
from ..origins.lookup import origin_of
from ..parts import COLUMNS
from .progress import progress
from .shared import Device, interruptible, print_wide, say

SUFFIXES = (".csv", ".json", ".md")


def command(
    methods: Annotated[
        list[str] | None,
        typer.Argument(metavar="[METHOD ...]", help="Methods or module:callable; all but the slow ones when left out."),
    ] = None,
    size: Annotated[str, typer.Option(help="Of the pair, width x height.")] = "256x256",
    device: Device = "cpu",
    out: Annotated[Path | None, typer.Option(help="Result file: .csv, .json or .md.")] = None,
) -> None:
    """Measure what methods cost, each in a process of its own, and show a table."""
    pixels = Size.parse(size)
    check_device(device)
    if out is not None:
        _check(out)
    threads = thread_settings()
    requests = [Request(MethodChoice(name=name), pixels, device, threads) for name in _chosen(methods or [])]
    machine = describe_machine(device, threads) | {"load": load()}
    warning = busy()
    if warning:
        say(warning)
    rows = pd.DataFrame(_measure(requests), columns=COLUMNS.names).astype({"value": "float64", "error": "string"})
    shown = efficiency.of_rows(
        rows,
        convention(requests[0]),
        [request.method.row for request in requests],
        [machine],
        [f"{warning[0].upper()}{warning[1:]}."] if warning else [],
    )
    print_wide(render_efficiency.terminal(shown))
    if out is not None:
        _write(out, rows, shown, machine)
        say(f"results in {out}")
    if rows["error"].notna().any():
        raise typer.Exit(1)


def _check(out: Path) -> None:
    """Refuse what would fail when all is measured."""
    if out.suffix.lower() not in SUFFIXES:
        raise UsageError(f"--out {out}: end the name in {', '.join(SUFFIXES)}")
    if out.is_dir():
        raise UsageError(f"--out {out} is a folder; give the name of a file in it")
    writable_folder(out.parent)


def _chosen(named: Sequence[str]) -> list[str]:
    """The methods named, each once; else all that are not slow and have weights if they need any."""
    chosen = list(dict.fromkeys(naming.resolve(name) for name in named))
    for name in chosen or METHODS.names():
        card = origin_of(MethodChoice(name=name)).card
        if card.needs_results:
            if named:
                raise UsageError(f"{name} has no code here, and imported results have no cost; leave it out")
            continue
        if card.slow and not named:
            say(f"skipped: {name}: slow; name it to measure it")
            continue
        if card.needs_weights:
            try:
                locate(card)
            except MissingWeightsError as error:
                if named:
                    raise
                say(f"skipped: {name}: {error}")
                continue
        if not named:
            chosen.append(name)
    if not chosen:
        raise UsageError("no method is left to measure; name one, see 'hifbench list methods'")
    return chosen


def _measure(requests: Sequence[Request]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    with progress() as bar, interruptible() as check:
        task = bar.add_task("measuring", total=len(requests))
        for request in requests:
            name = request.method.row

            def show(phase: str, name: str = name) -> None:
                bar.update(task, description=f"{name}: {phase}")

            outcome = measure_apart(request, show, check)
            if isinstance(outcome, Failure):
                say(f"failed: {name}: {outcome.error}")
            elif warning := others.busy(outcome.others):
                say(f"busy machine: {name}: {warning}")
            rows += rows_of(request, outcome)
            bar.advance(task)
    return rows


def _write(out: Path, rows: pd.DataFrame, shown: efficiency.Efficiency, machine: dict[str, Any]) -> None:
    """Write the rows in the results' long format, those with all that was recorded beside, or the table."""
    match out.suffix.lower():
        case ".csv":
            text = rows["value"].map(repr).mask(rows["error"].notna(), "")  # undefined is nan, failed is empty
            write_text(out, rows.assign(value=text).to_csv(index=False))
        case ".json":
            content = {
                "hifbench": {"version": __version__, **provenance.source_state()},
                "versions": provenance.versions(),
                "machine": machine,
                "note": shown.note,
                "rows": rows.astype(object).where(rows.notna(), None).to_dict("records"),
            }
            write_text(out, json.dumps(content, indent=1) + "\n")
        case _:
            write_text(out, render_efficiency.markdown(shown))
