"""Sliding windows: weighted local means, moments and sums, in float64.

A filter is a sum of shifted slices, first down, then across. On CPUs that is several times faster in float64
than torch's convolution (which gathers every window first) and than a product with a banded matrix, and it is
the same code on every device.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from ._image import Image

Border = Literal["valid", "replicate", "zero"]


@dataclass(frozen=True)
class Window:
    """A square separable window.

    Attributes:
        taps: weights along one side; they sum to 1.
        border: ``valid`` keeps the positions where the window fits into the image; ``replicate`` and ``zero``
            continue the image by its border pixels or by zeros, and keep its size.
    """

    taps: tuple[float, ...]
    border: Border = "valid"


@lru_cache
def gaussian(size: int, sigma: float, border: Border = "valid") -> Window:
    """Gaussian window, normalised; MATLAB's ``fspecial('gaussian', size, sigma)``.

    Args:
        size: pixels along one side, odd.
        sigma: standard deviation in pixels.
        border: see :class:`Window`.
    """
    weights = [math.exp(-((k - (size - 1) / 2) ** 2) / (2 * sigma**2)) for k in range(size)]
    total = math.fsum(weights)
    return Window(tuple(weight / total for weight in weights), border)


@lru_cache
def box(size: int, border: Border = "valid") -> Window:
    """Window of equal weights.

    Args:
        size: pixels along one side, odd.
        border: see :class:`Window`.
    """
    return Window((1 / size,) * size, border)


def _along(x: Tensor, taps: tuple[float, ...], dim: Literal[-2, -1], step: int) -> Tensor:
    """One-dimensional correlation along ``dim`` at every ``step``-th position where the taps fit."""
    count = x.shape[dim] - len(taps) + 1

    def shifted(offset: int) -> Tensor:
        part = slice(offset, offset + count, step)
        return x[..., part, :] if dim == -2 else x[..., part]

    result = shifted(0) * taps[0]
    for offset, weight in enumerate(taps[1:], start=1):
        result.add_(shifted(offset), alpha=weight)
    return result


def smooth(x: Tensor, window: Window, step: int = 1) -> Tensor:
    """Weighted mean under the window.

    Args:
        x: float64 (..., H, W), at least as large as the window when its border is ``valid``.
        window: weights and border.
        step: keep every ``step``-th row and column, beginning with the first.

    Returns:
        float64 (..., h, w).
    """
    if window.border != "valid":
        reach = len(window.taps) // 2
        mode = "replicate" if window.border == "replicate" else "constant"
        x = pad(x, (reach, reach, reach, reach), mode=mode)
    return _along(_along(x, window.taps, -2, step), window.taps, -1, step)


class Moments(NamedTuple):
    """Local mean and local population variance under a window, float64 (B, 1, h, w) each."""

    mean: Tensor
    variance: Tensor


def moments(x: Tensor, window: Window) -> Moments:
    """Local moments of an image; the variance may be negative by rounding where the image is flat.

    Args:
        x: float64 (B, 1, H, W).
        window: weights and border.
    """
    mean = smooth(x, window)
    return Moments(mean, smooth(x * x, window).addcmul_(mean, mean, value=-1))


def covariance(x: Tensor, y: Tensor, x_mean: Tensor, y_mean: Tensor, window: Window) -> Tensor:
    """Local population covariance of two images whose local means are known.

    Args:
        x: float64 (B, 1, H, W).
        y: same shape.
        x_mean: local mean of ``x`` under ``window``.
        y_mean: local mean of ``y`` under ``window``.
        window: weights and border.

    Returns:
        float64 (B, 1, h, w).
    """
    return smooth(x * y, window).addcmul_(x_mean, y_mean, value=-1)


def image_covariance(first: Image, second: Image, window: Window) -> Tensor:
    """Local covariance of two images, from their remembered moments; float64 (B, 1, h, w)."""
    means = [image.once(moments, window).mean for image in (first, second)]
    return covariance(first.pixels, second.pixels, means[0], means[1], window)


def box_sum(x: Tensor, size: int) -> Tensor:
    """Sum over every ``size`` x ``size`` box that fits; exact for whole numbers below 2**53.

    Args:
        x: float64 (..., H, W), at least ``size`` pixels along each side.
        size: a power of two: the sums are doubled up, so that a box of eight costs three additions a side.

    Returns:
        float64 (..., H - size + 1, W - size + 1).
    """
    if size & (size - 1):
        raise ValueError(f"a box's side is a power of two, not {size}")
    reach = 1
    while reach < size:
        x = x[..., reach:, :] + x[..., :-reach, :]
        x = x[..., reach:] + x[..., :-reach]
        reach *= 2
    return x


def mean_of(maps: Tensor) -> Tensor:
    """Mean over the pixels of each image: (B, 1, h, w) -> (B,)."""
    return torch.mean(maps, dim=(-3, -2, -1))
