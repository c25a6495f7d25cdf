"""Progress of long work: a bar on a terminal, and a plain line now and then where standard error is none."""

from __future__ import annotations

from time import monotonic
from typing import Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

STEP, PAUSE = 10, 30.0
"""Per cent from one line to the next, and seconds that are between them at least."""


def duration(seconds: float) -> str:
    """A span of time to two digits or so: ``40 s``, ``25 min`` or ``3.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def progress(*columns: ProgressColumn) -> Progress:
    """A progress display on standard error.

    Args:
        columns: of the bar, after the description; how many of how many, and the time that is left, when left out.
    """
    shown = columns or (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return _Display(TextColumn("{task.description}"), *shown, console=Console(stderr=True))


class _Display(Progress):
    """A bar where the console is a terminal; else lines on its first task, of which the others are parts."""

    def __init__(self, *columns: ProgressColumn, console: Console) -> None:
        super().__init__(*columns, console=console, disable=not console.is_terminal, transient=True)
        self._said, self._when = 0, monotonic()

    def update(self, task_id: TaskID, **changes: Any) -> None:
        """See :meth:`Progress.update`."""
        super().update(task_id, **changes)
        self._tell(task_id)

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        """See :meth:`Progress.advance`."""
        super().advance(task_id, advance)
        self._tell(task_id)

    def _tell(self, task_id: TaskID) -> None:
        task = self.tasks[0]
        if not self.disable or task_id != task.id or not task.total:
            return
        share = int(task.percentage)
        self._said = min(self._said, share)  # it may have begun anew
        if share - self._said < STEP or monotonic() - self._when < PAUSE:
            return
        self._said, self._when = share, monotonic()
        left = task.time_remaining
        typer.echo(f"{task.description}: {share} %{f', about {duration(left)} left' if left else ''}", err=True)
