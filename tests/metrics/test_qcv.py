"""Q_CV against its formula in plain loops over blocks and pixels."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hifbench.metrics._image import Image
from hifbench.metrics.qcv import q_cv


def stretched(levels: np.ndarray) -> np.ndarray:
    return np.floor((levels - levels.min()) / (levels.max() - levels.min()) * 255 + 0.5)


def sobel(image: np.ndarray) -> np.ndarray:
    kernel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    framed = np.pad(image, 1)
    result = np.zeros(image.shape)
    for row, column in np.ndindex(image.shape):
        window = framed[row : row + 3, column : column + 3]
        result[row, column] = np.hypot((kernel * window).sum(), (kernel.T * window).sum())
    return result


def filtered(image: np.ndarray) -> np.ndarray:
    rows, columns = (np.arange(n) - n // 2 for n in image.shape)
    radius = np.hypot(rows[:, None], columns) * 2 / 8
    sensitivity = 2.6 * (0.0192 + 0.144 * radius) * np.exp(-((0.144 * radius) ** 1.1))
    return np.fft.ifft2(np.fft.ifftshift(np.fft.fftshift(np.fft.fft2(image)) * sensitivity)).real


def formula(fused: np.ndarray, ir: np.ndarray, vis: np.ndarray) -> float:
    top = bottom = 0.0
    for source in (ir, vis):
        edges = sobel(stretched(source))
        difference = filtered(stretched(source) - stretched(fused))
        for row in range(0, source.shape[0], 16):
            for column in range(0, source.shape[1], 16):
                block = np.s_[row : row + 16, column : column + 16]
                saliency = (edges[block] ** 5).sum()
                top += saliency * (difference[block] ** 2).sum() / 256  # also where the border cuts the block
                bottom += saliency
    return top / bottom


def images(levels: np.ndarray) -> list[Image]:
    return [Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in levels]


@pytest.mark.parametrize("size", [(1, 5), (16, 32), (17, 31), (40, 50)])
def test_formula(size):
    levels = np.random.default_rng(3).integers(30, 200, (3, *size))
    for form in ("finite", "toolbox"):
        assert float(q_cv(*images(levels), form=form)) == pytest.approx(formula(*levels), rel=1e-11)


def test_values_that_are_known():
    texture, grey, black = images(
        np.stack([np.arange(400).reshape(20, 20) % 251, np.full((20, 20), 9), np.zeros((20, 20))])
    )
    assert float(q_cv(texture, texture, texture)) == 0
    assert float(q_cv(grey, black, grey)) == 0
    assert float(q_cv(texture, black, grey)) > 0
    assert bool(q_cv(texture, texture, grey, form="toolbox").isnan())
    assert bool(q_cv(texture, black, black, form="toolbox").isnan())
