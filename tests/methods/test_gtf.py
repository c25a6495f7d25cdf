"""GTF: its energy against reweighted least squares by sparse solves, linear programming, and known minima."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
import torch
from scipy import optimize, sparse

from hifbench import datasets, methods
from hifbench.errors import UsageError
from hifbench.methods.gtf import Gtf


def scene(height: int = 64, width: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    """A warm block on a dim ground, and grass in which the block is not seen; (1, 1, H, W) each."""
    random = np.random.default_rng(3)
    y, x = np.mgrid[:height, :width]
    ir = 0.25 + 0.1 * y / height + 0.6 * ((abs(y - 26) < 12) & (abs(x - 34) < 9))
    vis = 0.5 + 0.3 * np.sin(x / 2.5) * np.cos(y / 3) + random.normal(0, 0.04, (height, width))
    images = (torch.from_numpy(image.clip(0, 1)).float()[None, None] for image in (ir, vis))
    return next(images), next(images)


def real() -> tuple[torch.Tensor, torch.Tensor]:
    """A crop of a TNO pair, at the man in the doorway."""
    pair = next(p for p in datasets.load("tno", os.environ["HIFBENCH_SHARED"] + "/data", "all") if "doorway" in p.id)
    crop = (slice(350, 414), slice(250, 314))
    return pair.ir[crop][None, None], pair.vis[crop][None, None]


def differences(height: int, width: int) -> sparse.csr_array:
    """Forward differences along x and then along y, 0 across the border; (2 H W, H W)."""

    def along(length: int) -> Any:
        steps: Any = -sparse.eye_array(length) + sparse.eye_array(length, k=1)
        steps = steps.tolil()
        steps[-1, -1] = 0
        return steps

    x = sparse.kron(sparse.eye_array(height), along(width))
    y = sparse.kron(along(height), sparse.eye_array(width))
    return sparse.vstack([x, y]).tocsr()


def energy(y: np.ndarray, m: np.ndarray, weight: float) -> float:
    slopes = (differences(*m.shape) @ y.ravel()).reshape(2, -1)
    return float(np.abs(y - m).sum() + weight * np.hypot(*slopes).sum())


def by_reweighting(m: np.ndarray, weight: float) -> np.ndarray:
    """The minimum by iteratively reweighted least squares, the paper's way, with direct sparse solves."""
    d, y = differences(*m.shape), m.ravel()
    for epsilon in np.geomspace(0.03, 1e-5, 80):
        slopes = (d @ y).reshape(2, -1)
        length = np.sqrt((slopes**2).sum(0) + epsilon**2)
        near = 1 / np.sqrt((y - m.ravel()) ** 2 + epsilon**2)
        matrix = sparse.diags_array(near) + d.T @ sparse.diags_array(weight / np.tile(length, 2)) @ d
        y = sparse.linalg.spsolve(matrix.tocsc(), near * m.ravel())
    return y.reshape(m.shape)


def arrays(ir: torch.Tensor, vis: torch.Tensor, fused: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    return (fused - vis)[0, 0].double().numpy(), (ir - vis)[0, 0].double().numpy()


@pytest.mark.parametrize("pictures", ["made", "real"])
def test_the_energy_is_within_a_thousandth_of_reweighted_sparse_solves(
    pictures: str, request: pytest.FixtureRequest
) -> None:
    if pictures == "real":
        request.getfixturevalue("shared")
    ir, vis = scene() if pictures == "made" else real()
    y, m = arrays(ir, vis, methods.create("gtf").fuse(ir, vis))
    wanted = energy(by_reweighting(m, 4.0), m, 4.0)
    assert energy(y, m, 4.0) == pytest.approx(wanted, rel=1e-3)
    strict, _ = arrays(ir, vis, methods.create("gtf", tolerance=1e-4, iterations=3000).fuse(ir, vis))
    assert wanted * (1 - 5e-4) <= energy(strict, m, 4.0) <= wanted  # which stays a little above the minimum


@pytest.mark.parametrize("upright", [False, True])
def test_on_a_line_it_is_a_linear_programme(upright: bool) -> None:
    random = np.random.default_rng(0)
    m = np.cumsum(random.normal(0, 0.1, 150)).clip(-1, 1)
    ir, vis = (torch.from_numpy(x).float()[None, None, None] for x in (0.5 + m / 2, 0.5 - m / 2))
    if upright:
        ir, vis = ir.mT, vis.mT
    y, m = arrays(ir, vis, methods.create("gtf", tolerance=1e-4, iterations=3000).fuse(ir, vis))
    # Unknowns: y, t >= |y - m|, s >= |slopes|.
    count, d = m.size, differences(*m.shape)
    d = d[abs(d).sum(1) > 0]
    eye, none, blank = sparse.eye_array(count), sparse.csr_array((count, d.shape[0])), sparse.csr_array(d.shape)
    slack = -sparse.eye_array(d.shape[0])
    rows: Any = [[eye, -eye, none], [-eye, -eye, none], [d, blank, slack], [-d, blank, slack]]
    cost = np.concatenate([np.zeros(count), np.ones(count), np.full(d.shape[0], 4.0)])
    right = np.concatenate([m.ravel(), -m.ravel(), np.zeros(2 * d.shape[0])])
    programme: Any = sparse.block_array(rows, format="csc")
    best: Any = optimize.linprog(cost, programme, right, bounds=(None, None)).fun
    assert best * (1 - 1e-9) <= energy(y, m, 4.0) <= best * (1 + 2e-4)


@pytest.mark.parametrize(("width", "kept"), [(6, 0.0), (10, 1.0)])
def test_what_is_narrower_than_twice_lambda_vanishes_whole(width: int, kept: float) -> None:
    ir, vis = torch.full((1, 1, 1, 60), 0.2), torch.rand(1, 1, 1, 60, generator=torch.Generator().manual_seed(0))
    ir[..., 20 : 20 + width] += 0.5
    ir += vis - 0.2
    fused = methods.create("gtf", tolerance=1e-5, iterations=4000).fuse(ir, vis)
    assert torch.allclose(fused - vis, kept * (ir - vis), atol=1e-2)


def test_the_target_stays_bright_and_the_texture_comes_in() -> None:
    ir, vis = scene()
    fused = methods.create("gtf").fuse(ir, vis)[0, 0]
    assert float(fused[16:37, 27:42].mean() - fused[16:37, 48:].mean()) > 0.3
    away = (slice(42, None), slice(None))
    assert float(torch.corrcoef(torch.stack([fused[away].ravel(), vis[0, 0][away].ravel()]))[0, 1]) > 0.95


def test_the_energy_is_traced_and_told() -> None:
    ir, vis = scene()
    method, told = methods.create("gtf"), []
    assert isinstance(method, Gtf)
    method.watch = lambda *each: told.append(each)
    y, m = arrays(ir, vis, method.fuse(ir, vis))
    (trace,) = method.traces
    assert trace.dtype == torch.float64
    last = len(trace) - 1
    assert [number for number, _, _ in told] == list(range(1, last + 1))
    assert [most for _, most, _ in told] == [400] * (last - 1) + [last]  # the gap ends it, and the watch knows
    assert last < 400
    assert [value for _, _, value in told] == trace[1:].tolist()
    assert float(trace[0]) == pytest.approx(energy(m, m, 4.0), rel=1e-5)
    assert float(trace[-1]) == pytest.approx(energy(y, m, 4.0), rel=1e-5)


@pytest.mark.parametrize("across", [3 * 4 - 1, 5 * 4 + 1])
def test_a_disc_vanishes_whole_if_less_than_four_lambda_across(across: int) -> None:
    # Its perimeter pi d, weighed by lambda, is more than its area pi d^2 / 4 up to d = 4 lambda (15 pixels to 17
    # pixels on the grid).
    y, x = np.mgrid[:48, :48] - 23.5
    vis = torch.full((1, 1, 48, 48), 0.2)
    ir = vis + 0.5 * torch.from_numpy(x**2 + y**2 < (across / 2) ** 2).float()
    fused = methods.create("gtf", tolerance=1e-4, iterations=3000).fuse(ir, vis)
    left = float((fused - vis)[0, 0, 24, 24]) / 0.5
    assert left == pytest.approx(1.0 if across > 16 else 0.0, abs=0.05)


@pytest.mark.parametrize("name", ["gtf", "tv"])
@pytest.mark.parametrize("size", [(37, 53), (1, 40), (40, 1), (1, 1), (2, 3)])
def test_odd_sizes_and_constant_images(name: str, size: tuple[int, int]) -> None:
    method = methods.create(name)
    vis = torch.rand(1, 1, *size, generator=torch.Generator().manual_seed(0))
    for level in (0.0, 0.7):
        flat = torch.full((1, 1, *size), level)
        assert torch.allclose(method.fuse(flat, torch.full_like(flat, 0.2)), flat, atol=1e-6)
        assert bool(method.fuse(flat, vis).isfinite().all())
        assert bool(method.fuse(vis, flat).isfinite().all())
    assert torch.allclose(methods.create(name, smoothness=0).fuse(flat, vis), flat, atol=1e-6)


@pytest.mark.parametrize("name", ["gtf", "tv"])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"smoothness": -1.0}, "smoothness must be a number of at least 0"),
        ({"smoothness": float("inf")}, "smoothness must be a number of at least 0"),
        ({"tolerance": float("nan")}, "tolerance must be a number of at least 0"),
        ({"iterations": 0}, "iterations must be at least 1"),
    ],
)
def test_bad_options_are_named(name: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        methods.create(name, **options)
