"""Edge intensity against scipy's Sobel filter."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import sobel

from hifbench.metrics._image import Image
from hifbench.metrics.ei import METRIC, edge_intensity


def of(levels: np.ndarray, **options: object) -> float:
    image = Image(torch.from_numpy(levels.astype(np.float64))[None, None])
    return float(edge_intensity(image, image, image, **options))


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 2), (40, 31)])
@pytest.mark.parametrize(("border", "mode"), [("replicate", "nearest"), ("zero", "constant")])
def test_scipy(size, border, mode):
    levels = np.random.default_rng(1).integers(0, 256, size).astype(np.float64)
    across, down = (sobel(levels, axis=axis, mode=mode) for axis in (1, 0))
    assert of(levels, border=border) == pytest.approx(np.hypot(across, down).mean(), rel=1e-13)


def test_no_window_is_steeper_than_the_bound():
    windows = ((np.arange(512)[:, None] >> np.arange(9)) & 1).reshape(512, 3, 3) * 255.0
    centres = [np.hypot(*(sobel(window, axis=axis)[1, 1] for axis in (0, 1))) for window in windows]
    assert max(centres) == pytest.approx(METRIC.bounds[1])
