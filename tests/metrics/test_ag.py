"""Average gradient against numpy's gradient and differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hifbench.metrics._image import Image
from hifbench.metrics.ag import average_gradient


@pytest.mark.parametrize("size", [(2, 2), (2, 3), (3, 2), (3, 3), (17, 30), (64, 5)])
def test_numpy(size):
    levels = np.random.default_rng(sum(size)).integers(0, 256, size).astype(np.float64)
    image = Image(torch.from_numpy(levels)[None, None])
    cells = (size[0] - 1) * (size[1] - 1)

    down, across = np.gradient(levels)
    expected = np.sqrt((down**2 + across**2) / 2).sum() / cells
    assert float(average_gradient(image, image, image)) == pytest.approx(expected, rel=1e-13)

    down, across = np.diff(levels, axis=0)[:, :-1], np.diff(levels, axis=1)[:-1]
    expected = np.sqrt((down**2 + across**2) / 2).sum() / cells
    assert float(average_gradient(image, image, image, differences="forward")) == pytest.approx(expected, rel=1e-13)
