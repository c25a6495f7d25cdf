"""Spatial frequency against numpy's differences, and VIFB's seams."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hifbench.metrics._image import Image
from hifbench.metrics._picture import Picture
from hifbench.metrics.sf import METRIC, spatial_frequency


def of(levels: np.ndarray, **options: object) -> float:
    image = Image(torch.from_numpy(levels.astype(np.float64))[None, None])
    return float(spatial_frequency(image, image, image, **options))


@pytest.mark.parametrize("size", [(2, 2), (3, 17), (40, 31)])
def test_numpy(size):
    levels = np.random.default_rng(1).integers(0, 256, size)
    rows, columns = np.diff(levels, axis=1) ** 2, np.diff(levels, axis=0) ** 2
    assert of(levels) == pytest.approx(np.sqrt(rows.mean() + columns.mean()), rel=1e-13)
    assert of(levels, divide_by="pixels") == pytest.approx(
        np.sqrt((rows.sum() + columns.sum()) / levels.size), rel=1e-13
    )


def test_stripes():
    assert of(np.tile([0, 255], (8, 4))) == 255
    assert of(np.tile([[0, 255], [255, 0]], (4, 4))) == pytest.approx(METRIC.bounds[1])


def test_vifb_counts_the_seams_between_channels():
    levels = np.random.default_rng(1).integers(0, 256, (3, 12, 9))
    picture = Picture(torch.from_numpy(levels.astype(np.float64))[None])
    expected = of(np.concatenate(levels, axis=1), divide_by="pixels")
    assert float(METRIC(picture, picture, picture, METRIC.conventions["vifb"])) == pytest.approx(expected, rel=1e-13)
