"""Nonlinear correlation information entropy against numpy's eigenvalues and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from hifbench.metrics._image import Image
from hifbench.metrics.qncie import METRIC, qncie

RAMP = np.arange(256).reshape(16, 16)


def of(fused: np.ndarray, ir: np.ndarray, vis: np.ndarray, **options: object) -> float:
    pictures = (Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in (fused, ir, vis))
    return float(qncie(*pictures, **options))


def from_matrix(matrix: np.ndarray) -> float:
    shares = np.linalg.eigvalsh(matrix) / 3
    shares = shares[shares > 1e-15]
    return float(1 + (shares * np.log(shares)).sum() / math.log(256))


def test_extremes_are_the_bounds():
    assert of(RAMP, RAMP, 255 - RAMP) == pytest.approx(METRIC.bounds[1])
    assert of(RAMP * 0, RAMP * 0, RAMP * 0) == pytest.approx(METRIC.bounds[0])


def test_known_information():
    # 4 bits of 8 shared between the fused image and each source, none between the sources.
    matrix = np.array([[1, 0, 0.5], [0, 1, 0.5], [0.5, 0.5, 1]])
    assert of(RAMP, RAMP // 16, RAMP % 16) == pytest.approx(from_matrix(matrix), rel=1e-12)


def test_pearson():
    random = np.random.default_rng(4)
    levels = np.clip(random.normal(128, 30, (20, 30)) + random.normal(0, 30, (3, 20, 30)), 0, 255).round()
    expected = from_matrix(np.corrcoef(levels.reshape(3, -1)))
    assert of(*levels, likeness="pearson") == pytest.approx(expected, rel=1e-12)
    assert math.isnan(of(levels[0], levels[1], levels[2] * 0, likeness="pearson"))
