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
from .montage import Tile, montage

WIDTH = 640
"""Pixels of one image's place; larger images are made smaller, none is made larger."""

_EDGE = (0, 0, 0)
_COLOURS = ((255, 60, 60), (60, 220, 60), (70, 150, 255), (255, 200, 0), (255, 80, 255), (0, 230, 230))


def contact_sheet(pairs: PairSequence) -> tuple[Tensor, dict[str, str]]:
    """Draw pairs, infrared left and visible right, one below the other.

    Args:
        pairs: to draw; one that cannot be read is a line that says why.

    Returns:
        (3, H, W) uint8, red-green-blue levels 0..255; and id of each pair that cannot be read -> why.
    """
    blocks = [_tiles(pairs, index) for index in range(len(pairs))]
    faults = {tile.title: tile.fault for block in blocks for tile in block if tile.fault}
    return montage(blocks, 2, WIDTH, enlarge=False), faults


def _tiles(pairs: PairSequence, index: int) -> list[Tile]:
    try:
        pair = pairs[index]
    except PairError as error:
        return [Tile(pairs.ids[index], None, str(error))]
    boxes, classes = pair.boxes or (), pairs.card.classes
    return [Tile(_caption(pair), _drawn(pair.ir, boxes, classes)), Tile("visible", _drawn(pair.vis, boxes, classes))]


def _caption(pair: Pair) -> str:
    height, width = pair.ir.shape
    boxes = "not annotated" if pair.boxes is None else f"boxes: {len(pair.boxes)}"
    clipped = f", {pair.clipped} of them cut at the border" if pair.clipped else ""
    return f"{pair.id}, {width}x{height}, {boxes}{clipped}"


def _drawn(image: Tensor, boxes: Sequence[Box], classes: Sequence[str]) -> Tensor:
    """An image with boxes, in lines and letters that keep their size where the sheet shows it smaller."""
    picture = Image.fromarray((image * 255).round().to(torch.uint8).numpy()).convert("RGB")
    scale = max(1.0, picture.width / WIDTH)
    draw, font, line = ImageDraw.Draw(picture), ImageFont.load_default(11 * scale), round(2 * scale)
    for box in boxes:
        colour = _COLOURS[_number(box.label, classes) % len(_COLOURS)]
        # The last pixel of a box is the one before its exclusive corner.
        corners = [box.x0, box.y0, max(box.x0, box.x1 - 1), max(box.y0, box.y1 - 1)]
        draw.rectangle(corners, outline=colour, width=line if corners[2] - corners[0] > 6 * line else round(scale))
        above = (corners[0], max(corners[1] - 14 * scale, 0))
        draw.text(above, box.label, fill=colour, font=font, stroke_width=round(scale), stroke_fill=_EDGE)
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


def _number(label: str, classes: Sequence[str]) -> int:
    return list(classes).index(label) if label in classes else zlib.crc32(label.encode())
