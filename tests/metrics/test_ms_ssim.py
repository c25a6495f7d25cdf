"""Multi-scale structural similarity against scikit-image's SSIM and scipy's filters on each scale."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

from hifbench.errors import MetricError
from hifbench.metrics import compute
from hifbench.metrics._image import Image
from hifbench.metrics.mef_ssim import mef_ssim
from hifbench.metrics.ms_ssim import ms_ssim

EXPONENTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
INNER = np.s_[5:-5, 5:-5]


def mean(x: np.ndarray) -> np.ndarray:
    return gaussian_filter(x, 1.5, truncate=3.5)[INNER]


def contrast_structure(x: np.ndarray, f: np.ndarray) -> float:
    mx, mf, c = mean(x), mean(f), (0.03 * 255) ** 2
    variances = mean(x * x) - mx**2 + mean(f * f) - mf**2
    return float(((2 * (mean(x * f) - mx * mf) + c) / (variances + c)).mean())


def halved(x: np.ndarray, zeros: bool) -> np.ndarray:
    odd = [side % 2 for side in x.shape]
    if zeros:
        x = np.pad(x, [(n, n) for n in odd])
        x = x[: x.shape[0] // 2 * 2, : x.shape[1] // 2 * 2]
    else:
        x = np.pad(x, [(0, n) for n in odd], mode="symmetric")
    return (x[::2, ::2] + x[1::2, ::2] + x[::2, 1::2] + x[1::2, 1::2]) / 4


def formula(x: np.ndarray, f: np.ndarray, zeros: bool) -> float:
    value = 1.0
    for exponent in EXPONENTS[:-1]:
        value *= max(contrast_structure(x, f), 0) ** exponent
        x, f = halved(x, zeros), halved(f, zeros)
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    similarity = structural_similarity(x, f, full=True, **options)[1][INNER].mean()
    return float(value * max(similarity, 0) ** EXPONENTS[-1])


def images(levels: list[np.ndarray]) -> list[Image]:
    return [Image(torch.from_numpy(each)[None, None]) for each in levels]


@pytest.fixture(params=[(161, 161), (176, 192), (203, 170)])
def levels(request) -> list[np.ndarray]:
    random = np.random.default_rng(5)
    scene = [gaussian_filter(random.uniform(0, 255, request.param), 2) for _ in range(2)]
    scene = [np.clip((each - 127) * 5 + 127, 0, 255).round() for each in scene]
    return [np.round(0.7 * scene[0] + 0.3 * scene[1]), *scene]


def test_formula(levels):
    fused, *sources = levels
    expected = [formula(source, fused, zeros=False) for source in sources]
    assert float(ms_ssim(*images(levels))) == pytest.approx(np.mean(expected), rel=1e-10)
    assert float(ms_ssim(*images(levels), combine="sum")) == pytest.approx(np.sum(expected), rel=1e-10)


def test_pytorch(levels):
    """Its window has the precision of float32."""
    fused, *sources = levels
    expected = np.mean([formula(source, fused, zeros=True) for source in sources])
    assert float(ms_ssim(*images(levels), of="pytorch")) == pytest.approx(expected, rel=1e-5)


def test_ivif_zoo_multiplies_by_255_twice(levels):
    fused, *sources = [255 * each for each in levels]
    expected = np.sum([formula(source, fused, zeros=True) for source in sources])
    assert float(ms_ssim(*images(levels), of="ivif-zoo", combine="sum")) == pytest.approx(expected, rel=1e-4)


def test_tang_is_another_metric(levels):
    assert torch.equal(ms_ssim(*images(levels), of="exposures"), mef_ssim(*images(levels)))


def test_tang_takes_smaller_images(levels):
    pictures = [torch.from_numpy(each[:41, :50] / 255)[None, None] for each in levels]
    found = compute(*pictures, names=["MS-SSIM"], convention="tang")["MS-SSIM"]
    assert torch.equal(found, compute(*pictures, names=["MEF-SSIM"], convention="tang")["MEF-SSIM"])


def test_identical_images(levels):
    image = images(levels)[0]
    assert float(ms_ssim(image, image, image)) == pytest.approx(1, abs=1e-12)


def test_too_small_for_five_scales():
    image = torch.rand(1, 1, 160, 300)
    with pytest.raises(MetricError, match="MS-SSIM needs images of at least 161x161 pixels; this one is 300x160"):
        compute(image, image, image, names=["MS-SSIM"])
