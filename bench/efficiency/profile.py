"""All that is measured of one method."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

import torch

from ...errors import MethodError
from ...out_of_memory import ran_out
from ..allocator import keep_memory
from .extension import FEW, latency_of_all, operations_of_all
from .memory import MemoryMeter
from .operations import OperationCounter, Operations
from .parameters import ParameterTracker
from .throughput import Throughput, search
from .timing import LONGEST, Latency, Run, Stopwatch, latencies, stopwatch
from .workload import Request, Workload


@dataclass(frozen=True)
class Profile:
    """What one fusion of one pair costs; see the classes of its parts for definitions.

    Attributes:
        parameters: of the method's networks.
        used: those of them that take part in a forward pass.
        operations: of a whole pair.
        latencies: threads -> time; of a GPU under 0.
        throughput: with the most threads.
        memory: bytes at the peak, above those held before, with the fewest threads; None where the system does not
            tell.
        iterations_measured: of which the time was extended to all of them; None where whole pairs were timed.
        others: cores that other work took meanwhile; None where nobody can tell.
    """

    parameters: int
    used: int
    operations: Operations
    latencies: Mapping[int, Latency]
    throughput: Throughput
    memory: int | None
    iterations_measured: int | None = None
    others: float | None = None


def measure(
    request: Request,
    on_phase: Callable[[str], None] = lambda phase: None,
    on_try: Callable[[Profile], None] = lambda so_far: None,
) -> Profile:
    """Measure a method in this process, which had better do nothing else.

    Args:
        request: what to measure.
        on_phase: told what is measured now.
        on_try: told before each larger batch what stands should this process not survive it.

    Raises:
        HifbenchError: the method cannot be made, or cannot fuse a pair of this size.
    """
    on_phase("weights")
    try:
        work = Workload(request)
        device = work.method.device
        on_gpu = device.type == "cuda"
        with torch.cuda.device(device) if on_gpu else nullcontext():  # whose clock and streams are taken
            return _measure(work, device, (0,) if on_gpu else request.threads, on_phase, on_try)
    except Exception as error:
        if ran_out(error):
            raise MethodError(
                f"out of memory on {request.device} at one pair of {request.size}; use a smaller size"
            ) from error
        raise
    finally:
        torch.set_num_threads(max(request.threads))


def _measure(
    work: Workload,
    device: torch.device,
    settings: tuple[int, ...],
    on_phase: Callable[[str], None],
    on_try: Callable[[Profile], None],
) -> Profile:
    def choose(threads: int) -> None:
        if threads:
            torch.set_num_threads(threads)

    def show_and_choose(threads: int) -> None:
        on_phase(f"time with {threads} thread{'s' * (threads > 1)}" if threads else "time")
        choose(threads)

    choose(settings[0])
    on_phase("memory")
    memory = _peak(work, MemoryMeter(device))
    keep_memory()
    watch = stopwatch(device)
    times, few = _latencies(work, watch, settings, show_and_choose)
    choose(settings[-1])
    on_phase("operations")
    operations, parameters = _count(work)
    on_phase("throughput")  # last: a large batch may end the process
    single = times[settings[-1]].median
    profile = Profile(parameters.all, parameters.used, operations, times, Throughput(1 / single, 1), memory, few)
    rate = search(work.batch, watch, single, lambda so_far: on_try(replace(profile, throughput=so_far)))
    return replace(profile, throughput=rate)


def _peak(work: Workload, meter: MemoryMeter) -> int | None:
    """The peak of one fusion, or of a few equal iterations; that of a second one unless the first took long."""
    run = work.cut(FEW[-1]) if work.iterations else work.fuse
    meter.start()
    began = time.monotonic()
    run()
    if time.monotonic() - began < LONGEST:
        meter.start()
        run()
    return meter.peak


def _latencies(
    work: Workload, watch: Stopwatch, settings: Sequence[int], choose: Callable[[int], None]
) -> tuple[dict[int, Latency], int | None]:
    """The time of a whole pair under each setting, and the iterations that it was extended from, if it was."""
    if work.iterations:
        extended: dict[int, Latency] = {}
        for threads in settings:
            choose(threads)
            of_all = latency_of_all(work.cut, work.iterations, watch)
            if of_all is None:
                break
            extended[threads] = of_all
        else:
            return extended, FEW[-1]
    return latencies(work.fuse, watch, settings, choose), None


def _count(work: Workload) -> tuple[Operations, ParameterTracker]:
    tracker = ParameterTracker(work.networks)

    def count(run: Run) -> Operations:
        nonlocal tracker
        tracker = ParameterTracker(work.networks)  # anew: a method may make another network in each run
        with tracker, OperationCounter() as counter:
            run()
        return counter.result

    of_all = operations_of_all(lambda few: count(work.cut(few)), work.iterations) if work.iterations else None
    return of_all or count(work.fuse), tracker
