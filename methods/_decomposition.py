"""What AUIF and DIDFuse share: how the layers of two images become those of the fused one.

The sum is the authors', and gives their published results. Of the other two modes, average and l1-norm, only the names
were known: that there are such in AUIF's code. What they do is inferred, and so is that DIDFuse has them.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

Fusion = Callable[[Tensor, Tensor], Tensor]
_WINDOW = 3
_TINY = torch.finfo(torch.float32).tiny


def add(ir: Tensor, vis: Tensor) -> Tensor:
    """Sum of the layers; the mode of the authors' published results."""
    return ir + vis


def average(ir: Tensor, vis: Tensor) -> Tensor:
    """Mean of the layers; inferred from its name."""
    return (ir + vis) / 2


def l1_norm(ir: Tensor, vis: Tensor) -> Tensor:
    """Layers weighted by their share of the activity around each pixel.

    Activity is the l1 norm over the channels, averaged over 3 x 3 pixels with zeros beyond the border, as in
    DenseFuse's strategy of that name; inferred, window and border included. Where both layers are zero all around,
    so is the result.

    Args:
        ir: layer of the infrared image, (B, C, H, W).
        vis: layer of the visible image, same shape.

    Returns:
        Same shape.
    """
    first, second = (F.avg_pool2d(x.abs().sum(1, keepdim=True), _WINDOW, 1, _WINDOW // 2) for x in (ir, vis))
    share = first / (first + second).clamp_min(_TINY)
    return torch.lerp(vis, ir, share)


MODES: dict[str, Fusion] = {"sum": add, "average": average, "l1-norm": l1_norm}


def fusion(mode: str) -> Fusion:
    """The fusion of two layers by its name.

    Raises:
        ValueError: unknown name.
    """
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(MODES)}, not '{mode}'")
    return MODES[mode]
