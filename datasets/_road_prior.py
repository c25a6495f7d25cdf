"""A guess at the depth of a road scene from its picture: flat ground below a horizon, a wall far away above it.

It stands in where nothing was measured. Below the horizon's row y0 the ground before a pinhole camera has the depth
f h / (y - y0); all above has one depth. A guided filter then takes the picture's edges over into the guess.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..color import split
from ..guided import guided_filter

VERSION = 1
"""Raised when the same picture would get another depth."""

FOCAL = 1.2
"""f in longer sides of the picture: a field of view of 45 degrees along it, as rain has it."""

HEIGHT = 1.5
"""h, of the camera above the ground, in metres."""

HORIZON = 0.5
"""y0 in heights of the picture: the camera looks straight ahead."""

FAR = 75.0
"""Metres; depth above the horizon, and the greatest there is."""

RADIUS, EPS = 1 / 16, 1e-3
"""Of the guided filter: radius in heights of the picture, and the ridge for a guide in [0, 1]."""


def road_depth(vis: Tensor) -> Tensor:
    """Depth of a road scene, guessed.

    The filter works on the logarithm: depth changes by factors.

    Args:
        vis: (H, W) or (H, W, 3) in [0, 1].

    Returns:
        (H, W) float32 in metres along the optical axis, positive and at most ``FAR``.
    """
    height, width = vis.shape[:2]
    below = (torch.arange(height, dtype=torch.float64) + 0.5 - HORIZON * height).clamp_min(1e-9)
    ground = (FOCAL * max(height, width) * HEIGHT / below).clamp_max(FAR)
    guess = ground.log()[None, None, :, None].expand(1, 1, height, width)
    batch = vis[None, None] if vis.ndim == 2 else vis.permute(2, 0, 1)[None]
    guide = split(batch)[0].to(torch.float64)
    refined = guided_filter(guide, guess, max(round(RADIUS * height), 1), EPS)
    return refined.clamp(float(ground.log().min()), float(ground.log().max())).exp()[0, 0].to(torch.float32)
