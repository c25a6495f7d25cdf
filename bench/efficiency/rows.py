"""A profile as rows of the results."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ..cell import CLEAN
from .apart import Failure
from .others import busy
from .profile import Profile
from .workload import DATASET, SPLIT, Request, pair_id

TASK = "efficiency"

METRICS = ("parameters", "parameters-used", "flops", "macs", "memory-bytes")
"""Of a size on a kind of device; the rows ``uncounted OPERATOR`` join them, in elements written."""

TIMES = ("latency-ms", "latency-iqr-ms", "latency-runs", "pairs-per-second", "best-batch")
"""Of a size on a kind of device with so many threads; ``pairs-per-second`` and ``best-batch`` with the most threads."""

EXTRA = ("iterations-measured", "batch-out-of-memory", "batch-failed")
"""Rows that are there where it was so: iterations of which the time was extended to all of a method's; a batch for
which there was not memory enough; a batch that failed in another way.
"""

OTHERS = "cores-taken-by-others"
"""Row that is there where the machine was busy: cores that other work took, mean over the measurement."""

VERSION = 3
"""Raised when the same method would be measured in another way, so that no old part is reused."""


def convention(request: Request, threads: int = 0) -> str:
    """Size and kind of device, and the threads where there is a choice, such as ``256x256 cpu 1 thread``."""
    words = [str(request.size), request.device.partition(":")[0]]
    if threads:
        words.append(f"{threads} thread{'s' * (threads > 1)}")
    return " ".join(words)


def rows_of(request: Request, outcome: Profile | Failure) -> list[dict[str, Any]]:
    """Rows with every column of the results; of a failure one for each metric, with the error.

    What is not known is NaN: the quartiles of one run, memory where the system does not tell, operations of a method
    that hands over to numpy.
    """
    shared = {
        "dataset": DATASET,
        "split": SPLIT,
        "pair": pair_id(),
        "method": request.method.row,
        "degradation": CLEAN.degradation,
        "severity": CLEAN.severity,
        "seed": CLEAN.seed,
        "task": TASK,
    }
    error = outcome.error if isinstance(outcome, Failure) else None
    values = _nothing(request) if isinstance(outcome, Failure) else _values(request, outcome)
    return [
        {**shared, "metric": metric, "convention": under, "value": value, "error": error}
        for metric, under, value in values
    ]


def _values(request: Request, profile: Profile) -> Iterator[tuple[str, str, float | None]]:
    whole = convention(request)
    operations = profile.operations
    flops, macs = (math.nan, math.nan) if "numpy" in operations.uncounted else (operations.flops, operations.macs)
    counts = (profile.parameters, profile.used, flops, macs, _known(profile.memory))
    yield from ((metric, whole, value) for metric, value in zip(METRICS, counts, strict=True))
    yield from ((f"uncounted {name}", whole, elements) for name, elements in operations.uncounted.items())
    if busy(profile.others):
        yield OTHERS, whole, profile.others
    most = max(profile.latencies)
    extra = (profile.iterations_measured, profile.throughput.memory_ended, profile.throughput.failed)
    for threads, latency in profile.latencies.items():
        under = convention(request, threads)
        times = (latency.median * 1000, _known(latency.iqr) * 1000, latency.runs)
        yield from ((metric, under, value) for metric, value in zip(TIMES[:3], times, strict=True))
        if threads == most:
            yield TIMES[3], under, profile.throughput.rate
            yield TIMES[4], under, profile.throughput.batch
            yield from ((metric, under, value) for metric, value in zip(EXTRA, extra, strict=True) if value)


def _known(value: float | None) -> float:
    return math.nan if value is None else value


def _nothing(request: Request) -> Iterator[tuple[str, str, float | None]]:
    yield from ((metric, convention(request), None) for metric in METRICS)
    settings = (0,) if request.device.startswith("cuda") else request.threads
    for threads in settings:
        times = TIMES if threads == settings[-1] else TIMES[:3]
        yield from ((metric, convention(request, threads), None) for metric in times)
