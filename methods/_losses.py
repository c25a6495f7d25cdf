"""Terms of the losses that AUIF and DIDFuse are trained with, and the SSIM of ZVIR's.

The authors of AUIF and DIDFuse took both terms from an old kornia, whose behaviour is recalled here, not checked.
``losses.SSIM``: Gaussian of sigma 1.5 for any window, mirrored border, (1 - SSIM) / 2 clipped to [0, 1] (some versions
clip before they halve, which differs where SSIM is below 0 only). ``SpatialGradient``: the Sobel filters divided by 8,
replicated border.
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from ._sobel import KERNELS

_SIGMA, _C1, _C2 = 1.5, 0.01**2, 0.03**2


def ssim_loss(ours: Tensor, theirs: Tensor, window: int) -> Tensor:
    """Mean of (1 - SSIM) / 2 over all pixels; SSIM by Wang et al., IEEE Trans. Image Processing 13(4), 2004.

    Not for scores: the border counts here, and the window is any. See the metric.

    Args:
        ours: (B, 1, H, W), in [0, 1].
        theirs: same shape.
        window: side of the Gaussian window, odd.

    Returns:
        Scalar in [0, 1].
    """
    return ((1 - ssim_map(ours, theirs, window)) / 2).clamp(0, 1).mean()


def ssim_map(ours: Tensor, theirs: Tensor, window: int, border: Literal["mirrored", "valid"] = "mirrored") -> Tensor:
    """SSIM of each pixel; population statistics under the Gaussian, range 1, K 0.01 and 0.03. See :func:`ssim_loss`.

    Args:
        ours: (B, 1, H, W), in [0, 1].
        theirs: same shape.
        window: side of the Gaussian window, odd.
        border: ``mirrored``, or ``valid`` for the pixels alone around which the window fits.

    Returns:
        (B, 1, H, W), less window - 1 rows and columns if ``valid``.
    """
    luminance, contrast = similarities(ours, theirs, window, border)
    return luminance * contrast


def similarities(
    ours: Tensor, theirs: Tensor, window: int, border: Literal["mirrored", "valid"]
) -> tuple[Tensor, Tensor]:
    """The two factors of SSIM, luminance and contrast with structure, each as :func:`ssim_map` says."""
    moments = torch.cat([ours, theirs, ours * ours, theirs * theirs, ours * theirs])
    half = window // 2 if border == "mirrored" else 0
    local = _blur(F.pad(moments, (half, half, half, half), mode="reflect"), window)
    mean, other, square, other_square, product = local.chunk(5)
    luminance = (2 * mean * other + _C1) / (mean**2 + other**2 + _C1)
    contrast = (2 * (product - mean * other) + _C2) / ((square - mean**2) + (other_square - other**2) + _C2)
    return luminance, contrast


def spatial_gradient(images: Tensor) -> Tensor:
    """Sobel derivatives along x and y, 1 for a ramp of slope 1.

    Args:
        images: (B, 1, H, W).

    Returns:
        (B, 1, 2, H, W).
    """
    padded = F.pad(images, (1, 1, 1, 1), mode="replicate")
    return F.conv2d(padded, KERNELS.to(images) / 8)[:, None]


def _blur(images: Tensor, window: int) -> Tensor:
    """Gaussian means where the window fits, (B, 1, H, W)."""
    taps = torch.arange(window).to(images) - window // 2
    weights = torch.exp(-(taps**2) / (2 * _SIGMA**2))
    weights = weights / weights.sum()
    # Images as channels: torch's depthwise kernel goes back many times faster than one of a single channel.
    beside = images.transpose(0, 1)
    for part in (weights.view(1, 1, -1, 1), weights.view(1, 1, 1, -1)):
        beside = F.conv2d(beside, part.expand(len(images), -1, -1, -1), groups=len(images))
    return beside.transpose(0, 1)
