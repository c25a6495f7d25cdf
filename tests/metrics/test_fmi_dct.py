"""Feature mutual information on cosine coefficients against scipy's transform and a loop over the windows."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.fft import dctn

from hifbench.metrics._image import Image
from hifbench.metrics._transforms import cosine_transform
from hifbench.metrics.fmi_dct import fmi_dct

from .test_fmi import scene
from .test_fmi_pixel import plain


@pytest.mark.parametrize("size", [(1, 1), (3, 8), (240, 313)])
def test_transform(size):
    levels = np.random.default_rng(0).integers(0, 256, (2, *size)).astype(np.float64)
    found = cosine_transform(torch.from_numpy(levels)[:, None])[:, 0].numpy()
    np.testing.assert_allclose(found, dctn(levels, axes=(1, 2), norm="ortho"), atol=1e-9)


@pytest.mark.parametrize(("seed", "height", "width"), [(0, 12, 12), (1, 9, 20)])
def test_loop(seed, height, width):
    levels = scene(seed, height, width)
    images = [Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in levels]
    expected = plain(*(dctn(each.astype(np.float64), norm="ortho") for each in levels))
    assert float(fmi_dct(*images)) == pytest.approx(expected, abs=1e-7)


def test_coefficients_without_texture_are_equal():
    flat = torch.full((1, 1, 40, 50), 7.0, dtype=torch.float64)
    assert torch.count_nonzero(cosine_transform(flat)) == 1
