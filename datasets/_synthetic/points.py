"""The samples of a picture that show something, as long one-dimensional arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .frame import SKY, Frame
from .noise import Floats, Ints
from .optics import grow, soften
from .scene import Scene
from .shadows import contact, sun_shadow


@dataclass(frozen=True)
class Points:
    """Where light falls; every array is as long as ``index``.

    Attributes:
        index: flat indices into the frame.
        depth: metres along the optical axis.
        x: metres right.
        y: metres above ground.
        z: metres forward.
        normal: unit normal.
        surface: number of the surface.
        u: first surface coordinate in metres.
        v: second surface coordinate in metres.
        size: size of the sample on the surface in metres.
        paint: share of road paint.
        heat: extra degrees.
        sunlit: share of the sun's full light that falls on it.
        open: share of the sky's light that reaches it.
        retro: how much better than a dull surface it sends head light back.
    """

    index: NDArray[np.intp]
    depth: Floats
    x: Floats
    y: Floats
    z: Floats
    normal: tuple[Floats, Floats, Floats]
    surface: Ints
    u: Floats
    v: Floats
    size: Floats
    paint: Floats
    heat: Floats
    sunlit: Floats
    open: Floats
    retro: Floats


def gather(scene: Scene, frame: Frame) -> Points:
    """The points of a drawn frame."""
    camera = frame.camera
    index = np.flatnonzero(frame.surface != SKY)
    depth = frame.depth.ravel()[index]
    rx, ry, rz = (axis.ravel()[index] for axis in camera.rays)
    x, y, z = camera.x + depth * rx, camera.height + depth * ry, depth * rz
    nx, ny, nz = (axis.ravel()[index] for axis in frame.normal)
    surface = frame.surface.ravel()[index]
    shade, dark = _shades(scene, frame)
    sunlit = np.zeros_like(depth)
    if scene.light.sun is not None:
        sun = scene.light.sun
        sunlit = np.maximum(nx * sun[0] + ny * sun[1] + nz * sun[2], 0.0) * (1.0 - shade.ravel()[index])
    ground = ny > 0.999
    # A slanting surface is seen in samples long one way and short the other: take the mean of both.
    facing = np.abs(rx * nx + ry * ny + rz * nz) / np.sqrt(rx * rx + ry * ry + rz * rz)
    size = depth * (0.5 / camera.focal) / np.sqrt(np.maximum(facing, 1e-3))
    low = 0.7 + 0.3 * np.clip(y * 1.2, 0.0, 1.0)
    opened = (1.0 - dark.ravel()[index]) * np.where(ground, 1.0, low)
    retro = frame.palette.column("retro", surface) + 1.2 * frame.paint.ravel()[index]
    return Points(
        index, depth, x, y, z, (nx, ny, nz), surface, frame.u.ravel()[index], frame.v.ravel()[index], size,
        frame.paint.ravel()[index], frame.heat.ravel()[index], sunlit, opened, retro,
    )  # fmt: skip


def _shades(scene: Scene, frame: Frame) -> tuple[Floats, Floats]:
    """Shadow and contact shade of every sample, computed once per pixel, which also makes their edges soft."""
    camera = frame.camera
    part = (slice(1, None, 2), slice(1, None, 2))
    depth = frame.depth[part]
    rx, ry, rz = (axis[part] for axis in camera.rays)
    solid = np.flatnonzero(frame.surface[part] != SKY)
    t = depth.ravel()[solid]
    x = camera.x + t * rx.ravel()[solid]
    y = camera.height + t * ry.ravel()[solid]
    z = t * rz.ravel()[solid]
    thing = frame.thing[part].ravel()[solid]
    shade, dark = np.zeros(depth.shape, np.float32), np.zeros(depth.shape, np.float32)
    if scene.light.sun is not None:
        shade.ravel()[solid] = sun_shadow(scene, scene.light.sun, x, y, z, thing)
        shade = soften(shade, 0.2)
    dark.ravel()[solid] = contact(scene, x, y, z, thing)
    return grow(shade), grow(dark)
