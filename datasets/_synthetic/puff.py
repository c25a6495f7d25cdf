"""Ragged balls of leaves: the crowns of trees and bushes."""

from __future__ import annotations

import numpy as np

from .camera import SUB, Vector
from .frame import Frame
from .noise import Floats
from .textures import sample


def draw_puff(frame: Frame, centre: Vector, radius: float, squash: float, surface: int, texel: float = 0.03) -> None:
    """Draw a ball whose edge is frayed by leaves.

    Args:
        frame: what to draw into.
        centre: metres.
        radius: metres.
        squash: height over width.
        surface: number of the surface.
        texel: size in metres of a texel of the leaves at the edge.
    """
    camera = frame.camera
    middle = camera.project(centre)
    if middle is None or middle[2] < 1.5 * radius:
        return
    scale = SUB * camera.focal / middle[2]
    reach = radius * scale
    window = frame.window(middle[0] - reach, middle[1] - reach * squash, middle[0] + reach, middle[1] + reach * squash)
    if window is None:
        return
    columns = np.arange(window[1].start, window[1].stop, dtype=np.float32)[None, :] + 0.5
    rows = np.arange(window[0].start, window[0].stop, dtype=np.float32)[:, None] + 0.5
    x: Floats = (columns - middle[0]) * (1.0 / scale) + np.zeros_like(rows)
    y: Floats = (middle[1] - rows) * (1.0 / scale) + np.zeros_like(columns)
    u, v = x + (17.3 * centre[0] + 5.1 * centre[1]), y + 11.9 * centre[1]
    apart = (x * x + y * y * (1.0 / (squash * squash))) * (1.0 / (radius * radius))
    leaf = sample("leaves", u, v, 1.0 / scale, texel)
    clump = sample("smooth", u, v, 1.0 / scale, radius / 96.0)
    edge = apart + 0.75 * (0.55 - clump) + 0.7 * (0.4 - leaf)
    depth = middle[2] - 0.6 * radius * np.sqrt(np.maximum(1.0 - apart, 0.0)) - 0.5 * radius * (clump - 0.5)
    taken = frame.claim(window, (edge < 0.72) & (apart < 1.0), depth, 0)
    if not taken.size:
        return
    x, y, apart, leaf = x.ravel()[taken], y.ravel()[taken], apart.ravel()[taken], leaf.ravel()[taken]
    clump, u, v = clump.ravel()[taken], u.ravel()[taken], v.ravel()[taken]
    # Each clump catches the light in its own way, so the normal leans with the two noises.
    side = x * (0.8 / radius) + 0.9 * (clump - 0.5)
    rise = y * (0.8 / (radius * squash)) + 0.25 + 0.8 * (leaf - 0.4)
    out = np.sqrt(np.maximum(1.0 - apart, 0.0)) * 0.6 + 0.15
    length = 1.0 / np.sqrt(side * side + rise * rise + out * out)
    right, up, forward = camera.right, camera.up, camera.forward
    normal = tuple((side * right[i] + rise * up[i] - out * forward[i]) * length for i in range(3))
    frame.write(window, taken, depth.ravel()[taken], surface, 0, normal, u, v)
