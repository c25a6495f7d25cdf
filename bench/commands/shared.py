"""Options that several commands take, and how they speak to the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

DataRoot = Annotated[
    Path | None,
    typer.Option("--data", envvar="HIFBENCH_DATA", help="Data root: holds one folder per data set."),
]
Device = Annotated[str, typer.Option("--device", help="cpu, cuda or cuda:i.")]


def console() -> Console:
    """Standard output; as wide as a table needs where nobody looks at it."""
    out = Console(highlight=False)
    if not out.is_terminal:
        out = Console(highlight=False, width=200)
    return out


def say(text: str) -> None:
    """A line of information on standard error."""
    typer.echo(text, err=True)


def progress() -> Progress:
    """A progress bar on standard error; silent where that is no terminal."""
    err = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        disable=not err.is_terminal,
        transient=True,
    )


def split_names(text: str | None) -> list[str]:
    """Names separated by commas."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]
