"""Edge transfer from both sources, Q^{AB/F}; higher is better.

Per pixel the Sobel gradient's strength and angle in the fused image are compared with each source's; the two
likenesses, smaller strength over larger and 1 - 2 |difference of angles| / π, pass through sigmoids and are
multiplied; mean over the image, weighted by the source's strength (Xydeas, Petrović 2000).

- default, tang, vifb, cddfuse, ivif-zoo: zeros beyond the border; a strength that is exactly equal is compared as
  the strength itself instead of 1, and angles are those of lines with a jump at the vertical: the difference may
  reach π, the likeness -1. All these toolboxes do so, and dungdz67's Python metrics; VIFB's strengths of equal
  pixels are divided by 255 twice, which moves the value by less than 1e-9.
- zliu: other sigmoids, angles folded at π/2, and the plain mean of the local ratios, in which flat pixels count as
  0: ``metricXydeas.m``, Q_G. From a third lower to a fifth higher on the golden triples.
- ``QABF@yuliu``: yuliu's repair of the latter: sigmoids and weights of the default, equal strengths compare as 1.

Where neither source has an edge it is 0 / 0: 0 here, NaN in the toolboxes, in zliu a value near 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from ._gradients import magnitude, sobel
from ._image import Image
from ._metric import Convention, Metric
from ._windows import mean_of

_LITTLE = 1e-5
"""What zhengliu's and yuliu's toolboxes put in the place of a zero that they divide by."""


@dataclass(frozen=True)
class Sigmoid:
    """``height / (1 + exp(-slope (x - centre)))``."""

    height: float
    slope: float
    centre: float

    def __call__(self, x: Tensor) -> Tensor:
        """Values at every element."""
        return (x * self.slope).sub_(self.slope * self.centre).sigmoid_().mul_(self.height)


@dataclass(frozen=True)
class Rule:
    """How edges are compared.

    Attributes:
        strength: of the ratio of the strengths.
        angle: of the likeness of the angles.
        folded: a difference of angles beyond π/2 counts as its complement to π.
        guarded: zeros that are divided by become 1e-5; equal strengths then compare as 1.
        local: plain mean of the local ratios instead of the ratio of the sums.
        undefined: value of 0 / 0.
    """

    strength: Sigmoid = Sigmoid(0.9994, 15, 0.5)
    angle: Sigmoid = Sigmoid(0.9879, 22, 0.8)
    folded: bool = False
    guarded: bool = False
    local: bool = False
    undefined: float = 0.0


class Edges(NamedTuple):
    """Strength and angle of the gradient, float64 (B, 1, H, W) each; the angle in -π/2..π/2."""

    strength: Tensor
    angle: Tensor


def edges(pixels: Tensor, guarded: bool) -> Edges:
    """Edges of an image, zeros beyond its border.

    Angles count from the horizontal upwards: they are π/2 where the horizontal gradient is 0, the one value that
    depends on the sense. Guarded, they have the sign of the vertical gradient there, and are 0 without any.
    """
    across, down = sobel(pixels, "zero")
    if guarded:
        angle = torch.atan(-down / torch.where(across == 0, _LITTLE, across))
    else:
        angle = (down / across).atan_().neg_().masked_fill_(across == 0, math.pi / 2)
    return Edges(magnitude(across, down), angle)


def preserved(fused: Image, source: Image, rule: Rule) -> Tensor:
    """Likeness of the two images' edges at every pixel, (B, 1, H, W)."""
    x, f = source.once(edges, rule.guarded), fused.once(edges, rule.guarded)
    if rule.guarded:
        by_source, by_fused = f.strength / _positive(x.strength), _positive(x.strength) / _positive(f.strength)
        ratio = torch.where(x.strength > f.strength, by_source, by_fused)
    else:
        ratio = torch.minimum(x.strength, f.strength).div_(torch.maximum(x.strength, f.strength))
        ratio = torch.where(x.strength == f.strength, f.strength, ratio)
    apart = (x.angle - f.angle).abs_().mul_(2 / math.pi)
    likeness = apart.sub_(1).abs_() if rule.folded else apart.neg_().add_(1)
    return rule.strength(ratio).mul_(rule.angle(likeness))


def _positive(strength: Tensor) -> Tensor:
    return torch.where(strength == 0, _LITTLE, strength)


def qabf(fused: Image, ir: Image, vis: Image, *, rule: Rule = Rule()) -> Tensor:
    """Edge transfer from both sources.

    Args:
        fused: (B, 1, H, W).
        ir: infrared source, same shape.
        vis: visible source, same shape.
        rule: how edges are compared.

    Returns:
        float64 (B,), in 0..1.
    """
    kept, weight = torch.zeros_like(fused.pixels), torch.zeros_like(fused.pixels)
    for source in (ir, vis):
        strength = source.once(edges, rule.guarded).strength
        strength = _positive(strength) if rule.guarded else strength
        kept.addcmul_(preserved(fused, source, rule), strength)
        weight.add_(strength)
    if rule.local:
        return mean_of(kept / weight)
    total = weight.sum(dim=(-3, -2, -1))
    return torch.where(total > 0, kept.sum(dim=(-3, -2, -1)) / total, rule.undefined)


_SHIPPED = Rule(undefined=math.nan)
_ZHENGLIU = Rule(Sigmoid(1, 10, 0.5), Sigmoid(1, 20, 0.75), folded=True, guarded=True, local=True)
_YULIU = Rule(guarded=True)

METRIC = Metric(
    name="QABF",
    title="Edge transfer",
    direction="higher",
    bounds=(0.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Xydeas, Petrović 2000, Electron. Lett. 36(4):308-309; Linfeng-Tang/Evaluation-for-Image-Fusion",
    function=qabf,
    label="Qabf",
    conventions={
        "default": Convention({}, "zeros beyond the border, ratio of the sums over the image"),
        "tang": Convention({"rule": _SHIPPED}, "as the default; NaN without any edge"),
        "vifb": Convention({"rule": _SHIPPED}, "as the default; mean over the colour channels"),
        "cddfuse": Convention({"rule": _SHIPPED}, "as the default; NaN without any edge"),
        "ivif-zoo": Convention({"rule": _SHIPPED}, "as the default; NaN without any edge"),
        "zliu": Convention({"rule": _ZHENGLIU}, "metricXydeas: other sigmoids, folded angles, mean of local ratios"),
    },
    options={
        "yuliu": Convention(
            {"rule": _YULIU}, "yuliu's metricXydeas: as the default, equal strengths compare as 1", grey="matlab"
        ),
    },
)
