"""What MATLAB toolboxes compute in 7x7 windows, number by number as Octave rounds it, in exact fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np

C = 2e-16
SIDE = 7


def window() -> np.ndarray:
    reach = np.arange(SIDE) - SIDE // 2
    weights = np.exp(-(reach[:, None] ** 2 + reach**2) / 4.5)
    total = 0.0
    for weight in weights.T.ravel():
        total += weight
    weights = weights / total
    total = 0.0
    for column in weights.T:
        part = 0.0
        for weight in column:
            part += weight
        total += part
    return weights / total


def filter2(image: np.ndarray) -> np.ndarray:
    """Weighted sums; the rows of whole blocks of sixteen are multiplied and added in one rounding."""
    weights = window()
    height, width = image.shape[0] - SIDE + 1, image.shape[1] - SIDE + 1
    result = np.zeros((height, width))
    for row, column in np.ndindex(height, width):
        value = 0.0
        for j in reversed(range(SIDE)):
            for i in reversed(range(SIDE)):
                weight, pixel = float(weights[i, j]), float(image[row + i, column + j])
                if row < height // 16 * 16:
                    value = float(Fraction(weight) * Fraction(pixel) + Fraction(value))
                else:
                    value += weight * pixel
        result[row, column] = value
    return result


class Maps(NamedTuple):
    """Similarity, the two variances and the covariance of two images."""

    value: np.ndarray
    first: np.ndarray
    second: np.ndarray
    covariance: np.ndarray


def ssim(x: np.ndarray, y: np.ndarray) -> Maps:
    mx, my = filter2(x), filter2(y)
    vx, vy, cross = filter2(x * x) - mx * mx, filter2(y * y) - my * my, filter2(x * y) - mx * my
    value = ((2 * (mx * my) + C) * (2 * cross + C)) / ((mx * mx + my * my + C) * (vx + vy + C))
    return Maps(value, vx, vy, cross)


def scene(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fused, infrared, visible, 24x12: windows in a block of sixteen rows, and two rows of windows beyond it."""
    random = np.random.default_rng(9)
    fused, ir, vis = random.integers(0, 256, (3, 24, 12)).astype(float)
    if name == "flat":
        fused[:, 3:], ir[:, 4:], vis[:, 3:] = 60, 10, 201
    if name == "black sources":
        ir[6:20, 1:11] = vis[6:20, 1:11] = 0
    if name == "all flat":
        fused[:], ir[:], vis[:] = 33, 66, 211
    return fused, ir, vis
