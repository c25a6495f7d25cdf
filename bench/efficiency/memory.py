"""Memory that a call takes at its peak, above what was held before it."""

from __future__ import annotations

import gc
from pathlib import Path

import torch

from ..allocator import return_memory

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_PEAK = "5"  # proc(5): sets the peak resident set size to the current one


class MemoryMeter:
    """On a GPU the bytes of torch's allocator, on a CPU the resident set of this process, which Linux alone tells.

    ``ru_maxrss`` would not do: a child inherits the peak of the process that started it.

    Args:
        device: to watch.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._before: int | None = None

    def start(self) -> None:
        """Measure from now on."""
        gc.collect()
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
            self._before = torch.cuda.memory_allocated(self._device)
            return
        return_memory()
        try:
            _CLEAR.write_text(_RESET_PEAK)
            self._before = _resident("VmRSS")
        except OSError:
            self._before = None

    @property
    def peak(self) -> int | None:
        """Bytes taken since the start, at the most; None where the system does not tell."""
        if self._before is None:
            return None
        if self._device.type == "cuda":
            return torch.cuda.max_memory_allocated(self._device) - self._before
        return max(_resident("VmHWM") - self._before, 0)


def _resident(field: str) -> int:
    """Bytes that a line of the process's status names, in kB there."""
    lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
    return int(lines[field].split()[0]) * 1024
