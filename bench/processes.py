"""The engine ``processes``: one worker in each of several processes of this machine.

The driver hands out one cell at a time, so that nothing is lost with a process but the cell in its hands. Each child
has one duplex pipe. Its end tells the driver that the child died, and the child that the driver did.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path

from ..errors import MethodError, UsageError
from . import child
from .cell import Cell
from .engine import threads_each
from .schedule import Schedule
from .worker import Receipt, Setup, write_failure

TRIES = 3
"""Workers that may die over one cell before it is given up, or one after the other before they have begun.

After so many false starts the others go on alone; where there are none the run ends.
"""

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_GRACE = 0.5  # seconds in which a child ends by itself
_TICK = 1.0  # seconds after which the driver looks up though no child says anything


class Processes:
    """Works in child processes; what they compute is what :class:`~hifbench.bench.engine.Inline` does, in other order.

    Args:
        workers: number of processes.
        on_pair: called after each pair.
        on_wait: called at least once a second.
    """

    def __init__(
        self, workers: int, on_pair: Callable[[], None] = lambda: None, on_wait: Callable[[], None] = lambda: None
    ) -> None:
        self._workers, self._on_pair, self._on_wait = workers, on_pair, on_wait

    def map(self, setup: Setup, cells: Sequence[Cell]) -> Generator[Receipt]:
        """See :class:`Engine`."""
        crew = _Crew(setup, cells, self._workers, self._on_pair)
        try:
            while crew.unfinished:
                yield from crew.listen()
                self._on_wait()
        finally:
            crew.dismiss()


class _Child:
    """The driver's side of a child process.

    Attributes:
        connection: events come in, cells go out; closed by the system when the child ends.
        ready: whether it is set up.
        cell: in its hands; None when it is idle.
        pairs: of that cell, done.

    Raises:
        UsageError: the process cannot be started.
    """

    def __init__(self, setup: Setup, threads: int) -> None:
        context = get_context("spawn")
        self.connection, other_end = context.Pipe()
        self._process = context.Process(target=child.work, args=(other_end, setup, Path.cwd(), threads))
        self.ready = False
        self.cell: Cell | None = None
        self.pairs = 0
        try:
            with inheritance(threads):
                self._process.start()
        except OSError as error:
            self.connection.close()
            raise UsageError(
                f"cannot start a worker process ({error.strerror or error}); use fewer --workers"
            ) from error
        finally:
            other_end.close()

    def end(self, deadline: float) -> str:
        """Wait for its end, and make one at the deadline; how it ended."""
        self.connection.close()
        self._process.join(max(0.0, deadline - time.monotonic()))
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        status = self._process.exitcode
        assert status is not None  # it is over
        self._process.close()
        return f"exit status {status}" if status >= 0 else f"killed by {_signal_name(-status)}"


def _signal_name(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
    return f"{name}, perhaps for want of memory" if name == "SIGKILL" else name


class _Crew:
    """The children of one call, and what is left to do.

    Attributes:
        unfinished: cells without a receipt.
    """

    def __init__(self, setup: Setup, cells: Sequence[Cell], workers: int, on_pair: Callable[[], None]) -> None:
        self.unfinished = len(cells)
        self._setup, self._workers, self._on_pair = setup, workers, on_pair
        self._threads = threads_each(workers)
        self._schedule = Schedule(cells)
        self._children: dict[Connection, _Child] = {}
        self._false_starts = 0
        self._deaths: Counter[str] = Counter()
        self._shown: Counter[str] = Counter()

    def listen(self) -> Iterator[Receipt]:
        """Keep the crew complete, wait until somebody says something or a second is over, and act on it."""
        while len(self._children) < min(self._workers, self.unfinished):
            started = _Child(self._setup, self._threads)
            self._children[started.connection] = started
        for connection in wait(list(self._children), timeout=_TICK):
            assert isinstance(connection, Connection)  # nothing else was waited for
            member = self._children[connection]
            try:
                event: child.Event = connection.recv()
            except (EOFError, OSError):
                yield from self._replace(member)
            else:
                yield from self._act(member, event)

    def _act(self, member: _Child, event: child.Event) -> Iterator[Receipt]:
        if isinstance(event, Exception):
            raise event
        if event == "pair":
            member.pairs += 1
            assert member.cell is not None  # it works on one
            self._show(member.cell, member.pairs)
            return
        member.ready = True
        self._false_starts = 0
        self._hand_out(member)
        if isinstance(event, Receipt):
            self.unfinished -= 1
            yield event

    def _hand_out(self, member: _Child) -> None:
        member.cell, member.pairs = self._schedule.next(member), 0
        if member.cell:
            try:
                member.connection.send(member.cell)
            except OSError:  # it died while it was idle, of which its end of the pipe will tell
                self._schedule.put_back(member.cell)
                member.cell = None

    def _show(self, cell: Cell, pairs: int) -> None:
        """Count pairs for the display, those of a second try not once more."""
        for _ in range(pairs - self._shown[cell.part]):
            self._shown[cell.part] += 1
            self._on_pair()

    def _replace(self, member: _Child) -> Iterator[Receipt]:
        """See to what a child that died leaves behind."""
        del self._children[member.connection]
        how = member.end(time.monotonic() + _GRACE)
        self._schedule.release(member)
        if not member.ready:
            self._false_starts += 1
            if self._false_starts == TRIES and any(other.ready for other in self._children.values()):
                self._workers, self._false_starts = len(self._children), 0  # no room for more, it seems
            elif self._false_starts == TRIES:
                raise UsageError(f"worker processes end before they begin ({how}); try --engine inline")
        if member.cell:
            self._deaths[member.cell.part] += 1
            if self._deaths[member.cell.part] < TRIES:
                self._schedule.put_back(member.cell)
            else:
                yield self._give_up(member.cell, member.pairs, how)
        for other in self._children.values():
            if other.ready and not other.cell:
                self._hand_out(other)

    def _give_up(self, cell: Cell, pairs: int, how: str) -> Receipt:
        at = cell.pairs[min(pairs, len(cell.pairs) - 1)]
        error = MethodError(f"its worker process died {TRIES} times, last at pair {at} ({how}); try fewer --workers")
        receipt = write_failure(self._setup, cell, error)
        self.unfinished -= 1
        self._show(cell, len(cell.pairs))
        return receipt

    def dismiss(self) -> None:
        """End all children at once, whatever they are at."""
        for connection in self._children:
            connection.close()
        deadline = time.monotonic() + _GRACE
        for member in self._children.values():
            member.end(deadline)


@contextmanager
def inheritance(threads: int) -> Iterator[None]:
    """What a child that is started here inherits: its number of threads, and that Ctrl-C is not for it.

    OpenMP, MKL and OpenBLAS look for their number of threads once, when they are loaded. The signal is blocked, not
    ignored, so that none is lost: the driver gets it when the child has been started.
    """
    resource_tracker.ensure_running()  # multiprocessing would start it now, and unblock the signal
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, str(threads)))
    can_block = hasattr(signal, "pthread_sigmask")
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if can_block else set()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        if can_block:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
