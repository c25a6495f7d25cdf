"""Box mean and guided filter made of scipy's filters, windows cut at the border."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


def mean(image: np.ndarray, radius: int) -> np.ndarray:
    """Mean over what the image has of the square of side 2 radius + 1 around each pixel."""
    side = 2 * radius + 1
    share = ndimage.uniform_filter(np.ones_like(image), side, mode="constant")
    return np.asarray(ndimage.uniform_filter(image, side, mode="constant") / share)


def guided(guide: np.ndarray, image: np.ndarray, radius: int, eps: float) -> np.ndarray:
    """The guided filter of He, Sun and Tang."""
    mean_guide, mean_image = mean(guide, radius), mean(image, radius)
    slope = (mean(guide * image, radius) - mean_guide * mean_image) / (mean(guide**2, radius) - mean_guide**2 + eps)
    return mean(slope, radius) * guide + mean(mean_image - slope * mean_guide, radius)
