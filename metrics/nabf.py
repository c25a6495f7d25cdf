"""Artefacts that fusion added, N^{AB/F} as modified by Shreyamsha Kumar; lower is better.

Pixels whose Sobel gradient is stronger in the fused image than in both sources are taken for artefacts: the sum of
(1 - Q_X) w_X over them and over the sources X, divided by the sum of all weights. Q is the root of the product of
two sigmoids, of the ratio of the strengths and of the likeness of the angles; w is the source's strength to the
power 1.5, or 0.001 below a strength of 2 (Petrović, Xydeas 2005; Shreyamsha Kumar 2013).

- default: the above, border mirrored. Agrees with ``analysis_nabf.m`` called with its arguments in order.
- tang: a bug: the toolbox's driver passes (ir, vis, fused) to a function of (fused, ir, vis), so the artefacts that
  the infrared image would have as a fusion of the visible and the fused one are counted.
- ivif-zoo: weight 0 in place of 0.001, up to 4e-4 less; NaN where no source is stronger than 2.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ._gradients import magnitude, sobel
from ._image import Image
from ._metric import Convention, Metric
from .qabf import Edges, Sigmoid

_STRENGTH = Sigmoid(0.9999, 19, 0.5)
_ANGLE = Sigmoid(0.9995, 22, 0.5)
_THRESHOLD = 2.0


def eighth_edges(pixels: Tensor) -> Edges:
    """Edges from an eighth of the Sobel gradient, border mirrored; the angle is π/2 where there is no gradient."""
    across, down = (gradient / 8 for gradient in sobel(pixels, "reflect"))
    angle = (down / across).atan_().masked_fill_(across == 0, math.pi / 2)
    return Edges(magnitude(across, down), angle)


def _preserved(x: Edges, f: Edges) -> Tensor:
    """Likeness of two images' edges at every pixel, (B, 1, H, W) in 0..1."""
    stronger = torch.maximum(x.strength, f.strength)
    ratio = torch.minimum(x.strength, f.strength).div_(stronger).masked_fill_(stronger == 0, 0)
    likeness = (x.angle - f.angle).abs_().mul_(2 / math.pi).sub_(1).abs_()
    return _STRENGTH(ratio).mul_(_ANGLE(likeness)).sqrt_()


def nabf(fused: Image, ir: Image, vis: Image, *, floor: float = 0.001, shifted: bool = False) -> Tensor:
    """Artefacts that fusion added.

    Args:
        fused: (B, 1, H, W), at least 2 pixels along each side.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        floor: weight of a source's pixels whose strength is below 2.
        shifted: the bug: (ir, vis, fused) are taken for (fused, ir, vis).

    Returns:
        float64 (B,), in 0..1; NaN where all weights are 0.
    """
    if shifted:
        fused, ir, vis = ir, vis, fused
    f, *sources = (image.once(eighth_edges) for image in (fused, ir, vis))
    added = (f.strength > sources[0].strength) & (f.strength > sources[1].strength)
    lost, total = torch.zeros_like(f.strength), torch.zeros_like(f.strength)
    for x in sources:
        weight = (x.strength * x.strength.sqrt()).masked_fill_(x.strength < _THRESHOLD, floor)
        lost.addcmul_(1 - _preserved(x, f), weight)
        total.add_(weight)
    return lost.mul_(added).sum(dim=(-3, -2, -1)) / total.sum(dim=(-3, -2, -1))


METRIC = Metric(
    name="NABF",
    title="Artefacts added by fusion",
    direction="lower",
    bounds=(0.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Shreyamsha Kumar 2013, Signal Image Video Process. 7(6):1125-1143; Linfeng-Tang analysis_nabf.m",
    function=nabf,
    label="Nabf",
    conventions={
        "default": Convention({}, "modified by Kumar, border mirrored, weight 0.001 below a strength of 2"),
        "tang": Convention({"shifted": True}, "bug: (ir, vis, fused) passed for (fused, ir, vis)"),
        "ivif-zoo": Convention({"floor": 0.0}, "weight 0 in place of 0.001"),
    },
    smallest=2,
)
