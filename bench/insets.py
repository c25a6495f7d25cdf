"""Insets: parts of a picture that are marked in it and shown enlarged below it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw
from torch import Tensor

from ..errors import UsageError

SHARE = 5
"""A window that is chosen is a fifth of the picture wide and high."""

_COLOURS = ((255, 60, 60), (60, 200, 60), (70, 150, 255), (255, 200, 0))


class Window(NamedTuple):
    """A rectangle of pixels."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """A window as typed, ``LEFT,TOP,WIDTHxHEIGHT``.

        Raises:
            UsageError: it is something else, or without pixels.
        """
        found = re.fullmatch(r"(\d+),(\d+),(\d+)[xX](\d+)", text.strip(), re.ASCII)
        window = cls(*map(int, found.groups())) if found else cls(0, 0, 0, 0)
        if not window.width or not window.height:
            raise UsageError(f"--inset {text}: give its left, top, width and height in pixels, such as 40,60,96x72")
        return window

    def fits(self, height: int, width: int) -> bool:
        """Whether it lies in a picture of this size."""
        return self.left + self.width <= width and self.top + self.height <= height


def most_different(pictures: Sequence[Tensor]) -> Window:
    """The window in which the detail of pictures of one scene differs most.

    Where the standard deviation over the pictures, less their means over 9 x 9 pixels, is largest on average: a
    picture that is brighter all over differs in no detail.

    Args:
        pictures: each (1, H, W) grey or (3, H, W) red-green-blue levels.
    """
    grey = torch.stack([picture.double().mean(dim=0) for picture in pictures])
    detail = grey - F.avg_pool2d(grey, 9, stride=1, padding=4, count_include_pad=False)
    spread = detail.std(dim=0, unbiased=False)[None]
    height, width = (max(1, side // SHARE) for side in spread.shape[-2:])
    means = F.avg_pool2d(spread, (height, width), stride=1)[0]
    top, left = divmod(int(means.argmax()), means.shape[1])
    return Window(left, top, width, height)


def with_insets(levels: Tensor, windows: Sequence[Window]) -> Tensor:
    """A picture with windows framed in it, and below it, side by side over its whole width, what is in them.

    Args:
        levels: (1, H, W) or (3, H, W), whole numbers 0..255.
        windows: within it.

    Returns:
        (3, H', W) uint8.
    """
    shown = levels.to(torch.uint8).cpu().expand(3, -1, -1).permute(1, 2, 0).contiguous().numpy()
    picture = Image.fromarray(shown)
    line = max(1, picture.width // 160)
    edges = [round(index * picture.width / len(windows)) for index in range(len(windows) + 1)]
    parts = []
    for window, first, last in zip(windows, edges, edges[1:], strict=False):
        box = (window.left, window.top, window.left + window.width, window.top + window.height)
        size = (last - first, max(1, round((last - first) * window.height / window.width)))
        parts.append(picture.crop(box).resize(size, Image.Resampling.BICUBIC))
    sheet = Image.new("RGB", (picture.width, picture.height + max(part.height for part in parts)), (255, 255, 255))
    sheet.paste(picture)
    draw = ImageDraw.Draw(sheet)
    for number, (window, part, first) in enumerate(zip(windows, parts, edges, strict=False)):
        colour = _COLOURS[number % len(_COLOURS)]
        right, bottom = window.left + window.width - 1, window.top + window.height - 1
        draw.rectangle((window.left, window.top, right, bottom), outline=colour, width=line)
        sheet.paste(part, (first, picture.height))
        corner = (first + part.width - 1, picture.height + part.height - 1)
        draw.rectangle((first, picture.height, *corner), outline=colour, width=line)
    return torch.from_numpy(np.array(sheet)).permute(2, 0, 1)
