"""Pairs a second at the batch that gives most of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import torch

from ...out_of_memory import ran_out
from .timing import Run, Stopwatch

GAIN = 1.03
"""What a doubled batch has to be better by, for the search to go on."""

LONGEST = 10.0
"""Seconds that a batch may take, as far as the one before foretells."""

_RUNS, _SHORT = 3, 1.0


@dataclass(frozen=True)
class Throughput:
    """The best batch that was found.

    Attributes:
        rate: pairs a second.
        batch: pairs in the batch.
        memory_ended: batch for which there was not memory enough; None where the search ended before.
        failed: batch that failed in another way; None where none did.
    """

    rate: float
    batch: int
    memory_ended: int | None = None
    failed: int | None = None


def search(
    batch: Callable[[int], Run],
    watch: Stopwatch,
    single: float,
    on_try: Callable[[Throughput], None] = lambda so_far: None,
) -> Throughput:
    """Double the batch from one pair until it no longer pays, takes too long, memory ends, or it fails.

    A failure of a large batch must not lose what was measured of a single pair.

    Args:
        batch: a call that fuses so many pairs at once.
        watch: for its device.
        single: seconds of one pair, as measured.
        on_try: told before each batch what stands should this process not survive it.
    """
    best, seconds, count = Throughput(1 / single, 1), single, 1
    while 2 * seconds <= LONGEST:
        count *= 2
        on_try(Throughput(best.rate, best.batch, memory_ended=count))
        try:
            seconds = _seconds(batch(count), watch)
        except Exception as error:
            if not ran_out(error):
                return Throughput(best.rate, best.batch, failed=count)
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            return Throughput(best.rate, best.batch, memory_ended=count)
        if count / seconds < GAIN * best.rate:
            break
        best = Throughput(count / seconds, count)
    return best


def _seconds(run: Run, watch: Stopwatch) -> float:
    """Median of three runs after one that warms up; that one alone where it is long."""
    first = watch(run)
    return first if first > _SHORT else median(watch(run) for _ in range(_RUNS))
