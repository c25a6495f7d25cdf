"""VSM-WLS: least squares against a sparse solve, filters against scipy, saliency against its definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy import ndimage, sparse
from scipy_guided import mean

from hifbench import methods
from hifbench.errors import UsageError
from hifbench.methods.vsm_wls import decompose, gaussian, larger, least_squares, rolling_guidance, saliency

LAMBDA, EPSILON = 0.01, 1e-4


def picture(height: int, width: int, seed: int = 0) -> torch.Tensor:
    """A bright block in a ramp with noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    image = 0.3 + 0.2 * x / width + 0.4 * ((abs(y - 30) < 10) & (abs(x - 28 - 6 * seed) < 9))
    return torch.from_numpy((image + random.normal(0, 0.03, image.shape)).clip(0, 1))[None, None]


def weights(detail: np.ndarray) -> np.ndarray:
    """The diagonal of A where no window is cut at the border."""
    return 1 / (np.abs(ndimage.convolve(detail, np.ones((7, 7)))) + EPSILON)


def energy(d: np.ndarray, m: np.ndarray, visible: np.ndarray, a: np.ndarray) -> float:
    return float(((d - m) ** 2 + LAMBDA * a * (d - visible) ** 2).sum())


def test_the_details_are_those_of_a_sparse_solve() -> None:
    first, second = (picture(64, 64, seed) for seed in (0, 1))
    for ir, vis in zip(decompose(first, 4)[0], decompose(second, 4)[0], strict=True):
        chosen = larger(ir, vis)
        found = least_squares(chosen, ir, vis, LAMBDA)[0, 0].numpy()
        m, visible, a = chosen[0, 0].numpy(), vis[0, 0].numpy(), weights(ir[0, 0].numpy())
        matrix = sparse.eye_array(m.size) + LAMBDA * sparse.diags_array(a.ravel())
        solved = sparse.linalg.spsolve(matrix.tocsc(), m.ravel() + LAMBDA * a.ravel() * visible.ravel())
        inside = (slice(3, -3), slice(3, -3))
        assert np.allclose(found[inside], solved.reshape(m.shape)[inside], atol=1e-10)
        pieces = m[inside], visible[inside], a[inside]
        least = energy(solved.reshape(m.shape)[inside], *pieces)
        assert energy(found[inside], *pieces) == pytest.approx(least, rel=1e-9)
        for other in (m, visible, found + 1e-4):
            assert energy(other[inside], *pieces) > least


@pytest.mark.parametrize("sigma", [2, 16])
@pytest.mark.parametrize("size", [(64, 50), (1, 9), (1, 1)])
def test_the_gaussian_filter_is_scipys(sigma: int, size: tuple[int, int]) -> None:
    image = torch.rand(1, 1, *size, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    wanted = ndimage.gaussian_filter(image[0, 0].numpy(), sigma, radius=3 * sigma, mode="nearest")
    assert np.allclose(gaussian(image, sigma)[0, 0].numpy(), wanted, atol=1e-12)


def test_saliency_is_the_sum_of_differences_from_all_pixels() -> None:
    grey = torch.randint(0, 256, (2, 1, 13, 11), generator=torch.Generator().manual_seed(0))
    for found, levels in zip(saliency(grey / 255), grey.flatten(1).numpy(), strict=True):
        sums = np.abs(levels[:, None] - levels).sum(1)
        wanted = (sums - sums.min()) / (sums.max() - sums.min())
        assert np.allclose(found.flatten().numpy(), wanted, atol=1e-12)
    assert float(saliency(torch.full((1, 1, 5, 5), 0.3)).abs().max()) == 0


def guided_by_windows(guide: np.ndarray, image: np.ndarray, radius: int) -> np.ndarray:
    """The guided filter with a least-squares fit in each window, as it is defined."""
    height, width = image.shape
    fits = np.empty((2, height, width))
    for y, x in np.ndindex(image.shape):
        window = (slice(max(y - radius, 0), y + radius + 1), slice(max(x - radius, 0), x + radius + 1))
        i, p = guide[window].ravel(), image[window].ravel()
        rows = np.stack([i, np.ones_like(i)], 1)
        fits[:, y, x] = np.linalg.solve(rows.T @ rows + np.diag([0.05**2 * i.size, 0]), rows.T @ p)
    a, b = (
        np.array(
            [
                [
                    fit[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1].mean()
                    for x in range(width)
                ]
                for y in range(height)
            ]
        )
        for fit in fits
    )
    return np.asarray(a * guide + b)


def test_rolling_guidance_repeats_a_filter_guided_by_its_own_result() -> None:
    image = picture(64, 64)[..., 20:42, 14:40]
    guide = np.zeros(image.shape[-2:])
    for _ in range(4):
        guide = guided_by_windows(guide, image[0, 0].numpy(), 2)
    assert np.allclose(rolling_guidance(image, 2)[0, 0].numpy(), guide, atol=1e-9)


def test_rolling_guidance_drops_what_is_small_and_keeps_an_edge() -> None:
    image = torch.full((1, 1, 48, 48), 0.2, dtype=torch.float64)
    image[..., 24:] = 0.8
    spotted = image.clone()
    spotted[..., 20, 10] += 0.3
    smooth = rolling_guidance(spotted, 4)
    assert float((smooth - image)[..., 20, 10].abs()) < 0.03
    steep, blurred = (float(it[..., 30, 25] - it[..., 30, 22]) for it in (smooth, gaussian(spotted, 4)))
    assert steep > 0.8 * 0.6 > 2 * 0.8 * blurred


@pytest.mark.parametrize("levels", [1, 2, 4])
def test_details_and_base_add_up_to_the_image(levels: int) -> None:
    image = picture(45, 61)
    details, base = decompose(image, levels)
    assert len(details) == levels
    assert torch.allclose(sum(details) + base, image, atol=1e-12)


def plain_levels(image: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Four details and the base: rolling guidance with windows of radius 2, 4 and 8, and a Gaussian of sigma 16."""
    details = []
    for radius in (2, 4, 8, None):
        if radius is None:
            smooth = ndimage.gaussian_filter(image, 16, radius=48, mode="nearest")
        else:
            smooth = np.zeros_like(image)
            for _ in range(4):
                smooth = guided_by_windows(smooth, image, radius)
        details.append(image - smooth)
        image = smooth
    return details, image


def plain_saliency(grey: np.ndarray) -> np.ndarray:
    sums = np.abs(grey.ravel()[:, None] - grey.ravel()).sum(1).reshape(grey.shape)
    return np.asarray((sums - sums.min()) / (sums.max() - sums.min()))


def test_two_textured_sources_by_scipy_and_windows() -> None:
    ir, vis = ((255 * picture(64, 64, seed)[0, 0, 12:40, 14:44].numpy()).round() for seed in (0, 1))
    (details_ir, base_ir), (details_vis, base_vis) = (plain_levels(grey / 255) for grey in (ir, vis))
    weight = 0.5 + (plain_saliency(ir) - plain_saliency(vis)) / 2
    wanted = weight * base_ir + (1 - weight) * base_vis
    for of_ir, of_vis in zip(details_ir, details_vis, strict=True):
        share = ndimage.gaussian_filter((np.abs(of_ir) > np.abs(of_vis)).astype(float), 2, radius=6, mode="nearest")
        a = 1 / (np.abs(49 * mean(of_ir, 3)) + EPSILON)
        wanted += (share * of_ir + (1 - share) * of_vis + LAMBDA * a * of_vis) / (1 + LAMBDA * a)
    fused = methods.create("vsm-wls").fuse(*(torch.from_numpy(grey / 255).float()[None, None] for grey in (ir, vis)))
    assert np.abs(fused[0, 0].numpy() - wanted).max() < 1e-5


@pytest.mark.parametrize("size", [(37, 53), (1, 40), (1, 1), (2, 3)])
def test_constant_images_and_small_ones(size: tuple[int, int]) -> None:
    method = methods.create("vsm-wls")
    vis = torch.rand(1, 1, *size, generator=torch.Generator().manual_seed(0))
    for level in (0.0, 0.7):
        flat = torch.full((1, 1, *size), level)
        middle = torch.full_like(flat, (level + 0.2) / 2)  # none is salient
        assert torch.allclose(method.fuse(flat, torch.full_like(flat, 0.2)), middle, atol=1e-6)
        assert bool(method.fuse(flat, vis).isfinite().all())
        assert bool(method.fuse(vis, flat).isfinite().all())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"levels": 0}, "levels must be 1 to 8"),
        ({"smoothness": -1.0}, "smoothness must be a number of at least 0"),
        ({"smoothness": float("nan")}, "smoothness must be a number of at least 0"),
    ],
)
def test_bad_options_are_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        methods.create("vsm-wls", **options)
