"""Blur, and the step from samples to pixels, as sums of shifted pictures in a fixed order."""

from __future__ import annotations

import numpy as np

from .noise import Floats


def shrink(samples: Floats) -> Floats:
    """Mean of each 2 by 2 block: (2 H, 2 W) to (H, W)."""
    out: Floats = ((samples[::2, ::2] + samples[1::2, ::2]) + (samples[::2, 1::2] + samples[1::2, 1::2])) * 0.25
    return out


def grow(pixels: Floats) -> Floats:
    """Repeat each pixel in a 2 by 2 block: (H, W) to (2 H, 2 W)."""
    return np.repeat(np.repeat(pixels, 2, axis=0), 2, axis=1)


def soften(image: Floats, share: float) -> Floats:
    """Blur with weights ``share``, 1 - 2 ``share``, ``share`` along both axes; edges are repeated.

    Args:
        image: (H, W).
        share: weight of each neighbour, 0 to 1/3.

    Returns:
        (H, W).
    """
    padded = np.concatenate([image[:1], image, image[-1:]], axis=0)
    rows = (padded[:-2] + padded[2:]) * share + image * (1.0 - 2.0 * share)
    padded = np.concatenate([rows[:, :1], rows, rows[:, -1:]], axis=1)
    out: Floats = (padded[:, :-2] + padded[:, 2:]) * share + rows * (1.0 - 2.0 * share)
    return out
