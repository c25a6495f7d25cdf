"""The ``hifbench`` command: one file per command in ``commands``, one place for errors and exit status."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from .. import __version__
from ..errors import HifbenchError

COMMANDS = {
    "list": "listing",
    "data": "data",
    "fuse": "fuse",
    "score": "score",
    "run": "run",
    "report": "report",
    "doctor": "doctor",
}
"""Name of each command -> its file in ``commands``, which defines ``command``: a function or a group of its own."""

INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C


def build(arguments: Sequence[str]) -> typer.Typer:
    """The command line for a call.

    Args:
        arguments: as typed. When they begin with a command only its file is imported: ``hifbench list`` is not to
            wait for torch.
    """
    app = typer.Typer(
        name="hifbench",
        help="Benchmark of heterogeneous image fusion: methods over data sets, scores that anyone can check.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_options)
    for name in [name for name in COMMANDS if name in arguments[:1]] or COMMANDS:
        command = importlib.import_module(f".commands.{COMMANDS[name]}", __package__).command
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"hifbench {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of the command itself."""


def main() -> None:
    """Run the command line; every error raised on purpose is one line and its exit status."""
    try:
        build(sys.argv[1:])()
    except HifbenchError as error:
        print(f"hifbench: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        print("\nhifbench: stopped", file=sys.stderr)
        sys.exit(INTERRUPTED)
