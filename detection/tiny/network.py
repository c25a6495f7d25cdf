"""A small anchor-free detector: one map of object centres for each class, and a box at every place.

Centres as heat maps after X. Zhou, D. Wang, P. Krähenbühl, Objects as Points, arXiv:1904.07850; features of three
scales put together after T.-Y. Lin et al., Feature Pyramid Networks for Object Detection, CVPR 2017, but only the
finest is searched. Widths and depths are our own, chosen for pictures of 320 x 240 on one core of a CPU.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

VERSION = 1
"""Raised when the same weights would find other boxes, or the same recipe would make other weights."""

STRIDE = 4
"""Pixels from one place of the maps to the next."""

MULTIPLE = 16
"""Sides of the pictures that the network takes are multiples of it."""

_SIDE = 16.0  # pixels; a box of this size is what the network says when it says nothing
_RARE = 0.01  # the score of every place before training
_LARGEST = 5.0  # of the logarithm of a size: 2400 pixels


class Residual(nn.Module):
    """Two 3 x 3 convolutions beside the identity; (B, C, H, W) to the same."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _convolution(width, width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))

    def forward(self, features: Tensor) -> Tensor:
        """Features after the block."""
        return F.relu(features + self.second(self.first(features)))


class TinyNet(nn.Module):
    """The detector's network; 0.33 million parameters.

    Args:
        classes: how many kinds of objects.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.fine = nn.Sequential(_convolution(1, 16, 2), _convolution(16, 32, 2), Residual(32))
        self.middle = nn.Sequential(_convolution(32, 64, 2), Residual(64))
        self.coarse = nn.Sequential(_convolution(64, 80, 2), Residual(80))
        self.to_middle, self.from_middle = nn.Conv2d(80, 32, 1), nn.Conv2d(64, 32, 1)
        self.to_fine, self.from_fine = _convolution(32, 32), nn.Conv2d(32, 32, 1)
        self.centres = nn.Sequential(_convolution(32, 32), _convolution(32, 32), nn.Conv2d(32, classes, 1))
        self.boxes = nn.Sequential(_convolution(32, 32), _convolution(32, 32), nn.Conv2d(32, 4, 1))
        rare, box = self.centres[-1], self.boxes[-1]
        assert isinstance(rare, nn.Conv2d)
        assert rare.bias is not None
        nn.init.constant_(rare.bias, -math.log((1 - _RARE) / _RARE))
        assert isinstance(box, nn.Conv2d)
        nn.init.normal_(box.weight, std=0.01)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Where objects are, and how large.

        Args:
            image: luminance, (B, 1, H, W) in [0, 1], sides multiples of 16; each picture is brought to mean 0 and
                standard deviation 1, so that neither brightness nor contrast of a whole picture counts.

        Returns:
            Logits of object centres (B, classes, H / 4, W / 4); and boxes (B, 4, H / 4, W / 4) as :func:`corners` reads
            them.
        """
        mean, spread = image.mean((1, 2, 3), keepdim=True), image.std((1, 2, 3), keepdim=True)
        fine = self.fine((image - mean) / (spread + 1 / 255))
        middle = self.middle(fine)
        merged = self.from_middle(middle) + _twice(self.to_middle(self.coarse(middle)))
        merged = self.to_fine(F.relu(self.from_fine(fine) + _twice(merged)))
        return self.centres(merged), self.boxes(merged)


def corners(boxes: Tensor) -> Tensor:
    """Boxes in pixels.

    Args:
        boxes: (B, 4, H, W) of the network: shift of the centre from the place's, over the stride; and logarithm of
            width and height over 16 pixels.

    Returns:
        (B, 4, H, W), x0 y0 x1 y1.
    """
    height, width = boxes.shape[-2:]
    y = (torch.arange(height, device=boxes.device) + 0.5)[:, None].expand(height, width)
    x = (torch.arange(width, device=boxes.device) + 0.5)[None].expand(height, width)
    centre = (boxes[:, :2] + torch.stack([x, y])) * STRIDE
    half = boxes[:, 2:].clamp(-_LARGEST, _LARGEST).exp() * (_SIDE / 2)
    return torch.cat([centre - half, centre + half], dim=1)


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


def _twice(features: Tensor) -> Tensor:
    return F.interpolate(features, scale_factor=2.0, mode="nearest")
