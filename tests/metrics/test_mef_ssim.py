"""MEF-SSIM against Ma's loop over the patches."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hifbench.metrics._image import Image
from hifbench.metrics.mef_ssim import mef_ssim

EPSILON = np.finfo(float).eps


def gaussian() -> np.ndarray:
    reach = np.arange(11) - 5
    weights = np.exp(-(reach[:, None] ** 2 + reach**2) / 4.5)
    return (weights / weights.sum()).ravel()


def patch_value(f: np.ndarray, sources: list[np.ndarray]) -> float:
    """Similarity of a fused patch to what its sources offer; patches as vectors of 121."""
    strengths = [np.linalg.norm(x - x.mean()) for x in sources]
    together = sum(sources)
    consistency = (np.linalg.norm(together - together.mean()) + EPSILON) / (sum(strengths) + EPSILON)
    consistency = min(max(consistency, EPSILON), 1 - EPSILON)
    power = min(np.tan(np.pi / 2 * consistency), 10)
    contrasts = [strength + 0.001 for strength in strengths]
    weights = [(contrast / 11) ** power + EPSILON for contrast in contrasts]
    wanted = sum(
        weight / sum(weights) * (x - x.mean()) / contrast
        for weight, x, contrast in zip(weights, sources, contrasts, strict=True)
    )
    length = np.linalg.norm(wanted)
    if length > 0:
        wanted = wanted / length * max(contrasts)
    w, c = gaussian(), (0.03 * 255) ** 2
    dr, df = wanted - (w * wanted).sum(), f - (w * f).sum()
    return (2 * (w * dr * df).sum() + c) / ((w * dr**2).sum() + (w * df**2).sum() + c)


def scale_value(fused: np.ndarray, ir: np.ndarray, vis: np.ndarray) -> float:
    values = []
    for row in range(fused.shape[0] - 10):
        for column in range(fused.shape[1] - 10):
            f, a, b = (each[row : row + 11, column : column + 11].ravel() for each in (fused, ir, vis))
            values.append(patch_value(f, [a, b]))
    return float(np.mean(values))


def halved(x: np.ndarray) -> np.ndarray:
    x = np.pad(x, [(0, side % 2) for side in x.shape], mode="symmetric")
    return (x[::2, ::2] + x[1::2, ::2] + x[::2, 1::2] + x[1::2, 1::2]) / 4


def images(levels: np.ndarray) -> list[Image]:
    return [Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in levels]


@pytest.mark.parametrize("name", ["related", "flat parts", "black parts"])
def test_loop(name):
    levels = np.random.default_rng(8).integers(0, 200, (3, 41, 46)).astype(float)
    levels[0] = np.round((levels[1] + levels[2]) / 2)
    if name == "flat parts":
        levels[0, :, 20:], levels[1, :, 18:], levels[2, :, 22:] = 90, 17, 140
    if name == "black parts":
        levels[:, 10:35, 4:40] = 0
    scales = [levels]
    for _ in range(2):
        scales.append(np.stack([halved(each) for each in scales[-1]]))
    values = [scale_value(*each) for each in scales]
    # In flat patches the loop rounds the mean, and the norm of what is left is not quite 0.
    exponents = np.array([0.0448, 0.2856, 0.3001])
    expected = np.prod(np.array(values) ** (exponents / exponents.sum()))
    assert float(mef_ssim(*images(levels))) == pytest.approx(expected, rel=1e-7)
    assert float(mef_ssim(*images(levels), scales=1)) == pytest.approx(values[0], rel=1e-7)


def test_identical_images():
    image = images(np.random.default_rng(1).integers(0, 256, (1, 50, 44)))[0]
    assert float(mef_ssim(image, image, image)) == pytest.approx(1, abs=1e-5)
