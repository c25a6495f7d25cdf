"""The ``hifbench`` command: one file per command in ``commands``, one place for errors and exit status."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from .. import __version__
from ..errors import HifbenchError
from .commands import data, doctor, fuse, listing, report, run, score

app = typer.Typer(
    name="hifbench",
    help="Benchmark of heterogeneous image fusion: methods over data sets, scores that anyone can check.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("list")(listing.list_things)
app.add_typer(data.app, name="data")
app.command("fuse")(fuse.fuse)
app.command("score")(score.score)
app.command("run")(run.run)
app.command("report")(report.report)
app.command("doctor")(doctor.doctor)

INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"hifbench {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of the command itself."""


def main() -> None:
    """Run the command line; every error raised on purpose is one line and its exit status."""
    try:
        app()
    except HifbenchError as error:
        print(f"hifbench: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        print("\nhifbench: stopped", file=sys.stderr)
        sys.exit(INTERRUPTED)
