"""Similarity to the best that the sources' patches offer (MEF-SSIM); higher is better.

Made for fused exposures. From the two sources' 11x11 patches one wanted patch is built: the contrast of the stronger
one, the structure of both, weighted with their contrast the more, the more consistent they are. The fused patch is
compared with it in contrast and structure (SSIM's second factor, 11x11 Gaussian, σ = 1.5, C = (0.03·255)²); mean over
the patches. On three scales, multiplied with the powers 0.0448, 0.2856 and 0.3001 of their sum (Ma, Zeng, Wang 2015,
IEEE TIP 24(11), equations 5 to 20).

- default: Ma's ``mef_ms_ssim.m``.
- ``tang``: the same, the column MS_SSIM of Linfeng-Tang's toolbox (``analysis_ms_ssim.m``) and of thfylsty's.
- ``MEF-SSIM@one-scale``: the first scale alone, ``mef_ssim.m``; xianming-gu's toolbox prints it as SSIM.

Black and flat patches are finite: C and Ma's 0.001 in the contrast keep all divisions from 0.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from ._halving import halved
from ._image import Image
from ._metric import Convention, Metric
from ._windows import Window, covariance, gaussian, mean_of, smooth

_SIDE = 11
_COUNT = _SIDE * _SIDE
_ONES = Window((1.0,) * _SIDE)  # sums, not means: of whole levels, or of quarters of them, they are exact
_GAUSSIAN = gaussian(_SIDE, 1.5)
_EXPONENTS = (0.0448, 0.2856, 0.3001)
_C = (0.03 * 255) ** 2
_FAINT = 0.001
_EPSILON = torch.finfo(torch.float64).eps
_STEEPEST = 10.0


def pyramid(pixels: Tensor, scales: int) -> list[Tensor]:
    """The image on each scale, float64 (B, 1, h, w) each."""
    levels = [pixels]
    for _ in range(scales - 1):
        levels.append(halved(levels[-1]))
    return levels


class _Patches(NamedTuple):
    """Every 11x11 patch of an image, (B, 1, h, w) each: sum, Gaussian mean, and norm less its mean."""

    image: Tensor
    total: Tensor
    mean: Tensor
    norm: Tensor


def _cross(one: Tensor, two: Tensor, totals: tuple[Tensor, Tensor]) -> Tensor:
    """Scalar product of the patches less their means."""
    return (smooth(one * two, _ONES) * _COUNT - totals[0] * totals[1]) / _COUNT


def patches(pixels: Tensor, scales: int) -> list[_Patches]:
    """The patches of an image on each scale."""
    found = []
    for image in pyramid(pixels, scales):
        total = smooth(image, _ONES)
        norm = _cross(image, image, (total, total)).clamp_min_(0).sqrt_()
        found.append(_Patches(image, total, smooth(image, _GAUSSIAN), norm))
    return found


def _structure_weights(one: Tensor, two: Tensor, of_sum: Tensor) -> tuple[Tensor, Tensor]:
    """Weights of the two patches' structures, from their norms and from that of their sum."""
    consistency = ((of_sum + _EPSILON) / (one + two + _EPSILON)).clamp(_EPSILON, 1 - _EPSILON)
    power = torch.tan(math.pi / 2 * consistency).clamp_max(_STEEPEST)
    weights = [((norm + _FAINT) / _SIDE) ** power + _EPSILON for norm in (one, two)]
    total = weights[0] + weights[1]
    return weights[0] / total, weights[1] / total


def _similarity(one: _Patches, two: _Patches, fused: _Patches) -> Tensor:
    """Mean similarity of the fused to the wanted patches on one scale, float64 (B,)."""
    shared = _cross(one.image, two.image, (one.total, two.total))
    of_sum = (one.norm**2 + two.norm**2 + 2 * shared).clamp_min(0).sqrt()
    weights = _structure_weights(one.norm, two.norm, of_sum)
    # The wanted patch is a sum of the sources' patches less their means, with these factors.
    parts = [weight / (x.norm + _FAINT) for weight, x in zip(weights, (one, two), strict=True)]
    length = (parts[0] ** 2 * one.norm**2 + parts[1] ** 2 * two.norm**2 + 2 * parts[0] * parts[1] * shared).clamp_min(0)
    length = length.sqrt()
    contrast = torch.maximum(one.norm, two.norm) + _FAINT
    scale = torch.where(length > 0, contrast / length, 1.0)
    parts = [part * scale for part in parts]
    variances = [
        covariance(x.image, y.image, x.mean, y.mean, _GAUSSIAN) for x, y in ((one, one), (two, two), (one, two))
    ]
    wanted = parts[0] ** 2 * variances[0] + parts[1] ** 2 * variances[1] + 2 * parts[0] * parts[1] * variances[2]
    cross = sum(
        part * covariance(x.image, fused.image, x.mean, fused.mean, _GAUSSIAN)
        for part, x in zip(parts, (one, two), strict=True)
    )
    variance = covariance(fused.image, fused.image, fused.mean, fused.mean, _GAUSSIAN)
    return mean_of((2 * cross + _C) / (wanted + variance + _C))


def mef_ssim(fused: Image, ir: Image, vis: Image, *, scales: int = 3) -> Tensor:
    """Similarity to the best that the sources offer, symmetric in them.

    Args:
        fused: (B, 1, H, W), at least 41 pixels along each side, 11 for one scale.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        scales: how many scales, 1 to 3.

    Returns:
        float64 (B,), in 0..1 (a scale with a negative mean counts as 0), for one scale in -1..1.
    """
    values = [_similarity(*levels) for levels in zip(*(x.once(patches, scales) for x in (ir, vis, fused)), strict=True)]
    if scales == 1:
        return values[0]
    total = sum(_EXPONENTS[:scales])
    powers = [v.clamp_min(0) ** (exponent / total) for v, exponent in zip(values, _EXPONENTS, strict=False)]
    return torch.stack(powers).prod(dim=0)


METRIC = Metric(
    name="MEF-SSIM",
    title="Structural similarity of fused exposures",
    direction="higher",
    bounds=(0.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Ma, Zeng, Wang 2015, IEEE TIP 24(11):3345-3356; analysis_ms_ssim.m in Linfeng-Tang's toolbox",
    function=mef_ssim,
    conventions={
        "default": Convention({}, "three scales; agrees as MS-SSIM tang, which is the same, does"),
        "tang": Convention({}, "as the default; the toolbox calls it MS_SSIM, as MS-SSIM tang does here"),
    },
    options={
        "one-scale": Convention(
            {"scales": 1}, "the first scale alone (printed as SSIM by xianming-gu's toolbox)", smallest=11
        )
    },
    smallest=41,
)
