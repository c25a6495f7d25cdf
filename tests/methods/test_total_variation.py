"""The machinery of GTF and ``tv``: operators against dense matrices and scipy, the lower bound against the primal."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import fft

from hifbench.methods._iterative import unwatched
from hifbench.methods._total_variation import (
    AbsoluteFidelity,
    Fidelity,
    SquareFidelity,
    adjoint,
    cosines,
    from_cosines,
    lengths,
    minimise,
    slopes,
    solver,
)

FIDELITIES = [AbsoluteFidelity(), SquareFidelity()]
SIZES = [(1, 1), (1, 2), (2, 1), (1, 9), (8, 1), (3, 4), (16, 17), (15, 12)]


def noise(*size: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("size", SIZES)
def test_slopes_are_forward_differences_and_the_adjoint_is_theirs(size: tuple[int, int]) -> None:
    image, field = noise(*size), noise(2, *size, seed=1)
    wanted = np.stack([np.diff(image.numpy(), axis=axis, append=image.numpy().take([-1], axis)) for axis in (1, 0)])
    assert np.array_equal(slopes(image).numpy(), wanted)
    assert float((slopes(image) * field).sum()) == pytest.approx(float((image * adjoint(field)).sum()), abs=1e-10)


@pytest.mark.parametrize("size", SIZES)
def test_the_cosine_transform_is_scipys(size: tuple[int, int]) -> None:
    image = noise(*size)
    for dim in (0, 1):
        assert np.allclose(cosines(image, dim).numpy(), fft.dct(image.numpy(), axis=dim) / 2, atol=1e-12)
        assert torch.allclose(from_cosines(cosines(image, dim), dim), image, atol=1e-12)


@pytest.mark.parametrize("size", SIZES)
def test_the_y_step_solves_its_equations(size: tuple[int, int]) -> None:
    right = noise(*size)
    y = solver(right, 3.7)(right)
    assert torch.allclose(y + 3.7 * adjoint(slopes(y)), right, atol=1e-10)
    single = solver(right.float(), 3.7)(right.float())
    assert single.dtype == torch.float32
    assert torch.allclose(single.double(), y, atol=1e-5)


@pytest.mark.parametrize("fidelity", FIDELITIES)
def test_the_step_is_the_proximal_operator(fidelity: Fidelity) -> None:
    grid = torch.linspace(-2, 2, 40001, dtype=torch.float64)
    for target in torch.linspace(-1, 1, 21, dtype=torch.float64):
        costs = torch.stack([fidelity.value(z) for z in grid[::100]])
        costs += fidelity.penalty / 2 * (grid[::100] - target).square()
        assert float(fidelity.step(target)) == pytest.approx(float(grid[::100][costs.argmin()]), abs=0.0051)


@pytest.mark.parametrize("fidelity", FIDELITIES)
def test_the_bound_is_the_least_value_between_the_extremes_of_m(fidelity: Fidelity) -> None:
    m, pull = noise(6, 7), 0.3 * noise(6, 7, seed=1)
    pull[0] *= 10 if isinstance(fidelity, AbsoluteFidelity) else 1  # beyond 1, too
    grid = torch.linspace(float(m.min()) - 2, float(m.max()) + 2, 4001, dtype=torch.float64)
    inside = (grid >= m.min()) & (grid <= m.max()) if isinstance(fidelity, AbsoluteFidelity) else grid == grid
    least = 0.0
    for at, slope in zip(m.flatten(), pull.flatten(), strict=True):
        least += min(float(fidelity.value(y - at) + slope * y) for y in grid[inside][::10])
    assert float(fidelity.bound(pull, m)) == pytest.approx(least, abs=0.5)
    assert float(fidelity.bound(pull, m)) <= least + 1e-9


@pytest.mark.parametrize("fidelity", FIDELITIES)
@pytest.mark.parametrize("weight", [0.2, 4.0])
def test_energy_and_bound_meet(fidelity: Fidelity, weight: float) -> None:
    m = noise(20, 23).sigmoid() - 0.5
    found = minimise(m, fidelity, weight, iterations=4000, tolerance=1e-5, watch=unwatched)
    energy = float(fidelity.value(found.y - m) + weight * lengths(slopes(found.y)).sum())
    assert float(found.energies[-1]) == pytest.approx(energy, rel=1e-12)
    assert float(found.energies[0]) == pytest.approx(float(weight * lengths(slopes(m)).sum()), rel=1e-12)
    assert 0 <= energy - found.bound <= 1e-5 * energy
    assert len(found.energies) < 4001
    for other in (m, torch.zeros_like(m), torch.full_like(m, float(m.median())), found.y + 0.01 * noise(20, 23)):
        assert float(fidelity.value(other - m) + weight * lengths(slopes(other)).sum()) >= found.bound
