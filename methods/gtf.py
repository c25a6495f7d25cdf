"""Gradient transfer fusion (GTF): infrared intensities, visible gradients, both in the l1 norm.

Ma, Chen, Li and Huang, "Infrared and visible image fusion via gradient transfer and total variation minimization",
Information Fusion 31, 2016. Their problem, with the infrared image u, the visible one v and the fused image x,

    min over x of  |x - u|_1 + lambda |grad x - grad v|_1,

becomes with y = x - v the l1-TV problem  min |y - (u - v)|_1 + lambda sum |grad y|, and x = v + y.

Recalled, with neither paper nor code at hand: the energy, that both norms are l1 in their method, that the gradient
holds the differences to the right and to the lower neighbour (0 across the border) and is measured by its Euclidean
length, and lambda = 4. Theirs is solved by iteratively reweighted norms; ADMM, which ends at a proven gap, and the
unclipped result are ours. The minimum need not be unique.
"""

from __future__ import annotations

from ._method import MethodCard
from ._total_variation import AbsoluteFidelity, TotalVariationMethod


class Gtf(TotalVariationMethod):
    """Gradient transfer fusion.

    Args:
        smoothness: lambda, weight of the gradient's l1 norm; of u - v, strips less than 2 lambda pixels wide are
            left out, and blobs less than about 4 lambda across. Contrast plays no role.
        iterations: the most there will be. After them it ends, tolerance or not: on four TNO pairs they were enough
            for a smoothness of at most 10, not of 20 for all four.
        tolerance: it ends when the energy is proven to be within this share of the minimum.
    """

    card = MethodCard(
        name="gtf",
        title="Gradient transfer fusion, l1-TV",
        paper="Ma et al., Information Fusion 31, 2016",
        year=2016,
        per_pair=True,
    )
    fidelity = AbsoluteFidelity()

    def __init__(self, *, smoothness: float = 4.0, iterations: int = 400, tolerance: float = 1e-3) -> None:
        super().__init__(smoothness=smoothness, iterations=iterations, tolerance=tolerance)


METHOD = Gtf
