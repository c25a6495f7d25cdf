"""Seconds of rain on a picture of 1024x768 at every severity; the budget is 0.5 s.

In processor time of one thread, which other work on the machine disturbs least. The picture is noise in colour on flat
ground: the drops cost the same whatever is behind them, unless it is nearer than they are.

Run by name: ``pytest tests/benchmarks/test_bench_rain.py``.
"""

from __future__ import annotations

import time

import pytest
import torch

from hifbench.datasets.degradations import DEGRADATIONS

HEIGHT, WIDTH = 768, 1024


@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("near", [False, True], ids=["far", "near"])
@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
def test_rain(benchmark, severity, near):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    random = torch.Generator().manual_seed(0)
    vis = torch.rand(HEIGHT, WIDTH, 3, generator=random)
    depth = torch.linspace(75.0, 1.0 if near else 5.0, HEIGHT)[:, None].expand(HEIGHT, WIDTH).contiguous()
    rain = DEGRADATIONS.get("rain")
    image = benchmark.pedantic(rain, (vis, severity, 0, depth), rounds=7, warmup_rounds=1)
    torch.set_num_threads(before)
    assert image.shape == vis.shape
