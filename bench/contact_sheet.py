"""Pairs of a data set on one picture: both images side by side, with their boxes."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ..datasets._dataset import PairSequence
from ..datasets._pair import Box, Pair
from ..errors import PairError

WIDTH = 640
"""Pixels of one image's place; larger images are made smaller, none is made larger."""

_MARGIN, _LINE = 8, 20
_PAPER, _INK, _WRONG = (255, 255, 255), (0, 0, 0), (200, 0, 0)
_COLOURS = ((255, 60, 60), (60, 220, 60), (70, 150, 255), (255, 200, 0), (255, 80, 255), (0, 230, 230))


def contact_sheet(pairs: PairSequence) -> Tensor:
    """Draw pairs, infrared left and visible right, one below the other.

    Args:
        pairs: to draw; one that cannot be read is a line that says why.

    Returns:
        (3, H, W) uint8, red-green-blue levels 0..255.
    """
    strips = [_strip(pairs, index) for index in range(len(pairs))]
    sheet = Image.new("RGB", (2 * WIDTH + 3 * _MARGIN, sum(strip.height for strip in strips) + _MARGIN), _PAPER)
    top = 0
    for strip in strips:
        sheet.paste(strip, (0, top))
        top += strip.height
    return torch.from_numpy(np.array(sheet)).permute(2, 0, 1)


def _strip(pairs: PairSequence, index: int) -> Image.Image:
    try:
        pair = pairs[index]
    except PairError as error:
        return _page(_LINE, str(error), _WRONG)
    height, width = pair.ir.shape
    scale = min(1.0, WIDTH / width)
    shown = max(1, round(width * scale)), max(1, round(height * scale))
    strip = _page(shown[1] + _LINE, _caption(pair), _INK)
    for column, image in enumerate((pair.ir, pair.vis)):
        place = _picture(image).resize(shown, Image.Resampling.LANCZOS)
        _draw_boxes(place, pair.boxes or (), scale, pairs.card.classes)
        strip.paste(place, (_MARGIN + column * (shown[0] + _MARGIN), _MARGIN + _LINE))
    return strip


def _page(height: int, caption: str, colour: tuple[int, int, int]) -> Image.Image:
    page = Image.new("RGB", (2 * WIDTH + 3 * _MARGIN, height + _MARGIN), _PAPER)
    ImageDraw.Draw(page).text((_MARGIN, _MARGIN), caption, fill=colour, font=ImageFont.load_default(14))
    return page


def _caption(pair: Pair) -> str:
    height, width = pair.ir.shape
    boxes = "not annotated" if pair.boxes is None else f"boxes: {len(pair.boxes)}"
    clipped = f", {pair.clipped} of them cut at the border" if pair.clipped else ""
    return f"{pair.id}, {width}x{height}, {boxes}{clipped}"


def _picture(image: Tensor) -> Image.Image:
    return Image.fromarray((image * 255).round().to(torch.uint8).numpy()).convert("RGB")


def _draw_boxes(picture: Image.Image, boxes: Sequence[Box], scale: float, classes: Sequence[str]) -> None:
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(11)
    for box in boxes:
        colour = _COLOURS[_number(box.label, classes) % len(_COLOURS)]
        # The last pixel of a box is the one before its exclusive corner.
        corners = [box.x0 * scale, box.y0 * scale, box.x1 * scale - 1, box.y1 * scale - 1]
        corners[2:] = [max(low, high) for low, high in zip(corners[:2], corners[2:], strict=True)]
        draw.rectangle(corners, outline=colour, width=2 if corners[2] - corners[0] > 12 else 1)
        above = (corners[0], max(corners[1] - 14, 0))
        draw.text(above, box.label, fill=colour, font=font, stroke_width=1, stroke_fill=_INK)


def _number(label: str, classes: Sequence[str]) -> int:
    return list(classes).index(label) if label in classes else zlib.crc32(label.encode())
