"""The pinhole camera above a flat ground: rays, projection, and depth along the optical axis."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np

from .noise import Floats

WIDTH, HEIGHT = 320, 240
SUB = 2  # samples per pixel along each axis
FAR = 1000.0  # metres; the depth given to the sky

Vector = tuple[float, float, float]
Turn = tuple[float, float]


def turn(angle: float) -> Turn:
    """Cosine and sine of nearly ``angle``, exactly on the unit circle, without a trigonometric function.

    Args:
        angle: radians in [-3.2, 3.2].

    Returns:
        Cosine, sine; the angle they belong to is within 2 % of the one given.
    """
    if angle > 1.6:
        c, s = turn(angle - 1.5707963267948966)
        return -s, c
    if angle < -1.6:
        c, s = turn(angle + 1.5707963267948966)
        return s, -c
    half = 0.5 * angle * (1.0 + angle * angle / 12.0)
    return (1.0 - half * half) / (1.0 + half * half), 2.0 * half / (1.0 + half * half)


@dataclass(frozen=True)
class Camera:
    """Where the camera stands and looks; x to the right, y up, z forward along the road, the ground at y = 0.

    Attributes:
        x: metres right of the world's origin.
        height: metres above ground.
        yaw: cosine and sine of the turn to the right.
        pitch: cosine and sine of the tilt downwards.
        focal: focal length in pixels.
    """

    x: float
    height: float
    yaw: Turn
    pitch: Turn
    focal: float

    @property
    def place(self) -> Vector:
        """Position in metres."""
        return self.x, self.height, 0.0

    @property
    def right(self) -> Vector:
        """Unit vector to the right in the image."""
        return self.yaw[0], 0.0, -self.yaw[1]

    @property
    def up(self) -> Vector:
        """Unit vector upwards in the image."""
        return self.yaw[1] * self.pitch[1], self.pitch[0], self.yaw[0] * self.pitch[1]

    @property
    def forward(self) -> Vector:
        """Unit vector along the optical axis."""
        return self.yaw[1] * self.pitch[0], -self.pitch[1], self.yaw[0] * self.pitch[0]

    @cached_property
    def rays(self) -> tuple[Floats, Floats, Floats]:
        """Directions x, y, z of every sample's ray, (HEIGHT * SUB, WIDTH * SUB) each.

        They have length 1 along the optical axis, so that ``place + t * ray`` has depth t.
        """
        columns = (np.arange(WIDTH * SUB, dtype=np.float32) + 0.5) * (1.0 / SUB) - WIDTH / 2
        rows = HEIGHT / 2 - (np.arange(HEIGHT * SUB, dtype=np.float32) + 0.5) * (1.0 / SUB)
        x, y = (columns * (1.0 / self.focal))[None, :], (rows * (1.0 / self.focal))[:, None]
        r, u, f = self.right, self.up, self.forward
        return tuple(x * r[i] + (y * u[i] + f[i]) for i in range(3))  # type: ignore[return-value]

    def see(self, point: Vector) -> Vector:
        """A point in the camera's own axes: metres right, up and forward."""
        x, y, z = point[0] - self.x, point[1] - self.height, point[2]
        r, u, f = self.right, self.up, self.forward
        return (
            x * r[0] + y * r[1] + z * r[2],
            x * u[0] + y * u[1] + z * u[2],
            x * f[0] + y * f[1] + z * f[2],
        )

    def project(self, point: Vector) -> Vector | None:
        """Column, row (in samples) and depth (metres) of a point; None when it is not in front of the camera."""
        x, y, z = self.see(point)
        if z < 0.3:
            return None
        return SUB * (WIDTH / 2 + self.focal * x / z), SUB * (HEIGHT / 2 - self.focal * y / z), z

    def ground_depth(self, row: float) -> float:
        """Closed form of the ground's depth at the height of ``row`` in the image (pixels, 0 at the top edge).

        Raises:
            ValueError: the row is at or above the horizon.
        """
        down = self.pitch[1] - self.pitch[0] * (HEIGHT / 2 - row) / self.focal
        if down <= 0.0:
            raise ValueError(f"row {row} is above the horizon")
        return self.height / down


def unit_vector(x: float, y: float, z: float) -> Vector:
    """The vector scaled to length 1."""
    length = sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length
