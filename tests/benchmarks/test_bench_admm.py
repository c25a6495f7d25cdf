"""Seconds of HIFM-ADMM at 256x256, thirty iterations with the energy trace on; the budget is 0.15 s (``periodic``).

In processor time of one thread, which other work on the machine disturbs least.

Run by name: ``pytest tests/benchmarks/test_bench_admm.py``. The pair is TNO's man in a doorway where HIFBENCH_SHARED
is set, else noise: every iteration costs the same whatever the picture.
"""

from __future__ import annotations

import os
import time

import pytest
import torch

from hifbench import datasets, methods
from hifbench.methods._sobel import BORDERS


@pytest.fixture(scope="module")
def sources() -> tuple[torch.Tensor, torch.Tensor]:
    shared = os.environ.get("HIFBENCH_SHARED")
    if not shared:
        return tuple(torch.rand(2, 1, 1, 256, 256, generator=torch.Generator().manual_seed(0)))
    pair = next(p for p in datasets.load("tno", f"{shared}/data", "all") if "doorway" in p.id)
    return pair.ir[None, None, 160:416, 256:512], pair.vis[None, None, 160:416, 256:512]


@pytest.mark.usefixtures("one_thread")
@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("border", BORDERS)
def test_thirty_iterations(benchmark, sources, border):
    method = methods.create("hifm-admm", iterations=30, tolerance=0.0, border=border)
    benchmark.pedantic(method.fuse, sources, rounds=5, warmup_rounds=1)
    assert len(method.traces[0]) == 31
