"""Local means under a Gaussian window, rounded the way Octave rounds them.

Where a window is flat its variance should be 0, and comes out as rounding noise of 1e-12. Toolboxes that divide
one such number by another turn it into their result: Q_Y of one golden triple is 10351. So reproducing them means
adding up the window in their order and with their roundings: one pixel of the window after the other, columns
from the right, each from the bottom, by ``filter2`` of Octave 7 on OpenBLAS, whose kernel multiplies and adds in
one rounding on blocks of sixteen rows and in two roundings on the rows that are left over. MATLAB, and Octave on
another processor, would round differently, and give another number for the same images; no value of such an image
means anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from torch import Tensor

_BLOCK = 16
"""Rows that OpenBLAS takes in one step of its kernel (``daxpy``, Haswell and Zen)."""


@lru_cache
def _weights(size: int, sigma: float) -> tuple[tuple[float, ...], ...]:
    """The window as ``fspecial`` makes it and ``ssim_index.m`` divides it by its sum once more."""
    reach = np.arange(size) - (size - 1) // 2
    window = np.exp(-(reach[:, None] ** 2 + reach**2) / (2 * sigma**2))
    window = window / _sum(window.T.ravel())
    window = window / _sum([_sum(column) for column in window.T])
    return tuple(map(tuple, window.tolist()))


def _sum(values: Iterable[float]) -> float:
    """One after the other: numpy adds up in pairs, and Python's ``sum`` makes good for the rounding."""
    total = 0.0
    for value in values:
        total += float(value)
    return total


def octave_smooth(x: Tensor, size: int, sigma: float) -> Tensor:
    """Weighted mean under a Gaussian window where it fits: ``filter2(fspecial('gaussian', ...), x, 'valid')``.

    Args:
        x: float64 (..., H, W), at least ``size`` pixels along each side.
        size: pixels along one side, odd.
        sigma: standard deviation in pixels.

    Returns:
        float64 (..., H - size + 1, W - size + 1).
    """
    height, width = x.shape[-2] - size + 1, x.shape[-1] - size + 1
    whole = height // _BLOCK * _BLOCK
    result = x.new_zeros((*x.shape[:-2], height, width))
    blocks, rest = result[..., :whole, :], result[..., whole:, :]
    weights = _weights(size, sigma)
    for column in range(size - 1, -1, -1):
        for row in range(size - 1, -1, -1):
            weight = weights[row][column]
            shifted = x[..., row : row + height, column : column + width]
            blocks.add_(shifted[..., :whole, :], alpha=weight)  # torch, too, rounds a + weight * b once
            rest.add_(shifted[..., whole:, :] * weight)
    return result
