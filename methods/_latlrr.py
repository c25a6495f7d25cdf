"""Latent low-rank representation, and the projection that it learns from patches of images.

Liu and Yan, "Latent low-rank representation for subspace segmentation and feature extraction", ICCV 2011:

    min over Z, L, E of ||Z||_* + ||L||_* + lambda ||E||_1  subject to  X = X Z + L X + E,

by their inexact augmented Lagrange multipliers with J = Z and S = L. The order of the updates and the constants of the
penalty (from 1e-6, times 1.1, at most 1e6; tolerance 1e-6) are recalled of their code. So fast a growth may end above
the minimum: on small random problems by 0.03 % with lambda = 0.4, by 6 % with 0.05.

Patches of images have full rank and, with lambda = 0.4, next to no E, so that the minimum is that rank. It is then not
unique: with X = U S V^T, every Z = V W V^T and L = U (I - W) U^T with W diagonal, 0 <= W <= I, attains it (Zhang, Lin
and Zhang, "A counterexample for the validity of using nuclear norm as a convex surrogate of rank", ECML PKDD 2013).
Which L comes out is the algorithm's doing: with these constants about U U^T / 2, less in the directions in which the
data are strong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_FIRST_PENALTY = 1e-6
_LAST_PENALTY = 1e6
_SMALLEST_SHARE = 1e-6  # of the largest singular value of X; a direction below it is none of the data's


@dataclass(frozen=True)
class LatLRR:
    """A solution; float64.

    Attributes:
        basis: V of X = U S V^T, (n, r): Z = V ``inner``.
        inner: (r, n).
        projection: L, (d, d).
        error: E, (d, n).
        iterations: how many it took.
    """

    basis: Tensor
    inner: Tensor
    projection: Tensor
    error: Tensor
    iterations: int

    def objective(self, weight: float) -> float:
        """||Z||_* + ||L||_* + weight ||E||_1; as V has orthonormal columns, ||Z||_* is the norm of ``inner``."""
        ranks = sum(torch.linalg.svdvals(matrix).sum() for matrix in (self.inner, self.projection))
        return float(ranks + weight * self.error.abs().sum())


def solve(
    data: Tensor,
    weight: float,
    *,
    growth: float = 1.1,
    tolerance: float = 1e-6,
    iterations: int = 2000,
    watch: Callable[[int, float], None] = lambda iteration, residual: None,
) -> LatLRR:
    """Latent low-rank representation of the columns of a matrix.

    Every iterate of Z has its columns in the row space of X, so that the n x n problem is solved as one of r x n: its
    iterates are those of the whole problem.

    Args:
        data: X, float64 (d, n), finite, not zero.
        weight: lambda.
        growth: of the penalty from one iteration to the next; nearer to 1 is slower and nearer to the minimum.
        tolerance: the largest entry by which a constraint may be missed.
        iterations: the most there will be.
        watch: told the number of each iteration, from 1, and the largest miss.

    Raises:
        ValueError: the data are zero, or the constraints are not met after so many iterations.
    """
    size, count = data.shape
    _, values, right = torch.linalg.svd(data, full_matrices=False)
    kept = values > _SMALLEST_SHARE * values[0]
    if not bool(kept.any()):
        raise ValueError("the data are zero: there is nothing to represent")
    basis = right[kept].mT
    dictionary = data @ basis  # X V, so that X Z = dictionary inner
    inner, inner_dual = data.new_zeros(2, basis.shape[1], count)
    projection, projection_dual = data.new_zeros(2, size, size)
    error, dual = data.new_zeros(2, size, count)
    inner_system = torch.linalg.inv(dictionary.mT @ dictionary + torch.eye(len(inner)).to(data))
    projection_system = torch.linalg.inv(data @ data.mT + torch.eye(size).to(data))
    penalty = _FIRST_PENALTY
    for iteration in range(1, iterations + 1):
        low_inner = _shrink_singular(inner + inner_dual / penalty, 1 / penalty)
        low_projection = _shrink_singular(projection + projection_dual / penalty, 1 / penalty)
        target = data - projection @ data - error + dual / penalty
        inner = inner_system @ (dictionary.mT @ target + low_inner - inner_dual / penalty)
        target = data - dictionary @ inner - error + dual / penalty
        projection = (target @ data.mT + low_projection - projection_dual / penalty) @ projection_system
        rest = data - dictionary @ inner - projection @ data
        error = torch.nn.functional.softshrink(rest + dual / penalty, weight / penalty)
        misses = (rest - error, inner - low_inner, projection - low_projection)
        worst = max(float(miss.abs().max()) for miss in misses)
        watch(iteration, worst)
        if worst < tolerance:
            return LatLRR(basis, low_inner, low_projection, error, iteration)
        dual = dual + penalty * misses[0]
        inner_dual = inner_dual + penalty * misses[1]
        projection_dual = projection_dual + penalty * misses[2]
        penalty = min(growth * penalty, _LAST_PENALTY)
    raise ValueError(f"no solution after {iterations} iterations: a constraint is missed by {worst:.3g}; allow more")


def _shrink_singular(matrix: Tensor, threshold: float) -> Tensor:
    """The matrix with its singular values lowered by a threshold, those below it to 0."""
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    lowered: Tensor = (left * (values - threshold).clamp_min(0)) @ right
    return lowered


def training_patches(images: Sequence[Tensor], side: int, each: int, seed: int) -> Tensor:
    """Patches to learn from: as many detail patches as smooth ones, drawn at random.

    A patch counts as detail where its variance is above the mean variance of all patches; the paper's own measure was
    not at hand.

    Args:
        images: (H, W) each, sides of at least ``side``.
        side: of the patches, which do not overlap.
        each: patches of either kind.
        seed: of the draw.

    Returns:
        float64 (side * side, 2 * each): columns, detail first.

    Raises:
        ValueError: the images have too few patches of a kind.
    """
    found = [image.double().unfold(0, side, side).unfold(1, side, side).reshape(-1, side * side) for image in images]
    patches = torch.cat(found)
    variance = patches.var(1, correction=0)
    generator = torch.Generator().manual_seed(seed)
    chosen = []
    for name, mask in (("detail", variance > variance.mean()), ("smooth", variance <= variance.mean())):
        places = mask.nonzero().flatten()
        if len(places) < each:
            raise ValueError(f"the images have {len(places)} {name} patches, not {each}; give more images")
        chosen.append(places[torch.randperm(len(places), generator=generator)[:each]])
    return patches[torch.cat(chosen)].mT.contiguous()
