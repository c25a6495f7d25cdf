"""Window kernels against scipy, and what an image remembers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import correlate

from hifbench.metrics._image import Image
from hifbench.metrics._windows import box_sum, gaussian, moments, smooth


@pytest.fixture
def levels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (2, 1, 23, 30)).astype(np.float64)


@pytest.mark.parametrize(("border", "mode"), [("valid", "constant"), ("zero", "constant"), ("replicate", "nearest")])
@pytest.mark.parametrize("step", [1, 2])
def test_smooth(levels, border, mode, step):
    window = gaussian(7, 1.3, border)
    kernel = np.outer(window.taps, window.taps)[None, None]
    expected = correlate(levels, kernel, mode=mode)
    if border == "valid":
        expected = expected[..., 3:-3, 3:-3]
    np.testing.assert_allclose(
        smooth(torch.from_numpy(levels), window, step).numpy(), expected[..., ::step, ::step], rtol=1e-13
    )


def test_gaussian_is_normalised_and_symmetric():
    taps = gaussian(11, 1.5).taps
    assert sum(taps) == pytest.approx(1, abs=1e-15)
    assert taps == taps[::-1]
    assert taps[5] / taps[4] == pytest.approx(np.exp(1 / (2 * 1.5**2)))


def test_moments_of_a_constant(levels):
    mean, variance = moments(torch.full((1, 1, 20, 20), 255.0, dtype=torch.float64), gaussian(11, 1.5))
    assert (mean - 255).abs().max() < 1e-12
    assert variance.abs().max() < 1e-9


def test_box_sum(levels):
    views = np.lib.stride_tricks.sliding_window_view(levels, (8, 8), axis=(-2, -1))
    np.testing.assert_array_equal(box_sum(torch.from_numpy(levels), 8).numpy(), views.sum(axis=(-2, -1)))
    with pytest.raises(ValueError, match="power of two, not 7"):
        box_sum(torch.from_numpy(levels), 7)


def test_image_remembers(levels):
    calls = []

    def feature(pixels, power):
        calls.append(power)
        return pixels**power

    def pair_feature(one, two, weight):
        calls.append(weight)
        return one.pixels - weight * two.pixels

    image, other = Image(torch.from_numpy(levels)), Image(torch.from_numpy(levels[::-1].copy()))
    assert image.once(feature, 2) is image.once(feature, 2)
    assert image.once(feature, 3) is not image.once(feature, 2)
    assert image.once_with(other, pair_feature, 0.5) is image.once_with(other, pair_feature, 0.5)
    assert image.once_with(image, pair_feature, 0.5) is not image.once_with(other, pair_feature, 0.5)
    assert calls == [2, 3, 0.5, 0.5]
    assert image.remembered_bytes() == 5 * levels.nbytes
    assert other.remembered_bytes() == levels.nbytes
