"""Convex bodies with flat faces: the parts of cars, houses and signs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from .camera import Turn, Vector
from .frame import Frame, Window
from .noise import Floats, Ints

Plane = tuple[float, float, float, float]
Bounds = tuple[float, float, float, float, float, float]
Skin = Callable[[Ints, Floats, Floats, Floats], Ints]
Heat = Callable[[Floats, Floats, Floats], Floats]

RIGHT, LEFT, TOP, BOTTOM, FRONT, BACK, CUT = range(7)  # numbers of faces; cuts count on from CUT
_NEAR = 0.1


@dataclass(frozen=True)
class Pose:
    """Where a thing stands on the ground and where its local z axis points.

    Attributes:
        x: metres right.
        z: metres forward.
        yaw: cosine and sine of its turn to the right.
        y: metres above ground.
    """

    x: float
    z: float
    yaw: Turn = (1.0, 0.0)
    y: float = 0.0

    def world(self, x: float, y: float, z: float) -> Vector:
        """A local point in the world."""
        c, s = self.yaw
        return self.x + c * x + s * z, self.y + y, self.z - s * x + c * z


def plane(normal: Vector, through: Vector) -> Plane:
    """The plane with a normal (of any length) through a point, as normal and offset."""
    length = sqrt(normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2])
    x, y, z = normal[0] / length, normal[1] / length, normal[2] / length
    return x, y, z, x * through[0] + y * through[1] + z * through[2]


def draw_polyhedron(
    frame: Frame,
    pose: Pose,
    bounds: Bounds,
    cuts: Sequence[Plane],
    skin: Skin | Ints | int,
    thing: int = 0,
    heat: Heat | None = None,
) -> None:
    """Draw a box from which planes have cut pieces off.

    Args:
        frame: what to draw into.
        pose: place and turn of the local axes.
        bounds: the box: x from, x to, y from, y to, z from, z to; local metres.
        cuts: planes; what lies beyond is cut off.
        skin: number of the surface; of each face; or a function of the samples' faces, u, v and pixel sizes. On
            walls u runs level along the face and v is the height; on roofs u is the local x and v the local z.
        thing: number of the object; 0 for none.
        heat: extra degrees as a function of the local x, y and z.
    """
    window = _window(frame, pose, bounds)
    if window is None:
        return
    faces = _faces(bounds, cuts)
    c, s = pose.yaw
    ray = [axis[window] for axis in frame.camera.rays]
    direction = (c * ray[0] - s * ray[2], ray[1], s * ray[0] + c * ray[2])
    ex, ez = frame.camera.x - pose.x, -pose.z
    eye = (c * ex - s * ez, frame.camera.height - pose.y, s * ex + c * ez)

    zero: Floats = np.zeros(1, np.float32)
    near: Floats = np.full(ray[0].shape, -np.inf, np.float32)
    far: Floats = np.full(ray[0].shape, np.inf, np.float32)
    face: Ints = np.zeros(ray[0].shape, np.int32)
    with np.errstate(divide="ignore", invalid="ignore"):
        for number, (a, b, d, offset) in enumerate(faces):
            slope = sum((k * axis for k, axis in zip((a, b, d), direction, strict=True) if k != 0.0), zero)
            meets = (offset - (a * eye[0] + b * eye[1] + d * eye[2])) / slope
            entering = slope < 0
            later = entering & (meets > near)
            near = np.where(later, meets, near)
            face = np.where(later, np.int32(number), face)
            far = np.where(~entering & (meets < far), meets, far)
    hit = (near < far) & (near > _NEAR)
    taken = frame.claim(window, hit, near, thing)
    if not taken.size:
        return

    t, faced = near.ravel()[taken], face.ravel()[taken]
    x, y, z = (eye[i] + t * direction[i].ravel()[taken] for i in range(3))
    table = np.array(faces, np.float32)
    nx, ny, nz = table[faced, 0], table[faced, 1], table[faced, 2]
    # Level direction along each face; flat faces take the local x and z instead.
    lying = np.abs(table[:, 1]) > 0.75
    level = np.sqrt(np.where(lying, 1.0, table[:, 0] * table[:, 0] + table[:, 2] * table[:, 2]))
    along_x = np.where(lying, 1.0, table[:, 2] / level).astype(np.float32)
    along_z = np.where(lying, 0.0, -table[:, 0] / level).astype(np.float32)
    u = along_x[faced] * x + along_z[faced] * z
    v = np.where(lying[faced], z, y)
    if callable(skin):
        surface: Ints | int = skin(faced, u, v, t * (0.5 / frame.camera.focal))
    else:
        surface = skin if isinstance(skin, int) else skin[faced]
    normal = (c * nx + s * nz, ny, c * nz - s * nx)
    frame.write(window, taken, t, surface, thing, normal, u, v, 0.0 if heat is None else heat(x, y, z))


def _faces(bounds: Bounds, cuts: Sequence[Plane]) -> list[Plane]:
    x0, x1, y0, y1, z0, z1 = bounds
    return [
        (1.0, 0.0, 0.0, x1),
        (-1.0, 0.0, 0.0, -x0),
        (0.0, 1.0, 0.0, y1),
        (0.0, -1.0, 0.0, -y0),
        (0.0, 0.0, 1.0, z1),
        (0.0, 0.0, -1.0, -z0),
        *cuts,
    ]


def _window(frame: Frame, pose: Pose, bounds: Bounds) -> Window | None:
    x0, x1, y0, y1, z0, z1 = bounds
    corners = [frame.camera.project(pose.world(x, y, z)) for x in (x0, x1) for y in (y0, y1) for z in (z0, z1)]
    ahead = [corner for corner in corners if corner is not None]
    if not ahead:
        return None
    if len(ahead) < len(corners):  # it reaches beside or behind the camera: look everywhere
        return slice(0, frame.depth.shape[0]), slice(0, frame.depth.shape[1])
    columns, rows = [corner[0] for corner in ahead], [corner[1] for corner in ahead]
    return frame.window(min(columns), min(rows), max(columns), max(rows))
