"""A fresh process for each method: none warms caches, keeps memory or loads libraries for the next."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from threading import Thread

from ..processes import inheritance
from ..worker import describe, may_pass
from .others import Others
from .profile import Profile, measure
from .workload import Request

_TICK = 0.5  # seconds after which the caller looks up though the child says nothing


@dataclass(frozen=True)
class Failure:
    """Why there is no profile.

    Attributes:
        error: one line.
        again: whether another try may fare better; not where the method itself refuses.
    """

    error: str
    again: bool


@dataclass(frozen=True)
class _SoFar:
    """A profile as it stands should the process die in what it tries next."""

    profile: Profile


def measure_apart(
    request: Request,
    on_phase: Callable[[str], None] = lambda phase: None,
    on_wait: Callable[[], None] = lambda: None,
) -> Profile | Failure:
    """Measure a method in a process of its own, which ends with this call.

    Where the process dies in search of the best batch, which may take more memory than there is, what it had measured
    before stands, with that batch as the one for which there was not enough.

    Args:
        request: what to measure.
        on_phase: told what is measured now.
        on_wait: called at least once a second; what it raises ends the measurement.
    """
    others = Others()
    outcome = _measured(request, on_phase, on_wait)
    return outcome if isinstance(outcome, Failure) else replace(outcome, others=others.cores())


def _measured(request: Request, on_phase: Callable[[str], None], on_wait: Callable[[], None]) -> Profile | Failure:
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(there, request), daemon=True)
    with inheritance(max(request.threads)):
        child.start()
    there.close()
    so_far: Profile | None = None
    try:
        while True:
            on_wait()
            if here.poll(_TICK):
                said: str | _SoFar | Profile | Failure = here.recv()
                if isinstance(said, _SoFar):
                    so_far = said.profile
                elif isinstance(said, str):
                    on_phase(said)
                else:
                    return said
    except (EOFError, OSError):
        child.join()
        if so_far is not None:
            return so_far
        status = child.exitcode or 0
        how = f"exit status {status}" if status >= 0 else _signal_name(-status)
        return Failure(f"the process that measured it died ({how})", again=True)
    finally:
        here.close()
        child.kill()
        child.join()


def _work(connection: Connection, request: Request) -> None:
    """The child's side: phases, then the profile or the failure."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the caller decides
    Thread(target=_end_with_the_caller, daemon=True).start()
    try:
        answer: Profile | Failure = measure(request, connection.send, lambda profile: connection.send(_SoFar(profile)))
    except Exception as error:  # somebody else's method must not end the others
        answer = Failure(describe(error), again=may_pass(error))
    connection.send(answer)
    connection.close()
    os._exit(0)  # without the seconds that some libraries take to end


def _end_with_the_caller() -> None:
    """End this process when the one that started it is gone, in the middle of a measurement too."""
    caller = parent_process()
    assert caller is not None  # this is a child
    caller.join()
    os._exit(1)


def _signal_name(number: int) -> str:
    name = signal.Signals(number).name
    return f"{name}, perhaps for want of memory" if name == "SIGKILL" else name
