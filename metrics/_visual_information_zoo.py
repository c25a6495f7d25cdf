"""Visual information fidelity as IVIF_ZOO computes it: in single precision, with windows beside the pixel.

Step by step, because in flat areas variances are rounding noise above the threshold below which they count as 0, and
decide the value in its third digit. How a convolution rounds depends on the processor; a GPU does it more coarsely
still, so that all is computed on the processor, wherever the images are.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from ._image import Image
from ._visual_information import FLAT, SIZES

_NOISE = 2.0


@lru_cache
def _window(size: int) -> Tensor:
    """A Gaussian whose coordinates begin one too far out: ``-size // 2`` rounds down (a bug). (1, 1, size, size)."""
    reach = torch.linspace(-size // 2, size // 2, size)
    weights = torch.exp(-(reach[:, None] ** 2 + reach**2) / (2 * (size / 5) ** 2))
    return (weights / weights.sum())[None, None]


def _smooth(x: Tensor, size: int) -> Tensor:
    """Weighted mean around every pixel, zeros beyond the border."""
    return conv2d(x, _window(size), padding=size // 2)


class _Scale(NamedTuple):
    """An image on one scale with its local moments, float32 (1, 1, h, w) each."""

    image: Tensor
    mean: Tensor
    variance: Tensor


def scales_in_float32(pixels: Tensor) -> list[list[_Scale]]:
    """For every image of a batch, its four scales.

    Image by image: a convolution rounds a batch otherwise.

    Args:
        pixels: float64 (B, 1, H, W), of any size.
    """
    return [_scales(image) for image in torch.split(pixels.float().cpu(), 1)]


def _scales(image: Tensor) -> list[_Scale]:
    found: list[_Scale] = []
    for size in SIZES:
        if found:
            image = _smooth(image, size)[..., ::2, ::2]
        mean = _smooth(image, size)
        variance = (_smooth(image * image, size) - mean * mean).clamp_min_(0)
        found.append(_Scale(image, mean, variance))
    return found


def fidelity_in_float32(fused: Image, source: Image) -> Tensor:
    """Visual information fidelity of the fused image to one source, float64 (B,); NaN without any information."""
    pairs = zip(source.once(scales_in_float32), fused.once(scales_in_float32), strict=True)
    return torch.stack([_fidelity(*pair) for pair in pairs]).double().to(fused.pixels.device)


def _fidelity(source: list[_Scale], fused: list[_Scale]) -> Tensor:
    kept, held = fused[0].image.new_zeros(()), fused[0].image.new_zeros(())
    for x, f, size in zip(source, fused, SIZES, strict=True):
        shared = _smooth(x.image * f.image, size) - x.mean * f.mean
        gain = shared / (x.variance + FLAT)
        noise = f.variance - gain * shared
        flat, flat_fused = x.variance < FLAT, f.variance < FLAT
        variance = x.variance.masked_fill(flat, 0)
        gain = gain.masked_fill(flat | flat_fused, 0)
        noise = torch.where(flat, f.variance, noise).masked_fill(flat_fused, 0)
        noise = torch.where(gain < 0, f.variance, noise).clamp_min(FLAT)
        gain = gain.clamp_min(0)
        kept += torch.log10(1 + gain * gain * variance / (noise + _NOISE)).sum()
        held += torch.log10(1 + variance / _NOISE).sum()
    return kept / held
