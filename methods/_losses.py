"""Terms of the losses that AUIF and DIDFuse are trained with; their authors took both from an old kornia.

Recalled of kornia, not checked. ``losses.SSIM``: Gaussian of sigma 1.5 for any window, mirrored border, (1 - SSIM) / 2
clipped to [0, 1] (some versions clip before they halve, which differs where SSIM is below 0 only).
``SpatialGradient``: the Sobel filters divided by 8, replicated border.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

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


def ssim_map(ours: Tensor, theirs: Tensor, window: int) -> Tensor:
    """SSIM of each pixel, (B, 1, H, W); population statistics under the Gaussian. See :func:`ssim_loss`."""
    moments = torch.stack([ours, theirs, ours * ours, theirs * theirs, ours * theirs])
    local = _blur(moments.flatten(0, 1), window).reshape(moments.shape)
    mean, other, square, other_square, product = local
    top = (2 * mean * other + _C1) * (2 * (product - mean * other) + _C2)
    bottom = (mean * mean + other * other + _C1) * (square - mean * mean + other_square - other * other + _C2)
    result: Tensor = top / bottom
    return result


def spatial_gradient(images: Tensor) -> Tensor:
    """Sobel derivatives along x and y, 1 for a ramp of slope 1.

    Args:
        images: (B, 1, H, W).

    Returns:
        (B, 1, 2, H, W).
    """
    along_x = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]).to(images) / 8
    padded = F.pad(images, (1, 1, 1, 1), mode="replicate")
    return F.conv2d(padded, torch.stack([along_x, along_x.T])[:, None])[:, None]


def _blur(images: Tensor, window: int) -> Tensor:
    half = window // 2
    weights = torch.exp(-(torch.arange(-half, half + 1).to(images) ** 2) / (2 * _SIGMA**2))
    weights = weights / weights.sum()
    # Images as channels: torch's depthwise kernel goes back many times faster than one of a single channel.
    padded = F.pad(images, (half, half, half, half), mode="reflect").transpose(0, 1)
    down, along = weights.view(1, 1, -1, 1), weights.view(1, 1, 1, -1)
    for part in (down, along):
        padded = F.conv2d(padded, part.expand(len(images), -1, -1, -1), groups=len(images))
    return padded.transpose(0, 1)
