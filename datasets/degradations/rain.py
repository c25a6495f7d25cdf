"""Rain, physically based: streaks of falling drops nearby, and a veil of those far away."""

from __future__ import annotations

import math

import numpy as np
from torch import Tensor

from ._degradation import Degradation
from ._ladder import STRONGEST, rung
from ._pixels import Pixels, as_image, generator, pixels
from ._streaks import FAR, coverage, draw_drops

RATE = (5.0, 15.0, 50.0, 100.0, 200.0)
"""Rain at severity 1 to 5 in millimetres per hour: light, moderate, heavy, violent, a cloudburst."""

WIND = 2.0
"""Greatest speed across the picture in metres per second; each image draws its own, to the left or to the right."""


def extinction(rate: float) -> float:
    """What rain takes from a ray, 0.312 R^0.67 per kilometre, per metre; R in millimetres per hour."""
    return 0.312e-3 * math.pow(rate, 0.67)


def surroundings(light: Pixels) -> float:
    """Light that drops and veil have: the mean of the brightest quarter of the scene.

    A drop shows nearly all that is around it, the sky above the picture too; the picture's brighter part stands in.

    Args:
        light: (H, W) or (H, W, 3), linear.
    """
    brightness = (light @ np.array([0.299, 0.587, 0.114]) if light.ndim == 3 else light).ravel()
    darker = 3 * brightness.size // 4
    return float(np.partition(brightness, darker)[darker:].mean())


def rain(vis: Tensor, severity: float, seed: int, depth: Tensor | None) -> Tensor:
    """Rain of the severity's ``RATE``; drops are hidden by what is nearer than they are.

    The shutter adds up light, not grey levels, so the mixing is done on their squares, linear light to a good
    approximation. The veil begins where drops are no longer drawn one by one. Where the drops of the streaks cover a
    pixel for the parts a, b, .. of the exposure, exp(-(a + b + ..)) of the scene is left, as of independent drops.
    """
    assert depth is not None  # needs_depth
    light, metres = np.square(pixels(vis)), pixels(depth)
    height, width = metres.shape
    rate = rung(RATE, severity)
    draw = generator(seed)
    wind = WIND * (2 * draw.random() - 1)
    cover = coverage(draw_drops(height, width, rate, wind, draw), height, width, metres)
    left = np.exp(-extinction(rate) * np.maximum(metres - FAR, 0.0) - cover)
    if light.ndim == 3:
        left = left[..., None]
    rainlight = surroundings(light)
    return as_image(np.sqrt(rainlight + left * (light - rainlight)), vis)


DEGRADATION = Degradation(
    name="rain",
    title="Rain, physically based",
    reference="drop sizes of Marshall and Palmer, J. Meteorology 5, 1948; terminal speeds of Atlas, Srivastava and "
    "Sekhon, Rev. Geophysics 11, 1973; streaks by exposure as in Garg and Nayar, IJCV 75(1), 2007; extinction of "
    "Weber as used by Halder, Lalonde and de Charette, ICCV 2019; ladder, wind and light are ours",
    apply=rain,
    needs_depth=True,
    strongest=STRONGEST,
)
