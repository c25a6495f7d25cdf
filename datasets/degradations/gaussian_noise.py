"""White Gaussian noise, independent in each pixel and colour channel."""

from __future__ import annotations

from torch import Tensor

from ._degradation import Degradation
from ._ladder import STRONGEST, rung
from ._pixels import as_image, generator, pixels

SIGMA = (5.0, 10.0, 15.0, 25.0, 50.0)
"""Standard deviation at severity 1 to 5 in grey levels of 255."""


def gaussian_noise(vis: Tensor, severity: float, seed: int, depth: Tensor | None) -> Tensor:
    """The image plus noise, clipped; one seed gives the same noise, scaled, at every severity."""
    clean = pixels(vis)
    noise = generator(seed).standard_normal(clean.shape)
    return as_image(clean + rung(SIGMA, severity) / 255 * noise, vis)


DEGRADATION = Degradation(
    name="gaussian-noise",
    title="White Gaussian noise",
    reference="the usual model of the denoising literature, whose 15, 25 and 50 are severities 3 to 5; the rest of the "
    "ladder is ours",
    apply=gaussian_noise,
    strongest=STRONGEST,
)
