"""Mutual information of the fused image with both sources, in bits; higher is better.

MI_X = H(X) + H(F) - H(X, F) from the histograms of the 256 grey levels, summed over the two sources (Qu, Zhang,
Yan 2002). It grows with the fused image's entropy, and so with noise that both share. Conventions differ in the
unit and in one bug:

- default, ivif-zoo: bits. Agrees with IVIF_ZOO and dungdz67's Python metrics.
- tang: bits; a bug makes levels 254 and 255 one in the joint histogram (uint8 + 1 saturates), so the value is too
  high where they occur.
- cddfuse, vifb: nats, 0.693 times the default. VIFB stretches each image to 0..255 first, which moves grey levels
  apart and keeps the value.
"""

from __future__ import annotations

import math
from typing import Literal

from torch import Tensor

from ._histograms import mutual_information
from ._image import Image
from ._metric import Convention, Metric


def mi(
    fused: Image, ir: Image, vis: Image, *, unit: Literal["bits", "nats"] = "bits", merge_brightest: bool = False
) -> Tensor:
    """Mutual information, sum over the two sources.

    Args:
        fused: (B, 1, H, W).
        ir: infrared source, same shape.
        vis: visible source, same shape.
        unit: bits or nats.
        merge_brightest: levels 254 and 255 are one in the joint histogram.

    Returns:
        float64 (B,), in 0..16 bits.
    """
    nats = sum(
        (fused.once_with(source, mutual_information, merge_brightest) for source in (ir, vis)),
        start=fused.pixels.new_zeros(()),
    )
    return nats / math.log(2) if unit == "bits" else nats


METRIC = Metric(
    name="MI",
    title="Mutual information",
    direction="higher",
    bounds=(0.0, 16.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Qu, Zhang, Yan 2002, Electron. Lett. 38(7):313-315",
    function=mi,
    conventions={
        "default": Convention({}, "bits, 256 grey levels; sum of the two sources"),
        "tang": Convention({"merge_brightest": True}, "bits; bug: levels 254 and 255 are one in the joint histogram"),
        "vifb": Convention({"unit": "nats"}, "nats; mean over the colour channels"),
        "cddfuse": Convention({"unit": "nats"}, "nats"),
        "ivif-zoo": Convention({}, "bits, as the default"),
    },
)
