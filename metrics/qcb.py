"""Q_CB: how well the contrast that the eye sees carries over from the sources; higher is better.

Every image is stretched to 0..255 and filtered by contrast sensitivity; its local contrast C = G2/G4 - 1 (means
under 31x31 Gaussians of σ = 2 and σ = 4) is masked, C' = |C|³ / (C² + 0.0001). A source's contrast is kept to the
share min(C'x, C'f) / max(C'x, C'f); shares are weighted with C'x², and their mean is the value (Chen, Blum 2009,
Image and Vision Computing 27(10), equations 9 to 15).

- default, ``zliu``, ``vifb``: ``metricChenBlum.m`` of zhengliu6699's toolbox, which VIFB ships as ``metricsQcb.m``
  and runs on each colour channel; frequencies are 2/30 of the cycles a picture. The toolboxes are NaN for an
  image of one level other than black, and where both contrasts of a pixel are exactly 0; by default such an
  image is black, and what has no contrast anywhere is kept to the full, with equal weights.
- ``ivif-zoo``: stretched to 0..1 without rounding, half the frequencies (``fftfreq`` in place of ``freqspace``, a
  bug), a filter in float32, and 1e-10 added to G4 and to the sum of the weights.

In areas that are black after the stretch, both Gaussian means are next to nothing and rounding decides: an image
with much black agrees with the originals to about 1e-6 only.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from ._contrast_sensitivity import difference_of_gaussians, filtered, stretched
from ._image import Image
from ._metric import Convention, Metric
from ._windows import Window, mean_of, smooth

Form = Literal["finite", "toolbox", "ivif-zoo"]

_REACH = 15
_SATURATION = 1e-4
_GUARD = 1e-10


def _gaussian(sigma: float) -> Window:
    """31 pixels of a Gaussian, not normalised to what of it they hold."""
    weights = (math.exp(-(k**2) / (2 * sigma**2)) for k in range(-_REACH, _REACH + 1))
    return Window(tuple(weight / (math.sqrt(2 * math.pi) * sigma) for weight in weights), "zero")


_CENTRE, _SURROUND = _gaussian(2), _gaussian(4)


def masked_contrast(pixels: Tensor, form: Form) -> Tensor:
    """Contrast as it is seen, float64 (B, 1, H, W), not negative.

    Args:
        pixels: float64 (B, 1, H, W), whole numbers 0..255.
        form: see :func:`q_cb`.
    """
    if form == "ivif-zoo":
        levels = stretched(pixels, math.nan, rounded=False)
        seen = filtered(levels, difference_of_gaussians, 30, torch.float32)
        contrast = smooth(seen, _CENTRE) / (smooth(seen, _SURROUND) + _GUARD) - 1
    else:
        levels = stretched(pixels, 0.0 if form == "finite" else math.nan)
        seen = filtered(levels, difference_of_gaussians, 15)
        surround = smooth(seen, _SURROUND)
        contrast = smooth(seen, _CENTRE) / surround - 1
        if form == "finite":
            contrast.masked_fill_(surround == 0, 0)
    contrast.abs_()
    return contrast**3 / (contrast**2 + _SATURATION)


def _kept(source: Tensor, fused: Tensor) -> Tensor:
    """Share of the source's contrast that is kept, 0..1; NaN where there is none in either."""
    return torch.minimum(source, fused) / torch.maximum(source, fused)


def q_cb(fused: Image, ir: Image, vis: Image, *, form: Form = "finite") -> Tensor:
    """Q_CB.

    Args:
        fused: (B, 1, H, W).
        ir: infrared source, same shape.
        vis: visible source, same shape.
        form: ``toolbox`` is zhengliu's, ``finite`` the same without its NaN, ``ivif-zoo`` the rewriting there.

    Returns:
        float64 (B,), in 0..1; NaN for a constant image unless ``finite``.
    """
    result, one, two = (image.once(masked_contrast, form) for image in (fused, ir, vis))
    shares = [_kept(one, result), _kept(two, result)]
    squares = [one * one, two * two]
    total = squares[0] + squares[1]
    if form == "ivif-zoo":
        total += _GUARD
    if form == "finite":
        shares = [
            share.masked_fill_(torch.maximum(x, result) == 0, 1) for share, x in zip(shares, (one, two), strict=True)
        ]
        squares = [square.masked_fill_(total == 0, 0.5) for square in squares]
        total.masked_fill_(total == 0, 1)
    return mean_of(squares[0].div_(total).mul_(shares[0]) + squares[1].div_(total).mul_(shares[1]))


METRIC = Metric(
    name="QCB",
    label="Q_CB",
    title="Chen-Blum metric (perceived contrast)",
    direction="higher",
    bounds=(0.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Chen, Blum 2009, Image Vis. Comput. 27(10):1421-1432; metricChenBlum.m in imageFusionMetrics",
    function=q_cb,
    conventions={
        "default": Convention({}, "difference-of-Gaussians sensitivity, 31x31 windows; finite where nothing varies"),
        "zliu": Convention({"form": "toolbox"}, "as the default, NaN for a constant image"),
        "vifb": Convention({"form": "toolbox"}, "as zliu, mean over the colour channels"),
        "ivif-zoo": Convention(
            {"form": "ivif-zoo"}, "stretched to 0..1, half the frequencies (a bug), guarded divisions"
        ),
    },
)
