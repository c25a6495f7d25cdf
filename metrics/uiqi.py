"""Universal image quality index against both sources; higher is better.

In every 8x8 window Q = 4 σxf x̄ f̄ / ((σx² + σf²)(x̄² + f̄²)); mean over the windows, then over the two sources
(Wang, Bovik 2002, equation 2). Where both windows are flat, Q = 2 x̄ f̄ / (x̄² + f̄²); where both are black, 1.

Agrees with Wang's ``ssim_index.m`` for K = [0 0] and an 8x8 box. sewar's ``uqi`` does not: it takes means for
sums and comes out far too high. torchmetrics explodes in flat windows.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric
from ._sources import combined
from ._windows import box_sum, mean_of

_SIDE = 8
_COUNT = _SIDE * _SIDE


class BoxMoments(NamedTuple):
    """Sum and 64² x variance in every 8x8 window, float64 (B, 1, h, w) each: whole numbers, hence exact."""

    total: Tensor
    variance: Tensor


def box_moments(pixels: Tensor) -> BoxMoments:
    """Moments of an image of whole grey levels in every 8x8 window.

    Args:
        pixels: float64 (B, 1, H, W), whole numbers 0..255.
    """
    total = box_sum(pixels, _SIDE)
    return BoxMoments(total, box_sum(pixels * pixels, _SIDE).mul_(_COUNT).addcmul_(total, total, value=-1))


def quality(fused: Image, source: Image) -> Tensor:
    """Universal quality index of two images, float64 (B,) in -1..1."""
    x, f = source.once(box_moments), fused.once(box_moments)
    product = x.total * f.total
    cross = box_sum(source.pixels * fused.pixels, _SIDE).mul_(_COUNT).sub_(product)
    squares = (x.total * x.total).addcmul_(f.total, f.total)
    variances = x.variance + f.variance
    # Whole numbers: a flat window is told by an exact zero, and is given a numerator and denominator of its own.
    flat = variances == 0
    cross.mul_(2).masked_fill_(flat, 1)
    variances.masked_fill_(flat, 1)
    index = cross.mul_(product).mul_(2).div_(variances.mul_(squares))
    return mean_of(index.masked_fill_(squares == 0, 1))


def uiqi(fused: Image, ir: Image, vis: Image) -> Tensor:
    """Universal image quality index of the fused image, mean over its two sources.

    Args:
        fused: (B, 1, H, W), at least 8 pixels along each side.
        ir: infrared source, same shape.
        vis: visible source, same shape.

    Returns:
        float64 (B,), in -1..1.
    """
    values = [fused.once_with(source, quality) for source in (ir, vis)]
    return combined(values[0], values[1], "mean")


METRIC = Metric(
    name="UIQI",
    title="Universal image quality index",
    direction="higher",
    bounds=(-1.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Wang, Bovik 2002, IEEE Signal Process. Lett. 9(3):81-84; ssim_index.m with K = [0 0], ones(8)",
    function=uiqi,
    conventions={"default": Convention({}, "8x8 windows, one pixel apart; mean of the two sources")},
    smallest=8,
)
