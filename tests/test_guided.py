"""The guided filter against least squares window by window, and against scipy's box filter."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy_guided import mean as scipy_mean

from hifbench.guided import box_mean, guided_filter


def images(height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    guide, image = torch.rand(
        2, 1, 1, height, width, generator=torch.Generator().manual_seed(height), dtype=torch.float64
    )
    return guide, image


def window(place: int, radius: int, length: int) -> slice:
    return slice(max(0, place - radius), min(length, place + radius + 1))


@pytest.mark.parametrize(("size", "radius"), [((48, 57), 7), ((40, 61), 15), ((23, 20), 45), ((1, 9), 3), ((1, 1), 7)])
def test_box_mean_is_the_mean_of_what_is_in_the_window(size: tuple[int, int], radius: int) -> None:
    _, image = images(*size)
    ours, plain = box_mean(image, radius)[0, 0].numpy(), image[0, 0].numpy()
    wanted = [
        [plain[window(y, radius, size[0]), window(x, radius, size[1])].mean() for x in range(size[1])]
        for y in range(size[0])
    ]
    assert np.abs(ours - wanted).max() < 1e-13


@pytest.mark.parametrize("eps", [0.3, 1e-2, 1e-6])
@pytest.mark.parametrize("size", [(14, 17), (3, 11)])
def test_is_the_mean_of_ridge_regressions_in_windows(size: tuple[int, int], eps: float) -> None:
    guide, image = images(*size)
    (height, width), radius = size, 3
    plain_guide, plain_image = guide[0, 0].numpy(), image[0, 0].numpy()
    fits = {}
    for y in range(height):
        for x in range(width):
            part = window(y, radius, height), window(x, radius, width)
            x_part, y_part = plain_guide[part].ravel(), plain_image[part].ravel()
            rows = np.stack([x_part, np.ones_like(x_part)], 1)
            ridge = np.array([[np.sqrt(eps * len(x_part)), 0.0]])  # Eq. 4: eps a^2 in each of the window's terms
            fits[y, x] = np.linalg.lstsq(np.concatenate([rows, ridge]), np.append(y_part, 0), rcond=None)[0]
    wanted = np.zeros(size)
    for y in range(height):
        for x in range(width):
            rows, columns = (range(n)[window(p, radius, n)] for p, n in ((y, height), (x, width)))
            slope, offset = np.mean([fits[v, u] for v in rows for u in columns], axis=0)
            wanted[y, x] = slope * plain_guide[y, x] + offset
    assert np.abs(guided_filter(guide, image, radius, eps)[0, 0].numpy() - wanted).max() < 1e-10


@pytest.mark.parametrize(("radius", "eps"), [(45, 0.3), (7, 1e-6), (9, 1e3 / 255**2)])
def test_equals_one_made_of_scipy_box_filters(radius: int, eps: float) -> None:
    guide, image = images(193, 210)
    x, y = guide[0, 0].numpy(), image[0, 0].numpy()
    mean_x, mean_y = scipy_mean(x, radius), scipy_mean(y, radius)
    variance = scipy_mean((x - x.mean()) ** 2, radius) - (mean_x - x.mean()) ** 2
    slope = (scipy_mean(x * y, radius) - mean_x * mean_y) / (variance + eps)
    wanted = scipy_mean(slope, radius) * x + scipy_mean(mean_y - slope * mean_x, radius)
    worst = np.abs(guided_filter(guide, image, radius, eps)[0, 0].numpy() - wanted).max()
    print(f"guided filter, r = {radius}, eps = {eps:.2g}: largest difference {worst:.1e}")
    assert worst < 1e-10


def test_a_flat_image_stays_and_an_image_that_guides_itself_is_kept_by_a_small_eps() -> None:
    guide, image = images(30, 40)
    flat = torch.full_like(image, 0.3)
    assert torch.allclose(guided_filter(guide, flat, 5, 1e-6), flat, atol=1e-12)
    assert torch.allclose(guided_filter(image, image, 5, 1e-9), image, atol=1e-7)
    assert torch.allclose(guided_filter(flat, image, 5, 1e-6), box_mean(box_mean(image, 5), 5), atol=1e-9)


def test_images_of_a_batch_do_not_mix() -> None:
    batch = torch.cat(images(21, 30))
    filtered = guided_filter(batch.flip(0), batch, 4, 1e-3)
    assert torch.equal(filtered[:1], guided_filter(batch[1:], batch[:1], 4, 1e-3))
