"""Methods of hundreds of equal iterations: what a whole pair costs, from runs of a few of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from .operations import Operations
from .timing import LONGEST, Latency, Run, Stopwatch, summary

FEW = (1, 2, 3)
"""Iterations of the short runs."""

_ROUNDS = 5


def operations_of_all(count: Callable[[int], Operations], iterations: int) -> Operations | None:
    """Operations of all iterations, exact: each count is a + b n where every iteration does the same.

    Args:
        count: operations of a run of so many iterations.
        iterations: of the method.

    Returns:
        None where the three short runs lie on no line, so that the whole has to be counted.
    """
    runs = [count(few) for few in FEW]
    flops = _on_a_line([run.flops for run in runs], iterations)
    macs = _on_a_line([run.macs for run in runs], iterations)
    names = sorted({name for run in runs for name in run.uncounted})
    others = {name: _on_a_line([run.uncounted.get(name, 0) for run in runs], iterations) for name in names}
    if flops is None or macs is None:
        return None
    known = {name: elements for name, elements in others.items() if elements is not None}
    return Operations(flops, macs, known) if len(known) == len(others) else None


def _on_a_line(counts: Sequence[int], iterations: int) -> int | None:
    first, second, third = counts
    return first + (iterations - 1) * (second - first) if third - second == second - first else None


def latency_of_all(cut: Callable[[int], Run], iterations: int, watch: Stopwatch) -> Latency | None:
    """Time of all iterations, from rounds of the shortest and the longest of the short runs.

    Args:
        cut: a call of so many iterations.
        iterations: of the method.
        watch: for its device.

    Returns:
        None where the whole takes less than :data:`~hifbench.bench.efficiency.timing.LONGEST`, and is better measured.
    """
    shortest, longest = FEW[0], FEW[-1]

    def whole() -> float:
        base, more = watch(cut(shortest)), watch(cut(longest))
        each = max(more - base, 0.0) / (longest - shortest)  # on a busy machine the shorter run may take longer
        return base + (iterations - shortest) * each

    if whole() <= LONGEST:
        return None
    taken, began = [whole()], time.monotonic()
    while len(taken) < _ROUNDS and time.monotonic() - began < LONGEST:
        taken.append(whole())
    return summary(taken)
