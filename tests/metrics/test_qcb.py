"""Q_CB against its formula written out with scipy's transforms and two-dimensional convolutions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.signal import convolve2d

from hifbench.metrics._image import Image
from hifbench.metrics.qcb import q_cb


def gaussian(sigma: float) -> np.ndarray:
    y, x = np.mgrid[-15:16, -15:16]
    return np.exp(-(x**2 + y**2) / (2 * sigma**2)) / (2 * np.pi * sigma**2)


def contrast(levels: np.ndarray, ivif_zoo: bool) -> np.ndarray:
    share = (levels - levels.min()) / (levels.max() - levels.min())
    image = share if ivif_zoo else np.floor(share * 255 + 0.5)
    rows, columns = (np.arange(n) - n // 2 for n in image.shape)  # cycles a picture, DC in the middle
    radius = np.hypot(rows[:, None], columns) * (1 if ivif_zoo else 2) / 30
    sensitivity = np.exp(-((radius / 15.387) ** 2)) - 0.7622 * np.exp(-((radius / 1.3456) ** 2))
    seen = np.fft.ifft2(np.fft.ifftshift(np.fft.fftshift(np.fft.fft2(image)) * sensitivity))
    surround = convolve2d(seen, gaussian(4), "same") + (1e-10 if ivif_zoo else 0)
    c = np.abs(convolve2d(seen, gaussian(2), "same") / surround - 1)
    return c**3 / (c**2 + 1e-4)


def formula(fused: np.ndarray, ir: np.ndarray, vis: np.ndarray, ivif_zoo: bool) -> float:
    f, a, b = (contrast(each, ivif_zoo) for each in (fused, ir, vis))
    kept = [np.where(x < f, x / f, f / x) for x in (a, b)]
    total = a**2 + b**2 + (1e-10 if ivif_zoo else 0)
    return float(np.mean(a**2 / total * kept[0] + b**2 / total * kept[1]))


def images(levels: np.ndarray) -> list[Image]:
    return [Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in levels]


@pytest.mark.parametrize("size", [(1, 9), (16, 20), (37, 41), (24, 33)])
@pytest.mark.parametrize("form", ["finite", "toolbox", "ivif-zoo"])
def test_formula(size, form):
    levels = np.random.default_rng(3).integers(30, 200, (3, *size))
    # The filter has the precision of float32 there.
    tolerance = 1e-5 if form == "ivif-zoo" else 1e-9
    assert float(q_cb(*images(levels), form=form)) == pytest.approx(formula(*levels, form == "ivif-zoo"), rel=tolerance)


def test_identical_images():
    image = images(np.random.default_rng(4).integers(0, 256, (1, 30, 30)))[0]
    assert float(q_cb(image, image, image)) == pytest.approx(1, abs=1e-12)


def test_constant_images():
    texture, grey, black = images(
        np.stack([np.arange(400).reshape(20, 20) % 251, np.full((20, 20), 9), np.zeros((20, 20))])
    )
    assert float(q_cb(grey, grey, black)) == 1
    assert float(q_cb(black, texture, grey)) == 0
    assert bool(q_cb(texture, texture, grey, form="toolbox").isnan())
