"""``hifbench baseline``: the scores of a run as a small file, for 'hifbench check' to hold other runs against."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import UsageError
from ...reports import results
from ...reports.gate import baseline
from ..files import write_text
from .shared import say

command = typer.Typer(help="Baselines for 'hifbench check'.", no_args_is_help=True)


@command.callback()
def _group() -> None:
    """Baselines for 'hifbench check'."""


@command.command("make")
def make(
    run_dir: Annotated[Path, typer.Argument(help="Run directory.")],
    out: Annotated[Path, typer.Option(help="File of the baseline, JSON, to be committed.")],
) -> None:
    """Write the baseline of a run."""
    if out.exists():
        raise UsageError(f"{out} exists; move on with 'hifbench check --against {out} --update --reason TEXT'")
    made = baseline.make(results.read(run_dir), "made")
    write_text(out, baseline.text(made))
    count = len(made.rows())
    say(f"{out}: {made.floor} pairs, {count} values; commit it, and hold runs against it with 'hifbench check'")
