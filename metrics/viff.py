"""Visual information fidelity for fusion (Han 2013); higher is better.

Gains and noises of each source on four scales, as in VIF. In every window the source with the smaller gain
counts, the second at a tie. On each scale the information kept from the sources so chosen is divided by the
information they hold, with σn² = 0.005·255²; the scales' ratios are averaged with weights 1, 0, 0.15, 1 over 2.15
(Han, Cai, Cao, Xu 2013, section 3).

- default: infrared first. Agrees with the author's ``VIFF_Public.m`` on grey images, and dungdz67's Python metrics.
- ``VIFF@vis-first``, ``mefb`` (where it is called VIF): visible first. It differs where both gains are 0 only.

What CDDFuse and Linfeng-Tang's toolbox call VIFF is the metric VIF.

Not bounded by 1. Ports that compute in float32 drift by a tenth and more on large flat areas. In double precision, too,
flat areas are not exact: on some scales the original's rounding noise (in Octave) crosses the threshold of 1e-10 below
which a variance counts as 0, and ours never does; there the value differs by up to 2e-4.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric
from ._visual_information import PUBLISHED, SMALLEST, information, scales, transfers
from ._windows import mean_of

_NOISE = 0.005 * 255**2
_WEIGHTS = (1 / 2.15, 0.0, 0.15 / 2.15, 1 / 2.15)
_EPSILON = 1e-7


def viff(fused: Image, ir: Image, vis: Image, *, first: Literal["ir", "vis"] = "ir") -> Tensor:
    """Visual information fidelity for fusion.

    Args:
        fused: (B, 1, H, W), at least 41 pixels along each side.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        first: the source that is given first; where both gains are equal, the other one counts.

    Returns:
        float64 (B,), not negative; 1 where neither source holds any information.
    """
    one, two = (ir, vis) if first == "ir" else (vis, ir)
    value = fused.pixels.new_zeros(fused.pixels.shape[0])
    ones, twos = fused.once_with(one, transfers, PUBLISHED), fused.once_with(two, transfers, PUBLISHED)
    scales_of_one, scales_of_two = one.once(scales, PUBLISHED), two.once(scales, PUBLISHED)
    for scale, weight in enumerate(_WEIGHTS):
        if not weight:
            continue
        smaller = ones[scale].gain < twos[scale].gain
        gain = torch.where(smaller, ones[scale].gain, twos[scale].gain)
        noise = torch.where(smaller, ones[scale].noise, twos[scale].noise)
        variance = torch.where(smaller, scales_of_one[scale][1].variance, scales_of_two[scale][1].variance)
        held = mean_of(information(variance, _NOISE)) + _EPSILON
        kept = mean_of(information(gain.square_().mul_(variance), noise.add_(_NOISE))) + _EPSILON
        value += weight * kept / held
    return value


METRIC = Metric(
    name="VIFF",
    title="Visual information fidelity for fusion",
    direction="higher",
    bounds=(0.0, math.inf),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Han, Cai, Cao, Xu 2013, Inf. Fusion 14(2):127-135; VIFF_Public.m",
    function=viff,
    conventions={
        "default": Convention({}, "Han 2013, infrared given first"),
        "mefb": Convention({"first": "vis"}, "visible given first; named VIF there"),
    },
    options={"vis-first": Convention({"first": "vis"}, "as the default, but visible given first (MEFB)")},
    smallest=SMALLEST,
)
