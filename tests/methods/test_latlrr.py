"""Latent low-rank representation against its known solutions, a plain n x n solver, and its neighbours."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from hifbench.methods._latlrr import LatLRR, solve, training_patches


def gaussian(*size: int, seed: int = 0) -> Tensor:
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def noisy() -> Tensor:
    """Rank 3 and a few large errors, so that every term of the objective counts."""
    data = gaussian(12, 3) @ gaussian(3, 30, seed=1)
    spoiled = torch.rand(12, 30, generator=torch.Generator().manual_seed(2)) < 0.05
    return data + 3 * gaussian(12, 30, seed=3) * spoiled


def nuclear(matrix: Tensor) -> float:
    return float(np.linalg.norm(matrix.numpy(), "nuc"))


def objective(data: Tensor, weights: Tensor, projection: Tensor, weight: float) -> float:
    """Of a feasible point: the error is what the other two leave."""
    rest = data - data @ weights - projection @ data
    return nuclear(weights) + nuclear(projection) + weight * float(rest.abs().sum())


def miss(data: Tensor, found: LatLRR) -> float:
    rest = data - data @ found.basis @ found.inner - found.projection @ data - found.error
    return float(rest.abs().max())


@pytest.mark.parametrize("rank", [1, 4, 12])
def test_without_noise_the_solutions_are_those_of_the_theorem(rank: int) -> None:
    """Zhang, Lin and Zhang, 2013: Z = V W V^T, L = U (I - W) U^T, W = diag(w), 0 <= w <= 1; the minimum is r."""
    data = gaussian(12, rank) @ gaussian(rank, 30, seed=1)
    found = solve(data, 100.0)
    assert miss(data, found) < 1e-5
    assert found.error.abs().max() < 1e-9
    assert found.objective(100.0) == pytest.approx(rank, rel=2e-3)
    left, _, right = torch.linalg.svd(data, full_matrices=False)
    left, right = left[:, :rank], right[:rank]
    of_weights = right @ found.basis @ found.inner @ right.T
    of_projection = left.T @ found.projection @ left
    both = of_weights + of_projection
    assert torch.allclose(both, torch.eye(rank).double(), atol=0.02)
    shares = of_weights.diagonal()
    assert torch.allclose(of_weights, shares.diag(), atol=0.02)
    assert bool(((shares > 0) & (shares < 1)).all())
    assert torch.allclose(left @ of_projection @ left.T, found.projection, atol=1e-4)


def test_the_basis_is_orthonormal_where_the_data_are_weak() -> None:
    left, _, right = torch.linalg.svd(gaussian(12, 30), full_matrices=False)
    found = solve(left * torch.logspace(0, -5.5, 12).double() @ right, 0.4)
    assert found.basis.shape == (30, 12)
    assert torch.allclose(found.basis.T @ found.basis, torch.eye(12).double(), atol=1e-12)


def plain(data: np.ndarray, weight: float) -> tuple[np.ndarray, np.ndarray, int]:
    """Inexact multipliers on the whole n x n problem, Z and L by linear solves."""
    size, count = data.shape
    weights, weights_dual = np.zeros((2, count, count))
    projection, projection_dual = np.zeros((2, size, size))
    error, dual = np.zeros((2, size, count))
    penalty, steps = 1e-6, 0
    while True:
        steps += 1
        low = []
        for matrix in (weights + weights_dual / penalty, projection + projection_dual / penalty):
            u, s, v = np.linalg.svd(matrix, full_matrices=False)
            low.append(u @ np.diag(np.maximum(s - 1 / penalty, 0)) @ v)
        right = data.T @ (data - projection @ data - error + dual / penalty) + low[0] - weights_dual / penalty
        weights = np.linalg.solve(np.eye(count) + data.T @ data, right)
        right = (data - data @ weights - error + dual / penalty) @ data.T + low[1] - projection_dual / penalty
        projection = np.linalg.solve(np.eye(size) + data @ data.T, right.T).T
        rest = data - data @ weights - projection @ data
        error = np.sign(rest + dual / penalty) * np.maximum(np.abs(rest + dual / penalty) - weight / penalty, 0)
        misses = rest - error, weights - low[0], projection - low[1]
        if max(np.abs(each).max() for each in misses) < 1e-6:
            return low[0], low[1], steps
        dual = dual + penalty * misses[0]
        weights_dual = weights_dual + penalty * misses[1]
        projection_dual = projection_dual + penalty * misses[2]
        penalty = min(1.1 * penalty, 1e6)


@pytest.mark.parametrize("weight", [0.05, 0.4])
def test_equals_the_n_by_n_problem(weight: float) -> None:
    data = noisy()
    found = solve(data, weight)
    weights, projection, steps = plain(data.numpy(), weight)
    assert abs(steps - found.iterations) <= 3  # n x n entries, not r x n, are compared with the tolerance
    assert np.abs((found.basis @ found.inner).numpy() - weights).max() < 1e-5
    assert np.abs(found.projection.numpy() - projection).max() < 1e-5


@pytest.mark.parametrize("weight", [0.05, 0.2, 0.4])
def test_feasible_points_nearby_are_no_better(weight: float) -> None:
    data = noisy()
    found = solve(data, weight, growth=1.01, iterations=5000)
    assert miss(data, found) < 1e-5
    weights = found.basis @ found.inner
    least = objective(data, weights, found.projection, weight)
    assert found.objective(weight) == pytest.approx(least, rel=1e-4)
    for seed in range(40):
        step = 10.0 ** -(1 + seed % 4)
        of_weights = step * gaussian(30, 30, seed=100 + seed) / 30
        of_projection = step * gaussian(12, 12, seed=200 + seed) / 12
        assert objective(data, weights + of_weights, found.projection + of_projection, weight) > least - 1e-5 * least
    for share in (0.9, 0.99, 0.999, 1.001, 1.01, 1.1):
        assert objective(data, share * weights, found.projection, weight) > least - 1e-5 * least
        assert objective(data, weights, share * found.projection, weight) > least - 1e-5 * least


def test_the_quick_penalty_is_near_the_minimum() -> None:
    data = noisy()
    slow = solve(data, 0.2, growth=1.01, iterations=5000).objective(0.2)
    quick = solve(data, 0.2).objective(0.2)
    print(f"objective {quick:.5f} with growth 1.1, {slow:.5f} with 1.01")
    assert slow - 1e-3 <= quick <= 1.01 * slow


def test_a_high_price_of_errors_leaves_none_and_a_low_one_leaves_nothing_else() -> None:
    data = noisy()
    assert float(solve(data, 50.0).error.abs().max()) < 1e-3
    cheap = solve(data, 1e-3, growth=1.01, iterations=5000)
    assert torch.allclose(cheap.error, data, atol=1e-3)
    assert cheap.objective(1e-3) == pytest.approx(1e-3 * float(data.abs().sum()), rel=1e-4)


def test_data_that_cannot_be_represented_are_refused() -> None:
    with pytest.raises(ValueError, match="the data are zero"):
        solve(torch.zeros(4, 9, dtype=torch.float64), 0.4)
    with pytest.raises(ValueError, match="no solution after 5 iterations"):
        solve(noisy(), 0.4, iterations=5)


def test_detail_is_what_varies_more_than_the_mean_patch_does() -> None:
    pattern = torch.rand(16, 16, generator=torch.Generator().manual_seed(0)) - 0.5
    contrasts = [*(0.01 * step for step in range(1, 10)), 0.5, 0.6, 0.7]  # the median is far below the mean
    strips = torch.cat([0.5 + contrast * pattern for contrast in contrasts], 1)
    patches = training_patches([strips], 16, 3, seed=0)
    strong = sorted(float((contrast * pattern).var(correction=0)) for contrast in contrasts[-3:])
    assert sorted(patches[:, :3].var(0, correction=0).tolist()) == pytest.approx(strong, rel=1e-5)
    with pytest.raises(ValueError, match="the images have 3 detail patches, not 4"):
        training_patches([strips], 16, 4, seed=0)


def test_training_patches_are_as_many_smooth_as_detailed() -> None:
    textured = torch.rand(40, 60, generator=torch.Generator().manual_seed(0))
    smooth = torch.linspace(0, 0.1, 60).expand(40, 60)
    patches = training_patches([textured, smooth], 16, 4, seed=3)
    assert patches.shape == (256, 8)
    assert patches.dtype == torch.float64
    assert bool((patches[:, :4].var(0) > 0.05).all())
    assert bool((patches[:, 4:].var(0) < 0.001).all())
    places = [(y, x) for y in (0, 16) for x in (0, 16, 32)]
    known = torch.stack([textured[y : y + 16, x : x + 16].flatten() for y, x in places]).double()
    assert all(bool((known == column).all(1).any()) for column in patches[:, :4].T)  # whole patches, row by row
    assert torch.equal(patches, training_patches([textured, smooth], 16, 4, seed=3))
    assert not torch.equal(patches, training_patches([textured, smooth], 16, 4, seed=4))
    with pytest.raises(ValueError, match="6 detail patches, not 7"):
        training_patches([textured, smooth], 16, 7, seed=3)
