"""Universal image quality index against both sources; higher is better.

In every 8x8 window Q = 4 σxf x̄ f̄ / ((σx² + σf²)(x̄² + f̄²)); mean over the windows, then over the two sources
(Wang, Bovik 2002, equation 2). Where both windows are flat, Q = 2 x̄ f̄ / (x̄² + f̄²); where both are black, 1.

- default: every window that fits. Agrees with Wang's ``ssim_index.m`` for K = [0 0] and an 8x8 box.
- ``sewar``, ``paper``: a bug: means over the window where the formula of ``uqi`` has sums. Variances are 64 times
  what they were less 63 times the squared mean, so that the windows' brightness is nearly all that counts, and
  values come out far too high. It leaves out the last row and column of windows as well; NaN for 8 rows or columns.

torchmetrics explodes in flat windows, and is not followed.
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


def box_moments(pixels: Tensor, count: int = _COUNT) -> BoxMoments:
    """Moments of an image of whole grey levels in every 8x8 window.

    Args:
        pixels: float64 (B, 1, H, W), whole numbers 0..255.
        count: see :func:`uiqi`.
    """
    total = box_sum(pixels, _SIDE)
    return BoxMoments(total, box_sum(pixels * pixels, _SIDE).mul_(count).addcmul_(total, total, value=-1))


def quality(fused: Image, source: Image, count: int = _COUNT) -> Tensor:
    """Map of the universal quality index of two images, float64 (B, 1, h, w) in -1..1."""
    x, f = source.once(box_moments, count), fused.once(box_moments, count)
    product = x.total * f.total
    cross = box_sum(source.pixels * fused.pixels, _SIDE).mul_(count).sub_(product)
    squares = (x.total * x.total).addcmul_(f.total, f.total)
    variances = x.variance + f.variance
    # Whole numbers: a flat window is told by an exact zero, and is given a numerator and denominator of its own.
    flat = variances == 0
    cross.mul_(2).masked_fill_(flat, 1)
    variances.masked_fill_(flat, 1)
    index = cross.mul_(product).mul_(2).div_(variances.mul_(squares))
    return index.masked_fill_(squares == 0, 1)


def mean_quality(fused: Image, source: Image, count: int, last: bool) -> Tensor:
    """Mean of the universal quality index over the windows, float64 (B,); see :func:`uiqi` for the arguments."""
    index = quality(fused, source, count)
    return mean_of(index if last else index[..., :-1, :-1])


def uiqi(fused: Image, ir: Image, vis: Image, *, count: int = _COUNT, last: bool = True) -> Tensor:
    """Universal image quality index of the fused image, mean over its two sources.

    Args:
        fused: (B, 1, H, W), at least 8 pixels along each side.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        count: factor of a window's sums of products against its products of sums; a variance when it is the number
            of pixels, 64.
        last: the last row and the last column of windows count, too.

    Returns:
        float64 (B,), in -1..1.
    """
    values = [fused.once_with(source, mean_quality, count, last) for source in (ir, vis)]
    return combined(values[0], values[1], "mean")


_SEWAR = {"count": _COUNT * _COUNT, "last": False}

METRIC = Metric(
    name="UIQI",
    title="Universal image quality index",
    direction="higher",
    bounds=(-1.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Wang, Bovik 2002, IEEE Signal Process. Lett. 9(3):81-84; ssim_index.m with K = [0 0], ones(8)",
    function=uiqi,
    conventions={
        "default": Convention({}, "8x8 windows, one pixel apart; mean of the two sources"),
        "sewar": Convention(_SEWAR, "bug: means over the window where the formula has sums, far too high"),
        "paper": Convention(_SEWAR, "as sewar: bug, means where the formula has sums (inferred)"),
    },
    smallest=8,
)
