"""Contact sheets: titled pictures side by side in one picture."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

_GAP, _TEXT = 6, 13  # pixels: between tiles, height of letters
_TITLE = _TEXT + _GAP
_PAPER, _INK, _FAULT = (255, 255, 255), (20, 20, 20), (170, 0, 0)

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Tile:
    """One picture of a sheet.

    Attributes:
        title: written above it.
        levels: (1, H, W) grey or (3, H, W) red-green-blue, whole numbers 0..255; None where there is no picture.
        fault: why there is none; written in its place.
    """

    title: str
    levels: Tensor | None
    fault: str = ""


def montage(blocks: Sequence[Sequence[Tile]], columns: int, width: int, *, enlarge: bool = True) -> Tensor:
    """Draw the tiles of each block in rows, one block below the other.

    Args:
        blocks: the tiles of one pair are a block.
        columns: tiles in a row.
        width: of a tile, pixels; pictures are scaled to it (bicubic when made larger, area when smaller).
        enlarge: whether smaller pictures are made larger.

    Returns:
        (3, H, W) red-green-blue, uint8.
    """
    font = ImageFont.load_default(_TEXT)
    rows = [block[first : first + columns] for block in blocks for first in range(0, len(block), columns)]
    pictures = [[_scaled(tile, width, enlarge) or _written(tile.fault, font, width) for tile in row] for row in rows]
    heights = [max(picture.height for picture in row) + _TITLE + _GAP for row in pictures]
    used = max(map(len, rows), default=0)
    sheet = Image.new("RGB", (used * (width + _GAP) + _GAP, sum(heights) + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    top = _GAP
    for row, drawn, height in zip(rows, pictures, heights, strict=True):
        for column, (tile, picture) in enumerate(zip(row, drawn, strict=True)):
            left = _GAP + column * (width + _GAP)
            draw.text((left, top), _fitting(tile.title, font, width), _INK, font)
            sheet.paste(picture, (left, top + _TITLE))
        top += height
    return torch.from_numpy(np.asarray(sheet).copy()).permute(2, 0, 1)


def _scaled(tile: Tile, width: int, enlarge: bool) -> Image.Image | None:
    if tile.levels is None:
        return None
    levels = tile.levels.to(torch.uint8).cpu()
    picture = Image.fromarray(levels[0].numpy() if len(levels) == 1 else levels.permute(1, 2, 0).contiguous().numpy())
    if not enlarge and picture.width <= width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    how = Image.Resampling.BOX if width <= picture.width else Image.Resampling.BICUBIC
    return picture.resize((width, height), how)


def _written(fault: str, font: _Font, width: int) -> Image.Image:
    """A page of a tile's width with what went wrong."""
    text = textwrap.fill(fault, max(1, int(width / font.getlength("n"))))
    _, _, _, bottom = ImageDraw.Draw(Image.new("RGB", (1, 1))).multiline_textbbox((0, 0), text, font)
    page = Image.new("RGB", (width, max(1, int(bottom) + 1)), _PAPER)
    ImageDraw.Draw(page).multiline_text((0, 0), text, _FAULT, font)
    return page


def _fitting(title: str, font: _Font, width: int) -> str:
    """The title, its end cut off where it is wider than the tile."""
    if font.getlength(title) <= width:
        return title
    while title and font.getlength(f"{title}…") > width:
        title = title[:-1]
    return f"{title}…"
