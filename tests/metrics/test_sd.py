"""Standard deviation against numpy, and MATLAB's saturating arithmetic against integers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hifbench.metrics._image import Image
from hifbench.metrics.sd import standard_deviation


def of(levels: np.ndarray, **options: object) -> float:
    image = Image(torch.from_numpy(levels.astype(np.float64))[None, None])
    return float(standard_deviation(image, image, image, **options))


def test_numpy():
    levels = np.random.default_rng(0).integers(0, 256, (37, 23))
    assert of(levels) == pytest.approx(levels.std(), rel=1e-13)
    assert of(np.array([[0, 255]])) == 127.5
    assert of(np.full((9, 9), 77)) == 0


def test_uint8():
    levels = np.array([[10, 12, 14, 60, 104]])  # mean 40
    assert of(levels, arithmetic="uint8") == pytest.approx(np.sqrt((255 + 255) / 5))
    levels = np.array([[10, 12, 14, 17]])  # mean 13.25: 0.75 is rounded to 1, 3.75 to 4
    assert of(levels, arithmetic="uint8") == pytest.approx(np.sqrt((1 + 16) / 4))
