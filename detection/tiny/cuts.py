"""Training pictures: a part of a picture, zoomed, mirrored, lightened or darkened, with the boxes in it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

RENDERINGS = ("visible", "infrared", "average")
"""Fusion methods whose pictures of a scene are learnt from."""

_ZOOM = 0.75, 1.4
_GAMMA = 0.7, 1.4
_NOISE = 0.03  # largest standard deviation of the added noise
_SHARE = 0.4  # of a box that must be in view for it to be learnt


def cut(pictures: Tensor, boxes: Tensor, size: int, numbers: Generator) -> tuple[Tensor, Tensor]:
    """A part of one of the pictures.

    Args:
        pictures: uint8 (R, H, W), :data:`RENDERINGS` of one scene; sides of at least ``size``.
        boxes: (N, 5), number of the class and corners in pixels.
        size: side of the part, in pixels.
        numbers: source of random numbers.

    Returns:
        The part, float32 (1, size, size) in [0, 1]; and the boxes in it, cut at its border, with the number -1 where
        too little of one is in view.
    """
    height, width = pictures.shape[-2:]
    zoom = _between(max(_ZOOM[0], size / min(height, width)), _ZOOM[1], numbers)
    side = min(round(size / zoom), height, width)
    zoom = size / side
    top, left = _below(height - side + 1, numbers), _below(width - side + 1, numbers)
    picture = pictures[_below(len(pictures), numbers), top : top + side, left : left + side].to(torch.float32) / 255
    picture = F.interpolate(picture[None, None], (size, size), mode="bilinear", antialias=True)[0].clamp(0, 1)
    picture = picture ** _between(*_GAMMA, numbers)
    picture = picture + _between(0, _NOISE, numbers) * torch.randn(picture.shape, generator=numbers)
    moved = boxes.clone()
    moved[:, 1:] = (boxes[:, 1:] - torch.tensor([left, top, left, top])) * zoom
    if _below(2, numbers):
        picture = picture.flip(-1)
        moved[:, [1, 3]] = size - moved[:, [3, 1]]
    return picture.clamp(0, 1), _in_view(moved, size)


def _in_view(boxes: Tensor, size: int) -> Tensor:
    seen = boxes.clone()
    seen[:, 1:] = boxes[:, 1:].clamp(0, size)
    share = _area(seen) / _area(boxes)
    seen[share < _SHARE, 0] = -1
    return seen[share > 0]


def _area(boxes: Tensor) -> Tensor:
    return (boxes[:, 3] - boxes[:, 1]) * (boxes[:, 4] - boxes[:, 2])


def _below(limit: int, numbers: Generator) -> int:
    return int(torch.randint(limit, (), generator=numbers))


def _between(low: float, high: float, numbers: Generator) -> float:
    return low + (high - low) * float(torch.rand((), generator=numbers))
