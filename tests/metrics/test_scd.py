"""Sum of the correlations of differences against numpy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from hifbench.metrics._image import Image
from hifbench.metrics.scd import scd


def of(fused: np.ndarray, ir: np.ndarray, vis: np.ndarray, **options: object) -> float:
    pictures = (Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in (fused, ir, vis))
    return float(scd(*pictures, **options))


def test_numpy():
    fused, ir, vis = np.random.default_rng(3).integers(0, 256, (3, 20, 31))
    expected = sum(np.corrcoef((fused - x).ravel(), y.ravel())[0, 1] for x, y in ((vis, ir), (ir, vis)))
    assert of(fused, ir, vis) == pytest.approx(expected, rel=1e-11)


def test_limits():
    _, ir, vis = np.random.default_rng(3).integers(0, 120, (3, 20, 31))
    assert of(ir + vis, ir, vis) == pytest.approx(2)
    assert of(vis, ir, vis) == pytest.approx(np.corrcoef((vis - ir).ravel(), vis.ravel())[0, 1])
    assert math.isnan(of(vis, ir, vis, undefined=math.nan))
