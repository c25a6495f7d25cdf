"""Milliseconds of reading a pair, drawing one, and degrading its visible image; in processor time of one thread.

Run by name: ``pytest tests/benchmarks/test_bench_pairs.py``.
"""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from PIL import Image

from hifbench import datasets
from hifbench.datasets.degradations import DEGRADATIONS

SIZE = (480, 640)

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.benchmark(timer=time.process_time)]


@pytest.mark.parametrize("suffix", ["png", "bmp", "jpg"])
def test_read(benchmark, tmp_path, suffix):
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (SIZE[0] // 8, SIZE[1] // 8, 3), dtype=np.uint8)
    colour = Image.fromarray(coarse).resize(SIZE[::-1], Image.Resampling.BICUBIC)
    for side, picture in (("ir", colour.convert("L")), ("vis", colour)):
        (tmp_path / side).mkdir()
        picture.save(tmp_path / side / f"0.{suffix}")
    pairs = datasets.load("folder", tmp_path)
    benchmark.group = "reading 640x480"
    pair = benchmark.pedantic(lambda: pairs[0], rounds=9, warmup_rounds=1)
    assert pair.vis.shape == (*SIZE, 3)


def test_draw(benchmark):
    pairs = datasets.load("synthetic")
    benchmark.group = "drawing 320x240"
    pair = benchmark.pedantic(lambda: pairs[0], rounds=3, warmup_rounds=1)
    assert pair.depth is not None


@pytest.mark.parametrize("name", DEGRADATIONS.names())
def test_degrade(benchmark, name):
    random = torch.Generator().manual_seed(0)
    vis, depth = torch.rand(*SIZE, 3, generator=random), 5 + 50 * torch.rand(*SIZE, generator=random)
    benchmark.group = "degrading 640x480"
    degraded = benchmark.pedantic(DEGRADATIONS.get(name), (vis, 1.0, 0, depth), rounds=5, warmup_rounds=1)
    assert degraded.shape == vis.shape
