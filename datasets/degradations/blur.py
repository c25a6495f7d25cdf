"""Gaussian blur, as of a lens out of focus."""

from __future__ import annotations

from scipy.ndimage import gaussian_filter
from torch import Tensor

from ._degradation import Degradation
from ._ladder import STRONGEST, rung
from ._pixels import as_image, pixels

SIGMA = (0.5, 1.0, 2.0, 3.0, 4.0)
"""Standard deviation at severity 1 to 5 in pixels."""


def blur(vis: Tensor, severity: float, seed: int, depth: Tensor | None) -> Tensor:
    """Each channel filtered with a Gaussian cut at 4 sigma, the image mirrored at its border; the seed is not used."""
    return as_image(gaussian_filter(pixels(vis), rung(SIGMA, severity), mode="reflect", axes=(0, 1)), vis)


DEGRADATION = Degradation(
    name="blur",
    title="Gaussian blur",
    reference="a sampled Gaussian; the ladder is ours",
    apply=blur,
    strongest=STRONGEST,
)
