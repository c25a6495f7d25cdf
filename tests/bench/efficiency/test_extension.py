from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from stopwatch import Shows

from hifbench import methods
from hifbench.bench.efficiency import timing
from hifbench.bench.efficiency.extension import latency_of_all, operations_of_all
from hifbench.bench.efficiency.operations import OperationCounter, Operations


def test_operations_of_all_iterations_are_those_of_the_whole() -> None:
    image, square = torch.rand(1, 1, 8, 8), torch.rand(8, 8)

    def count(iterations: int) -> Operations:
        with OperationCounter() as counter:
            x = square @ square
            for _ in range(iterations):
                x = x + F.conv2d(image, image[..., :3, :3], padding=1)[0, 0].exp()
            torch.fft.fft(x)
        return counter.result

    assert operations_of_all(count, 7) == count(7)


@pytest.mark.slow
def test_zvir_does_the_same_in_each_iteration() -> None:
    """Forward and backward passes, the optimiser's steps, the dropout's masks."""
    images = torch.rand(2, 1, 1, 16, 16)

    def count(iterations: int) -> Operations:
        with OperationCounter() as counter:
            methods.create("zvir", iterations=iterations).fuse(*images)
        return counter.result

    assert operations_of_all(count, 5) == count(5)


def test_iterations_that_are_not_alike_are_not_extended() -> None:
    assert operations_of_all(lambda few: Operations(few**2, 0, {}), 9) is None
    assert operations_of_all(lambda few: Operations(few, few, {"aten.exp": few**2}), 9) is None
    counts = {1: {}, 2: {"aten.exp": 5}, 3: {"aten.exp": 10}}  # nothing in the first one
    extended = operations_of_all(lambda few: Operations(2 * few + 7, few, counts[few]), 200)
    assert extended == Operations(407, 200, {"aten.exp": 995})


def test_time_of_all_iterations() -> None:
    ran: list[int] = []
    watch = Shows([30.0, 90.0, *[5.0, 7.0] * 10])  # the first round warms up
    found = latency_of_all(lambda few: lambda: ran.append(few), 200, watch)
    assert found is not None
    assert found.median == pytest.approx(5 + 199 * 1.0)
    assert found.iqr == pytest.approx(0)
    assert set(ran) == {1, 3}


def test_what_is_short_is_measured_whole() -> None:
    assert latency_of_all(lambda few: lambda: None, 10, Shows([1.0, 1.2])) is None
    assert timing.LONGEST > 1 + 9 * 0.1
