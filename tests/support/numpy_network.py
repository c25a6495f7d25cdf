"""Layers of a convolutional network in numpy and float64, as a reference for those in torch."""

from __future__ import annotations

from typing import Literal

import numpy as np

Array = np.ndarray


def convolved(maps: Array, kernel: Array, bias: Array, border: Literal["reflect", "constant"]) -> Array:
    """Correlation that keeps the size.

    Args:
        maps: (in, H, W).
        kernel: (k, k, in, out), k odd: TensorFlow's order.
        bias: (out,).
        border: of numpy's ``pad``.
    """
    size = kernel.shape[0]
    half = size // 2
    padded = np.pad(maps.astype(np.float64), ((0, 0), (half, half), (half, half)), mode=border)
    height, width = maps.shape[1:]
    result = np.zeros((kernel.shape[3], height, width))
    for row in range(size):
        for column in range(size):
            part = padded[:, row : row + height, column : column + width]
            result += np.einsum("ihw,io->ohw", part, kernel[row, column])
    result += bias[:, None, None]
    return result


def leaky(maps: Array, slope: float) -> Array:
    """Leaky ReLU."""
    return np.where(maps > 0, maps, slope * maps)


def drawn(shapes: dict[str, tuple[int, ...]], seed: int = 0) -> dict[str, Array]:
    """Random float32 variables that neither fade nor blow up from layer to layer."""
    random = np.random.default_rng(seed)
    return {
        name: np.asarray(random.normal(0, 1.4 / np.sqrt(np.prod(shape[:-1])), shape), np.float32)
        for name, shape in shapes.items()
    }
