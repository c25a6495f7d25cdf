"""Normalised mutual information against closed forms; mutual information itself is checked in ``test_mi.py``."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from hifbench.metrics._image import Image
from hifbench.metrics.nmi import nmi

RAMP = np.arange(256).reshape(16, 16)


def of(fused: np.ndarray, ir: np.ndarray, vis: np.ndarray, **options: object) -> float:
    return float(
        nmi(*(Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in (fused, ir, vis)), **options)
    )


def test_closed_forms():
    assert of(RAMP, RAMP, 255 - RAMP) == pytest.approx(2)
    # 4 bits shared with a source of 4 bits, and nothing with a constant.
    assert of(RAMP, RAMP // 16, RAMP * 0) == pytest.approx(2 * 4 / (4 + 8))
    assert of(RAMP, RAMP // 16, RAMP * 0, divide_by="sources") == pytest.approx(2 * 4 / 4)
    assert of(RAMP, RAMP // 16, RAMP, divide_by="sources") == pytest.approx(2 * (4 + 8) / (4 + 8))


def test_stretching_keeps_the_value():
    """What the toolboxes do first; so it is left out."""
    levels = np.random.default_rng(2).integers(30, 200, (3, 40, 30))
    stretched = [np.rint((each - each.min()) / (each.max() - each.min()) * 255) for each in levels]
    assert of(*stretched) == pytest.approx(of(*levels), rel=1e-13)


def test_constant_pairs():
    flat = RAMP * 0 + 7
    assert of(flat, flat, RAMP) == 0
    assert math.isnan(of(flat, flat, RAMP, undefined=math.nan))
    assert of(RAMP, flat, RAMP, undefined=math.nan) == pytest.approx(1)
