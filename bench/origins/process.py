"""Somebody's command: run without a shell, with a time limit and a bounded log, and never longer than hifbench."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import leash

_KEPT = 16 * 1024  # bytes of the log's end
_CHUNK = 64 * 1024
_GRACE = 5.0  # seconds that the leash gets to kill the command
_LINES, _WIDTH = 5, 400  # of the log in an error


@dataclass(frozen=True)
class Ending:
    """How a command ended.

    Attributes:
        status: exit status; 128 and more for a signal, as a shell says it. None when its time was up.
        log: end of what it wrote to standard output and error.
        written: bytes that it wrote there in all.
    """

    status: int | None
    log: str
    written: int

    @property
    def said(self) -> str:
        """Last lines of the log as one, for an error; what a terminal would act on is left out."""
        lines = ["".join(letter for letter in line if letter.isprintable()).strip() for line in self.log.splitlines()]
        last = " | ".join([line for line in lines if line][-_LINES:])
        return f"it said: {last[-_WIDTH:]}" if last else "it said nothing"


def run(command: Sequence[str], timeout: float, environment: Mapping[str, str]) -> Ending:
    """Run a command to its end.

    It is killed, with all that it started, when its time is up, when this is interrupted, and when this process dies.

    Args:
        command: program and arguments.
        timeout: seconds.
        environment: of the command.

    Raises:
        OSError: no process can be started.
    """
    script = Path(leash.__file__).with_suffix(".py")
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(script), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(environment),
        start_new_session=True,  # Ctrl-C reaches every process of a terminal; we decide
    )
    assert process.stdin is not None  # both are pipes
    assert process.stdout is not None
    log, written, over = bytearray(), 0, False
    deadline = time.monotonic() + timeout
    os.set_blocking(process.stdout.fileno(), False)
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not over:
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                # What it left running may keep the pipe open: its own end counts, not the pipe's.
                over = process.poll() is not None
                if selector.select(0 if over else min(left, 0.05)):
                    said = process.stdout.read(_CHUNK)
                    if said:
                        written += len(said)
                        log = (log + said)[-_KEPT:]
                        over = False
                    elif said == b"":
                        process.wait(max(left, 0.0))
                        over = True
    except subprocess.TimeoutExpired:
        over = False
    finally:
        process.stdin.close()  # the leash kills the command
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
    return Ending(process.returncode if over else None, log.decode(errors="replace"), written)


def name_of_status(status: int) -> str:
    """An exit status in words."""
    if status < 0:
        return f"no exit status (what watches it was killed by {_signal(-status)})"
    if status == leash.NOT_STARTED:
        return f"exit status {status} (such a program cannot be started)"
    if status > 128:
        return f"exit status {status} (killed by {_signal(status - 128)})"
    return f"exit status {status}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
