"""Structural similarity to both sources; higher is better.

Per pixel ((2 μx μf + C1)(2 σxf + C2)) / ((μx² + μf² + C1)(σx² + σf² + C2)) with moments under an 11x11 Gaussian
window of σ = 1.5, C1 = (0.01·255)², C2 = (0.03·255)²; mean over the pixels, then over the two sources (Wang,
Bovik, Sheikh, Simoncelli 2004, equation 13).

- default: only where the window fits, mean of the two sources. Agrees with Wang's ``ssim_index.m``, scikit-image
  (``gaussian_weights=True, sigma=1.5, use_sample_covariance=False``) and piq without downsampling.
- ``SSIM@sum``: sum of the two sources, so up to 2. Agrees with VIFB.
- ``SSIM@matlab``: border pixels replicated, mean over the whole image: MATLAB's ``ssim`` on uint8, checked
  against a stand-in for it and dungdz67's port, not against MATLAB.
"""

from __future__ import annotations

from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric
from ._sources import Combination, combined
from ._windows import Border, Window, gaussian, image_covariance, mean_of, moments

_C1 = (0.01 * 255) ** 2
_C2 = (0.03 * 255) ** 2


def similarity(fused: Image, source: Image, window: Window) -> Tensor:
    """Structural similarity of two images, float64 (B,) in -1..1."""
    x, f = source.once(moments, window), fused.once(moments, window)
    cross = image_covariance(fused, source, window)
    product = f.mean * x.mean
    # In place: a map of a large image costs more to allocate than to compute.
    numerator = product.mul_(2).add_(_C1).mul_(cross.mul_(2).add_(_C2))
    luminance = (f.mean * f.mean).addcmul_(x.mean, x.mean).add_(_C1)
    contrast = (f.variance + x.variance).add_(_C2)
    return mean_of(numerator.div_(luminance.mul_(contrast)))


def ssim(fused: Image, ir: Image, vis: Image, *, border: Border = "valid", combine: Combination = "mean") -> Tensor:
    """Structural similarity of the fused image to its two sources.

    Args:
        fused: (B, 1, H, W), at least 11 pixels along each side.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        border: what the window sees beyond the border; see :class:`~hifbench.metrics._windows.Window`.
        combine: mean or sum of the two sources.

    Returns:
        float64 (B,), in -1..1, for the sum in -2..2.
    """
    window = gaussian(11, 1.5, border)
    values = [fused.once_with(source, similarity, window) for source in (ir, vis)]
    return combined(values[0], values[1], combine)


METRIC = Metric(
    name="SSIM",
    title="Structural similarity index",
    direction="higher",
    bounds=(-1.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Wang, Bovik, Sheikh, Simoncelli 2004, IEEE TIP 13(4):600-612; ssim_index.m",
    function=ssim,
    conventions={
        "default": Convention({}, "11x11 Gaussian, only where it fits, range 255; mean of the two sources"),
    },
    options={
        "sum": Convention({"combine": "sum"}, "as the default, but the sum of the two sources (VIFB)"),
        "matlab": Convention({"border": "replicate"}, "as MATLAB ssim() on uint8: replicated border"),
    },
    smallest=11,
)
