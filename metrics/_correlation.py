"""Pearson's correlation of two images, which CC, SCD and one convention of Q_ncie read."""

from __future__ import annotations

import torch
from torch import Tensor

_PIXELS = (-3, -2, -1)


def correlation(x: Tensor, y: Tensor, undefined: float = 0.0) -> Tensor:
    """Pearson's r over the pixels.

    Args:
        x: float64 (B, 1, H, W).
        y: same shape.
        undefined: value where either is constant, 0 / 0.

    Returns:
        float64 (B,), in -1..1.
    """
    x, y = (z - z.mean(dim=_PIXELS, keepdim=True) for z in (x, y))
    spread = (x.square().sum(dim=_PIXELS) * y.square().sum(dim=_PIXELS)).sqrt_()
    return torch.where(spread > 0, (x * y).sum(dim=_PIXELS) / spread, undefined)
