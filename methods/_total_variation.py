"""Fusion by total variation: an image near the infrared one whose gradient is the visible one's nearly everywhere.

With the infrared image u, the visible one v, m = u - v and the fused image x = v + y, GTF and ``tv`` minimise

    f(y - m) + lambda sum |grad y|,

where f is a fidelity to the infrared image and |.| the Euclidean length of the two forward differences at a pixel
(isotropic total variation), a difference across the border being 0.

Both are solved by ADMM on z = y - m and q = grad y (Boyd et al., "Distributed optimization and statistical learning
via the alternating direction method of multipliers", 2011, sections 3.1.1 and 3.4.3). The y-step is exact by a cosine
transform; it ends when a duality gap proves the energy to be near its minimum.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ._iterative import IterativeMethod, Watch

_RELAXATION = 1.8
_GAP_EVERY = 10


class Fidelity(ABC):
    """The function f of y - m, a sum over pixels.

    Attributes:
        penalty: ADMM's for z = y - m; it and ``threshold`` change the speed and not the minimum.
        threshold: ADMM's penalty for q = grad y is lambda over this; slopes below it vanish at the start. Both were
            tuned for images in [0, 1].
    """

    penalty: float
    threshold: float

    @abstractmethod
    def value(self, deviation: Tensor) -> Tensor:
        """The value f(deviation), a float64 scalar."""

    @abstractmethod
    def step(self, target: Tensor) -> Tensor:
        """The z that minimises f(z) + penalty / 2 |z - target|^2."""

    @abstractmethod
    def bound(self, pull: Tensor, m: Tensor) -> Tensor:
        """The minimum over y of f(y - m) + <pull, y>, at least where min m <= y <= max m; a float64 scalar.

        Cutting y off at the least and the largest m raises no term of the energy, so a minimum lies there.
        """


class AbsoluteFidelity(Fidelity):
    """f = l1 norm."""

    penalty = 20.0
    threshold = 0.04

    def value(self, deviation: Tensor) -> Tensor:
        """Sum of |deviation|."""
        return deviation.abs().sum(dtype=torch.float64)

    def step(self, target: Tensor) -> Tensor:
        """Soft threshold."""
        return target - target.clamp(-1 / self.penalty, 1 / self.penalty)

    def bound(self, pull: Tensor, m: Tensor) -> Tensor:
        """Pixel by pixel: y = m where |pull| <= 1, else y at the end that ``pull`` leads to."""
        at_least, at_most = m.min(), m.max()
        up, down = (-1 - pull).clamp_min(0), (pull - 1).clamp_min(0)
        return (pull * m - up * (at_most - m) - down * (m - at_least)).sum(dtype=torch.float64)


class SquareFidelity(Fidelity):
    """f = half the squared l2 norm."""

    penalty = 1.0
    threshold = 0.02

    def value(self, deviation: Tensor) -> Tensor:
        """Half the sum of deviation^2."""
        return deviation.square().sum(dtype=torch.float64) / 2

    def step(self, target: Tensor) -> Tensor:
        """The target, shortened."""
        return target / (1 + 1 / self.penalty)

    def bound(self, pull: Tensor, m: Tensor) -> Tensor:
        """At y = m - pull."""
        return (pull * m - pull.square() / 2).sum(dtype=torch.float64)


def slopes(image: Tensor) -> Tensor:
    """Forward differences along x and y, 0 in the last column and the last row.

    Args:
        image: (H, W).

    Returns:
        (2, H, W).
    """
    differences = image.new_zeros(2, *image.shape)
    torch.sub(image[:, 1:], image[:, :-1], out=differences[0, :, :-1])
    torch.sub(image[1:], image[:-1], out=differences[1, :-1])
    return differences


def adjoint(field: Tensor) -> Tensor:
    """Minus the divergence, so that <slopes a, b> = <a, adjoint b>; (2, H, W) to (H, W)."""
    along_x, along_y = field[0, :, :-1], field[1, :-1]
    image = torch.zeros_like(field[0])
    image[:, :-1] -= along_x
    image[:, 1:] += along_x
    image[:-1] -= along_y
    image[1:] += along_y
    return image


def lengths(field: Tensor) -> Tensor:
    """Euclidean length at each pixel; (2, H, W) to (H, W)."""
    return torch.hypot(field[0], field[1])


def cosines(image: Tensor, dim: int) -> Tensor:
    """Cosine transform X_k = sum over n of x_n cos(pi k (2 n + 1) / 2 N) (DCT-II) along one axis.

    By one real FFT of the even samples followed by the odd ones backwards: Makhoul, "A fast cosine transform in one
    and two dimensions", IEEE Trans. ASSP 28(1), 1980.
    """
    x = image.movedim(dim, -1)
    count = x.shape[-1]
    spectrum = torch.fft.rfft(torch.cat([x[..., ::2], x[..., 1::2].flip(-1)], -1)) * _turns(x, -1)
    upper = -spectrum.imag[..., 1 : (count + 1) // 2].flip(-1)
    return torch.cat([spectrum.real, upper], -1).movedim(-1, dim)


def from_cosines(transform: Tensor, dim: int) -> Tensor:
    """The inverse of ``cosines``."""
    transform = transform.movedim(dim, -1)
    count = transform.shape[-1]
    below = transform[..., : count // 2 + 1]
    mirrored = torch.cat([torch.zeros_like(below[..., :1]), transform[..., 1:].flip(-1)], -1)[..., : count // 2 + 1]
    ordered = torch.fft.irfft(torch.complex(below.contiguous(), -mirrored) * _turns(transform, 1), n=count)
    image = torch.empty_like(ordered)
    image[..., ::2] = ordered[..., : (count + 1) // 2]
    image[..., 1::2] = ordered[..., (count + 1) // 2 :].flip(-1)
    return image.movedim(-1, dim)


def _turns(like: Tensor, sign: int) -> Tensor:
    """The numbers exp(sign i pi k / 2 N) for the N // 2 + 1 frequencies of a real FFT of length N."""
    count = like.shape[-1]
    angles = sign * math.pi / (2 * count) * torch.arange(count // 2 + 1, dtype=torch.float64, device=like.device)
    return torch.polar(torch.ones_like(angles), angles).to(torch.promote_types(like.dtype, torch.complex64))


def solver(like: Tensor, weight: float) -> Callable[[Tensor], Tensor]:
    """A function that solves (I + weight slopes' slopes) y = right for y; exact.

    Args:
        like: an image of the size, type and device of those to come, (H, W).
        weight: not negative.
    """
    y, x = (
        2 - 2 * (torch.arange(count, dtype=torch.float64, device=like.device) * math.pi / count).cos()
        for count in like.shape
    )
    inverse = (1 / (1 + weight * (y[:, None] + x))).to(like.dtype)

    def solve(right: Tensor) -> Tensor:
        return from_cosines(from_cosines(cosines(cosines(right, 1), 0) * inverse, 0), 1)

    return solve


@dataclass(frozen=True)
class Minimum:
    """What ADMM found.

    Attributes:
        y: (H, W).
        energies: float64, at y = m (the infrared image) and then after each iteration.
        bound: no y has a lower energy.
    """

    y: Tensor
    energies: Tensor
    bound: float


def minimise(
    m: Tensor, fidelity: Fidelity, weight: float, *, iterations: int, tolerance: float, watch: Watch
) -> Minimum:
    """The minimum of the energy above, by ADMM with over-relaxation.

    The lower bound is that of duality: |grad y| is at least <p, grad y> wherever |p| <= 1, so that the minimum over y
    of f(y - m) + weight <slopes' p, y> bounds the energy from below; ADMM's dual variable serves as p.

    Args:
        m: difference of the sources, (H, W); its type is the one computed in.
        fidelity: f.
        weight: lambda, not negative.
        iterations: the most there will be.
        tolerance: it ends when energy and lower bound differ by at most this share of the energy.
        watch: see :data:`hifbench.methods._iterative.Watch`.
    """
    split, dual = torch.zeros_like(m), torch.zeros_like(m)
    split_slopes = slopes(m)
    dual_slopes = torch.zeros_like(split_slopes)
    y, energies, bound = m, [weight * float(lengths(split_slopes).sum(dtype=torch.float64))], 0.0
    if energies[0] == 0:  # m is constant, or lambda 0
        return Minimum(m, torch.zeros(1, dtype=torch.float64), bound)
    ratio = weight / fidelity.threshold / fidelity.penalty
    solve = solver(m, ratio)
    for iteration in range(1, iterations + 1):
        y = solve(m + split - dual + ratio * adjoint(split_slopes - dual_slopes))
        deviation, steepness = y - m, slopes(y)
        energy = fidelity.value(deviation) + weight * lengths(steepness).sum(dtype=torch.float64)
        target = torch.lerp(split, deviation, _RELAXATION) + dual
        split = fidelity.step(target)
        dual = target - split
        field = torch.lerp(split_slopes, steepness, _RELAXATION) + dual_slopes
        dual_slopes = field / (lengths(field) / fidelity.threshold).clamp_min(1)
        split_slopes = field - dual_slopes
        energies.append(float(energy))
        over = False
        if iteration % _GAP_EVERY == 0 or iteration == iterations:
            pull = weight / fidelity.threshold * adjoint(dual_slopes)
            bound = max(bound, float(fidelity.bound(pull, m)))
            over = energies[-1] - bound <= tolerance * energies[-1]
        watch(iteration, iteration if over else iterations, energies[-1])
        if over:
            break
    return Minimum(y, torch.tensor(energies, dtype=torch.float64), bound)


class TotalVariationMethod(IterativeMethod):
    """Fusion by one of the energies; a subclass sets ``fidelity``."""

    fidelity: Fidelity

    def __init__(self, *, smoothness: float, iterations: int, tolerance: float) -> None:
        super().__init__()
        for name, value in (("smoothness", smoothness), ("tolerance", tolerance)):
            if not 0 <= value < math.inf:
                raise ValueError(f"{name} must be a number of at least 0, not {value!r}")
        if iterations < 1:
            raise ValueError(f"iterations must be at least 1, not {iterations}")
        self.smoothness = smoothness
        self.iterations = iterations
        self.tolerance = tolerance

    def _solve(self, ir: Tensor, vis: Tensor) -> tuple[Tensor, Tensor]:
        found = minimise(
            (ir - vis)[0, 0],
            self.fidelity,
            self.smoothness,
            iterations=self.iterations,
            tolerance=self.tolerance,
            watch=self.watch,
        )
        return vis + found.y, found.energies
