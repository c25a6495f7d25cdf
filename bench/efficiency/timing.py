"""Time of a call: runs that are repeated until the median is worth printing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles

import torch

Run = Callable[[], object]
Stopwatch = Callable[[Run], float]
"""Seconds that a call takes."""

ROUNDS = 3

ENOUGH, LEAST, MOST = 1.0, 5, 400
"""Seconds over which runs are repeated in a round, and runs that there are at least and at most."""

LONGEST = 30.0
"""Seconds after which there are no more runs, and over which a single run is not repeated."""


@dataclass(frozen=True)
class Latency:
    """Time from the sources on the device to the fused image there.

    Attributes:
        median: seconds.
        iqr: seconds between the quartiles; None with fewer than two runs.
        runs: behind them.
    """

    median: float
    iqr: float | None
    runs: int


def stopwatch(device: torch.device) -> Stopwatch:
    """One for calls that work on ``device``: a GPU's own events there, else the clock."""
    return _events if device.type == "cuda" else _clock


def _clock(run: Run) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _events(run: Run) -> float:
    began, ended = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    torch.cuda.synchronize()
    began.record()
    run()
    ended.record()
    torch.cuda.synchronize()
    return float(began.elapsed_time(ended)) / 1000


def latencies(
    run: Run, watch: Stopwatch, settings: Sequence[int], choose: Callable[[int], object]
) -> dict[int, Latency]:
    """Measure a call under several settings, in rounds over all of them.

    What slows a machine down for some seconds then falls on all settings, and shows in their spread.

    Args:
        run: the call.
        watch: for its device.
        settings: numbers of threads.
        choose: called with a setting before runs under it.
    """
    taken: dict[int, list[float]] = {setting: [] for setting in settings}
    for _ in range(ROUNDS):
        for setting, times in taken.items():
            if sum(times) < LONGEST:
                choose(setting)
                times += _round(run, watch)
    return {setting: summary(times) for setting, times in taken.items()}


def _round(run: Run, watch: Stopwatch) -> list[float]:
    """Seconds of one run after the other.

    The first run warms up and does not count: libraries are loaded in it, kernels chosen, memory taken. It is the one
    run that counts where it takes longer than :data:`LONGEST`.
    """
    first = watch(run)
    if first > LONGEST:
        return [first]
    taken: list[float] = []
    while not _over(taken):
        taken.append(watch(run))
    return taken


def summary(taken: list[float]) -> Latency:
    """Median and interquartile range (linear between neighbours) of seconds that runs took."""
    if len(taken) < 2:
        return Latency(taken[0], None, 1)
    quarter, median, three_quarters = quantiles(taken, n=4, method="inclusive")
    return Latency(median, three_quarters - quarter, len(taken))


def _over(taken: list[float]) -> bool:
    seconds = sum(taken)
    return (seconds >= ENOUGH and len(taken) >= LEAST) or len(taken) >= MOST or seconds >= LONGEST
