"""Feature mutual information on wavelet coefficients against PyWavelets and a loop over the windows."""

from __future__ import annotations

import math

import numpy as np
import pytest
import pywt
import torch

from hifbench.metrics._image import Image
from hifbench.metrics._transforms import meyer_low_pass, meyer_tiles
from hifbench.metrics.fmi_wavelet import fmi_wavelet

from .test_fmi import scene
from .test_fmi_pixel import plain


def tiles(levels: np.ndarray, flipped: bool) -> np.ndarray:
    low = meyer_low_pass().tolist()
    sign = 1 if flipped else -1
    high = [sign * (-1) ** k * tap for k, tap in enumerate(low[::-1])]
    wavelet = pywt.Wavelet("meyer", filter_bank=[low, high, low[::-1], high[::-1]])
    smooth, (horizontal, vertical, diagonal) = pywt.dwt2(levels.astype(np.float64), wavelet, mode="symmetric")
    tiled = np.block([[smooth, horizontal], [vertical, diagonal]])
    return (tiled - tiled.min()) / (tiled.max() - tiled.min())


def test_filter():
    """Orthogonal to its even shifts, with a mean of √2 / 2 and next to the shorter one of PyWavelets."""
    low = meyer_low_pass()
    assert float(low.sum()) == pytest.approx(math.sqrt(2), abs=5e-6)
    for shift in range(0, 20, 2):
        product = float((low[shift:] * low[: len(low) - shift]).sum())
        assert product == pytest.approx(1.0 if shift == 0 else 0.0, abs=5e-6)
    short = torch.tensor(pywt.Wavelet("dmey").dec_lo, dtype=torch.float64)
    torch.testing.assert_close(low[20:82], short, atol=1e-3, rtol=0)


@pytest.mark.parametrize("size", [(3, 3), (32, 45), (130, 111)])
@pytest.mark.parametrize("flipped", [False, True])
def test_transform(size, flipped):
    levels = np.random.default_rng(0).integers(0, 256, (2, *size))
    found = meyer_tiles(torch.from_numpy(levels.astype(np.float64))[:, None], flipped)[:, 0].numpy()
    for each, expected in zip(found, levels, strict=True):
        np.testing.assert_allclose(each, tiles(expected, flipped), atol=1e-10)


def test_loop():
    levels = scene(0, 8, 11)
    images = [Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in levels]
    expected = plain(*(tiles(each, flipped=False) for each in levels))
    assert float(fmi_wavelet(*images)) == pytest.approx(expected, abs=1e-6)


def test_constant_images():
    images = [Image(torch.full((1, 1, 20, 30), float(level), dtype=torch.float64)) for level in (0, 7, 255)]
    assert 0 <= float(fmi_wavelet(*images)) <= 1
