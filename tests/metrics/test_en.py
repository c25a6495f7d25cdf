"""Entropy against its closed form and scikit-image."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from skimage.measure import shannon_entropy

from hifbench.metrics._image import Image
from hifbench.metrics.en import entropy, histogram


def of(levels: np.ndarray) -> float:
    image = Image(torch.from_numpy(levels.astype(np.float64))[None, None])
    return float(entropy(image, image, image))


@pytest.mark.parametrize("count", [1, 2, 8, 256])
def test_equally_frequent_levels(count):
    levels = np.arange(256).reshape(16, 16) % count
    assert of(levels) == pytest.approx(math.log2(count), abs=1e-14)


def test_two_levels():
    levels = np.zeros((10, 10))
    levels[0] = 255
    assert of(levels) == pytest.approx(-(0.1 * math.log2(0.1) + 0.9 * math.log2(0.9)), rel=1e-14)


def test_scikit_image():
    levels = np.random.default_rng(0).normal(128, 30, (57, 43)).clip(0, 255).round().astype(np.uint8)
    assert of(levels) == pytest.approx(float(shannon_entropy(levels)), rel=1e-13)


def test_histogram_keeps_the_ends_and_the_images_apart():
    pixels = torch.tensor([[0.0, 1.0, 254.0, 255.0], [255.0, 255.0, 255.0, 0.0]], dtype=torch.float64)
    counts = histogram(pixels.reshape(2, 1, 2, 2))
    assert counts.shape == (2, 256)
    assert counts[:, [0, 1, 254, 255]].tolist() == [[1, 1, 1, 1], [1, 0, 0, 3]]
