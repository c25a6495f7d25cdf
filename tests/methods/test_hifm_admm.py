"""HIFM-ADMM: each step against autograd or its definition, the minimum against L-BFGS on the smoothed energy."""

from __future__ import annotations

import os
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy import ndimage, optimize

from hifbench import datasets, methods
from hifbench.errors import UsageError
from hifbench.methods._hifm import AbsoluteValue, Logarithm, Solution, Square, Term, admm, energy
from hifbench.methods._sobel import BORDERS, Sobel

SMOOTHNESS, MU, THETA, RHO, TAU = 0.3, 0.003, 1.0, 20.0, 10.0
TERMS = (AbsoluteValue(SMOOTHNESS, RHO), Logarithm(MU, TAU, THETA))
EPSILON = 1e-5  # |a| -> sqrt(a^2 + EPSILON^2)


def noise(*size: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def scene(height: int = 48, width: int = 48) -> tuple[torch.Tensor, torch.Tensor]:
    """A warm block on a dim ground, and grass in which the block is not seen; (1, 1, H, W) each."""
    random = np.random.default_rng(3)
    y, x = np.mgrid[:height, :width]
    ir = 0.25 + 0.1 * y / height + 0.6 * ((abs(y - 20) < 8) & (abs(x - 26) < 5))
    vis = 0.5 + 0.3 * np.sin(x / 2.5) * np.cos(y / 3) + random.normal(0, 0.04, (height, width))
    images = (torch.from_numpy(image.clip(0, 1)).float()[None, None] for image in (ir, vis))
    return next(images), next(images)


def solve(m: torch.Tensor, terms: tuple[Term, ...] = TERMS, iterations: int = 50, tolerance: float = 0.0) -> Solution:
    return admm(m, terms, Sobel(), iterations=iterations, tolerance=tolerance, relaxation=1.6, watch=lambda *told: None)


def smoothed(y: np.ndarray, m: np.ndarray) -> tuple[float, np.ndarray]:
    """Eq. 3 with |a| smoothed, periodic border, and its gradient; scipy's filters, whose adjoint is minus them."""
    value, gradient = ((y - m) ** 2).sum() / 2, y - m
    for axis in (0, 1):
        slope = ndimage.sobel(y, axis, mode="wrap") / 8
        other = ndimage.sobel(y - m, axis, mode="wrap") / 8
        length = np.sqrt(slope**2 + EPSILON**2)
        value += SMOOTHNESS * length.sum() + MU * np.log(1 + THETA * other**2).sum()
        pull = SMOOTHNESS * slope / length + 2 * MU * THETA * other / (1 + THETA * other**2)
        gradient = gradient - ndimage.sobel(pull, axis, mode="wrap") / 8
    return float(value), gradient


def by_lbfgs(m: np.ndarray, start: np.ndarray) -> float:
    def flat(y: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = smoothed(y.reshape(m.shape), m)
        return value, gradient.ravel()

    options = {"maxiter": 3000, "maxfun": 6000, "ftol": 1e-13, "gtol": 1e-8, "maxcor": 20}
    found = optimize.minimize(flat, start.ravel(), jac=True, method="L-BFGS-B", options=options)
    return float(found.fun)


def test_the_h_gradient_is_autograds_and_the_printed_one_is_not() -> None:
    sobel, (m, y) = Sobel(), noise(2, 12, 13)
    h, g = noise(2, 2, 12, 13, seed=1)
    mu, theta, tau = 0.7, 2.5, 1.3
    slopes = sobel(y - m)
    h.requires_grad_()
    lagrangian = mu * (1 + theta * h**2).log().sum() + tau / 2 * ((slopes - h + g) ** 2).sum()
    (wanted,) = torch.autograd.grad(lagrangian, h)
    h = h.detach()
    derived = Logarithm(mu, tau, theta).gradient(h, slopes + g)
    printed = tau * slopes + 2 * mu * h / (1 + theta * h**2) + tau * g + tau * h  # Q_c of Eq. 5
    restored = printed + 2 * mu * (theta - 1) * h / (1 + theta * h**2)  # with theta put back
    assert float((derived - wanted).abs().max()) < 1e-8
    assert float((printed - wanted).abs().max()) > 1
    assert float((restored - wanted).abs().max()) > 1


def test_with_the_printed_signs_admm_diverges() -> None:
    class Printed(Logarithm):
        def gradient(self, split: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
            slope = 2 * self.weight * split / (1 + self.theta * split.square())
            return slope + self.penalty * (target + split)

    ir, vis = scene()
    energies = solve((ir - vis)[0, 0], (TERMS[0], Printed(MU, TAU, THETA)), iterations=30).energies
    assert not energies[-1] < 10 * energies[0]


def test_the_h_step_descends() -> None:
    for seed, theta in enumerate((0.1, 1.0, 100.0)):
        term = Logarithm(0.5, 2.0, theta)
        h, target = noise(2, 2, 9, 9, seed=seed)
        new = term.step(h, target)
        before, after = (float(term.value(at) + term.penalty / 2 * (target - at).square().sum()) for at in (h, new))
        assert after < before


@pytest.mark.parametrize("term", [AbsoluteValue(0.6, 2.0), Square(0.6, 2.0)])
def test_the_e_step_is_the_proximal_operator(term: Term) -> None:
    targets = np.linspace(-1, 1, 41)
    grid = torch.linspace(-1.5, 1.5, 30001, dtype=torch.float64)
    costs = [
        np.array([float(term.value(point[None])) for point in grid[::100]])
        + term.penalty / 2 * (target - grid[::100].numpy()) ** 2
        for target in targets
    ]
    found = term.step(torch.zeros(41), torch.from_numpy(targets))
    wanted = np.array([grid[::100][cost.argmin()] for cost in costs])
    assert np.allclose(found.numpy(), wanted, atol=0.0101)


def test_the_energy_is_that_of_eq_3() -> None:
    y, m = noise(2, 16, 17)
    value, _ = smoothed(y.numpy(), m.numpy())
    assert energy(y, m, TERMS, Sobel()) == pytest.approx(value, rel=1e-5)


@cache
def real() -> tuple[torch.Tensor, torch.Tensor]:
    """A crop of a TNO pair, at the man in the doorway."""
    pair = next(p for p in datasets.load("tno", os.environ["HIFBENCH_SHARED"] + "/data", "all") if "doorway" in p.id)
    crop = (slice(350, 398), slice(260, 308))
    return pair.ir[crop][None, None], pair.vis[crop][None, None]


@pytest.mark.parametrize("pictures", ["made", "real"])
def test_fifty_iterations_come_to_the_minimum_of_lbfgs(pictures: str, request: pytest.FixtureRequest) -> None:
    if pictures == "real":
        request.getfixturevalue("shared")
    ir, vis = scene() if pictures == "made" else real()
    solution = solve((ir - vis)[0, 0])
    m, y = (ir - vis)[0, 0].double().numpy(), solution.y.double().numpy()
    best = min(by_lbfgs(m, start) for start in (m, np.zeros_like(m), y))
    assert smoothed(y, m)[0] <= 1.005 * best
    falls = solution.residuals[0] / solution.residuals[-1]
    assert falls.min() >= 100
    long = solve(torch.from_numpy(m), iterations=1000)
    assert smoothed(long.y.numpy(), m)[0] == pytest.approx(best, rel=2e-4)  # the two find one minimum


def test_the_energy_trace_falls() -> None:
    ir, vis = scene()
    method, told = methods.create("hifm-admm", iterations=60, tolerance=0.0), []
    method.watch = lambda *each: told.append(each)
    fused = method.fuse(ir, vis)
    (trace,) = method.traces
    m, y = (ir - vis)[0, 0], (fused - vis)[0, 0]
    assert trace.dtype == torch.float64
    assert [(number, most) for number, most, _ in told] == [(number, 60) for number in range(1, 61)]
    assert [value for _, _, value in told] == trace[1:].tolist()
    assert float(trace[0]) == pytest.approx(energy(m, m, TERMS, Sobel()), rel=1e-5)
    assert float(trace[-1]) == pytest.approx(energy(y, m, TERMS, Sobel()), rel=1e-5)
    assert trace[-1] < 0.5 * trace[0]
    assert float(trace.diff().clamp(min=0).sum()) < 0.02 * float(trace[0])  # rises are few and small
    assert (trace[20:] < trace[10]).all()


def test_a_watch_knows_that_an_early_stop_is_the_end() -> None:
    method, told = methods.create("hifm-admm", iterations=200), []
    method.watch = lambda *each: told.append(each)
    method.fuse(*scene())
    numbers = [number for number, _, _ in told]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) < 200
    assert [most for _, most, _ in told] == [200] * (len(numbers) - 1) + [numbers[-1]]
    assert len(method.traces[0]) == len(numbers) + 1


def test_it_stops_by_both_residuals() -> None:
    ir, vis = scene()
    ends = [solve((ir - vis)[0, 0], iterations=400, tolerance=tolerance).residuals for tolerance in (3e-2, 1e-2, 3e-3)]
    assert len(ends[0]) < len(ends[1]) < len(ends[2]) < 400
    for looser, stricter in pairwise(ends):
        assert torch.equal(stricter[: len(looser)], looser)
        assert (stricter[-1] < looser[-1]).all()


@pytest.mark.parametrize("border", BORDERS)
def test_with_no_weights_the_infrared_image_returns(border: str) -> None:
    ir, vis = scene()
    fused = methods.create("hifm-admm", smoothness=0, mu=0, border=border).fuse(ir, vis)
    assert torch.allclose(fused, ir, atol=1e-6)


def test_the_target_stays_bright_and_the_texture_comes_in() -> None:
    ir, vis = scene()
    fused = methods.create("hifm-admm").fuse(ir, vis)[0, 0]
    assert float(fused[14:27, 23:30].mean() - fused[14:27, 36:].mean()) > 0.35
    away = (slice(32, None), slice(None))
    assert float(torch.corrcoef(torch.stack([fused[away].ravel(), vis[0, 0][away].ravel()]))[0, 1]) > 0.8


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("size", [(37, 53), (1, 40), (40, 1), (1, 1), (2, 3)])
def test_odd_sizes_and_constant_images(size: tuple[int, int], border: str) -> None:
    method = methods.create("hifm-admm", border=border, iterations=20)
    ir, vis = noise(2, 1, 1, *size).sigmoid().float()
    assert bool(method.fuse(ir, vis).isfinite().all())
    for level in (0.0, 0.7):
        flat = torch.full((1, 1, *size), level)
        assert torch.allclose(method.fuse(flat, torch.full_like(flat, 0.2)), flat, atol=1e-5)
        assert torch.allclose(method.fuse(flat, flat), flat, atol=1e-6)
        assert bool(method.fuse(flat, vis).isfinite().all())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"smoothness": -1.0}, "smoothness must be at least 0 and finite, not -1"),
        ({"theta": 0.0}, "theta must be above 0"),
        ({"rho": 0.0}, "rho must be above 0"),
        ({"iterations": 0}, "iterations must be at least 1"),
        ({"iterations": True}, "option 'iterations' is a whole number, not True"),
        ({"tolerance": -0.1}, "tolerance must be at least 0"),
        ({"relaxation": 2.0}, "relaxation must lie between 0 and 2"),
        ({"border": "zero"}, "border is one of periodic, reflect, replicate"),
    ],
)
def test_bad_options_are_named(options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        methods.create("hifm-admm", **options)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize(
    ("name", "option"),
    [
        *(("hifm-admm", option) for option in ("smoothness", "mu", "theta", "rho", "tau", "tolerance", "relaxation")),
        *(("cm-admm", option) for option in ("smoothness", "rho", "tolerance", "relaxation")),
    ],
)
def test_options_that_are_not_finite_are_named(name: str, option: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"^{option} must"):
        methods.METHODS.get(name)(**{option: value})
    with pytest.raises(UsageError, match=f"^{name}: {option} must .*{value}"):
        methods.create(name, **{option: value})
