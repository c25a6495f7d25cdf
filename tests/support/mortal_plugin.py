"""A method that does what may happen to any: its process is killed, or it takes ten minutes.

Tests make it known through a distribution of its own, see ``plugged`` in ``tests/bench/test_processes.py``.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import torch
from torch import Tensor

from hifbench.methods import FusionMethod, MethodCard


class Mortal(FusionMethod):
    """The visible image, unless its process is killed over it.

    Args:
        marks: folder of a file for each process that began to sleep, with its number of threads, or was killed.
        deaths: so many processes are killed; those that follow live.
        sleep: seconds before the result.
    """

    card = MethodCard(name="mortal", title="Mortal", paper="none")

    def __init__(self, *, marks: str = "", deaths: int = 0, sleep: float = 0.0) -> None:
        super().__init__()
        self.marks, self.deaths, self.sleep = Path(marks), deaths, sleep

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        for death in range(self.deaths):
            try:
                (self.marks / str(death)).touch(exist_ok=False)
            except FileExistsError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)
        if self.sleep:
            (self.marks / str(os.getpid())).write_text(str(torch.get_num_threads()))
            time.sleep(self.sleep)
        return vis
