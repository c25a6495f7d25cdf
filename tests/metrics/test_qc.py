"""Q_C against loops over its windows, and under the toolboxes where windows are flat."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hifbench.metrics import METRICS
from hifbench.metrics._image import Image
from hifbench.metrics.qc import q_c

from .octave_toolbox import scene, ssim, window


def images(levels: tuple[np.ndarray, ...]) -> list[Image]:
    return [Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in levels]


def options(convention: str) -> dict:
    return dict(METRICS.get("QC").behaviour(convention).options)


def loop(fused: np.ndarray, ir: np.ndarray, vis: np.ndarray) -> float:
    """The definition without constants; whatever is 0 / 0 is given its limit."""
    weights = window()
    values = []
    for row in range(fused.shape[0] - 6):
        for column in range(fused.shape[1] - 6):
            f, *sources = (each[row : row + 7, column : column + 7] for each in (fused, ir, vis))
            similarities, covariances = [], []
            for x in sources:
                mx, mf = (weights * x).sum(), (weights * f).sum()
                dx, df = x - (mx if np.ptp(x) else x), f - (mf if np.ptp(f) else f)
                spread, means, cross = (weights * (dx**2 + df**2)).sum(), mx**2 + mf**2, (weights * dx * df).sum()
                similarities.append((2 * cross / spread if spread else 1) * (2 * mx * mf / means if means else 1))
                covariances.append(cross)
            total = sum(covariances)
            share = min(max(covariances[0] / total, 0), 1) if total else 0.5
            values.append(share * similarities[0] + (1 - share) * similarities[1])
    return float(np.mean(values))


@pytest.mark.parametrize("name", ["noise", "flat", "black sources", "all flat"])
def test_loop(name):
    levels = scene(name)
    assert float(q_c(*images(levels))) == pytest.approx(loop(*levels), rel=1e-9)


def toolbox(fused: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    one, two = ssim(first, fused), ssim(second, fused)
    with np.errstate(all="ignore"):
        share = one.covariance / (one.covariance + two.covariance)
        values = share * one.value + (1 - share) * two.value
    values[share < 0] = 0
    values[share > 1] = 1
    return values


@pytest.mark.parametrize("name", ["noise", "flat", "black sources", "all flat"])
def test_toolbox(name):
    """With the noise that it takes for covariance in flat windows."""
    fused, ir, vis = levels = scene(name)
    expected = toolbox(fused, ir, vis).mean()
    assert float(q_c(*images(levels), **options("zliu"))) == pytest.approx(expected, rel=1e-12, nan_ok=True)
    expected = np.nanmean(toolbox(fused, vis, ir))
    assert float(q_c(*images(levels), **options("mefb"))) == pytest.approx(expected, rel=1e-12)


def test_black_is_undefined_in_the_toolbox_alone():
    levels = images(scene("black sources"))
    assert bool(q_c(*levels, **options("zliu")).isnan())
    assert bool(q_c(*levels).isfinite())
    assert bool(q_c(*levels, **options("mefb")).isfinite())


def test_order_matters_in_the_toolbox_alone():
    fused, ir, vis = images(scene("noise"))
    assert float(q_c(fused, ir, vis)) == pytest.approx(float(q_c(fused, vis, ir)), rel=1e-12)
    assert abs(float(q_c(fused, ir, vis, **options("zliu")) - q_c(fused, vis, ir, **options("zliu")))) > 0.01
