"""A metric whose module does in a child process what the variable ``UNWILLING`` says: ``raise`` or ``exit``."""

from __future__ import annotations

import multiprocessing
import os

from hifbench.metrics import METRICS

if multiprocessing.parent_process() is not None:
    if os.environ["UNWILLING"] == "exit":
        os._exit(3)
    raise ImportError("no licence for this process")

METRIC = METRICS.get("EN")
