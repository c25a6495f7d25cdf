"""The unit of every experiment: one infrared (or other first) image with its visible partner."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Box:
    """An annotated object: class name and corners in pixels, x to the right, y down, x1 and y1 exclusive."""

    label: str
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class Pair:
    """Two aligned images of one scene, and what is known about it.

    Attributes:
        id: unique in its data set.
        ir: (H, W) float32 in [0, 1], whole multiples of 1/255.
        vis: (H, W), or (H, W, 3) red-green-blue, float32 in [0, 1], whole multiples of 1/255.
        depth: (H, W) float32, metres along the optical axis; None where the data set has none.
        boxes: annotated objects; empty where there are none to be seen, None where nobody annotated the pair.
        clipped: how many of the boxes reached over the image's border and were cut there.
        mask: (H, W) bool, True where the pair is to be evaluated; None for everywhere.
    """

    id: str
    ir: Tensor
    vis: Tensor
    depth: Tensor | None = None
    boxes: tuple[Box, ...] | None = None
    mask: Tensor | None = None
    clipped: int = 0
