"""ADF: the diffusion against a loop over pixels and its invariants, the weights against an eigenvalue solver."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from hifbench import methods
from hifbench.errors import UsageError
from hifbench.methods.adf import diffuse, share

STEP, EDGE = 0.15, 30 / 255


def image(height: int, width: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_pixels(picture: np.ndarray, iterations: int) -> np.ndarray:
    """Perona and Malik, Eq. 7 and 8, pixel by pixel."""
    for _ in range(iterations):
        new = picture.copy()
        for y, x in np.ndindex(picture.shape):
            for other_y, other_x in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                if 0 <= other_y < picture.shape[0] and 0 <= other_x < picture.shape[1]:
                    slope = picture[other_y, other_x] - picture[y, x]
                    new[y, x] += STEP * np.exp(-((slope / EDGE) ** 2)) * slope
        picture = new
    return picture


@pytest.mark.parametrize("size", [(14, 17), (1, 9), (9, 1), (1, 1)])
def test_the_diffusion_is_perona_and_maliks(size: tuple[int, int]) -> None:
    picture = image(*size) / 4
    assert np.allclose(diffuse(picture, 10, STEP, EDGE)[0, 0].numpy(), by_pixels(picture[0, 0].numpy(), 10), atol=1e-12)


def test_the_diffusion_keeps_mean_bounds_and_symmetry() -> None:
    picture = image(23, 31)
    smooth = diffuse(picture, 50, 0.25, 0.5)
    assert float(smooth.mean()) == pytest.approx(float(picture.mean()), abs=1e-12)
    assert picture.min() <= smooth.min() < smooth.max() <= picture.max()
    assert float(smooth.var()) < 0.2 * float(picture.var())
    for turned in (torch.Tensor.t, torch.fliplr, torch.flipud):
        other = diffuse(turned(picture[0, 0])[None, None], 50, 0.25, 0.5)
        assert torch.allclose(other[0, 0], turned(smooth[0, 0]), atol=1e-12)


def test_an_edge_beyond_k_stays_and_a_weak_one_goes() -> None:
    strong = torch.zeros(1, 1, 8, 16, dtype=torch.float64)
    strong[..., 8:] = 0.8
    assert torch.allclose(diffuse(strong, 10, STEP, EDGE), strong, atol=1e-12)
    weak = strong / 20
    assert float(diffuse(weak, 10, STEP, EDGE)[..., 7:9].diff().abs().max()) < 0.5 * 0.04


def test_the_weights_are_the_first_eigenvectors() -> None:
    common = image(20, 20)
    for seed in range(1, 6):
        first, second = common + seed * image(20, 20, seed), common + image(20, 20, 10 + seed)
        vectors = np.linalg.eigh(np.cov(torch.stack([first.flatten(), second.flatten()]).numpy()))[1]
        main = np.abs(vectors[:, -1])
        assert float(share(first, second)) == pytest.approx(main[0] / main.sum(), abs=1e-10)
        assert float(share(first, -second)) == float(share(first, second))  # anticorrelated: still within 0 to 1
        assert float(share(second, first)) == pytest.approx(1 - main[0] / main.sum(), abs=1e-10)
    assert float(share(common, common)) == pytest.approx(0.5, abs=1e-15)
    assert float(share(torch.zeros_like(common), torch.zeros_like(common))) == 0.5
    assert float(share(common, torch.zeros_like(common))) == 1
    assert float(share(torch.zeros_like(common), common)) == pytest.approx(0, abs=1e-15)


def test_signed_weights_are_the_eigenvector_over_its_sum() -> None:
    for seed in range(6):
        first, second = image(20, 20, seed), image(20, 20, 9) - (seed - 2.5) / 2 * image(20, 20, seed)
        main = np.linalg.eigh(np.cov(torch.stack([first.flatten(), second.flatten()]).numpy()))[1][:, -1]
        assert float(share(first, second, signed=True)) == pytest.approx(main[0] / main.sum(), rel=1e-9)
    opposite = image(20, 20)
    assert float(share(opposite, -opposite, signed=True)) == pytest.approx(0.5)  # the eigenvector's sum is 0
    fused = methods.create("adf", signed=True).fuse(opposite.float(), 1 - opposite.float())
    assert bool(fused.isfinite().all())


def test_the_fusion_by_hand() -> None:
    ir, vis = image(20, 24).float(), (image(20, 24) / 3 + image(20, 24, 1) / 2).float()
    bases = [by_pixels(picture[0, 0].double().numpy(), 10) for picture in (ir, vis)]
    details = [picture[0, 0].numpy() - base for picture, base in zip((ir, vis), bases, strict=True)]
    vector = np.linalg.eigh(np.cov(np.stack([detail.ravel() for detail in details])))[1][:, -1]
    assert vector[0] * vector[1] > 0  # the paper's formula holds as it stands
    wanted = sum(bases) / 2 + (vector[0] * details[0] + vector[1] * details[1]) / vector.sum()
    assert np.allclose(methods.create("adf").fuse(ir, vis)[0, 0].numpy(), wanted, atol=1e-5)


@pytest.mark.parametrize("size", [(37, 53), (1, 40), (1, 1), (2, 3)])
def test_constant_images_and_small_ones(size: tuple[int, int]) -> None:
    method = methods.create("adf")
    vis = image(*size).float()
    for level in (0.0, 0.7):
        flat = torch.full((1, 1, *size), level)
        middle = torch.full_like(flat, (level + 0.2) / 2)
        assert torch.allclose(method.fuse(flat, torch.full_like(flat, 0.2)), middle, atol=1e-6)
        assert bool(method.fuse(flat, vis).isfinite().all())
        assert bool(method.fuse(vis, flat).isfinite().all())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"iterations": 0}, "iterations must be at least 1"),
        ({"step": 0.3}, "step must be above 0 and at most 0.25"),
        ({"step": float("nan")}, "step must be above 0 and at most 0.25"),
        ({"edge": 0.0}, "edge must be above 0"),
    ],
)
def test_bad_options_are_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        methods.create("adf", **options)
