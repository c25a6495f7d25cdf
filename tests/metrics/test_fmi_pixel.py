"""Feature mutual information on pixels against a loop over the windows, and its rules for special windows."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hifbench.metrics._fmi_windows import mutual_information
from hifbench.metrics._image import Image
from hifbench.metrics.fmi import fmi
from hifbench.metrics.fmi_pixel import fmi_pixel

from .test_fmi import plain_score, scene

DOT = np.array([[9, 9, 9], [9, 60, 9], [9, 9, 9]])
"""One pixel above eight equal ones: as a distribution it is certain, so its entropy is 0."""
STEP = np.array([[1, 1, 5], [1, 1, 5], [1, 1, 7]])
FLAT = np.full((3, 3), 40)


def of(fused: np.ndarray, ir: np.ndarray, vis: np.ndarray, **options: object) -> float:
    pictures = (Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in (fused, ir, vis))
    return float(fmi_pixel(*pictures, **options))


def plain(fused: np.ndarray, ir: np.ndarray, vis: np.ndarray) -> float:
    """Mean over windows and sources of any feature."""
    scores = [
        plain_score(source[r : r + 3, c : c + 3], fused[r : r + 3, c : c + 3])
        for r in range(fused.shape[0] - 2)
        for c in range(fused.shape[1] - 2)
        for source in (ir, vis)
    ]
    return float(np.mean(scores))


@pytest.mark.parametrize(("seed", "height", "width"), [(0, 12, 12), (1, 9, 20), (2, 25, 7), (3, 3, 3)])
def test_loop(seed, height, width):
    levels = scene(seed, height, width)
    assert of(*levels) == pytest.approx(plain(*levels), abs=1e-12)


def test_loop_on_few_levels():
    levels = np.random.default_rng(8).integers(0, 3, (3, 12, 14))
    levels[:, :6, :6] = np.arange(3)[:, None, None]
    assert of(*levels) == pytest.approx(plain(*levels), abs=1e-12)


def test_many_windows_are_scored_in_parts():
    levels = np.random.default_rng(8).integers(0, 256, (3, 120, 90))
    parts = [levels[:, first : first + 62] for first in (0, 60)]
    # Windows that begin in rows 0 to 59 and in rows 60 to 117.
    expected = (of(*parts[0]) * 60 + of(*parts[1]) * 58) / 118
    assert of(*levels) == pytest.approx(expected, rel=1e-13)


def test_constant_windows():
    assert of(FLAT, FLAT + 1, FLAT + 2) == 1
    assert of(FLAT, FLAT + 1, FLAT, constants=0.0) == 0.5
    assert of(FLAT, STEP, STEP) == pytest.approx(0, abs=1e-12)


def test_equal_windows_of_no_entropy():
    assert of(DOT, DOT, DOT) == 1
    assert of(DOT, STEP, DOT) - of(DOT, STEP, STEP) / 2 == pytest.approx(0.5)
    # The bug: the second source's window is held against a fused one that has been scaled to 0..1 ...
    assert of(DOT, STEP, DOT, identity="shipped") - of(DOT, STEP, STEP) / 2 == pytest.approx(0, abs=1e-12)
    # ... unless the first source's was equal, or nothing was left to scale.
    assert of(DOT, DOT, DOT, identity="shipped") == 1
    unit = (DOT > 9).astype(int)
    assert of(unit, STEP, unit, identity="shipped") == of(unit, STEP, unit)


def test_values_need_not_be_whole():
    random = np.random.default_rng(4)
    features = random.normal(0, 1, (3, 9, 11))
    found = mutual_information(*(torch.from_numpy(each)[None, None] for each in features), "repaired", 1.0)
    assert float(found) == pytest.approx(plain(*features), abs=1e-12)


def test_tang_is_on_edges():
    images = [Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in scene(4, 20, 20)]
    assert torch.equal(fmi_pixel(*images, feature="edges"), fmi(*images))
