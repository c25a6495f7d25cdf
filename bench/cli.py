"""The ``hifbench`` command: one file per command in ``commands``, one place for errors and exit status."""

from __future__ import annotations

import ast
import importlib
import io
import sys
from collections.abc import Sequence
from importlib.resources import files
from typing import Annotated

import typer

from .. import __version__
from ..errors import HifbenchError
from .allocator import keep_memory

COMMANDS = {
    "list": "listing",
    "data": "data",
    "fuse": "fuse",
    "score": "score",
    "import": "importing",
    "run": "run",
    "train": "train",
    "weights": "weights",
    "profile": "profile",
    "report": "report",
    "baseline": "baseline",
    "check": "check",
    "merge": "merge",
    "show": "show",
    "conventions": "conventions",
    "doctor": "doctor",
}
"""Name of each command -> its file in ``commands``, which defines ``command``: a function or a group of its own."""

INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C


def build(arguments: Sequence[str]) -> typer.Typer:
    """The command line for a call.

    Args:
        arguments: as typed. When they begin with a command only its file is imported, else none is: neither
            ``hifbench list`` nor ``hifbench --help`` is to wait for torch.
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
    called = COMMANDS.get(arguments[0]) if arguments else None
    if called is None:
        for name, file in COMMANDS.items():
            app.command(name, help=_summary(file))(_never_called)
        return app
    command = importlib.import_module(f".commands.{called}", __package__).command
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=arguments[0])
    else:
        app.command(arguments[0])(command)
    return app


def _summary(file: str) -> str:
    """What a command does, from the first line of its module's docstring: ``hifbench x``: what it does."""
    source = (files(__package__) / "commands" / f"{file}.py").read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(source)) or ""
    text = docstring.splitlines()[0].partition(": ")[2]
    return text[:1].upper() + text[1:]


def _never_called() -> None:
    """Stands for a command in the list of commands."""


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
    """Run the command line; every error that the user can mend is one line and an exit status."""
    keep_memory()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # arrows and marks are not in every terminal's alphabet
    try:
        status = build(sys.argv[1:])(standalone_mode=False)
    except HifbenchError as error:
        status = _complain(str(error), error.exit_status)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        status = _complain(f"{where}{error.strerror or error}; check that the path is right and may be used", 2)
    except KeyboardInterrupt:
        status = _complain("stopped", INTERRUPTED)
    except Exception as error:
        if not hasattr(error, "format_message"):  # not one of the argument parser's
            raise
        message = error.format_message()
        if message.startswith("Usage:"):  # a group called without a command
            print(message, file=sys.stderr)
            status = 2
        else:
            called = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] in COMMANDS else ""
            help = f"'hifbench {called} --help' shows its options" if called else "'hifbench --help' shows the commands"
            status = _complain(f"{' '.join(message.split())} ({help})", 2)
    sys.exit(status or 0)


def _complain(message: str, status: int) -> int:
    print(f"hifbench: {message}", file=sys.stderr)
    return status
