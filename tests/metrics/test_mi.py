"""Mutual information against numpy's two-dimensional histogram and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from hifbench.metrics._image import Image
from hifbench.metrics.mi import mi


def images(levels: np.ndarray) -> list[Image]:
    return [Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in levels]


def entropy(counts: np.ndarray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


def plain(f: np.ndarray, x: np.ndarray, merge: bool = False) -> float:
    singles = [np.bincount(image.ravel(), minlength=256) for image in (x, f)]
    if merge:
        x, f = np.minimum(x, 254), np.minimum(f, 254)
    joint, _, _ = np.histogram2d(x.ravel(), f.ravel(), bins=256, range=[[0, 256]] * 2)
    return entropy(singles[0]) + entropy(singles[1]) - entropy(joint.ravel())


@pytest.fixture
def levels() -> np.ndarray:
    random = np.random.default_rng(5)
    base = random.normal(200, 60, (31, 47))
    return np.clip(base + random.normal(0, 20, (3, 31, 47)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("merge", [False, True])
def test_numpy(levels, merge):
    fused, ir, vis = levels
    expected = plain(fused, ir, merge) + plain(fused, vis, merge)
    assert float(mi(*images(levels), merge_brightest=merge)) == pytest.approx(expected, rel=1e-12)
    nats = mi(*images(levels), merge_brightest=merge, unit="nats")
    assert float(nats) == pytest.approx(expected * math.log(2), rel=1e-12)


def test_saturation_counts_bright_levels_only(levels):
    assert mi(*images(levels), merge_brightest=True) > mi(*images(levels))
    dark = np.minimum(levels, 254)
    torch.testing.assert_close(mi(*images(dark), merge_brightest=True), mi(*images(dark)))


def test_all_levels_once():
    ramp = np.arange(256).reshape(16, 16)
    assert float(mi(*images(np.stack([ramp, 255 - ramp, ramp // 16])))) == pytest.approx(8 + 4)
    assert float(mi(*images(np.stack([ramp, ramp * 0, ramp * 0 + 9])))) == pytest.approx(0, abs=1e-12)
