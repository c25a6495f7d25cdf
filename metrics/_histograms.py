"""Entropies and mutual information of grey levels, from histograms, in nats."""

from __future__ import annotations

import torch
from torch import Tensor

from ._image import Image
from .en import histogram

_LEVELS = 256


def shannon(counts: Tensor) -> Tensor:
    """Shannon entropy of counts (B, n) in nats, (B,)."""
    counts = counts.to(torch.float64)
    shares = counts / counts.sum(dim=1, keepdim=True)
    nats: Tensor = torch.special.entr(shares).sum(dim=1)
    return nats


def level_entropy(image: Image) -> Tensor:
    """Entropy of an image's grey levels in nats, float64 (B,)."""
    return shannon(image.once(histogram))


def joint_histogram(first: Image, second: Image) -> Tensor:
    """Number of pixels at each pair of grey levels, int64 (B, 256, 256); the first image's level comes first."""
    pairs = torch.add(second.pixels, first.pixels, alpha=_LEVELS).to(torch.int64).flatten(1)
    counts = torch.stack([torch.bincount(pair, minlength=_LEVELS**2) for pair in pairs])
    return counts.reshape(-1, _LEVELS, _LEVELS)


def _merged(counts: Tensor) -> Tensor:
    """Joint histogram in which level 255 counts as 254."""
    counts = counts.clone()
    for dim in (1, 2):
        counts.select(dim, _LEVELS - 2).add_(counts.select(dim, _LEVELS - 1))
        counts.select(dim, _LEVELS - 1).zero_()
    return counts


def mutual_information(first: Image, second: Image, merge_brightest: bool = False) -> Tensor:
    """Mutual information of two images' grey levels, H(X) + H(Y) - H(X, Y), in nats.

    Args:
        first: (B, 1, H, W); remembers the value.
        second: same shape.
        merge_brightest: levels 254 and 255 are one in the joint histogram, though not in the single ones.

    Returns:
        float64 (B,).
    """
    counts = first.once_with(second, joint_histogram)
    if merge_brightest:
        counts = _merged(counts)
    return level_entropy(first) + level_entropy(second) - shannon(counts.flatten(1))
