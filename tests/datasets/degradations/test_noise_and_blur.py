"""Low light, noise and blur against closed forms and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.ndimage import gaussian_filter

from hifbench.datasets.degradations import DEGRADATIONS

SIZE = (400, 500)


@pytest.mark.parametrize(("severity", "sigma"), [(1, 5), (2, 10), (3, 15), (4, 25), (4.5, 37.5)])
def test_noise_has_its_moments_and_is_normal_and_white(severity: float, sigma: float) -> None:
    vis = torch.full((*SIZE, 3), 0.5)
    noise = (DEGRADATIONS.get("gaussian-noise")(vis, severity, 11).numpy().astype(np.float64) - 0.5) * 255
    count = noise.size
    assert abs(noise.mean()) < 4 * sigma / np.sqrt(count)
    assert noise.std() == pytest.approx(sigma, rel=0.005)
    if sigma < 30:  # not clipped
        assert stats.kurtosis(noise.ravel()) == pytest.approx(0, abs=0.05)
    for other in (np.roll(noise, 1, 0), np.roll(noise, 1, 1), np.roll(noise, 1, 2)):
        assert abs(np.corrcoef(noise.ravel(), other.ravel())[0, 1]) < 0.01


def test_one_seed_gives_one_noise_scaled_at_every_severity() -> None:
    vis = torch.full((30, 40), 0.5)
    first, fourth = (DEGRADATIONS.get("gaussian-noise")(vis, severity, 2).numpy() - 0.5 for severity in (1, 4))
    assert np.allclose(5 * first, fourth, atol=1e-6)


@pytest.mark.parametrize(
    ("severity", "gamma", "electrons"), [(1, 1.25, 2000), (2, 1.5, 1000), (3, 2, 500), (4, 2.5, 250), (5, 3, 125)]
)
@pytest.mark.parametrize("level", [0.6, 0.85])
def test_low_light_has_the_mean_and_variance_of_its_electrons(
    severity: int, gamma: float, electrons: int, level: float
) -> None:
    vis = torch.full(SIZE, level)
    dark = DEGRADATIONS.get("low-light")(vis, severity, 4).numpy().astype(np.float64)
    x = np.float64(np.float32(level)) ** gamma
    variance = x / electrons + (4 / electrons) ** 2
    assert dark.mean() == pytest.approx(x, abs=4 * np.sqrt(variance / dark.size))
    assert dark.var() == pytest.approx(variance, rel=0.02)


@pytest.mark.parametrize(("severity", "sigma"), [(1, 0.5), (2, 1.0), (3, 2.0), (5, 4.0), (2.5, 1.5)])
def test_blur_is_scipys_gaussian_on_each_channel(severity: float, sigma: float) -> None:
    vis = torch.rand(40, 57, 3, generator=torch.Generator().manual_seed(0))
    blurred = DEGRADATIONS.get("blur")(vis, severity, 0).numpy()
    for channel in range(3):
        wanted = gaussian_filter(vis[..., channel].numpy().astype(np.float64), sigma)
        assert np.abs(blurred[..., channel] - wanted).max() < 1e-6
        assert np.abs(DEGRADATIONS.get("blur")(vis[..., channel], severity, 0).numpy() - wanted).max() < 1e-6


def test_blur_of_a_point_is_a_sampled_gaussian() -> None:
    point = torch.zeros(41, 41)
    point[20, 20] = 1
    offsets = np.arange(-20, 21)
    bell = np.exp(-(offsets**2) / 8) * (np.abs(offsets) <= 8)
    wanted = np.outer(bell, bell) / bell.sum() ** 2
    assert np.abs(DEGRADATIONS.get("blur")(point, 3, 0).numpy() - wanted).max() < 1e-7
