"""Total variation fusion against scikit-image's solver, its optimality conditions and a known minimum."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.restoration import denoise_tv_chambolle

from hifbench import methods

WEIGHT = 0.3


def scene() -> tuple[torch.Tensor, torch.Tensor]:
    random = np.random.default_rng(3)
    y, x = np.mgrid[:64, :64]
    ir = 0.25 + 0.6 * ((abs(y - 26) < 12) & (abs(x - 34) < 9))
    vis = 0.5 + 0.3 * np.sin(x / 2.5) * np.cos(y / 3) + random.normal(0, 0.04, (64, 64))
    images = (torch.from_numpy(image.clip(0, 1)).float()[None, None] for image in (ir, vis))
    return next(images), next(images)


def energy(y: np.ndarray, m: np.ndarray) -> float:
    x_slopes, y_slopes = (np.diff(y, axis=axis, append=y.take([-1], axis)) for axis in (1, 0))
    return float(((y - m) ** 2).sum() / 2 + WEIGHT * np.hypot(x_slopes, y_slopes).sum())


def test_the_energy_is_within_a_thousandth_of_scikit_images() -> None:
    ir, vis = scene()
    y, m = ((image - vis)[0, 0].double().numpy() for image in (methods.create("tv").fuse(ir, vis), ir))
    reference = denoise_tv_chambolle(m, weight=WEIGHT, eps=1e-9, max_num_iter=4000)  # type: ignore[no-untyped-call]
    assert energy(y, m) == pytest.approx(energy(reference, m), rel=1e-3)
    strict = methods.create("tv", tolerance=1e-5, iterations=3000).fuse(ir, vis)
    y = (strict - vis)[0, 0].double().numpy()
    assert energy(y, m) <= energy(reference, m) * (1 + 1e-5)
    assert np.abs(y - reference).max() < 0.01


def test_a_step_keeps_its_place_and_loses_contrast() -> None:
    # Two halves of n pixels a row, h apart: each level moves by lambda / n towards the other (one line suffices).
    vis = torch.rand(1, 1, 5, 40, generator=torch.Generator().manual_seed(0))
    m = torch.zeros(1, 1, 5, 40)
    m[..., 20:] = 0.6
    fused = methods.create("tv", smoothness=WEIGHT, tolerance=1e-5, iterations=1000).fuse(vis + m, vis)
    wanted = m.clone()
    wanted[..., :20] += WEIGHT / 20
    wanted[..., 20:] -= WEIGHT / 20
    assert torch.allclose(fused - vis, wanted, atol=2e-3)


def test_the_mean_is_the_infrared_images() -> None:
    ir, vis = scene()
    assert float(methods.create("tv").fuse(ir, vis).mean()) == pytest.approx(float(ir.mean()), abs=1e-5)


def test_a_heavy_weight_leaves_the_visible_image_and_a_constant() -> None:
    ir, vis = scene()
    fused = methods.create("tv", smoothness=50.0, tolerance=1e-4, iterations=1000).fuse(ir, vis)
    assert torch.allclose(fused, vis + (ir - vis).mean(), atol=5e-3)


def test_the_trace_ends_at_the_energy() -> None:
    ir, vis = scene()
    method = methods.create("tv")
    y, m = ((image - vis)[0, 0].double().numpy() for image in (method.fuse(ir, vis), ir))
    (trace,) = method.traces  # type: ignore[attr-defined]
    assert float(trace[0]) == pytest.approx(energy(m, m), rel=1e-5)
    assert float(trace[-1]) == pytest.approx(energy(y, m), rel=1e-5)
