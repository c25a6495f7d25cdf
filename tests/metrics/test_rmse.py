"""Root mean squared error against scikit-image, and VIFB's bug."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.metrics import mean_squared_error

from hifbench.metrics._image import Image
from hifbench.metrics.rmse import rmse


def test_scikit_image():
    levels = np.random.default_rng(3).integers(0, 256, (3, 20, 31)).astype(np.float64)
    images = [Image(torch.from_numpy(each)[None, None]) for each in levels]
    expected = np.mean([np.sqrt(mean_squared_error(levels[0], source)) for source in levels[1:]])
    assert float(rmse(*images)) == pytest.approx(float(expected), rel=1e-13)
    buggy = np.mean([np.linalg.norm(levels[0] - source) / source.size for source in levels[1:]])
    assert float(rmse(*images, divide="after-root")) == pytest.approx(float(buggy), rel=1e-13)
