"""The guided filter of He, Sun and Tang, IEEE TPAMI 35(6), 2013, with means whose cost no window size changes."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def guided_filter(guide: Tensor, image: Tensor, radius: int, eps: float) -> Tensor:
    """Smooth ``image`` along the edges of ``guide`` (Eq. 5, 6 and 8, one-channel guide).

    In each window ``image`` is fitted by ``a guide + b``, and each pixel gets the mean fit of its windows. Windows are
    cut at the border, as in the authors' code.

    Args:
        guide: (B, 1, H, W); float64 where ``eps`` is small, as a variance is computed as a difference of means.
        image: same shape.
        radius: of the window, whose side is 2 radius + 1 pixels.
        eps: of the ridge, in squared units of the guide, positive.
    """
    mean_guide, mean_image = box_mean(guide, radius), box_mean(image, radius)
    covariance = box_mean(guide * image, radius) - mean_guide * mean_image
    variance = box_mean(guide * guide, radius) - mean_guide * mean_guide
    slope = covariance / (variance + eps)
    offset = mean_image - slope * mean_guide
    return box_mean(slope, radius) * guide + box_mean(offset, radius)


def box_mean(image: Tensor, radius: int) -> Tensor:
    """Mean over what the image has of the square of side 2 radius + 1 around each pixel.

    Args:
        image: (B, 1, H, W).
        radius: at least 0; the square may be larger than the image.
    """
    return _mean_along(_mean_along(image, radius, -2), radius, -1)


def _mean_along(image: Tensor, radius: int, dim: int) -> Tensor:
    length = image.shape[dim]
    place = torch.arange(length, device=image.device)
    first, behind = (place - radius).clamp_min(0), (place + radius + 1).clamp_max(length)
    sums = F.pad(image.cumsum(dim), (1, 0) if dim == -1 else (0, 0, 1, 0))
    total = sums.index_select(dim, behind) - sums.index_select(dim, first)
    count = (behind - first).to(image.dtype)
    return total / (count if dim == -1 else count[:, None])
