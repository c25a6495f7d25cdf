"""Low light: a gamma curve darkens the image, and the sensor adds shot noise and read noise."""

from __future__ import annotations

from torch import Tensor

from ._degradation import Degradation
from ._ladder import STRONGEST, rung
from ._pixels import as_image, generator, pixels

GAMMA = (1.25, 1.5, 2.0, 2.5, 3.0)
"""Exponent at severity 1 to 5."""

GAIN = (1 / 2000, 1 / 1000, 1 / 500, 1 / 250, 1 / 125)
"""Brightness, of 1, that one electron stands for at severity 1 to 5: white is 2000, 1000 .. 125 electrons."""

READ_NOISE = 4.0
"""Standard deviation of the read noise in electrons."""


def low_light(vis: Tensor, severity: float, seed: int, depth: Tensor | None) -> Tensor:
    """What a sensor sees of ``vis ** gamma``: electrons are Poisson, their reading is Gaussian.

    Before clipping the mean is x = vis ** gamma, and the variance gain x + (gain READ_NOISE)^2; the noise of pixels and
    of colour channels is independent.
    """
    gain = max(rung(GAIN, severity), 1e-12)  # next to severity 0 numpy could not count the electrons
    expected = pixels(vis) ** rung(GAMMA, severity, clean=1.0)
    draw = generator(seed)
    electrons = draw.poisson(expected / gain) + READ_NOISE * draw.standard_normal(expected.shape)
    return as_image(gain * electrons, vis)


DEGRADATION = Degradation(
    name="low-light",
    title="Low light with sensor noise",
    reference="gamma as in Lore, Akintayo and Sarkar, Pattern Recognition 61, 2017; Poisson-Gaussian noise as in Foi "
    "et al., IEEE TIP 17(10), 2008; the ladder is ours",
    apply=low_light,
    strongest=STRONGEST,
)
