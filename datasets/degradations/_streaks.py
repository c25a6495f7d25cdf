"""Falling drops before a pinhole camera: where they are, and the streaks that they leave during the exposure.

Drops are independent points in the camera's view, as many of each size as Marshall and Palmer measured, falling at
their terminal speed; wind adds a speed across the picture. While the shutter is open a drop of diameter D sweeps a
streak; each point of it is covered for a part of the exposure, and by that part the drop's light replaces the scene's.

Simplified: the camera stands still and looks straight ahead, its focus is deep, and drops are spheres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._pixels import Pixels

EXPOSURE = 0.008
"""Seconds that the shutter is open."""

FOCAL = 1.2
"""Focal length in longer sides of the picture: a field of view of 45 degrees along it."""

NEAR, FAR = 0.3, 4.0
"""Metres between which drops are drawn one by one; nearer there is the camera, farther away they are a veil."""

SMALLEST, LARGEST = 0.5, 5.0
"""Diameters of the drops in millimetres."""

_ALONG, _ACROSS = 0.75, 0.4  # pixels between the samples of a streak; few drops are broad


@dataclass(frozen=True)
class Drops:
    """Drops in camera coordinates, all arrays (n,); positions are those at the middle of the exposure.

    Attributes:
        column: horizontal place in pixels, 0 at the picture's left edge.
        row: vertical place in pixels, 0 at the top edge.
        z: distance along the optical axis in metres.
        diameter: in millimetres.
        fall: speed downwards in metres per second.
        wind: speed to the right in metres per second.
    """

    column: Pixels
    row: Pixels
    z: Pixels
    diameter: Pixels
    fall: Pixels
    wind: Pixels


def density(rate: float) -> float:
    """Drops per cubic metre: the integral of :func:`concentration` over the drawn diameters.

    Args:
        rate: of the rain in millimetres per hour, positive.
    """
    slope = _slope(rate)
    return 8000.0 / slope * float(np.exp(-slope * SMALLEST) - np.exp(-slope * LARGEST))


def concentration(diameter: Pixels, rate: float) -> Pixels:
    """Marshall and Palmer's N(D) = 8000 exp(-4.1 R^-0.21 D), per cubic metre and millimetre of diameter."""
    return 8000.0 * np.exp(-_slope(rate) * diameter)


def terminal_speed(diameter: Pixels) -> Pixels:
    """Atlas, Srivastava and Sekhon's v(D) = 9.65 - 10.3 exp(-0.6 D) in metres per second, D in millimetres."""
    return 9.65 - 10.3 * np.exp(-0.6 * diameter)


def _slope(rate: float) -> float:
    return 4.1 * math.pow(rate, -0.21)


def draw_drops(height: int, width: int, rate: float, wind: float, draw: np.random.Generator) -> Drops:
    """Drops whose streaks may touch a picture.

    Args:
        height: of the picture in pixels.
        width: of the picture in pixels; the focal length goes with the longer side.
        rate: of the rain in millimetres per hour, positive.
        wind: speed to the right in metres per second.
        draw: source of randomness.
    """
    focal = FOCAL * max(height, width)
    top = float(terminal_speed(np.array(LARGEST)))
    margin_y, margin_x = (0.5 * focal * speed * EXPOSURE / NEAR + 1 for speed in (top, abs(wind)))
    area = (height + 2 * margin_y) * (width + 2 * margin_x)  # pixels, so that a streak may begin outside
    volume = area / focal**2 * (FAR**3 - NEAR**3) / 3
    count = int(draw.poisson(density(rate) * volume))
    z = np.cbrt(NEAR**3 + draw.random(count) * (FAR**3 - NEAR**3))  # as many per cubic metre everywhere
    slope = _slope(rate)
    few, many = np.exp(-slope * SMALLEST), np.exp(-slope * LARGEST)
    diameter = -np.log(few - draw.random(count) * (few - many)) / slope
    row = draw.random(count) * (height + 2 * margin_y) - margin_y
    column = draw.random(count) * (width + 2 * margin_x) - margin_x
    drops = Drops(column, row, z, diameter, terminal_speed(diameter), np.full(count, wind))
    return _touching(drops, height, width)


def _touching(drops: Drops, height: int, width: int) -> Drops:
    """Those drops whose streaks reach into the picture."""
    across, down, thick = _extent(drops, FOCAL * max(height, width))
    inside = (np.abs(drops.row - height / 2) <= height / 2 + 0.5 * (down + thick) + 1) & (
        np.abs(drops.column - width / 2) <= width / 2 + 0.5 * (np.abs(across) + thick) + 1
    )
    return Drops(*(values[inside] for values in vars(drops).values()))


def _extent(drops: Drops, focal: float) -> tuple[Pixels, Pixels, Pixels]:
    """Pixels that each drop moves to the right and down during the exposure, and its own diameter in pixels."""
    scale = focal / drops.z
    return scale * drops.wind * EXPOSURE, scale * drops.fall * EXPOSURE, scale * drops.diameter * 1e-3


def coverage(drops: Drops, height: int, width: int, depth: Pixels | None = None) -> Pixels:
    """Part of the exposure for which each pixel is covered by drops, the parts of all drops added up.

    A drop covers (pi / 4) (f D / z)^2 pixels at every moment, so that is the sum over its streak. The streak is
    f V T / z long and f D / z wide, V the drop's speed; across it the cover follows the chord of a disc. It is sampled
    at steps below a pixel, and each sample shared among its four nearest pixels.

    Args:
        drops: what to draw.
        height: of the picture in pixels.
        width: of the picture in pixels.
        depth: (H, W) in metres along the optical axis: nothing is drawn over what is nearer than the drop; None for
            an empty scene.

    Returns:
        (H, W), at least 0; over 1 where drops overlap.
    """
    across, down, thick = _extent(drops, FOCAL * max(height, width))
    along = np.ceil(np.hypot(across, down) / _ALONG).astype(np.int64) + 1
    abreast = np.ceil(thick / _ACROSS).astype(np.int64)
    samples = along * abreast

    def each(of_drops: NDArray[Any]) -> NDArray[Any]:
        """Values of the drops for all samples."""
        return np.repeat(of_drops, samples)

    place = np.arange(samples.sum()) - each(np.cumsum(samples) - samples)
    forward, sideward = np.divmod(place, each(abreast))
    t = (forward + 0.5) / each(along) - 0.5  # -0.5 to 0.5 over the exposure
    s = 2 * (sideward + 0.5) / each(abreast) - 1  # -1 to 1 across the streak
    chord = np.sqrt(1 - s * s)
    # The chords of a drop's samples add up to the disc's area whatever their number.
    total = np.bincount(each(np.arange(len(samples))), chord, len(samples))
    mass = each(np.pi / 4 * thick * thick / total) * chord
    aside = 0.5 * thick / np.hypot(across, down)
    x = each(drops.column) + t * each(across) + s * each(aside * down) - 0.5  # whole numbers are centres of pixels
    y = each(drops.row) + t * each(down) - s * each(aside * across) - 0.5
    touching = (x > -1) & (x < width) & (y > -1) & (y < height)
    x, y, mass, z = (values[touching] for values in (x, y, mass, each(drops.z)))
    left, upper = np.floor(x), np.floor(y)
    right_part, lower_part = x - left, y - upper
    # On a canvas with a border of one pixel, so that all four neighbours of a sample are on it.
    canvas = (height + 2, width + 2)
    first = ((upper + 1) * canvas[1] + left + 1).astype(np.int64)
    walls = np.pad(depth, 1).ravel() if depth is not None and depth.min(initial=FAR) < FAR else None
    cover = np.zeros(canvas[0] * canvas[1])
    for step_y, part_y in ((0, 1 - lower_part), (1, lower_part)):
        for step_x, part_x in ((0, 1 - right_part), (1, right_part)):
            pixel, share = first + (step_y * canvas[1] + step_x), mass * part_y * part_x
            if walls is not None:
                share = np.where(walls[pixel] >= z, share, 0.0)
            cover += np.bincount(pixel, share, len(cover))
    return cover.reshape(canvas)[1:-1, 1:-1]
