"""Upright sheets with an outline of their own: edges of woods, hedges, far hills and skylines, fences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .camera import Turn
from .frame import Frame
from .noise import Floats, Ints, Masks, hash_at, unit
from .textures import sample


@dataclass(frozen=True)
class Sheet:
    """An upright plane.

    Attributes:
        x: one end, metres right.
        z: that end, metres forward.
        along: unit vector (x, z) along the ground to the other end.
        length: metres.
    """

    x: float
    z: float
    along: Turn
    length: float


Outline = Callable[[Floats, Floats, Floats], Floats]


def draw_curtain(
    frame: Frame, sheet: Sheet, outline: Outline, surface: int, lean: float, foot: int | None = None
) -> None:
    """Draw the part of an upright plane that its outline leaves.

    Args:
        frame: what to draw into.
        sheet: the plane.
        outline: from place along the sheet, height above ground and pixel size (metres) to a number that is
            positive where there is something.
        surface: number of the surface.
        lean: how far the normals lean out of the plane with the texture, as leaves do; 0 for a flat wall.
        foot: surface of the lowest part, trunks in the shade; None for none.
    """
    camera = frame.camera
    nx, nz = -sheet.along[1], sheet.along[0]
    rx, ry, rz = camera.rays
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        depth = ((sheet.x - camera.x) * nx + sheet.z * nz) / (rx * nx + rz * nz)
        possible = (depth > 0.5) & (depth < frame.depth)
        rows = np.flatnonzero(possible.any(axis=1))
    if not rows.size:
        return
    window = (slice(int(rows[0]), int(rows[-1]) + 1), slice(0, depth.shape[1]))
    near = np.where(possible[window], depth[window], np.float32(1e6))
    x, y, z = camera.x + near * rx[window], camera.height + near * ry[window], near * rz[window]
    u = (x - sheet.x) * sheet.along[0] + (z - sheet.z) * sheet.along[1]
    inside = possible[window] & (y > 0.0) & (u > 0.0) & (u < sheet.length)
    taken = np.flatnonzero(inside)
    u, y, near = u.ravel()[taken], y.ravel()[taken], near.ravel()[taken]
    facing = np.abs(rx[window] * nx + rz[window] * nz).ravel()[taken]
    size = near * (0.5 / camera.focal) / np.sqrt(np.maximum(facing, 0.02))
    kept = outline(u, y, size) > 0.0
    taken, u, y, near, size = taken[kept], u[kept], y[kept], near[kept], size[kept]
    if not taken.size:
        return
    towards = -1.0 if nx * (sheet.x - camera.x) + nz * sheet.z > 0 else 1.0
    side = lean * (sample("smooth", u, y, size, 0.03) - 0.5)
    rise = lean * (sample("leaves", u, y, size, 0.03) - 0.3)
    length = 1.0 / np.sqrt(side * side + rise * rise + 1.0)
    normal = (
        (towards * nx + side * sheet.along[0]) * length,
        rise * length,
        (towards * nz + side * sheet.along[1]) * length,
    )
    surfaces: Ints | int = surface
    if foot is not None:
        surfaces = np.where(_stems(u, y), foot, surface).astype(np.int32)
    frame.write(window, taken, near, surfaces, 0, normal, u, y)


def _stems(u: Floats, y: Floats) -> Masks:
    """Where trunks show below the leaves: one per two metres, each with its own place, width and height."""
    cell = np.floor(u * 0.5).astype(np.int32)
    zero = np.zeros_like(cell)
    middle = 0.3 + 0.4 * unit(hash_at(cell, zero, 5))
    width = 0.05 + 0.07 * unit(hash_at(cell, zero, 6))
    top = 1.0 + 3.5 * unit(hash_at(cell, zero, 7))
    out: Masks = (np.abs(u * 0.5 - cell - middle) < width) & (y < top)
    return out


def treetops(height: float, uneven: float, seed: int) -> Outline:
    """Outline of a wood's edge.

    Args:
        height: metres, on average.
        uneven: share of the height by which tops differ.
        seed: tells one wood from another.
    """
    shift = 37.0 * seed

    def outline(u: Floats, y: Floats, size: Floats) -> Floats:
        clump = sample("smooth", u + shift, 0.4 * y, size, 0.08)
        broad = sample("smooth", u + 3.0 * shift, 0.0 * y + 7.7, size, 0.25)
        leaf = sample("leaves", u + shift, y, size, 0.03)
        edge = height * (1.0 + uneven * (1.2 * (broad - 0.5) + 0.8 * (clump - 0.5)))
        return edge - y - 0.25 * height * uneven * (1.0 - leaf)

    return outline


def ridge(height: float, seed: int) -> Outline:
    """Outline of far hills, in metres of height on average."""
    shift = 91.0 * seed

    def outline(u: Floats, y: Floats, size: Floats) -> Floats:
        broad = sample("smooth", u + shift, 0.0 * y + 3.3, size, 3.0)
        fine = sample("plaster", u + shift, 0.0 * y + 1.1, size, 1.2)
        return height * (0.4 + 1.1 * broad + 0.12 * fine) - y

    return outline


def fence(height: float, spacing: float) -> Outline:
    """Outline of a fence with upright bars and two rails, in metres."""

    def outline(u: Floats, y: Floats, size: Floats) -> Floats:
        place = u - np.floor(u * (1.0 / spacing)) * spacing
        bar = place < 0.3 * spacing
        rail = (np.abs(y - 0.85 * height) < 0.05) | (np.abs(y - 0.3 * height) < 0.05)
        return np.where((bar | rail) & (y < height), np.float32(1.0), np.float32(-1.0))

    return outline
