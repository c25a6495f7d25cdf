"""Local gradient directional entropy against a plain loop over pixels, and what its gradient does."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hifbench.methods.derun import lgde
from hifbench.methods.derun.lgde import Gradient


def reflected(index: int, size: int) -> int:
    index = abs(index)
    return index if index < size else 2 * (size - 1) - index


def directions_by_loop(image: np.ndarray, bins: int) -> np.ndarray:
    """Quantised direction of every pixel; -1 where there is no gradient."""
    height, width = image.shape
    kernel = ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))
    found = np.full((height, width), -1)
    for y in range(height):
        for x in range(width):
            along_x = along_y = 0.0
            for i in (-1, 0, 1):
                for j in (-1, 0, 1):
                    value = image[reflected(y + i, height), reflected(x + j, width)]
                    along_x += kernel[i + 1][j + 1] * value / 8
                    along_y += kernel[j + 1][i + 1] * value / 8
            if math.hypot(along_x, along_y) >= 1e-6:
                found[y, x] = round(math.atan2(along_y, along_x) / (2 * math.pi / bins)) % bins
    return found


def entropy_by_loop(image: np.ndarray, bins: int, blocks: tuple[int, ...]) -> np.ndarray:
    """Eq. 13: for each pixel the entropy of nine directions spread over each block."""
    height, width = image.shape
    directions = directions_by_loop(image, bins)
    result = np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            for block in blocks:
                spread = (block - 1) // 2
                counts = np.zeros(bins)
                for i in (-spread, 0, spread):
                    for j in (-spread, 0, spread):
                        direction = directions[reflected(y + i, height), reflected(x + j, width)]
                        if direction < 0:
                            counts += 1 / bins
                        else:
                            counts[direction] += 1
                shares = counts[counts > 0] / 9
                result[y, x] -= (shares * np.log(shares)).sum() / len(blocks)
    return result


@pytest.mark.parametrize(("bins", "blocks"), [(8, (3, 5)), (4, (3,)), (16, (3, 7))])
def test_hard_entropy_equals_a_loop(bins: int, blocks: tuple[int, ...]) -> None:
    image = np.random.default_rng(bins).random((13, 17))
    image[4:9, 4:9] = 0.5  # a flat patch, where no direction is told
    shares = lgde.hard_directions(Gradient.of(torch.from_numpy(image)[None, None]), bins)
    ours = lgde.entropy(shares, blocks)[0, 0].numpy()
    assert np.abs(ours - entropy_by_loop(image, bins, blocks)).max() < 1e-12


def test_soft_entropy_tends_to_the_hard_one() -> None:
    image = torch.rand(1, 1, 20, 20, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    hard = lgde.entropy(lgde.hard_directions(Gradient.of(image), 8), (3, 5))
    gaps = [
        float((lgde.entropy(lgde.soft_directions(Gradient.of(image), 8, kappa, 1e-9), (3, 5)) - hard).abs().mean())
        for kappa in (10, 100, 1e6)
    ]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 2e-3


def test_entropy_runs_from_one_direction_to_all() -> None:
    ramp = torch.arange(16.0).expand(1, 1, 16, 16) / 16
    inside = lgde.entropy(lgde.hard_directions(Gradient.of(ramp), 8), (3,))[..., 3:-3, 3:-3]
    assert inside.abs().max() == 0
    flat = lgde.entropy(lgde.soft_directions(Gradient.of(torch.full((1, 1, 9, 9), 0.3)), 8, 10, 0.02), (3, 5))
    torch.testing.assert_close(flat, torch.full_like(flat, math.log(8)))


@pytest.mark.parametrize("kappa", [10.0, 200.0])
@pytest.mark.parametrize("softness", [1e-6, 0.02])
def test_constant_and_striped_images_have_finite_gradients(kappa: float, softness: float) -> None:
    stripes = torch.zeros(1, 1, 12, 12)
    stripes[..., ::4] = 1
    for image in (torch.full((1, 1, 12, 12), 0.7), stripes):
        image.requires_grad_()
        lgde.entropy(lgde.soft_directions(Gradient.of(image), 8, kappa, softness), (3, 5)).square().mean().backward()
        assert image.grad is not None
        assert image.grad.isfinite().all()


@settings(max_examples=25, deadline=None)
@given(scale=st.sampled_from([0.125, 0.5, 4.0]), seed=st.integers(0, 100))
def test_hard_entropy_ignores_contrast(scale: float, seed: int) -> None:
    image = torch.rand(1, 1, 10, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    entropies = [lgde.entropy(lgde.hard_directions(Gradient.of(one), 8), (3, 5)) for one in (image, scale * image)]
    torch.testing.assert_close(*entropies)


def test_a_gradient_gives_way_pixel_by_pixel() -> None:
    ramp = torch.arange(9.0).expand(1, 1, 9, 9)
    steep = 3 * ramp.movedim(-1, -2)
    across, down = Gradient.of(ramp), Gradient.of(torch.where(torch.arange(9) < 5, steep, 0))
    inside = (..., slice(1, -1), slice(1, 4))
    assert torch.equal(across.unless_weaker(down, 0.3).x[inside], torch.ones(1, 1, 7, 3))
    both = across.unless_weaker(down, 0.4)
    assert torch.equal(both.x[inside], torch.zeros(1, 1, 7, 3))
    assert torch.equal(both.y[inside], torch.full((1, 1, 7, 3), 3.0))
    assert torch.equal(both.x[..., 1:-1, 6:-1], torch.ones(1, 1, 7, 2))
