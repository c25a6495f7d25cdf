"""The infrared camera: temperatures, optics, noise and automatic gain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .camera import HEIGHT, WIDTH
from .frame import SKY, Frame
from .light import cloud_share, sky_warmth
from .noise import Draw, Floats, bell
from .optics import shrink, soften
from .points import Points
from .scene import Scene
from .textures import sample

_STEPS = 16  # per degree
_COLDEST = -64.0


def infrared_image(scene: Scene, frame: Frame, points: Points, seed: int) -> NDArray[np.uint8]:
    """The thermal picture, warm is white.

    Args:
        scene: what is shown.
        frame: what each sample shows.
        points: the samples that show no sky.
        seed: of the sensor's noise.

    Returns:
        (HEIGHT, WIDTH).
    """
    draw = Draw("infrared", seed)
    warmth = np.zeros(frame.depth.shape, np.float32)
    warmth.ravel()[points.index] = _surfaces(scene, frame, points)
    sky = np.flatnonzero(frame.surface == SKY)
    if sky.size:
        rx, ry, rz = (axis.ravel()[sky] for axis in frame.camera.rays)
        rise = ry / np.sqrt(rx * rx + ry * ry + rz * rz)
        warmth.ravel()[sky] = sky_warmth(scene.light, rise, cloud_share(scene.light, rx, np.maximum(ry, 0.0), rz))
    image = soften(shrink(warmth), draw.between(0.20, 0.28))
    if draw.chance(0.5):
        image = soften(image, 0.2)
    image = image + draw.between(0.05, 0.14) * bell(HEIGHT, WIDTH, seed + 7)
    image = image + draw.between(0.01, 0.05) * bell(1, WIDTH, seed + 8)
    return _gain(image, draw.between(0.15, 0.4))


def _surfaces(scene: Scene, frame: Frame, points: Points) -> Floats:
    light, palette = scene.light, frame.palette
    day, night = palette.column("day", points.surface), palette.column("night", points.surface)
    out = night + light.warmth * (day - night) + points.heat
    patchy = palette.column("patchy", points.surface)
    texel = palette.column("texel", points.surface)
    scale = 0.02 / texel
    broad = sample("smooth", points.u * scale, points.v * scale, points.size * scale, 0.09) - 0.5
    fine = sample("plaster", points.u * scale, points.v * scale, points.size * scale, 0.03) - 0.5
    out += patchy * (1.6 * broad + 0.7 * fine)
    up = np.maximum(points.normal[1], 0.0)
    clear = 1.0 - 0.75 * light.clouds * light.clouds
    out -= palette.column("mirror", points.surface) * up * clear
    # Paint sheds a little heat; feet of things keep the ground from cooling in the night and from heating by day.
    out -= 0.35 * points.paint
    shade = 1.0 - points.open
    out += shade * (1.6 - 4.0 * light.warmth)
    if light.sun is not None:
        out += light.warmth * (3.4 * points.sunlit - 2.0)
    # The air between warms what is colder than it and cools what is warmer.
    out *= 1.0 / (1.0 + points.depth * (1.0 / 2500.0))
    return out


def _gain(image: Floats, equal: float) -> NDArray[np.uint8]:
    """Automatic gain: a mix of a linear stretch and histogram equalisation with a plateau, in whole numbers."""
    level = np.clip((image - _COLDEST) * _STEPS, 0.0, 4095.0).astype(np.int32)
    counts = np.bincount(level.ravel(), minlength=4096)
    total = np.cumsum(counts)
    # A cold sky must not take the whole range from the things on the ground.
    middle = int(np.searchsorted(total, int(total[-1]) // 2))
    low = max(int(np.searchsorted(total, int(total[-1]) // 200)), middle - 8 * _STEPS)
    high = max(int(np.searchsorted(total, int(total[-1]) - int(total[-1]) // 400)), middle + 6 * _STEPS)
    capped = np.cumsum(np.minimum(counts, HEIGHT * WIDTH // 400))
    steps = np.arange(4096, dtype=np.float64)
    linear = np.clip((steps - low) / (high - low), 0.0, 1.0)
    flat = capped / float(capped[-1])
    curve = (1.0 - equal) * linear + equal * flat
    out: NDArray[np.uint8] = (8.0 + 240.0 * curve + 0.5).astype(np.uint8)[level]
    return out
