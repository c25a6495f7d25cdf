"""Q_Y against loops over its windows, and under the toolboxes where windows are flat."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hifbench.metrics import METRICS
from hifbench.metrics._image import Image
from hifbench.metrics.qy import q_y

from .accounting import own_goldens, shared_goldens
from .octave_toolbox import scene, ssim, window


def images(levels: tuple[np.ndarray, ...]) -> list[Image]:
    return [Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in levels]


def options(convention: str, option: str | None = None) -> dict:
    return dict(METRICS.get("QY").behaviour(convention, option).options)


def loop(fused: np.ndarray, ir: np.ndarray, vis: np.ndarray) -> float:
    """The definition without constants; whatever is 0 / 0 is given its limit."""
    weights = window()

    def similarity(x: np.ndarray, y: np.ndarray) -> float:
        mx, my = (weights * x).sum(), (weights * y).sum()
        dx, dy = x - (mx if np.ptp(x) else x), y - (my if np.ptp(y) else y)
        spread, means = (weights * (dx**2 + dy**2)).sum(), mx**2 + my**2
        structure = 2 * (weights * dx * dy).sum() / spread if spread else 1.0
        return structure * (2 * mx * my / means if means else 1.0)

    def variance(x: np.ndarray) -> float:
        return (weights * (x - (weights * x).sum()) ** 2).sum() if np.ptp(x) else 0.0

    values = []
    for row in range(fused.shape[0] - 6):
        for column in range(fused.shape[1] - 6):
            f, a, b = (each[row : row + 7, column : column + 7] for each in (fused, ir, vis))
            if similarity(a, b) >= 0.75:
                va, vb = variance(a), variance(b)
                share = va / (va + vb) if va + vb else 0.5
                values.append(share * similarity(a, f) + (1 - share) * similarity(b, f))
            else:
                values.append(max(similarity(a, f), similarity(b, f)))
    return float(np.mean(values))


def alike(levels: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """Sources that resemble one another in part."""
    fused, ir, vis = levels
    vis[:14] = np.clip(ir[:14] + vis[:14] // 8, 0, 255)
    return fused, ir, vis


@pytest.mark.parametrize("name", ["noise", "flat", "black sources", "all flat"])
def test_loop(name):
    levels = alike(scene(name))
    assert float(q_y(*images(levels))) == pytest.approx(loop(*levels), rel=1e-9)


def toolbox(fused: np.ndarray, ir: np.ndarray, vis: np.ndarray) -> np.ndarray:
    sources, one, two = ssim(ir, vis), ssim(ir, fused), ssim(vis, fused)
    share = sources.first / (sources.first + sources.second)
    joint = sources.value >= 0.75
    return (share * one.value + (1 - share) * two.value) * joint + np.maximum(one.value, two.value) * ~joint


@pytest.mark.filterwarnings("ignore:(divide by zero|invalid value)")
@pytest.mark.parametrize("name", ["noise", "flat", "black sources", "all flat"])
def test_toolbox(name):
    """With the noise that it takes for variance in flat windows."""
    levels = alike(scene(name))
    expected = toolbox(*levels)
    assert float(q_y(*images(levels), **options("zliu"))) == pytest.approx(expected.mean(), rel=1e-12, nan_ok=True)
    mefb = np.nanmean(toolbox(levels[0], levels[2], levels[1]))
    assert float(q_y(*images(levels), **options("mefb"))) == pytest.approx(mefb, rel=1e-12)
    if name == "black sources":
        assert np.isnan(expected).any()


def test_blow_up():
    """Flat windows that are as alike as any: the toolbox finds noise, and a value that means nothing."""
    fused, ir, vis = scene("noise")
    ir[:], vis[:], fused[:] = 77, 78, 79
    found = float(q_y(*images((fused, ir, vis)), **options("zliu")))
    with np.errstate(all="ignore"):
        expected = toolbox(fused, ir, vis).mean()
    assert found == pytest.approx(expected, rel=1e-12, nan_ok=True)
    assert not abs(found - 1) < 1e-3
    assert float(q_y(*images((fused, ir, vis)))) == pytest.approx(loop(fused, ir, vis), rel=1e-12)


def test_yuliu_gives_equal_weights_in_black():
    levels = scene("black sources")
    assert np.isfinite(float(q_y(*images(levels), **options("default", "yuliu"))))


def test_ivif_zoo():
    """A window of a Gaussian across and ones down, over zeros beyond the border."""
    levels = alike(scene("flat"))
    across = np.exp(-((np.arange(7) - 3) ** 2) / 4.5)
    weights = np.ones((7, 1)) * across / across.sum()

    def mean(x: np.ndarray) -> np.ndarray:
        framed = np.pad(x, 3)
        return np.array([[(framed[r : r + 7, c : c + 7] * weights).sum() for c in range(12)] for r in range(24)])

    def moments(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        mx, my = mean(x), mean(y)
        vx, vy, cross = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
        return (2 * mx * my + 1e-4) * (2 * cross + 9e-4) / ((mx**2 + my**2 + 1e-4) * (vx + vy + 9e-4)), vx, vy

    fused, ir, vis = levels
    joint, va, vb = moments(ir, vis)
    one, two = moments(ir, fused)[0], moments(vis, fused)[0]
    share = va / (va + vb + 1e-10)
    expected = np.where(joint >= 0.75, share * one + (1 - share) * two, np.maximum(one, two)).mean()
    assert float(q_y(*images(levels), **options("ivif-zoo"))) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("triple", ["o1", "o2", "o4"])
def test_default_is_the_toolbox_s_where_there_is_texture(triple):
    """The rounding and the constants, which are all that parts them, then do not matter."""
    levels = [Image(own_goldens().load(f"{triple}_{part}")) for part in ("fu", "ir", "vi")]
    assert float(q_y(*levels)) == pytest.approx(float(q_y(*levels, **options("zliu"))), rel=1e-6)


@pytest.mark.parametrize(
    "triple", ["t01_tno05_u2fusion", "t02_tno34_sdnet", "t04_tno10_densefuse", "t08_vifb_walking_cnn"]
)
def test_default_is_the_toolbox_s_on_real_images(triple, shared):
    levels = [Image(shared_goldens(shared).load(f"{triple}_{part}")) for part in ("fu", "ir", "vi")]
    assert float(q_y(*levels)) == pytest.approx(float(q_y(*levels, **options("zliu"))), rel=1e-6)
