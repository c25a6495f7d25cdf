"""Feature mutual information on gradients against numpy's gradient and a loop over the windows."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hifbench.metrics._image import Image
from hifbench.metrics.fmi_gradient import fmi_gradient

from .test_fmi import scene
from .test_fmi_pixel import plain


@pytest.mark.parametrize(("seed", "height", "width"), [(0, 12, 12), (1, 9, 20), (3, 3, 3)])
def test_loop(seed, height, width):
    levels = scene(seed, height, width)
    images = [Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in levels]
    expected = plain(*(np.gradient(each.astype(np.float64), axis=1) for each in levels))
    assert float(fmi_gradient(*images)) == pytest.approx(expected, abs=1e-12)
