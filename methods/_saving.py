"""How authors' programs turn a fused image into grey levels: the option ``as_saved`` of their methods, off by default.

Stretching changes the scores of every metric of contrast, so a benchmark scores the network's own values. The option
shows by how much, and makes pictures as they are published.
"""

from __future__ import annotations

import torch
from torch import Tensor


def truncated(fused: Tensor) -> Tensor:
    """Levels whose fractions are cut off, as a conversion to unsigned bytes does.

    Args:
        fused: nominally in [0, 1]; what is beyond is clipped.

    Returns:
        Same shape, whole multiples of 1/255.
    """
    return torch.floor(255 * fused.clamp(0, 1)) / 255


def stretched(fused: Tensor, lowest: float | None = None) -> Tensor:
    """Each image stretched until its largest value is white, as scipy.misc.bytescale did (scipy before 1.2).

    Args:
        fused: (B, 1, H, W).
        lowest: value that becomes black; that of each image when it is None.

    Returns:
        Same shape, whole multiples of 1/255.
    """
    low = fused.amin((1, 2, 3), keepdim=True) if lowest is None else torch.tensor(lowest).to(fused)
    span = fused.amax((1, 2, 3), keepdim=True) - low
    span = torch.where(span == 0, 1, span)
    return torch.floor(((fused - low) * (255 / span)).clamp(0, 255) + 0.5) / 255
