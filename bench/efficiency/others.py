"""The cores that other work took while something was measured: times of a busy machine may be longer than its own."""

from __future__ import annotations

import os
import time
from pathlib import Path

SHARE = 0.1
"""Of the cores that this process may use: when others take more, anywhere on the machine, they may be in the way."""

_STAT = Path("/proc/stat")
_COUNTED = (0, 1, 2, 5, 6, 7)
"""Of its numbers: user, nice, system, interrupts, and what another virtual machine took; not idle or waiting."""


class Others:
    """Counts what every process takes, less this one and its children, from when it is made.

    Linux tells; of other systems nothing is known. In a container, too, it tells of the whole machine, whose other work
    need not be on the cores of this process.
    """

    def __init__(self) -> None:
        self._before = _taken()

    def cores(self) -> float | None:
        """Mean number of cores that others took so far, 0 or more; None where the system does not tell.

        The children count as others until they have ended and been waited for.
        """
        now = _taken()
        if self._before is None or now is None:
            return None
        seconds, of_all, own = (after - before for before, after in zip(self._before, now, strict=True))
        return max(of_all - own, 0.0) / seconds if seconds > 0 else 0.0


def _taken() -> tuple[float, float, float] | None:
    """The clock, and the seconds that all processes and this one with its children have computed so far."""
    try:
        numbers = _STAT.read_text(encoding="utf-8").splitlines()[0].split()[1:]
        of_all = sum(int(numbers[place]) for place in _COUNTED) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None
    return time.monotonic(), of_all, sum(os.times()[:4])


def busy(cores: float | None) -> str:
    """A warning where others took so many cores that times may not be those of the machine alone, else nothing."""
    if cores is None or cores <= SHARE * (own := len(os.sched_getaffinity(0))):
        return ""
    return f"other work took {cores:.2g} cores meanwhile, and {own} are for this process: its times may be too long"
