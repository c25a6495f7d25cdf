"""Total variation fusion: infrared intensities in the squared l2 norm, visible gradients in the l1 norm.

"Infrared and visible image fusion using total variation model", Neurocomputing 202, 2016. With the infrared image u,
the visible one v and the fused image x,

    min over x of  1/2 |x - u|_2^2 + lambda |grad x - grad v|_1,

which with y = x - v is the denoising of u - v by Rudin, Osher and Fatemi, "Nonlinear total variation based noise
removal algorithms", Physica D 60, 1992, and x = v + y.

Recalled, with neither paper nor code at hand: the energy alone. Chosen: isotropic total variation of forward
differences, 0 across the border, as in GTF; lambda for images in [0, 1], by eye on TNO; the solver.
"""

from __future__ import annotations

from ._method import MethodCard
from ._total_variation import SquareFidelity, TotalVariationMethod


class Tv(TotalVariationMethod):
    """Total variation fusion.

    Args:
        smoothness: lambda, weight of the gradient's l1 norm; a disc of u - v, r pixels in radius, loses
            2 lambda / r of its contrast.
        iterations: the most there will be. After them it ends, tolerance or not: on two TNO pairs they were enough
            for a smoothness of at most 10, not of 100 for both.
        tolerance: it ends when the energy is proven to be within this share of the minimum.
    """

    card = MethodCard(
        name="tv",
        title="Total variation fusion, l2-TV",
        paper="Ma et al., Neurocomputing 202, 2016",
        year=2016,
        per_pair=True,
    )
    fidelity = SquareFidelity()

    def __init__(self, *, smoothness: float = 0.3, iterations: int = 400, tolerance: float = 1e-3) -> None:
        super().__init__(smoothness=smoothness, iterations=iterations, tolerance=tolerance)


METHOD = Tv
