"""Conventional model: DeRUN's Eq. 2 with Sobel operators, minimised by ADMM."""

from __future__ import annotations

from ._hifm import AbsoluteValue, AdmmMethod, Square, at_least_zero, positive
from ._method import MethodCard

_SMOOTHNESS = {"l2": 10.0, "l1": 0.3}


class CmAdmm(AdmmMethod):
    """Conventional model: DeRUN's Eq. 2 with Sobel operators, minimised by ADMM.

    The paper leaves psi open in Eq. 2 and writes that existing methods set it to the l2 norm, its own to the l1
    norm; that its "conventional" model therefore has the l2 norm, and squared, is inferred. The defaults are ours,
    chosen by eye on TNO and RoadScene.

    Args:
        psi: ``l2``, half the squared norm, which ADMM shares with a closed form in the Fourier domain; or ``l1``,
            which is HIFM without its texture constraint.
        smoothness: lambda, weight of psi(T Y); 10 with ``l2`` and .3 with ``l1`` where it is not given.
        rho: penalty of E = T Y; changes the speed and not the minimum.
        iterations: the most there will be.
        tolerance: it ends when primal and dual residual are at most this share of what they are differences of.
        relaxation: over-relaxation; 1 is Eq. 5 with phi = 1.
        border: ``periodic`` (exact Y-step by FFT), ``reflect`` or ``replicate`` (by conjugate gradients).
    """

    card = MethodCard(
        name="cm-admm",
        title="Conventional model by ADMM, Sobel operators",
        paper="He et al., ICCV 2023 (DeRUN), Eq. 2",
        year=2023,
        per_pair=True,
    )

    def __init__(
        self,
        *,
        psi: str = "l2",
        smoothness: float | None = None,
        rho: float = 20.0,
        iterations: int = 100,
        tolerance: float = 1e-2,
        relaxation: float = 1.6,
        border: str = "periodic",
    ) -> None:
        super().__init__(iterations=iterations, tolerance=tolerance, relaxation=relaxation, border=border)
        if psi not in _SMOOTHNESS:
            raise ValueError(f"psi is one of {', '.join(_SMOOTHNESS)}, not '{psi}'")
        if smoothness is None:
            smoothness = _SMOOTHNESS[psi]
        at_least_zero(smoothness=smoothness)
        positive(rho=rho)
        self.terms = (Square(smoothness, rho) if psi == "l2" else AbsoluteValue(smoothness, rho),)


METHOD = CmAdmm
