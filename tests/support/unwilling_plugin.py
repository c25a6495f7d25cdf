"""A metric whose module does in a child process what the variable ``UNWILLING`` says.

That is ``raise`` or ``exit``; or the path of a file, which the first process makes and at which the others exit.
"""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

from hifbench.metrics import METRICS

if multiprocessing.parent_process() is not None:
    order = os.environ["UNWILLING"]
    if order == "raise":
        raise ImportError("no licence for this process")
    if order == "exit":
        os._exit(3)
    try:
        Path(order).touch(exist_ok=False)
    except FileExistsError:
        os._exit(3)

METRIC = METRICS.get("EN")
