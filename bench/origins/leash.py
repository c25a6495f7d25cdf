"""Runs a command so that it never outlives hifbench: a script of its own, for ``process.py``.

Its standard input is a pipe that hifbench never writes to. When that ends, because hifbench says so or was killed, the
command's whole process group is killed. A daemon that leaves its group is not caught.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from threading import Thread

NOT_STARTED = 127  # what a shell says of a command that it cannot find


def kill_group(leader: int) -> None:
    """End a process and all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def kill_at_the_end_of_input(leader: int) -> None:
    """Wait for the end of the pipe, then end the command and this process."""
    while os.read(0, 1):
        pass
    kill_group(leader)
    os._exit(1)


def main(command: list[str]) -> int:
    """Run the command; its exit status, or 128 and the signal's number where one killed it."""
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return NOT_STARTED
    Thread(target=kill_at_the_end_of_input, args=(process.pid,), daemon=True).start()
    status = process.wait()
    kill_group(process.pid)  # what it left running would write into a folder that is gone
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(status)  # the thread waits for input that never comes
