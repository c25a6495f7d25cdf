"""HIFM: DeRUN's energy with fixed Sobel operators, minimised by ADMM."""

from __future__ import annotations

from ._hifm import AbsoluteValue, AdmmMethod, Logarithm, at_least_zero, positive
from ._method import MethodCard


class HifmAdmm(AdmmMethod):
    """HIFM: DeRUN's energy with fixed Sobel operators, minimised by ADMM.

    Eq. 3 of the paper, psi the l1 norm, solved by Eq. 5 with the H-step's signs mended. The defaults are ours, from
    trials on TNO and RoadScene: with ``smoothness`` .1 to .3 targets stay bright and the visible texture comes in,
    below .03 the infrared image is returned, at 1 targets grow dim. Many iterations more lower the energy by less
    than .5 %.

    Args:
        smoothness: lambda, weight of |T Y|_1.
        mu: weight of the texture constraint; large values pull towards the infrared image.
        theta: of the texture constraint, phi(a) = log(1 + theta a^2).
        rho: penalty of E = T Y; changes the speed and not the minimum, best raised along with ``smoothness``.
        tau: penalty of H = T(Y - M), the same; where it is below mu theta / 4 the H-step is not convex and ADMM
            may run away.
        iterations: the most there will be.
        tolerance: it ends when primal and dual residual are at most this share of what they are differences of.
        relaxation: over-relaxation; 1 is Eq. 5 with phi = omega = 1.
        border: ``periodic`` (exact Y-step by FFT), ``reflect`` or ``replicate`` (by conjugate gradients).
    """

    card = MethodCard(
        name="hifm-admm",
        title="HIFM by ADMM, fixed Sobel operators",
        paper="He et al., ICCV 2023 (DeRUN), Eq. 3-5",
        year=2023,
        per_pair=True,
    )

    def __init__(
        self,
        *,
        smoothness: float = 0.3,
        mu: float = 0.003,
        theta: float = 1.0,
        rho: float = 20.0,
        tau: float = 10.0,
        iterations: int = 100,
        tolerance: float = 1e-2,
        relaxation: float = 1.6,
        border: str = "periodic",
    ) -> None:
        super().__init__(iterations=iterations, tolerance=tolerance, relaxation=relaxation, border=border)
        at_least_zero(smoothness=smoothness, mu=mu)
        positive(theta=theta, rho=rho, tau=tau)
        self.terms = (AbsoluteValue(smoothness, rho), Logarithm(mu, tau, theta))


METHOD = HifmAdmm
