"""Milliseconds of every metric, with the sources' features computed each time and with them remembered.

Each metric in processor time of one thread, which other work on the machine disturbs least; the eight of the paper
together in wall-clock time with all threads, beside scikit-image's Gaussian SSIM of the same triple.

Run by name: ``pytest tests/benchmarks/test_bench_metrics.py``. The pictures are the triple of the facts folder
where HIFBENCH_SHARED is set, else the project's own synthetic triple scaled up.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as File
from skimage.metrics import structural_similarity

from hifbench.metrics import METRICS, PAPER_EIGHT
from hifbench.metrics._compute import select
from hifbench.metrics._picture import Picture

OWN = Path(__file__).parent.parent / "golden" / "own"
SIZES = {"640x480": (640, 480), "1024x768": (1024, 768)}


def load(part: str, size: str) -> torch.Tensor:
    shared = os.environ.get("HIFBENCH_SHARED")
    path = Path(shared) / "golden" / "metrics" / "timing" / f"{size}_{part}.png" if shared else OWN / f"o4_{part}.png"
    with File.open(path) as picture:
        levels = np.asarray(picture.resize(SIZES[size], File.Resampling.BICUBIC), dtype=np.float64)
    return torch.from_numpy(levels)[None, None]


@pytest.fixture(scope="module", params=SIZES)
def triple(request) -> list[torch.Tensor]:
    return [load(part, request.param) for part in ("fu", "ir", "vi")]


@pytest.mark.usefixtures("one_thread")
@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("sources", ["fresh", "remembered"])
@pytest.mark.parametrize("name", METRICS.names())
def test_metric(benchmark, triple, name, sources):
    (column,) = select([name])
    fused, *pixels = triple
    known = [Picture(each) for each in pixels]
    column(Picture(fused), *known)  # fills the caches that outlive an image, too: filter banks, window pairs

    def images() -> tuple[tuple[Picture, ...], dict[str, object]]:
        return (Picture(fused), *(known if sources == "remembered" else (Picture(each) for each in pixels))), {}

    benchmark.group = f"{fused.shape[-1]}x{fused.shape[-2]}, sources {sources}"
    value = benchmark.pedantic(column, setup=images, rounds=9)
    assert value.shape == (1,)


@pytest.mark.parametrize("sources", ["fresh", "remembered"])
def test_the_eight_together(benchmark, triple, sources):
    columns = select(PAPER_EIGHT)
    fused, *pixels = triple
    known = [Picture(each) for each in pixels]

    def score(*pictures: Picture) -> list[float]:
        return [float(column(*pictures)) for column in columns]

    score(Picture(fused), *known)

    def images() -> tuple[tuple[Picture, ...], dict[str, object]]:
        return (Picture(fused), *(known if sources == "remembered" else (Picture(each) for each in pixels))), {}

    benchmark.group = f"{fused.shape[-1]}x{fused.shape[-2]}, the eight together, wall clock"
    assert len(benchmark.pedantic(score, setup=images, rounds=9)) == 8


def test_scikit_images_ssim(benchmark, triple):
    fused, ir, vis = (each[0, 0].numpy() for each in triple)

    def score() -> float:
        options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
        return float(np.mean([structural_similarity(fused, source, **options) for source in (ir, vis)]))

    benchmark.group = f"{fused.shape[1]}x{fused.shape[0]}, the eight together, wall clock"
    assert -1 <= benchmark.pedantic(score, rounds=9) <= 1
