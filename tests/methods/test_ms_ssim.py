"""Multi-scale SSIM as a loss, against scipy and a closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from hifbench.methods._ms_ssim import ms_ssim

EXPONENTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def images(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    ours = ndimage.gaussian_filter(random.uniform(size=(height, width)), 2)
    ours = (ours - ours.min()) / np.ptp(ours)
    return ours, np.clip(ours + random.normal(0, 0.1, ours.shape), 0, 1)


def factors(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    """Means of the contrast factor and of SSIM, where the window fits."""

    def blur(image: np.ndarray) -> np.ndarray:
        return ndimage.gaussian_filter(image, 1.5, radius=5)[5:-5, 5:-5]

    mean, other = blur(ours), blur(theirs)
    variances = blur(ours**2) - mean**2 + blur(theirs**2) - other**2
    contrast = (2 * (blur(ours * theirs) - mean * other) + 9e-4) / (variances + 9e-4)
    luminance = (2 * mean * other + 1e-4) / (mean**2 + other**2 + 1e-4)
    return float(contrast.mean()), float((luminance * contrast).mean())


@pytest.mark.parametrize(("size", "scales"), [((176, 190), 5), ((60, 96), 3), ((21, 30), 1)])
def test_is_the_product_over_as_many_scales_as_fit(size: tuple[int, int], scales: int) -> None:
    ours, theirs = images(*size)
    found = float(ms_ssim(torch.from_numpy(ours)[None, None], torch.from_numpy(theirs)[None, None]))
    expected, total = 1.0, 1.0 if scales == 5 else sum(EXPONENTS[:scales])
    for scale in range(scales):
        contrast, similarity = factors(ours, theirs)
        mean = similarity if scale + 1 == scales else contrast
        expected *= mean ** (EXPONENTS[scale] / total)
        even = tuple(slice(0, side // 2 * 2) for side in ours.shape)
        ours, theirs = (
            image[even].reshape(image.shape[0] // 2, 2, image.shape[1] // 2, 2).mean(axis=(1, 3))
            for image in (ours, theirs)
        )
    assert found == pytest.approx(expected, abs=1e-9)


def test_of_two_flat_images_is_the_luminance_of_the_last_scale() -> None:
    ours, theirs = torch.full((1, 1, 180, 180), 0.5).double(), torch.full((1, 1, 180, 180), 0.3).double()
    luminance = (2 * 0.5 * 0.3 + 1e-4) / (0.5**2 + 0.3**2 + 1e-4)
    assert float(ms_ssim(ours, theirs)) == pytest.approx(luminance**0.1333, abs=1e-6)


def test_opposite_images_can_still_be_learned_from() -> None:
    image = torch.from_numpy(images(64, 64)[0])[None, None].requires_grad_()
    value = ms_ssim(image, (1 - image).detach())
    value.backward()  # type: ignore[no-untyped-call]
    assert 0 <= float(value.detach()) < 0.5
    assert image.grad is not None
    assert bool(image.grad.isfinite().all())
