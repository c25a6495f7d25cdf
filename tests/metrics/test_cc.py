"""Correlation coefficient against numpy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from hifbench.metrics._image import Image
from hifbench.metrics.cc import cc


def of(fused: np.ndarray, ir: np.ndarray, vis: np.ndarray, **options: object) -> float:
    pictures = (Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in (fused, ir, vis))
    return float(cc(*pictures, **options))


def test_numpy():
    levels = np.random.default_rng(3).integers(0, 256, (3, 20, 31))
    levels[0] = levels.mean(axis=0)
    r = np.corrcoef(levels.reshape(3, -1))[0]
    assert of(*levels) == pytest.approx((r[1] + r[2]) / 2, rel=1e-12)
    assert of(*levels, source="infrared") == pytest.approx(r[1], rel=1e-12)
    assert of(*levels, source="visible") == pytest.approx(r[2], rel=1e-12)


def test_limits():
    ramp = np.arange(90).reshape(9, 10)
    assert of(ramp, 2 * ramp + 3, ramp + 9) == pytest.approx(1)
    assert of(ramp, 255 - ramp, 200 - 2 * ramp) == pytest.approx(-1)
    assert of(ramp, ramp, ramp * 0 + 77) == pytest.approx(0.5)
    assert math.isnan(of(ramp, ramp, ramp * 0 + 77, undefined=math.nan))
