"""Images at half the size: the mean of every 2x2 block of pixels, as multi-scale similarities take it."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import avg_pool2d, pad


def halved(image: Tensor) -> Tensor:
    """Mean of 2x2 pixels, every second row and column; an odd side is completed with its last pixel, once more.

    MATLAB's ``imfilter`` with ``ones(2)/4`` and symmetric border, and every second pixel of that.

    Args:
        image: float64 (B, 1, H, W).

    Returns:
        float64 (B, 1, ceil(H / 2), ceil(W / 2)).
    """
    height, width = image.shape[-2:]
    return avg_pool2d(pad(image, (0, width % 2, 0, height % 2), mode="replicate"), 2)
