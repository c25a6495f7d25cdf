"""A child process of the engine ``processes``: one worker behind a pipe, which ends when the pipe does."""

from __future__ import annotations

import os
import pickle
import signal
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Literal

import torch

from ..errors import UsageError
from .allocator import keep_memory
from .cell import Cell
from .worker import Receipt, Setup, describe

Event = Literal["ready", "pair"] | Receipt | Exception
"""What a child says: it is set up, it is done with a pair, it is done with a cell, or what broke it."""


def work(connection: Connection, setup: Setup, folder: Path, threads: int) -> None:
    """Work off the cells that come through the pipe, until its other end is closed.

    Args:
        connection: to the driver; cells come in, events go out.
        setup: makes the worker.
        folder: the driver's working directory, which relative paths start from.
        threads: that this process computes with.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the driver decides
    keep_memory()
    os.chdir(folder)
    torch.set_num_threads(threads)  # whatever the user has set for MKL, which torch prefers to OpenMP's number
    cells: SimpleQueue[Cell] = SimpleQueue()
    Thread(target=_receive, args=(connection, cells), daemon=True).start()

    def say(event: Event) -> None:
        try:
            connection.send(event)
        except OSError:
            os._exit(1)  # nobody is there to work for

    try:
        worker = setup(on_pair=lambda: say("pair"))
    except Exception as error:
        say(_portable(UsageError(f"no worker process can be set up: {describe(error)}")))
    else:
        say("ready")
        while True:
            cell = cells.get()
            try:
                say(worker(cell))
            except Exception as error:
                say(_portable(error))


def _receive(connection: Connection, cells: SimpleQueue[Cell]) -> None:
    """Pass cells on, and end the process as soon as the driver is gone, in the middle of a pair too."""
    while True:
        try:
            cells.put(connection.recv())
        except (EOFError, OSError):
            os._exit(1)


def _portable(error: Exception) -> Exception:
    """The error if it survives the pipe, else one that says the same; with the traceback as a note."""
    try:
        copy: Exception = pickle.loads(pickle.dumps(error))
    except Exception:  # whatever somebody's exception does when it is made again
        copy = RuntimeError(describe(error))
    copy.add_note("In a worker process:\n" + "".join(traceback.format_exception(error)))
    return copy
