"""Colour to luminance and back (ITU-R BT.601, full range): the only place that converts.

Luminance is rounded to a whole grey level, as every toolbox of the field does before it scores; chroma is kept
beside it as Cb and Cr. ``join`` puts the chroma back so that the picture's luminance, taken again by ``split``,
is exactly the luminance it was given: what is saved is what was scored.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

GreyRule = Literal["bt601", "matlab", "pillow", "opencv-float"]

_RED, _GREEN, _BLUE = 299, 587, 114  # thousandths: whole numbers make the rounding of ties exact
_CB_SCALE, _CR_SCALE = 1.772, 1.402


def quantise(image: Tensor) -> Tensor:
    """Clip to [0, 1] and round to whole grey levels.

    Args:
        image: any shape, nominally in [0, 1].

    Returns:
        float64, same shape, whole numbers 0..255.
    """
    return torch.round(image.detach().to(torch.float64).clamp(0, 1) * 255)


def luminance(levels: Tensor, rule: GreyRule = "bt601") -> Tensor:
    """Luminance of colour, rounded to a whole grey level.

    Rules, which differ by one level at most:

    - ``bt601``: (299 R + 587 G + 114 B) / 1000, rounded half up, in whole numbers; the rule of hifbench.
    - ``matlab``: ``rgb2gray``, with its more exact weights (Linfeng-Tang's toolbox and others in MATLAB).
    - ``pillow``: ``convert("L")``, weights in 1/65536, rounded half up (IVIF_ZOO).
    - ``opencv-float``: ``cvtColor`` on float32, rounded half to even by numpy (CDDFuse).

    Args:
        levels: (B, 3, H, W) red, green, blue, or (B, 1, H, W) grey, which is returned as it is; whole numbers
            0..255 (see :func:`quantise`).
        rule: one of the above.

    Returns:
        float64 (B, 1, H, W), whole numbers 0..255.

    Raises:
        ValueError: neither one nor three channels.
    """
    channels = levels.shape[-3]
    if channels == 1:
        return levels
    if channels != 3:
        raise ValueError(f"an image has 1 or 3 channels, not {channels}")
    red, green, blue = levels.to(torch.float64).unbind(-3)
    match rule:
        case "bt601":
            grey = torch.floor((_RED * red + _GREEN * green + _BLUE * blue + 500) / 1000)
        case "matlab":
            grey = torch.floor(0.298936021293775 * red + 0.587043074451121 * green + 0.114020904255103 * blue + 0.5)
        case "pillow":
            grey = torch.floor((19595 * red + 38470 * green + 7471 * blue + 32768) / 65536)
        case "opencv-float":
            red, green, blue = (channel.to(torch.float32) for channel in (red, green, blue))
            grey = torch.round(0.299 * red + 0.587 * green + 0.114 * blue).to(torch.float64)
    return grey.unsqueeze(-3)


def split(image: Tensor) -> tuple[Tensor, Tensor | None]:
    """Luminance for the fusion method and the chroma to put back afterwards.

    Args:
        image: (B, 3, H, W) or (B, 1, H, W) in [0, 1].

    Returns:
        Luminance, float32 (B, 1, H, W) in [0, 1]; and Cb, Cr as float32 (B, 2, H, W) in [-0.5, 0.5], None for grey.
    """
    levels = quantise(image)
    grey = luminance(levels)
    y = (grey / 255).to(torch.float32)
    if levels.shape[-3] == 1:
        return y, None
    red, green, blue = levels.unbind(-3)
    exact = (_RED * red + _GREEN * green + _BLUE * blue) / 1000
    chroma = torch.stack([(blue - exact) / _CB_SCALE, (red - exact) / _CR_SCALE], dim=-3) / 255
    return y, chroma.to(torch.float32)


def join(y: Tensor, chroma: Tensor | None) -> Tensor:
    """Picture of a fused luminance, with the chroma of the visible image put back.

    Where a pixel would leave the colour cube its chroma is scaled down, and nothing else: hue and luminance
    stay. ``luminance(join(y, chroma))`` equals ``quantise(y)``, and ``join(*split(image))`` equals the image.

    Args:
        y: (B, 1, H, W), nominally in [0, 1].
        chroma: (B, 2, H, W) as from :func:`split`, or None for a grey picture.

    Returns:
        float64 (B, 3, H, W), or (B, 1, H, W) without chroma; whole numbers 0..255.
    """
    grey = quantise(y)
    if chroma is None:
        return grey
    blue_y, red_y = (chroma.to(torch.float64) * 255).unbind(-3)
    red, blue = red_y * _CR_SCALE, blue_y * _CB_SCALE
    green = -(_RED * red + _BLUE * blue) / _GREEN
    offset = torch.stack([red, green, blue], dim=-3)
    room = torch.where(offset > 0, 255.5 - grey, grey + 0.5)  # half a level over: rounding brings it back
    scale = (room / offset.abs().clamp_min(1e-9)).amin(dim=-3, keepdim=True).clamp(max=1)
    # Half down here and half up in `luminance`: the three rounding errors then never carry to the next level.
    return torch.ceil(grey + scale * offset - 0.5 - 1e-4).clamp(0, 255)
