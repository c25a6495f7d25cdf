"""Mean squared error against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.metrics import mean_squared_error

from hifbench.metrics._image import Image
from hifbench.metrics.mse import mse


def test_scikit_image():
    levels = np.random.default_rng(3).integers(0, 256, (3, 20, 31)).astype(np.float64)
    images = [Image(torch.from_numpy(each)[None, None]) for each in levels]
    for white in (255.0, 1.0):
        scaled = levels * white / 255
        expected = np.mean([mean_squared_error(scaled[0], source) for source in scaled[1:]])
        assert float(mse(*images, white=white)) == pytest.approx(float(expected), rel=1e-13)
