"""Round rods that taper: limbs, trunks and posts."""

from __future__ import annotations

from math import sqrt

import numpy as np

from .camera import SUB, Vector
from .frame import Frame


def draw_capsule(
    frame: Frame,
    start: Vector,
    end: Vector,
    radii: tuple[float, float],
    surface: int,
    thing: int = 0,
    heat: float = 0.0,
) -> None:
    """Draw a rod with round ends; it is drawn flat towards the camera and its depth is bulged out again.

    Args:
        frame: what to draw into.
        start: one end, metres.
        end: the other end; the same point as ``start`` for a ball.
        radii: at the start and at the end, metres.
        surface: number of the surface.
        thing: number of the object; 0 for none.
        heat: extra degrees.
    """
    camera = frame.camera
    a, b = camera.project(start), camera.project(end)
    if a is None or b is None:
        return
    scale = SUB * camera.focal
    ra, rb = radii[0] * scale / a[2], radii[1] * scale / b[2]
    window = frame.window(
        min(a[0] - ra, b[0] - rb), min(a[1] - ra, b[1] - rb), max(a[0] + ra, b[0] + rb), max(a[1] + ra, b[1] + rb)
    )
    if window is None:
        return
    rows = np.arange(window[0].start, window[0].stop, dtype=np.float32)[:, None] + 0.5
    columns = np.arange(window[1].start, window[1].stop, dtype=np.float32)[None, :] + 0.5
    across, down = b[0] - a[0], b[1] - a[1]
    length2 = across * across + down * down
    share = ((columns - a[0]) * across + (rows - a[1]) * down) * (1.0 / max(length2, 1e-6))
    share = np.clip(share, 0.0, 1.0)
    ex, ey = columns - a[0] - share * across, rows - a[1] - share * down
    radius = ra + share * (rb - ra)
    apart = (ex * ex + ey * ey) / (radius * radius)
    bulge = np.sqrt(np.maximum(1.0 - apart, 0.0))
    depth = 1.0 / (1.0 / a[2] + share * (1.0 / b[2] - 1.0 / a[2])) - bulge * (radii[0] + share * (radii[1] - radii[0]))
    taken = frame.claim(window, (apart < 1.0) & (depth > 0.1), depth, thing)
    if not taken.size:
        return
    ex, ey, radius, bulge, share = (array.ravel()[taken] for array in (ex, ey, radius, bulge, share))
    right, up, forward = camera.right, camera.up, camera.forward
    side, rise = ex / radius, -ey / radius
    normal = tuple(side * right[i] + rise * up[i] - bulge * forward[i] for i in range(3))
    metres = 0.5 * (radii[0] + radii[1])
    rod = sqrt(sum((p - q) * (p - q) for p, q in zip(start, end, strict=True)))
    # A place of its own in the texture, or all limbs would show the same folds.
    u = (side - rise) * metres + (3.7 * start[0] + 1.3 * end[1])
    v = share * rod + rise * metres + 2.9 * start[1]
    frame.write(window, taken, depth.ravel()[taken], surface, thing, normal, u, v, heat)  # type: ignore[arg-type]
