"""Local gradient directional entropy (LGDE), paper 3.2.4 and Eq. 13.

The gradient operator, the base of the logarithm and how a direction is assigned where the gradient is (nearly) zero
are not in the paper: Sobel/8, natural logarithm, equal shares below 1e-6, and above it a direction vector that
``softness`` shortens, so that faint gradients count less (D9, D10 and the project's notes).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .extractors import SOBEL

_LEAST_SHARE = 1e-12
_FLAT = 1e-6


class Gradient(NamedTuple):
    """Sobel/8 gradient along x and y, (B, 1, H, W) each."""

    x: Tensor
    y: Tensor

    @classmethod
    def of(cls, image: Tensor) -> Gradient:
        """Of an image (B, 1, H, W), its border reflected."""
        padded = F.pad(image, (1, 1, 1, 1), mode="reflect")
        both = F.conv2d(padded, SOBEL[:2, None].to(image))
        return cls(both[:, :1], both[:, 1:])

    def is_flat(self) -> Tensor:
        """Where it is below 1e-6: what rounding leaves of a zero gradient has no direction (D10)."""
        return self.x.square() + self.y.square() < _FLAT**2

    def unless_weaker(self, other: Gradient, share: float) -> Gradient:
        """At each pixel this vector, or ``other`` where ``share`` times that is longer."""
        longer = torch.hypot(self.x, self.y) >= share * torch.hypot(other.x, other.y)
        return Gradient(torch.where(longer, self.x, other.x), torch.where(longer, self.y, other.y))


def soft_directions(gradient: Gradient, bins: int, sharpness: float, softness: float) -> Tensor:
    """Share of each direction bin at each pixel, softmax over bins of sharpness * cos(angle - bin's centre).

    A hard assignment has no gradient to train with (D9). Below 1e-6 all bins have the same share (D10).

    Args:
        gradient: of an image.
        bins: I of the paper.
        sharpness: kappa; the larger, the closer to a hard assignment.
        softness: gradient below which the shares fade towards equal ones; keeps the slope of the length finite.

    Returns:
        (B, bins, H, W), summing to 1 over the bins.
    """
    length = (gradient.x.square() + gradient.y.square() + softness**2).sqrt()
    angles = torch.arange(bins, dtype=length.dtype, device=length.device) * (2 * math.pi / bins)
    cosines = (gradient.x * _maps(angles.cos()) + gradient.y * _maps(angles.sin())) / length
    return torch.where(gradient.is_flat(), 1 / bins, (sharpness * cosines).softmax(dim=1))


def hard_directions(gradient: Gradient, bins: int) -> Tensor:
    """The nearest bin's centre, one-hot (B, bins, H, W), uniform where there is no gradient: D(X) of the paper."""
    nearest = torch.round(torch.atan2(gradient.y, gradient.x) * (bins / (2 * math.pi))).long() % bins
    shares = F.one_hot(nearest[:, 0], bins).movedim(-1, 1).to(gradient.x.dtype)
    return torch.where(gradient.is_flat(), 1 / bins, shares)


def histograms(shares: Tensor, block: int) -> Tensor:
    """Mean share of each bin over nine pixels spread over a block, reflected border; (B, bins, H, W).

    Args:
        shares: (B, bins, H, W).
        block: side B of the block, odd; above 3 the nine are spread out ("dilated", D11).
    """
    spread = (block - 1) // 2
    padded = F.pad(shares, (spread,) * 4, mode="reflect")
    kernel = shares.new_full((shares.shape[1], 1, 3, 3), 1 / 9)
    return F.conv2d(padded, kernel, dilation=spread, groups=shares.shape[1])


def entropy(shares: Tensor, blocks: Sequence[int]) -> Tensor:
    """E(D(X)), Eq. 13: entropy of the local histograms in nats, mean over the block sizes; (B, 1, H, W)."""
    scales = []
    for block in blocks:
        p = histograms(shares, block)
        # The clamp keeps the derivative finite where no pixel of the block has the direction.
        scales.append(-torch.special.xlogy(p, p.clamp_min(_LEAST_SHARE)).sum(dim=1, keepdim=True))
    return torch.stack(scales).mean(dim=0)


def _maps(numbers: Tensor) -> Tensor:
    return numbers[:, None, None]
