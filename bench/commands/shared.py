"""Options that several commands take, and how they speak to the terminal."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.progress import Progress
from rich.status import Status

from ...errors import UsageError
from ..validation import typed_setting

if TYPE_CHECKING:
    from ...methods._iterative import Watch  # imports torch, which 'hifbench list' does without

DataRoot = Annotated[
    Path | None,
    typer.Option("--data", envvar="HIFBENCH_DATA", help="Data root: holds one folder per data set."),
]
Infrared = Annotated[Path, typer.Option("--ir", help="Infrared: folder, or pattern such as 'IR*.bmp'.")]
Visible = Annotated[Path, typer.Option("--vis", help="Visible: folder, or pattern.")]
Fused = Annotated[Path, typer.Option("--fused", help="Fused: folder, or pattern.")]
Device = Annotated[str, typer.Option("--device", help="cpu, cuda or cuda:i.")]


def console() -> Console:
    """Standard output, without colours of its own."""
    return Console(highlight=False)


def print_wide(content: RenderableType) -> None:
    """Print on standard output at the content's own width: a table that loses letters cannot be read."""
    out = console()
    needed = Measurement.get(Console(width=10_000), out.options.update(width=10_000), content).maximum
    Console(highlight=False, width=max(out.width if out.is_terminal else 0, needed)).print(content)


def say(text: str) -> None:
    """A line of information on standard error."""
    typer.echo(text, err=True)


def iteration_bar(bar: Progress, check: Callable[[], None]) -> Watch:
    """A second bar, of the pair in hand, for methods that optimise anew for each pair.

    Args:
        bar: to add it to.
        check: of :func:`interruptible`.
    """
    task = bar.add_task("iteration", visible=False)

    def show(iteration: int, iterations: int, value: float) -> None:
        text = f"iteration, at {value:.4g}"
        bar.update(task, completed=iteration, total=iterations, description=text, visible=iteration < iterations)
        check()

    return show


def waiting(what: str) -> Status:
    """A sign of life on standard error while something has no measurable progress; silent where no terminal is."""
    return Console(stderr=True, quiet=not Console(stderr=True).is_terminal).status(what)


@contextmanager
def interruptible() -> Iterator[Callable[[], None]]:
    """Ctrl-C stops at once, and at the latest when the function that this gives is called next.

    Python drops a KeyboardInterrupt that happens to be raised inside a finaliser or a callback of a library; a run
    that was told to stop would then go on to its end.
    """
    asked = False

    def stop(number: int, frame: object) -> None:
        nonlocal asked
        asked = True
        raise KeyboardInterrupt

    def check() -> None:
        if asked:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)


def names(option: str, text: str | None) -> list[str] | None:
    """Names separated by commas; None when the option was not given.

    Raises:
        UsageError: the option was given and names nothing.
    """
    if text is None:
        return None
    found = [name.strip() for name in text.split(",") if name.strip()]
    if not found:
        raise UsageError(f"{option} names nothing; leave it out, or write names separated by commas")
    return found


def settings_of(settings: Sequence[str]) -> dict[str, Any]:
    """All ``--set key=value`` as a mapping; of a key that is set twice the last value.

    Raises:
        UsageError: no ``=`` in one of them.
    """
    return dict(map(typed_setting, settings))
