"""Haze by atmospheric scattering: contrast fades with depth into grey airlight."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from ._degradation import Degradation
from ._ladder import STRONGEST, rung
from ._pixels import Pixels, as_image, pixels

BETA = (0.005, 0.01, 0.02, 0.04, 0.08)
"""Scattering coefficient at severity 1 to 5, per metre: a meteorological visibility of 782, 391, 196, 98, 49 m."""

AIRLIGHT = 0.9
"""Grey airlight at every severity, of 1."""


def hazy(clean: Pixels, depth: Pixels, beta: float, airlight: float) -> Pixels:
    """Koschmieder's model: I = J t + A (1 - t), t = exp(-beta d).

    Args:
        clean: J, (H, W) or (H, W, 3).
        depth: d, (H, W) in metres along the optical axis.
        beta: scattering coefficient per metre, at least 0.
        airlight: A.

    Returns:
        I, as ``clean``, neither clipped nor rounded.
    """
    transmission = np.exp(-beta * depth)
    if clean.ndim == 3:
        transmission = transmission[..., None]
    return clean * transmission + airlight * (1.0 - transmission)


def haze(vis: Tensor, severity: float, seed: int, depth: Tensor | None) -> Tensor:
    """Haze of the severity's ``BETA``; nothing in it is drawn, so the seed is not used."""
    assert depth is not None  # needs_depth
    return as_image(hazy(pixels(vis), pixels(depth), rung(BETA, severity), AIRLIGHT), vis)


DEGRADATION = Degradation(
    name="haze",
    title="Haze, homogeneous",
    reference="Koschmieder 1924, as in Narasimhan and Nayar, IJCV 48(3), 2002; the ladder is ours: severities 1 to 3 "
    "are the fog of Sakaridis, Dai and Van Gool, IJCV 126, 2018, and each further one doubles it",
    apply=haze,
    needs_depth=True,
    strongest=STRONGEST,
)
