"""Milliseconds of every method that runs as installed and is not slow, at 256x256; in processor time of one thread.

Run by name: ``pytest tests/benchmarks/test_bench_fusing.py``. ``hifbench profile`` gives the same in wall-clock time,
with all that belongs to it.
"""

from __future__ import annotations

import time

import pytest

from hifbench.bench.efficiency.size import Size
from hifbench.bench.efficiency.workload import Request, Workload
from hifbench.bench.experiment import MethodChoice, ready_methods


@pytest.mark.usefixtures("one_thread")
@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("name", [name for name in ready_methods() if name not in ("infrared", "visible")])
def test_method(benchmark, name):
    work = Workload(Request(MethodChoice(name=name), Size(256, 256), "cpu", (1,)))
    benchmark.group = "fusing 256x256"
    fused = benchmark.pedantic(work.fuse, rounds=5, warmup_rounds=1)
    assert fused.shape == (1, 1, 256, 256)
