"""What VIF and VIFF share: local moments on four scales, and how a source's signal fares in the fused image.

The model of Sheikh and Bovik 2006 in its pixel-domain release (``vifp_mscale.m``): in every window the fused
image is the source times a gain plus noise. Scale s has a Gaussian window of 2^(5-s) + 1 pixels and σ a fifth of
that; before each scale but the first, both images are smoothed with the scale's window and every second pixel
is kept. How products are taken is a :class:`Pyramid`; there is the published one and one with a bug of MATLAB code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from ._image import Image
from ._windows import Moments, Window, gaussian, smooth

SMALLEST = 41
"""Shortest side for which the last scale has a window."""

SIZES = (17, 9, 5, 3)
"""Sides of the scales' windows."""

FLAT = 1e-10
"""Variances below count as 0."""


@dataclass(frozen=True)
class Pyramid:
    """How the four scales and their local moments are taken.

    Attributes:
        windows: one for each scale.
        ceiling: products of two pixels are clipped there on the first scale.
    """

    windows: tuple[Window, ...]
    ceiling: float = math.inf

    @property
    def ignores_offsets(self) -> bool:
        """Whether a constant that is added to both images leaves variances and covariances as they are."""
        return self.ceiling == math.inf


PUBLISHED = Pyramid(tuple(gaussian(size, size / 5) for size in SIZES))

SATURATED = Pyramid(PUBLISHED.windows, ceiling=255.0)
"""The published code called on uint8 images in MATLAB: a bug, their products saturate at 255."""


class Transfer(NamedTuple):
    """How a source's signal fares in the fused image on one scale, float64 (B, 1, h, w) each.

    Attributes:
        gain: not negative; 0 where either image is flat.
        noise: variance in the fused image that the gain does not explain, at least 1e-10.
    """

    gain: Tensor
    noise: Tensor


def _levels(pixels: Tensor, pyramid: Pyramid) -> list[Tensor]:
    """The image on each scale, less its darkest level where that changes nothing.

    Variances are what counts. So those of a constant image, and of the black areas that are the commonest flat
    ones, are exactly 0 and no rounding noise.
    """
    levels = [pixels - pixels.amin(dim=(-2, -1), keepdim=True) if pyramid.ignores_offsets else pixels]
    for window in pyramid.windows[1:]:
        levels.append(smooth(levels[-1], window, step=2))
    return levels


def _mean_product(x: Tensor, y: Tensor, window: Window, ceiling: float) -> Tensor:
    product = x * y
    if ceiling != math.inf:
        product.clamp_max_(ceiling)
    return smooth(product, window)


def _ceilings(pyramid: Pyramid) -> list[float]:
    """Where products are clipped on each scale: the first is the only one that a class of image reaches."""
    return [pyramid.ceiling] + [math.inf] * (len(pyramid.windows) - 1)


def scales(pixels: Tensor, pyramid: Pyramid) -> list[tuple[Tensor, Moments]]:
    """The image and its local moments on each scale; variances below 1e-10 are set to 0.

    Args:
        pixels: float64 (B, 1, H, W), at least 41 pixels along each side.
        pyramid: how the scales are taken.
    """
    found = []
    for level, window, ceiling in zip(_levels(pixels, pyramid), pyramid.windows, _ceilings(pyramid), strict=True):
        mean = smooth(level, window)
        variance = _mean_product(level, level, window, ceiling).addcmul_(mean, mean, value=-1)
        found.append((level, Moments(mean, variance.masked_fill_(variance < FLAT, 0))))
    return found


def transfers(fused: Image, source: Image, pyramid: Pyramid) -> list[Transfer]:
    """Gain and noise from a source to the fused image on each scale."""
    found = []
    levels = zip(source.once(scales, pyramid), fused.once(scales, pyramid), strict=True)
    for ((x, x_moments), (f, f_moments)), window, ceiling in zip(
        levels, pyramid.windows, _ceilings(pyramid), strict=True
    ):
        shared = _mean_product(x, f, window, ceiling).addcmul_(x_moments.mean, f_moments.mean, value=-1)
        # The original's four corrections in one: a flat source, a flat fused image or a negative gain mean no
        # gain, and without gain all of the fused image's variance is noise.
        useless = (x_moments.variance == 0) | (f_moments.variance == 0) | (shared < 0)
        gain = (shared / (x_moments.variance + FLAT)).masked_fill_(useless, 0)
        noise = torch.addcmul(f_moments.variance, gain, shared, value=-1).clamp_min_(FLAT)
        found.append(Transfer(gain, noise))
    return found


def information(variance: Tensor, noise: Tensor | float) -> Tensor:
    """log10(1 + variance / noise), the information that a signal carries through noise."""
    return variance.div(noise).add_(1).log10_()
