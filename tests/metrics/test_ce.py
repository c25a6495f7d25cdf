"""Cross entropy against scipy's relative entropy and torch's binary cross entropy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import entropy
from torch.nn.functional import binary_cross_entropy

from hifbench.metrics._image import Image
from hifbench.metrics.ce import METRIC, cross_entropy


def of(fused: np.ndarray, ir: np.ndarray, vis: np.ndarray, **options: object) -> float:
    pictures = (Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in (fused, ir, vis))
    return float(cross_entropy(*pictures, **options))


def test_scipy():
    levels = np.random.default_rng(1).integers(0, 9, (3, 60, 70)) ** 2
    counts = [np.bincount(each.ravel(), minlength=256) for each in levels]
    used = counts[0] > 0  # all three have the same nine levels
    expected = np.mean([entropy(counts[k][used], counts[0][used], base=2) for k in (1, 2)])
    assert of(*levels) == pytest.approx(float(expected), rel=1e-12)


def test_levels_that_one_image_lacks_are_left_out():
    fused, ir, vis = np.zeros((3, 10, 10), dtype=int)
    ir[:] = 200
    vis[:5] = 3  # half of it shares the fused image's only level: 1/2 log2(1/2)
    assert of(fused, ir, vis) == pytest.approx(-0.5 / 2)


def test_lower_bound():
    fused, ir, _ = np.zeros((3, 100, 100), dtype=int)
    ir.ravel()[3679:] = 200  # 1/e of the pixels keep the fused image's level
    assert of(fused, ir, ir) == pytest.approx(METRIC.bounds[0], rel=1e-7)


def test_sigmoids():
    levels = np.random.default_rng(1).integers(0, 12, (3, 30, 20))
    fused, ir, vis = (torch.sigmoid(torch.from_numpy(each.astype(np.float64))) for each in levels)
    expected = (binary_cross_entropy(fused, ir) + binary_cross_entropy(fused, vis)) / 2
    # The toolbox's float32 leaves four digits of the complement of a sigmoid near 1.
    assert of(*levels, of="sigmoids") == pytest.approx(float(expected), rel=1e-4)
