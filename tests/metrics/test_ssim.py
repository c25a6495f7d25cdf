"""Structural similarity against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from hifbench.errors import MetricError
from hifbench.metrics._image import Image
from hifbench.metrics._picture import Picture
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


def test_scikit_image_without_arguments(levels):
    expected = [structural_similarity(each * 1.0, levels[0] * 1.0, data_range=255) for each in levels[1:]]
    found = float(ssim(*images(levels), **METRIC.options["skimage"].options))
    assert found == pytest.approx(np.mean(expected), rel=1e-10)


@pytest.mark.parametrize("flat", [False, True])
def test_cddfuse_is_scikit_image_in_float32(levels, flat):
    """Rounding included, of which the value is made where images are flat."""
    if flat:
        levels[:, 3:, 2:] = np.array([[[77]], [[130]], [[131]]])
    single = levels.astype(np.float32)
    expected = sum(float(structural_similarity(each, single[0], data_range=2)) for each in single[1:])
    found = float(ssim(*images(levels), **METRIC.conventions["cddfuse"].options))
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("behaviour", "side"), [(METRIC.conventions["tang"], 1), (METRIC.conventions["cddfuse"], 7)])
def test_images_below_the_default_s_window(levels, behaviour, side):
    pictures = [Picture(image.pixels[..., :side, :side]) for image in images(levels)]
    assert bool(METRIC(*pictures, behaviour).isfinite())
    with pytest.raises(MetricError):
        METRIC(*pictures, METRIC.behaviour("default"))
