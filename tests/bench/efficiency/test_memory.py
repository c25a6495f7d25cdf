from __future__ import annotations

import sys

import pytest
import torch

from hifbench.bench.efficiency.memory import MemoryMeter

MIB = 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process's own memory is told by Linux alone")
def test_the_peak_is_what_was_held_at_once() -> None:
    def work() -> None:
        for _ in range(3):  # one after the other, never two
            torch.ones(64 * MIB // 4).sum()

    meter = MemoryMeter(torch.device("cpu"))
    for _ in range(2):  # memory that was freed before counts again
        meter.start()
        work()
        assert meter.peak is not None
        assert 62 * MIB < meter.peak < 80 * MIB
    meter.start()
    assert meter.peak is not None
    assert meter.peak < 8 * MIB
