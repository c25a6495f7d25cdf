"""Structural similarity against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from hifbench.metrics._image import Image
from hifbench.metrics._windows import gaussian
from hifbench.metrics.ssim import METRIC, ssim


def images(levels: np.ndarray) -> list[Image]:
    return [Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in levels]


@pytest.fixture(params=[(11, 11), (12, 31), (60, 47)])
def levels(request) -> np.ndarray:
    random = np.random.default_rng(5)
    scene = random.integers(0, 200, request.param)
    return np.stack([scene, scene + random.integers(0, 56, scene.shape), random.integers(0, 256, scene.shape)])


def test_scikit_image(levels):
    expected = []
    for source in levels[1:]:
        _, values = structural_similarity(
            source.astype(float),
            levels[0].astype(float),
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=255,
            full=True,
        )
        expected.append(values[5:-5, 5:-5].mean())
    assert float(ssim(*images(levels))) == pytest.approx(np.mean(expected), rel=1e-10)
    assert float(ssim(*images(levels), combine="sum")) == pytest.approx(np.sum(expected), rel=1e-10)


@pytest.mark.parametrize("border", ["valid", "replicate"])
def test_identical_images(levels, border):
    image = images(levels)[0]
    assert float(ssim(image, image, image, window=gaussian(11, 1.5, border))) == pytest.approx(1, abs=1e-13)


def test_replicated_border(levels):
    """The whole image counts: what lies within reach of the border is what a larger, replicated image gives."""
    padded = np.stack([np.pad(each, 5, mode="edge") for each in levels])
    expected = float(ssim(*images(padded)))
    assert float(ssim(*images(levels), window=gaussian(11, 1.5, "replicate"))) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("behaviour", "span"), [(METRIC.options["skimage"], 255), (METRIC.conventions["cddfuse"], 2)])
def test_scikit_image_without_arguments(levels, behaviour, span):
    expected = [structural_similarity(each * 1.0, levels[0] * 1.0, data_range=span) for each in levels[1:]]
    found = float(ssim(*images(levels), **{**behaviour.options, "combine": "mean"}))
    assert found == pytest.approx(np.mean(expected), rel=1e-8)
