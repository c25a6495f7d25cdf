"""What every sample of the picture shows: depth, surface, object, normal, and place on the surface."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .camera import FAR, HEIGHT, SUB, WIDTH, Camera
from .noise import Floats, Ints, Masks
from .surface import Palette

Window = tuple[slice, slice]
SKY = -1


class Frame:
    """Picture-sized arrays, (HEIGHT * SUB, WIDTH * SUB), that shapes draw themselves into, nearest first.

    Attributes:
        camera: the camera.
        palette: the surfaces.
        depth: metres along the optical axis; ``FAR`` for the sky.
        surface: number of the surface; ``SKY`` for none.
        thing: number of the object; 0 for none.
        normal: outward unit normal, three arrays.
        u: first surface coordinate in metres.
        v: second surface coordinate in metres.
        paint: share of road paint.
        heat: extra degrees.
        cover: object -> samples that it would cover were nothing in front of it.
    """

    def __init__(self, camera: Camera, palette: Palette) -> None:
        shape = (HEIGHT * SUB, WIDTH * SUB)
        self.camera = camera
        self.palette = palette
        self.depth: Floats = np.full(shape, FAR, np.float32)
        self.surface: Ints = np.full(shape, SKY, np.int32)
        self.thing: Ints = np.zeros(shape, np.int32)
        self.normal = tuple(np.zeros(shape, np.float32) for _ in range(3))
        self.u: Floats = np.zeros(shape, np.float32)
        self.v: Floats = np.zeros(shape, np.float32)
        self.paint: Floats = np.zeros(shape, np.float32)
        self.heat: Floats = np.zeros(shape, np.float32)
        self.cover: dict[int, Masks] = {}

    def window(self, left: float, top: float, right: float, bottom: float) -> Window | None:
        """The samples between four edges given in samples; None when all are outside the picture."""
        height, width = self.depth.shape
        x0, x1 = max(int(left) - 1, 0), min(int(right) + 2, width)
        y0, y1 = max(int(top) - 1, 0), min(int(bottom) + 2, height)
        return (slice(y0, y1), slice(x0, x1)) if right >= 0 and bottom >= 0 and x0 < x1 and y0 < y1 else None

    def claim(self, window: Window, hit: Masks, depth: Floats, thing: int) -> NDArray[np.intp]:
        """Take the samples of a window where a shape is hit and nearest so far.

        Args:
            window: where.
            hit: samples of the window that the shape covers.
            depth: its depth there.
            thing: number of the object it is part of; 0 for none.

        Returns:
            Flat indices into the window of the samples taken.
        """
        if thing:
            if thing not in self.cover:
                self.cover[thing] = np.zeros(self.depth.shape, np.bool_)
            self.cover[thing][window] |= hit
        taken = np.flatnonzero(hit & (depth < self.depth[window]))
        return taken

    def write(
        self,
        window: Window,
        taken: NDArray[np.intp],
        depth: Floats,
        surface: Ints | int,
        thing: int,
        normal: tuple[Floats | float, Floats | float, Floats | float],
        u: Floats,
        v: Floats,
        heat: Floats | float = 0.0,
    ) -> None:
        """Fill in the samples that :meth:`claim` took; all arrays as long as ``taken``."""
        rows, columns = window
        width = columns.stop - columns.start
        at = (taken // width + rows.start, taken % width + columns.start)
        self.depth[at] = depth
        self.surface[at] = surface
        self.thing[at] = thing
        for axis in range(3):
            self.normal[axis][at] = normal[axis]
        self.u[at] = u
        self.v[at] = v
        self.paint[at] = 0.0
        self.heat[at] = heat
