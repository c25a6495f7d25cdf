"""The Sobel operator against scipy's filters, its adjoint, and the Y-step against dense linear algebra."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from hifbench import methods
from hifbench.errors import MethodError
from hifbench.methods._sobel import BORDERS, CG_TOLERANCE, Sobel

SCIPY = {"periodic": "wrap", "reflect": "mirror", "replicate": "nearest"}
SIZES = [(8, 8), (7, 10), (2, 3), (1, 9), (9, 1), (1, 1)]


def noise(*size: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_scipy(image: np.ndarray, border: str) -> np.ndarray:
    return np.stack([ndimage.sobel(image, axis=axis, mode=SCIPY[border]) / 8 for axis in (1, 0)])


def dense(size: tuple[int, int], border: str) -> np.ndarray:
    """T as a matrix, a column for each pixel."""
    pixels = np.eye(size[0] * size[1]).reshape(-1, *size)
    return np.stack([by_scipy(pixel, border).ravel() for pixel in pixels], axis=1)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("size", SIZES)
def test_it_is_the_sobel_filter(size: tuple[int, int], border: str) -> None:
    image = noise(*size)
    assert np.allclose(Sobel(border)(image).numpy(), by_scipy(image.numpy(), border), atol=1e-14)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("size", SIZES)
def test_the_adjoint_is_exact(size: tuple[int, int], border: str) -> None:
    sobel, image, slopes = Sobel(border), noise(*size), noise(2, *size, seed=1)
    assert float((sobel(image) * slopes).sum()) == pytest.approx(
        float((image * sobel.adjoint(slopes)).sum()), abs=1e-10
    )
    assert np.allclose(
        sobel.adjoint(slopes).numpy().ravel(), dense(size, border).T @ slopes.numpy().ravel(), atol=1e-12
    )


def test_a_stack_of_slopes_is_pulled_back_one_by_one() -> None:
    sobel, slopes = Sobel("reflect"), noise(3, 2, 6, 7)
    assert torch.equal(sobel.adjoint(slopes), torch.stack([sobel.adjoint(each) for each in slopes]))


@pytest.mark.parametrize("border", ["reflect", "replicate"])
@pytest.mark.parametrize("weight", [0.0, 30.0, 1e3, 1e4])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_residual_is_what_is_said_whatever_the_weight(border: str, weight: float, dtype: torch.dtype) -> None:
    sobel, right = Sobel(border), noise(64, 64).to(dtype)
    y = sobel.solver(right, weight)(right, torch.zeros_like(right))
    left = y + weight * sobel.adjoint(sobel(y))
    assert y.dtype == torch.float64
    assert float((right - left).norm()) <= 1.0001 * CG_TOLERANCE * float(right.norm())


@pytest.mark.parametrize("border", ["reflect", "replicate"])
def test_a_weight_that_is_too_large_is_an_error(border: str) -> None:
    right = noise(64, 64)
    with pytest.raises(MethodError, match=rf"'{border}' did not come to 1e-06 in 1000 steps with a penalty of 1e\+06"):
        Sobel(border).solver(right, 1e6)(right, right)
    method = methods.create("hifm-admm", border=border, rho=1e7)
    with pytest.raises(MethodError, match="lower the penalties"):
        method.fuse(*torch.rand(2, 1, 1, 64, 64, generator=torch.Generator().manual_seed(0)))


@pytest.mark.parametrize("border", BORDERS)
def test_of_nothing_comes_nothing_wherever_it_starts(border: str) -> None:
    right = torch.zeros(9, 12)
    assert not Sobel(border).solver(right, 1e5)(right, torch.ones(9, 12)).any()


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("size", SIZES)
def test_the_y_step_solves_the_normal_equations(size: tuple[int, int], border: str) -> None:
    right, matrix = noise(*size), dense(size, border)
    y = Sobel(border).solver(right, 30.0)(right, torch.zeros_like(right)).numpy().ravel()
    wanted = np.linalg.solve(np.eye(len(y)) + 30 * matrix.T @ matrix, right.numpy().ravel())
    # All eigenvalues are at least 1: the error is no larger than the residual.
    allowed = 1e-12 if border == "periodic" else CG_TOLERANCE * float(right.norm())
    assert np.linalg.norm(y - wanted) <= allowed


def test_conjugate_gradients_agree_with_the_fft() -> None:
    sobel, right = Sobel("periodic"), noise(33, 40)
    exact = sobel.solver(right, 30.0)(right, right)
    iterated = sobel.conjugate_gradients(right, 30.0, right)
    assert float((exact - iterated).norm()) <= CG_TOLERANCE * float(right.norm())
    assert torch.equal(sobel.conjugate_gradients(right, 30.0, iterated), iterated)  # a warm start needs no step
