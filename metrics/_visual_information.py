"""What VIF and VIFF share: local moments on four scales, and how a source's signal fares in the fused image.

The model of Sheikh and Bovik 2006 in its pixel-domain release (``vifp_mscale.m``): in every window the fused
image is the source times a gain plus noise. Scale s has a Gaussian window of 2^(5-s) + 1 pixels and σ a fifth of
that; before each scale but the first, both images are smoothed with the scale's window and every second pixel
is kept.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ._image import Image
from ._windows import Moments, Window, covariance, gaussian, moments, smooth

SMALLEST = 41
"""Shortest side for which the last scale has a window."""

_WINDOWS: tuple[Window, ...] = tuple(gaussian(size, size / 5) for size in (17, 9, 5, 3))
_FLAT = 1e-10


class Transfer(NamedTuple):
    """How a source's signal fares in the fused image on one scale, float64 (B, 1, h, w) each.

    Attributes:
        gain: not negative; 0 where either image is flat.
        noise: variance in the fused image that the gain does not explain, at least 1e-10.
    """

    gain: Tensor
    noise: Tensor


def _levels(pixels: Tensor) -> list[Tensor]:
    """The image on each scale, less its darkest level.

    Variances are what counts. So those of a constant image, and of the black areas that are the commonest flat
    ones, are exactly 0 and no rounding noise.
    """
    levels = [pixels - pixels.amin(dim=(-2, -1), keepdim=True)]
    for window in _WINDOWS[1:]:
        levels.append(smooth(levels[-1], window, step=2))
    return levels


def scales(pixels: Tensor) -> list[tuple[Tensor, Moments]]:
    """The image and its local moments on each scale; variances below 1e-10 are set to 0.

    Args:
        pixels: float64 (B, 1, H, W), at least 41 pixels along each side.
    """
    found = []
    for level, window in zip(_levels(pixels), _WINDOWS, strict=True):
        mean, variance = moments(level, window)
        found.append((level, Moments(mean, variance.masked_fill_(variance < _FLAT, 0))))
    return found


def transfers(fused: Image, source: Image) -> list[Transfer]:
    """Gain and noise from a source to the fused image on each scale."""
    found = []
    for (x, x_moments), (f, f_moments), window in zip(source.once(scales), fused.once(scales), _WINDOWS, strict=True):
        shared = covariance(x, f, x_moments.mean, f_moments.mean, window)
        # The original's four corrections in one: a flat source, a flat fused image or a negative gain mean no
        # gain, and without gain all of the fused image's variance is noise.
        useless = (x_moments.variance == 0) | (f_moments.variance == 0) | (shared < 0)
        gain = (shared / (x_moments.variance + _FLAT)).masked_fill_(useless, 0)
        noise = torch.addcmul(f_moments.variance, gain, shared, value=-1).clamp_min_(_FLAT)
        found.append(Transfer(gain, noise))
    return found


def information(variance: Tensor, noise: Tensor | float) -> Tensor:
    """log10(1 + variance / noise), the information that a signal carries through noise."""
    return variance.div(noise).add_(1).log10_()
