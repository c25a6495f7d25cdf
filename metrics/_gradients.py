"""Sobel gradients, which EI, Qabf and Nabf read."""

from __future__ import annotations

from typing import Literal

from torch import Tensor
from torch.nn.functional import pad

Beyond = Literal["zero", "replicate", "reflect"]
"""What lies beyond the border: zeros, the border pixels again, or the image mirrored at the border pixels."""


def sobel(pixels: Tensor, beyond: Beyond) -> tuple[Tensor, Tensor]:
    """Horizontal and vertical Sobel gradient, growing to the right and downwards.

    Args:
        pixels: float64 (B, 1, H, W); at least 2 pixels along each side for ``reflect``.
        beyond: what lies beyond the border.

    Returns:
        Two float64 (B, 1, H, W), exact for whole numbers.
    """
    framed = pad(pixels, (1, 1, 1, 1), mode="constant" if beyond == "zero" else beyond)
    above, level, below = framed[..., :-2, :], framed[..., 1:-1, :], framed[..., 2:, :]
    smoothed = (above + below).add_(level, alpha=2)
    sloped = below - above
    across = smoothed[..., 2:] - smoothed[..., :-2]
    down = (sloped[..., 2:] + sloped[..., :-2]).add_(sloped[..., 1:-1], alpha=2)
    return across, down


def magnitude(across: Tensor, down: Tensor) -> Tensor:
    """Length of the gradient."""
    return (across * across).addcmul_(down, down).sqrt_()
