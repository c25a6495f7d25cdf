"""Artefacts added by fusion against a loop over the pixels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.signal import correlate2d

from hifbench.metrics._image import Image
from hifbench.metrics.nabf import nabf

from .test_qabf import ACROSS, DOWN, scene


def of(levels: np.ndarray, **options: object) -> float:
    return float(nabf(*(Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in levels), **options))


def plain(levels: np.ndarray, floor: float) -> float:
    framed = [np.pad(each, 1, mode="reflect") for each in levels]
    gradients = [[correlate2d(each, kernel / 8, "valid") for kernel in (ACROSS, DOWN)] for each in framed]
    lost = total = 0.0
    for at in np.ndindex(*levels.shape[1:]):
        edges = []
        for x, y in ((gradient[0][at], gradient[1][at]) for gradient in gradients):
            edges.append((math.hypot(x, y), math.pi / 2 if x == 0 else math.atan(y / x)))
        (strength_f, angle_f), *sources = edges
        added = all(strength_f > strength for strength, _ in sources)
        for strength, angle in sources:
            high = max(strength, strength_f)
            ratio = min(strength, strength_f) / high if high else 0.0
            likeness = abs(abs(angle - angle_f) - math.pi / 2) * 2 / math.pi
            squared = 0.9999 / (1 + math.exp(-19 * (ratio - 0.5))) * 0.9995 / (1 + math.exp(-22 * (likeness - 0.5)))
            weight = strength**1.5 if strength >= 2 else floor
            lost += added * (1 - math.sqrt(squared)) * weight
            total += weight
    return lost / total


@pytest.mark.parametrize("floor", [0.001, 0.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_loop(seed, floor):
    levels = scene(seed)
    assert of(levels, floor=floor) == pytest.approx(plain(levels, floor), rel=1e-11)


def test_the_bug_shifts_the_images():
    fused, ir, vis = scene()
    shifted = of(np.stack([fused, ir, vis]), shifted=True)
    assert shifted == of(np.stack([ir, vis, fused]))
    assert shifted != of(np.stack([fused, ir, vis]))


def test_nothing_is_added_by_a_source():
    _, ir, vis = scene()
    assert of(np.stack([ir, ir, vis])) == 0
