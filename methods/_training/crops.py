"""Crops of training images: the same cut, scaling and mirroring for both images of a pair."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

_AREA, _RATIO, _ATTEMPTS = (0.08, 1.0), (3 / 4, 4 / 3), 10  # torchvision's RandomResizedCrop


def crop(images: Sequence[Tensor], size: int, how: str, flips: bool, numbers: Generator) -> list[Tensor]:
    """One crop of each image, at the same place.

    Args:
        images: uint8 (H, W) of one shape; sides of at least ``size`` unless ``how`` is ``resized``.
        size: side of the crop.
        how: ``random``, ``resized`` or ``centre``, see :class:`~hifbench.methods._training.recipe.Recipe`.
        flips: whether to mirror at random.
        numbers: source of random numbers.

    Returns:
        float32 (size, size) in [0, 1] each.
    """
    height, width = images[0].shape
    if how == "resized":
        top, left, rows, columns = _random_part(height, width, numbers)
    elif how == "centre":
        top, left, rows, columns = round((height - size) / 2), round((width - size) / 2), size, size
    else:
        top, left = _below(height - size + 1, numbers), _below(width - size + 1, numbers)
        rows, columns = size, size
    mirrored = [axis for axis in (0, 1) if flips and _below(2, numbers)]
    cut = []
    for image in images:
        part = image[top : top + rows, left : left + columns].to(torch.float32) / 255
        if (rows, columns) != (size, size):
            part = F.interpolate(part[None, None], (size, size), mode="bilinear", antialias=True)[0, 0]
        cut.append(part.flip(mirrored))
    return cut


def _random_part(height: int, width: int, numbers: Generator) -> tuple[int, int, int, int]:
    """Top, left, rows and columns of a random part of an image."""
    for _ in range(_ATTEMPTS):
        area = height * width * _between(*_AREA, numbers)
        ratio = math.exp(_between(math.log(_RATIO[0]), math.log(_RATIO[1]), numbers))
        rows, columns = round(math.sqrt(area / ratio)), round(math.sqrt(area * ratio))
        if 0 < rows <= height and 0 < columns <= width:
            return _below(height - rows + 1, numbers), _below(width - columns + 1, numbers), rows, columns
    # No part of that shape fits: the largest in the middle that does.
    rows, columns = height, width
    if width / height < _RATIO[0]:
        rows = round(width / _RATIO[0])
    elif width / height > _RATIO[1]:
        columns = round(height * _RATIO[1])
    return (height - rows) // 2, (width - columns) // 2, rows, columns


def _below(limit: int, numbers: Generator) -> int:
    return int(torch.randint(limit, (), generator=numbers))


def _between(low: float, high: float, numbers: Generator) -> float:
    return low + (high - low) * float(torch.rand((), generator=numbers))
