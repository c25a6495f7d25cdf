"""Universal image quality index against a loop over the windows, in whole numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy.ndimage import uniform_filter

from hifbench.metrics._image import Image
from hifbench.metrics.uiqi import METRIC, uiqi


def loop(x: np.ndarray, f: np.ndarray) -> float:
    """Mean of Q over all 8x8 windows, exactly."""
    values = []
    for row in range(x.shape[0] - 7):
        for column in range(x.shape[1] - 7):
            a = [int(v) for v in x[row : row + 8, column : column + 8].ravel()]
            b = [int(v) for v in f[row : row + 8, column : column + 8].ravel()]
            mean_a, mean_b = Fraction(sum(a), 64), Fraction(sum(b), 64)
            variances = sum((v - mean_a) ** 2 for v in a) + sum((v - mean_b) ** 2 for v in b)
            covariance = sum((v - mean_a) * (w - mean_b) for v, w in zip(a, b, strict=True))
            squares = mean_a**2 + mean_b**2
            if squares == 0:
                values.append(Fraction(1))
            elif variances == 0:
                values.append(2 * mean_a * mean_b / squares)
            else:
                values.append(4 * covariance * mean_a * mean_b / (variances * squares))
    return float(sum(values) / len(values))


def scene(name: str) -> np.ndarray:
    random = np.random.default_rng(2)
    levels = random.integers(0, 256, (3, 13, 19))
    if name == "flat parts":
        levels[:, :, 5:] = np.array([40, 200, 0])[:, None, None]
    if name == "black parts":
        levels[:, :, :15] = 0
    if name == "one flat":
        levels[1] = 77
    return levels


@pytest.mark.parametrize("name", ["noise", "flat parts", "black parts", "one flat"])
def test_loop(name):
    fused, ir, vis = levels = scene(name)
    images = [Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in levels]
    expected = (loop(ir, fused) + loop(vis, fused)) / 2
    assert float(uiqi(*images)) == pytest.approx(expected, rel=1e-12)


def means_for_sums(x: np.ndarray, f: np.ndarray) -> float:
    """Q with the means of 8x8 windows where its formula has their sums, away from the border."""
    mean_x, mean_f, squares_x, squares_f, products = (uniform_filter(v, 8) for v in (x, f, x * x, f * f, x * f))
    squares = mean_x**2 + mean_f**2
    numerator = 4 * (64 * products - mean_x * mean_f) * mean_x * mean_f
    denominator = (64 * (squares_x + squares_f) - squares) * squares
    return float((numerator / denominator)[4:-4, 4:-4].mean())


def test_sewar():
    levels = scene("noise").astype(np.float64)
    images = [Image(torch.from_numpy(each)[None, None]) for each in levels]
    expected = (means_for_sums(levels[1], levels[0]) + means_for_sums(levels[2], levels[0])) / 2
    assert float(uiqi(*images, **METRIC.conventions["sewar"].options)) == pytest.approx(expected, rel=1e-10)
