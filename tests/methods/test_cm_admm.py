"""CM-ADMM: with l2 against its closed form, with l1 against HIFM without the texture constraint."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from hifbench import methods
from hifbench.errors import UsageError


def pair(height: int, width: int) -> torch.Tensor:
    return torch.rand(2, 1, 1, height, width, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("size", [(32, 40), (33, 27)])
@pytest.mark.parametrize("smoothness", [0.5, 10.0])
def test_with_l2_it_ends_at_the_closed_form(size: tuple[int, int], smoothness: float) -> None:
    ir, vis = pair(*size)
    method = methods.create("cm-admm", smoothness=smoothness, iterations=200, tolerance=0.0)
    impulse = np.zeros(size)
    impulse[0, 0] = 1
    gains = sum(abs(np.fft.fft2(ndimage.sobel(impulse, axis, mode="wrap") / 8)) ** 2 for axis in (0, 1))
    m = (ir - vis)[0, 0].double().numpy()
    y = np.fft.ifft2(np.fft.fft2(m) / (1 + smoothness * gains)).real
    assert np.allclose((method.fuse(ir, vis) - vis)[0, 0].numpy(), y, atol=1e-5)


@pytest.mark.parametrize(("border", "mode"), [("reflect", "mirror"), ("replicate", "nearest")])
def test_other_borders_end_at_the_dense_solution(border: str, mode: str) -> None:
    ir, vis = pair(9, 8)
    pixels = np.eye(72).reshape(-1, 9, 8)
    matrix = np.stack(
        [np.stack([ndimage.sobel(pixel, axis, mode=mode) / 8 for axis in (1, 0)]).ravel() for pixel in pixels], axis=1
    )
    y = np.linalg.solve(np.eye(72) + 10 * matrix.T @ matrix, (ir - vis).double().numpy().ravel())
    fused = methods.create("cm-admm", border=border, iterations=200, tolerance=0.0).fuse(ir, vis)
    assert np.allclose((fused - vis).numpy().ravel(), y, atol=1e-5)


def test_with_l1_it_is_hifm_without_texture() -> None:
    ir, vis = pair(40, 30)
    conventional = methods.create("cm-admm", psi="l1").fuse(ir, vis)
    assert torch.equal(conventional, methods.create("hifm-admm", mu=0).fuse(ir, vis))
    assert not torch.allclose(conventional, methods.create("cm-admm").fuse(ir, vis), atol=1e-2)


def test_the_stop_is_near_the_minimum() -> None:
    ir, vis = pair(48, 64)
    method, exact = methods.create("cm-admm"), methods.create("cm-admm", iterations=300, tolerance=0.0)
    assert torch.allclose(method.fuse(ir, vis), exact.fuse(ir, vis), atol=0.01)
    assert len(method.traces[0]) < 50
    assert method.traces[0][-1] == pytest.approx(float(exact.traces[0][-1]), rel=1e-3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"psi": "l0"}, "psi is one of l2, l1, not 'l0'"),
        ({"smoothness": "much"}, "option 'smoothness' is a number, not 'much'"),
        ({"smoothness": True}, "option 'smoothness' is a number, not True"),
        ({"smoothness": float("nan")}, "smoothness must be at least 0 and finite, not nan"),
        ({"smoothness": float("inf")}, "smoothness must be at least 0 and finite, not inf"),
        ({"rho": -1.0}, "rho must be above 0"),
    ],
)
def test_bad_options_are_named(options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        methods.create("cm-admm", **options)
