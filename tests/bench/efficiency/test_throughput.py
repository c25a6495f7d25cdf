from __future__ import annotations

from collections.abc import Callable

import torch

from hifbench.bench.efficiency.throughput import Throughput, search


class Machine:
    """Takes so many seconds for a batch, and has room for so many pairs."""

    def __init__(
        self, seconds: Callable[[int], float], room: int = 10**9, error: type[Exception] = MemoryError
    ) -> None:
        self._seconds, self._room, self._error = seconds, room, error
        self._last = 0.0
        self.tried: list[int] = []

    def batch(self, count: int) -> Callable[[], None]:
        def run() -> None:
            if count > self._room:
                raise self._error("no room")
            self._last = self._seconds(count)

        self.tried.append(count)
        return run

    def watch(self, run: Callable[[], object]) -> float:
        run()
        return self._last


def test_the_batch_is_doubled_as_long_as_it_pays() -> None:
    machine = Machine(lambda count: 0.1 + 0.01 * max(count, 16))  # no dearer up to 16
    assert search(machine.batch, machine.watch, 0.26) == Throughput(256 / 2.66, 256)
    assert machine.tried == [2, 4, 8, 16, 32, 64, 128, 256, 512]  # the last gains less than 3 %


def test_a_batch_that_gains_nothing_ends_it() -> None:
    machine = Machine(lambda count: 0.5 * count)
    assert search(machine.batch, machine.watch, 0.5) == Throughput(2.0, 1)
    assert machine.tried == [2]


def test_memory_ends_it_and_half_the_batch_stands() -> None:
    for error in (MemoryError, torch.OutOfMemoryError):
        machine = Machine(lambda count: 0.1, room=10, error=error)
        assert search(machine.batch, machine.watch, 0.1) == Throughput(80.0, 8, memory_ended=16)


def test_a_batch_that_would_take_long_is_not_tried() -> None:
    machine = Machine(lambda count: 4.0 if count == 2 else 99.0)
    assert search(machine.batch, machine.watch, 3.0).batch == 2
    assert machine.tried == [2, 4][:2]
    assert search(machine.batch, machine.watch, 6.0) == Throughput(1 / 6, 1)
    assert machine.tried == [2, 4]


def test_another_failure_of_a_batch_ends_it_too() -> None:
    machine = Machine(lambda count: 0.1, room=3, error=RuntimeError)
    assert search(machine.batch, machine.watch, 0.1) == Throughput(20.0, 2, failed=4)


def test_what_stands_should_the_next_batch_end_the_process_is_told_before_it() -> None:
    machine, told = Machine(lambda count: 0.1, room=3), []
    search(machine.batch, machine.watch, 0.1, told.append)
    assert told == [Throughput(10.0, 1, memory_ended=2), Throughput(20.0, 2, memory_ended=4)]
