"""The energies of Eqs. 2 and 3 of DeRUN and their solution by ADMM (Eqs. 4 and 5).

He et al., "Degradation-Resistant Unfolding Network for Heterogeneous Image Fusion", ICCV 2023: with the infrared
image U, the visible one V, M = U - V and the fused image X = V + Y,

    min over Y of  1/2 |Y - M|^2 + sum_l lambda psi(T_l Y) + sum_k mu phi(T_k (Y - M)),

where phi(a) = sum log(1 + theta a^2). The paper gives no values, no code and no supplement: the number of filters
(Sobel along x and y for both sums), the border, all defaults and the over-relaxation are ours, and where Eq. 5
contradicts Eq. 3, Eq. 3 is followed (see ``Logarithm.gradient``).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ._iterative import IterativeMethod, Watch
from ._sobel import BORDERS, Sobel


@dataclass(frozen=True)
class Term(ABC):
    """One sum of the energy over the x and y derivatives, and its share in ADMM.

    Attributes:
        weight: lambda or mu, positive.
        penalty: rho or tau, positive.
    """

    weight: float
    penalty: float
    of_deviation = False
    """Whether it looks at T(Y - M) rather than at T Y."""

    @abstractmethod
    def value(self, slopes: Tensor) -> Tensor:
        """The term's part of the energy, a scalar."""

    @abstractmethod
    def step(self, split: Tensor, target: Tensor) -> Tensor:
        """The next split variable (E or H): lessens value(E) + penalty / 2 |target - E|^2 in E.

        Args:
            split: (2, H, W), the one of the last iteration.
            target: (2, H, W), derivatives plus scaled dual variable.
        """


class AbsoluteValue(Term):
    """psi = l1 norm, as the paper sets it for HIFM."""

    def value(self, slopes: Tensor) -> Tensor:
        """Lambda |slopes|_1."""
        return self.weight * slopes.abs().sum()

    def step(self, split: Tensor, target: Tensor) -> Tensor:
        """Eq. 5, E: soft threshold at lambda / rho, the minimum."""
        threshold = self.weight / self.penalty
        return target - target.clamp(-threshold, threshold)


class Square(Term):
    """psi = half the squared l2 norm; the paper says "l2 norm" of earlier methods, the square is inferred."""

    def value(self, slopes: Tensor) -> Tensor:
        """Lambda / 2 |slopes|^2."""
        return self.weight / 2 * slopes.square().sum()

    def step(self, split: Tensor, target: Tensor) -> Tensor:
        """The minimum."""
        return target / (1 + self.weight / self.penalty)


@dataclass(frozen=True)
class Logarithm(Term):
    """The texture constraint of Eq. 3: phi(a) = sum log(1 + theta a^2), not convex where theta a^2 > 1.

    Attributes:
        theta: positive.
    """

    theta: float
    of_deviation = True

    def value(self, slopes: Tensor) -> Tensor:
        """Mu phi(slopes)."""
        return self.weight * (self.theta * slopes.square()).log1p().sum()

    def gradient(self, split: Tensor, target: Tensor) -> Tensor:
        """Gradient in H of mu phi(H) + tau / 2 |T(Y - M) + G - H|^2, with T(Y - M) + G as the target.

        Q_c as printed in Eq. 5 has plus signs before T(Y - M) and G and no theta in the numerator of phi'; that is
        not the gradient of Eq. 4's augmented Lagrangian, and ADMM with it diverges.
        """
        slope = 2 * self.weight * self.theta * split / (1 + self.theta * split.square())
        return slope - self.penalty * (target - split)

    def step(self, split: Tensor, target: Tensor) -> Tensor:
        """Eq. 5, H: one gradient step; sigma is one over the gradient's Lipschitz constant, so that it descends."""
        sigma = 1 / (self.penalty + 2 * self.weight * self.theta)
        return split - sigma * self.gradient(split, target)


@dataclass(frozen=True)
class Solution:
    """What ADMM found.

    Attributes:
        y: (H, W).
        energies: float64, at Y = M (the infrared image) and then after each Y-step.
        residuals: float64 (iterations, 2), norms of the primal and the dual residual.
    """

    y: Tensor
    energies: Tensor
    residuals: Tensor


def energy(y: Tensor, m: Tensor, terms: Sequence[Term], sobel: Sobel) -> float:
    """The energy of Eq. 2 or 3.

    Args:
        y: residual map Y, (H, W).
        m: difference M of the sources, (H, W).
        terms: those after the first.
        sobel: the operator.
    """
    slopes, of_m = sobel(y), sobel(m)
    parts = [term.value(slopes - of_m if term.of_deviation else slopes) for term in terms]
    return float((y - m).square().sum() / 2 + sum(parts))


def admm(
    m: Tensor,
    terms: Sequence[Term],
    sobel: Sobel,
    *,
    iterations: int,
    tolerance: float,
    relaxation: float,
    watch: Watch,
) -> Solution:
    """ADMM on Eq. 4: Eq. 5 with phi = omega = 1 (full dual steps) and over-relaxation.

    It works in scaled dual variables, as Eq. 5 does. Residuals, their scale in the stopping rule and the
    over-relaxation are those of Boyd et al., "Distributed optimization and statistical learning via the alternating
    direction method of multipliers", 2011, sections 3.3 and 3.4.3; the paper gives none. The energy need not fall
    at every iteration.

    Args:
        m: difference M of the sources, (H, W); its type is the one computed in.
        terms: psi's and, in HIFM, phi's; one of weight 0 is left out.
        sobel: the operator.
        iterations: the most there will be.
        tolerance: it ends when both residuals are at most this share of what they are differences of; absolute
            tolerances are not used.
        relaxation: 1 is plain ADMM, between 1 and 2 over-relaxation.
        watch: see :data:`hifbench.methods._iterative.Watch`.
    """
    of_m = sobel(m)
    energies, residuals = [energy(m, m, terms, sobel)], []
    terms = [term for term in terms if term.weight > 0]
    solve = sobel.solver(m, sum(term.penalty for term in terms))
    offsets = [of_m if term.of_deviation else torch.zeros_like(of_m) for term in terms]
    splits = [torch.zeros_like(of_m) for _ in terms]  # E, H
    duals = [torch.zeros_like(of_m) for _ in terms]  # F, G
    norm_of_offsets = _norm(offsets)
    fixed = m + sobel.adjoint(_weighted(terms, offsets, of_m))
    pulled_splits, pulled_duals = torch.zeros_like(m), torch.zeros_like(m)
    y = m
    for iteration in range(1, iterations + 1):
        y = solve(fixed + pulled_splits - pulled_duals, y)  # Eq. 5, Y: Qa^-1 (M + Qb)
        slopes = sobel(y)
        value = (y - m).square().sum() / 2
        gaps = []
        for i, term in enumerate(terms):
            seen = slopes - offsets[i] if term.of_deviation else slopes
            value += term.value(seen)
            target = relaxation * seen + (1 - relaxation) * splits[i] + duals[i]
            splits[i] = term.step(splits[i], target)
            duals[i] = target - splits[i]
            gaps.append(seen - splits[i])
        before = pulled_splits
        both = torch.stack([_weighted(terms, splits, of_m), _weighted(terms, duals, of_m)])
        pulled_splits, pulled_duals = sobel.adjoint(both)
        primal, dual = _norm(gaps), _norm([pulled_splits - before])
        energies.append(float(value))
        residuals.append((primal, dual))
        largest = max(math.sqrt(len(terms)) * _norm([slopes]), _norm(splits), norm_of_offsets)
        over = primal <= tolerance * largest and dual <= tolerance * _norm([pulled_duals])
        watch(iteration, iteration if over else iterations, energies[-1])
        if over:
            break
    return Solution(
        y, torch.tensor(energies, dtype=torch.float64), torch.tensor(residuals, dtype=torch.float64).view(-1, 2)
    )


def _weighted(terms: Sequence[Term], fields: Sequence[Tensor], like: Tensor) -> Tensor:
    """Sum of the fields, each times its term's penalty; (2, H, W)."""
    total = torch.zeros_like(like)
    for term, field in zip(terms, fields, strict=True):
        total.add_(field, alpha=term.penalty)
    return total


def _norm(fields: Sequence[Tensor]) -> float:
    """Euclidean norm of all the fields together."""
    return math.hypot(*(float(torch.linalg.vector_norm(field)) for field in fields))


class AdmmMethod(IterativeMethod):
    """Fusion by ADMM on one of the energies; a subclass says which terms it has."""

    def __init__(self, *, iterations: int, tolerance: float, relaxation: float, border: str) -> None:
        super().__init__()
        if iterations < 1:
            raise ValueError(f"iterations must be at least 1, not {iterations}")
        at_least_zero(tolerance=tolerance)
        if not 0 < relaxation < 2:
            raise ValueError(f"relaxation must lie between 0 and 2, not {relaxation}")
        if border not in BORDERS:
            raise ValueError(f"border is one of {', '.join(BORDERS)}, not '{border}'")
        self.iterations = iterations
        self.tolerance = tolerance
        self.relaxation = relaxation
        self.sobel = Sobel(border)
        self.terms: tuple[Term, ...] = ()

    def _solve(self, ir: Tensor, vis: Tensor) -> tuple[Tensor, Tensor]:
        m = (ir - vis)[0, 0]
        solution = admm(
            m if self.sobel.border == "periodic" else m.double(),  # the type of conjugate gradients
            self.terms,
            self.sobel,
            iterations=self.iterations,
            tolerance=self.tolerance,
            relaxation=self.relaxation,
            watch=self.watch,
        )
        return vis + solution.y.float(), solution.energies


def at_least_zero(**values: float) -> None:
    """Raise ValueError for anything but a finite number of at least 0."""
    for name, value in values.items():
        if not 0 <= value < math.inf:
            raise ValueError(f"{name} must be at least 0 and finite, not {value}")


def positive(**values: float) -> None:
    """Raise ValueError for a number that is not positive and finite."""
    for name, value in values.items():
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be above 0 and finite, not {value}")
