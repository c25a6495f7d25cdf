"""PSNR against scikit-image, and the relation of its two combinations."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio

from hifbench.metrics._image import Image
from hifbench.metrics.psnr import METRIC, psnr


@pytest.fixture
def levels() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (3, 41, 33)).astype(np.uint8)


def images(levels: np.ndarray) -> list[Image]:
    return [Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in levels]


def test_scikit_image(levels):
    expected = np.mean([peak_signal_noise_ratio(levels[k], levels[0], data_range=255) for k in (1, 2)])
    assert float(psnr(*images(levels))) == pytest.approx(float(expected), rel=1e-13)


def test_averaged_errors_are_never_above_averaged_decibels(levels):
    fused, ir, vis = images(levels)
    assert psnr(fused, ir, vis, average="errors") <= psnr(fused, ir, vis)
    torch.testing.assert_close(psnr(fused, ir, ir, average="errors"), psnr(fused, ir, ir))


def test_equal_to_one_source_is_infinite_to_both_errors_finite(levels):
    _, ir, vis = images(levels)
    assert float(psnr(ir, ir, vis)) == math.inf
    assert math.isfinite(psnr(ir, ir, vis, average="errors"))
    assert float(psnr(ir, ir, ir, average="errors")) == math.inf


def test_bugs_of_the_toolboxes(levels):
    """Each is the averaged-mse with its bug written out."""
    levels[0] = levels[0] // 2
    trio = images(levels)
    errors = [((levels[k].astype(float) - levels[0]) ** 2).sum() for k in (1, 2)]
    count = levels[0].size
    clean = 10 * math.log10(255**2 / (sum(errors) / 2 / count))
    expected = {
        "tang": clean + 20 * math.log10(255),
        "vifb": 10 * math.log10(255**2 / (sum(math.sqrt(error) for error in errors) / 2 / count)),
        "cddfuse": clean + 20 * math.log10(levels[0].max() / 255),
    }
    expected |= {"ivif-zoo": expected["tang"], "mefb": expected["vifb"]}
    for convention, value in expected.items():
        assert float(psnr(*trio, **METRIC.conventions[convention].options)) == pytest.approx(value, rel=1e-12)
