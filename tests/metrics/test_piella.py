"""Q_S, Q_W and Q_E against a loop over the windows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from hifbench.metrics._image import Image
from hifbench.metrics._similarity_maps import BOX, OCTAVE_ELEVEN, edges
from hifbench.metrics.qe import q_e
from hifbench.metrics.qs import q_s
from hifbench.metrics.qw import q_w


def images(levels: np.ndarray) -> list[Image]:
    return [Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in levels]


def scene(name: str, size: tuple[int, int] = (14, 19)) -> np.ndarray:
    levels = np.random.default_rng(6).integers(0, 256, (3, *size))
    if name == "flat parts":
        levels[:, :, 5:] = np.array([40, 200, 0])[:, None, None]
    if name == "constant sources":
        levels[1:] = np.array([90, 30])[:, None, None]
    return levels


def prewitt(image: np.ndarray) -> np.ndarray:
    kernel = np.array([[-1, 0, 1]] * 3)
    framed = np.pad(image, 1)
    return np.array(
        [
            [
                np.hypot((kernel * framed[r : r + 3, c : c + 3]).sum(), (kernel.T * framed[r : r + 3, c : c + 3]).sum())
                for c in range(image.shape[1])
            ]
            for r in range(image.shape[0])
        ]
    )


def index(x: np.ndarray, f: np.ndarray) -> float:
    c = (1e-6 * 255) ** 2
    mx, mf = x.mean(), f.mean()
    cross = ((x - mx) * (f - mf)).mean()
    return (2 * mx * mf + c) * (2 * cross + c) / ((mx**2 + mf**2 + c) * (x.var() + f.var() + c))


def loop(fused: np.ndarray, ir: np.ndarray, vis: np.ndarray) -> tuple[float, float]:
    """Q_S and Q_W."""
    values, saliencies = [], []
    for row in range(fused.shape[0] - 7):
        for column in range(fused.shape[1] - 7):
            f, a, b = (each[row : row + 8, column : column + 8].astype(float) for each in (fused, ir, vis))
            va, vb = a.var(), b.var()
            if va + vb == 0:
                va = vb = 0.5
            values.append((va * index(a, f) + vb * index(b, f)) / (va + vb))
            saliencies.append(max(va, vb))
    return float(np.mean(values)), float(np.average(values, weights=saliencies))


@pytest.mark.parametrize("name", ["noise", "flat parts", "constant sources"])
def test_loop(name):
    levels = scene(name)
    plain, weighted = loop(*levels)
    assert float(q_s(*images(levels))) == pytest.approx(plain, rel=1e-9)
    assert float(q_w(*images(levels))) == pytest.approx(weighted, rel=1e-9)
    assert float(q_e(*images(levels))) == pytest.approx(weighted * loop(*map(prewitt, levels))[1], rel=1e-8)


def test_edges():
    image = images(scene("flat parts"))[0]
    np.testing.assert_allclose(edges(image.pixels)[0, 0].numpy(), prewitt(scene("flat parts")[0]), rtol=1e-14)


@pytest.mark.parametrize("of_edges", [False, True])
def test_structural_similarity_in_place_of_the_index(of_edges):
    """Against scikit-image's maps; the variances are those of its window."""
    from scipy.ndimage import gaussian_filter

    levels = scene("noise", (30, 26))
    fused, *sources = [prewitt(each) if of_edges else each.astype(float) for each in levels]
    inner = np.s_[5:-5, 5:-5]
    maps, variances = [], []
    for source in sources:
        options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
        maps.append(structural_similarity(source, fused, full=True, **options)[1][inner])

        def mean(x: np.ndarray) -> np.ndarray:
            return gaussian_filter(x, 1.5, truncate=3.5)[inner]

        variances.append(mean(source**2) - mean(source) ** 2)
    values = (variances[0] * maps[0] + variances[1] * maps[1]) / (variances[0] + variances[1])
    form = replace(OCTAVE_ELEVEN, edges=of_edges)
    assert float(q_s(*images(levels), form=form)) == pytest.approx(values.mean(), rel=1e-10)
    weighted = np.average(values, weights=np.maximum(*variances))
    assert float(q_w(*images(levels), form=form)) == pytest.approx(weighted, rel=1e-10)


@pytest.mark.parametrize("form", [BOX, OCTAVE_ELEVEN])
def test_identical_images(form):
    image = images(scene("noise"))[0]
    assert float(q_s(image, image, image, form=form)) == pytest.approx(1, abs=1e-12)
    assert float(q_w(image, image, image, form=form)) == pytest.approx(1, abs=1e-12)
    assert float(q_e(image, image, image)) == pytest.approx(1, abs=1e-12)
