"""Q_C against loops over its windows, and under the toolboxes where windows are flat."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view

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


def plain(fused: np.ndarray, ir: np.ndarray, vis: np.ndarray) -> float:
    """Cvejic's equations 10 to 12 on all windows at once, without constants, for windows that are not flat."""
    reach = np.arange(-3, 4)
    weights = np.exp(-(reach[:, None] ** 2 + reach**2) / (2 * 1.5**2))
    weights /= weights.sum()

    def mean(windows: np.ndarray) -> np.ndarray:
        return np.einsum("hwij,ij->hw", windows, weights)

    f, a, b = (sliding_window_view(each, (7, 7)) for each in (fused, ir, vis))
    mf, ma, mb = mean(f), mean(a), mean(b)
    f, a, b = (x - m[..., None, None] for x, m in ((f, mf), (a, ma), (b, mb)))
    cross_a, cross_b = mean(a * f), mean(b * f)
    similar_a = 4 * cross_a * ma * mf / ((mean(a * a) + mean(f * f)) * (ma**2 + mf**2))
    similar_b = 4 * cross_b * mb * mf / ((mean(b * b) + mean(f * f)) * (mb**2 + mf**2))
    share = np.clip(cross_a / (cross_a + cross_b), 0, 1)
    return float((share * similar_a + (1 - share) * similar_b).mean())


@pytest.mark.parametrize("size", [(31, 27), (45, 33), (7, 61)])
@pytest.mark.parametrize("mix", [0.0, 0.5, 1.0])
def test_plain_form_on_odd_sizes(size, mix):
    """From a fused image that has nothing to do with its sources to one that is their mean."""
    random = np.random.default_rng(size)
    noise, ir, vis = random.integers(0, 256, (3, *size)).astype(float)
    levels = np.round((1 - mix) * noise + mix * (ir + vis) / 2), ir, vis
    assert float(q_c(*images(levels))) == pytest.approx(plain(*levels), rel=1e-9)


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
