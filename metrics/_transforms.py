"""Transforms of whole images, each two products with a matrix: the cosines and the discrete Meyer wavelet.

Coefficients are rounded to multiples of 1e-9: those that are equal in exact arithmetic stay equal, on every
machine and in every batch, and a flat area has none but equal ones.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

_GRID = 1e-9
_TAPS = 102
_CENTRE = 51
_SAMPLES = 1 << 14


@lru_cache(maxsize=8)
def _cosines(count: int) -> Tensor:
    """Orthonormal DCT-II, (count, count)."""
    k = torch.arange(count, dtype=torch.float64)
    # The angle's period is 4 · count: reduced in whole numbers, cos gets a small argument.
    turns = torch.outer(k, 2 * k + 1).remainder_(4 * count)
    matrix = torch.cos(turns * (math.pi / (2 * count))) * math.sqrt(2 / count)
    matrix[0] /= math.sqrt(2)
    return matrix


def _rounded(coefficients: Tensor) -> Tensor:
    return coefficients.div_(_GRID).round_().mul_(_GRID)


def cosine_transform(pixels: Tensor) -> Tensor:
    """Two-dimensional DCT of the whole image, MATLAB's ``dct2``.

    Args:
        pixels: float64 (B, 1, H, W).

    Returns:
        float64 (B, 1, H, W).
    """
    down, across = (_cosines(size).to(pixels.device) for size in pixels.shape[-2:])
    return _rounded(down @ pixels @ across.T)


@lru_cache(maxsize=1)
def meyer_low_pass() -> Tensor:
    """Low-pass filter of Meyer's wavelet, its 102 central taps, (102,).

    From its definition: |H| is √2 up to π/3, 0 from 2π/3 and √2 cos(π/2 ν(3ω/π - 1)) between, with
    ν(x) = x⁴ (35 - 84 x + 70 x² - 20 x³). MATLAB's ``dmey`` is this filter to 1e-7 or so, to judge by what it leads
    to; PyWavelets' ``dmey`` has been cut to 62 taps and differs by 1e-3.
    """
    omega = math.pi * torch.arange(_SAMPLES // 2 + 1, dtype=torch.float64) / (_SAMPLES // 2)
    x = (3 * omega / math.pi - 1).clamp(0, 1)
    ramp = x**4 * (35 - 84 * x + 70 * x**2 - 20 * x**3)
    response = math.sqrt(2) * torch.cos(math.pi / 2 * ramp)
    impulse: Tensor = torch.fft.irfft(response.masked_fill_(omega >= 2 * math.pi / 3, 0))
    return impulse[(torch.arange(_TAPS) - _CENTRE).abs()]


@lru_cache(maxsize=8)
def _meyer(count: int, flipped: bool) -> Tensor:
    """Low-pass rows over high-pass rows, (2 · ⌊(count + 101) / 2⌋, count), border mirrored with its pixel doubled."""
    low = meyer_low_pass()
    high = low.flip(0) * (-1.0) ** torch.arange(_TAPS)
    high = high if flipped else -high
    length = (count + _TAPS - 1) // 2
    # Convolution: output k takes the pixel at 2k + 1 - tap.
    at = 2 * torch.arange(length)[:, None] + 1 - torch.arange(_TAPS)
    at = at.remainder(2 * count)
    at = torch.where(at < count, at, 2 * count - 1 - at)
    blocks = [torch.zeros(length, count, dtype=torch.float64) for _ in range(2)]
    for block, taps in zip(blocks, (low, high), strict=True):
        block.scatter_add_(1, at, taps.expand(length, -1))
    return torch.cat(blocks)


def meyer_tiles(pixels: Tensor, flipped: bool) -> Tensor:
    """One level of the discrete Meyer wavelet: MATLAB's ``dwt2(.., 'dmey')`` as [A H; V D], from 0 to 1 over all.

    Args:
        pixels: float64 (B, 1, H, W).
        flipped: the high-pass filter's sign is the opposite of MATLAB's.

    Returns:
        float64 (B, 1, h, w), h = 2 ⌊(H + 101) / 2⌋; 0 if there is one value only.
    """
    down, across = (_meyer(size, flipped).to(pixels.device) for size in pixels.shape[-2:])
    smooth, detail = _rounded(down @ pixels @ across.T).chunk(2, dim=-2)
    (approximation, vertical), (horizontal, diagonal) = smooth.chunk(2, dim=-1), detail.chunk(2, dim=-1)
    rows = [torch.cat([approximation, horizontal], dim=-1), torch.cat([vertical, diagonal], dim=-1)]
    tiles = torch.cat(rows, dim=-2)
    low, high = tiles.amin(dim=(-2, -1), keepdim=True), tiles.amax(dim=(-2, -1), keepdim=True)
    return torch.where(high > low, (tiles - low) / (high - low), 0.0)
