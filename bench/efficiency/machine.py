"""The machine that was measured on."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import torch

from .workload import DTYPE


def describe_machine(device: str, threads: tuple[int, ...]) -> dict[str, Any]:
    """What times depend on, beside the method and the size.

    Args:
        device: ``cpu``, ``cuda`` or ``cuda:i``.
        threads: of the measurements on a CPU.
    """
    described: dict[str, Any] = {"dtype": DTYPE, "torch": torch.__version__, "system": platform.system()}
    if device.startswith("cuda"):
        described["device"] = torch.cuda.get_device_name(torch.device(device))
        described["driver"] = _driver()
        described["cuda"] = torch.version.cuda
    else:
        described["device"] = processor()
        described["cores"] = os.cpu_count()
        described["threads"] = list(threads)
    return described


def thread_settings() -> tuple[int, ...]:
    """One thread, and as many as torch takes of itself."""
    return tuple(dict.fromkeys((1, torch.get_num_threads())))


def load() -> float | None:
    """Processes that want a core, mean over the last minute; None where the system does not tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def busy() -> str:
    """A warning where other work takes the cores that are to be measured, else nothing."""
    wanted, cores = load(), os.cpu_count() or 1
    if wanted is None or wanted <= cores / 2:
        return ""
    return f"this machine is busy (load {wanted:.1f} on {cores} cores): times are those of a busy machine"


def processor() -> str:
    """Name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def _driver() -> str:
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.split()[0]
    except (OSError, subprocess.SubprocessError, IndexError):
        return "unknown"
