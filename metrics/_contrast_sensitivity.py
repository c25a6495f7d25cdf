"""What the eye passes on of an image: contrast sensitivity filters, and the stretch that comes before them.

Frequencies are twice the cycles a picture, whatever its size (MATLAB's ``freqspace`` times half a side), divided
by a constant of each metric that stands for the viewing distance.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def stretched(pixels: Tensor, constant: float = 0.0, rounded: bool = True) -> Tensor:
    """Grey levels stretched linearly so that each image has its darkest pixel at the bottom of the range.

    The toolboxes' ``normalize1``.

    Args:
        pixels: float64 (B, 1, H, W).
        constant: what becomes of an image of a single level, other than black, which stays black; NaN in the
            toolboxes.
        rounded: to whole levels 0..255, halves up; otherwise to 0..1 without rounding.
    """
    low, high = (edge(dim=(-2, -1), keepdim=True) for edge in (pixels.amin, pixels.amax))
    span = high - low
    share = (pixels - low) / torch.where(span > 0, span, 1.0)
    if constant != 0:
        share = torch.where((span > 0) | (high == 0), share, constant)
    return torch.floor(share * 255 + 0.5) if rounded else share


def _radius(height: int, width: int, distance: float, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Radial frequency, (H, W / 2 + 1), as of a real transform with DC first."""
    down = torch.fft.fftfreq(height, dtype=dtype, device=device) * (height / distance)
    across = torch.fft.rfftfreq(width, dtype=dtype, device=device) * (width / distance)
    radius: Tensor = (down[:, None] ** 2 + across**2).sqrt()
    return radius


def difference_of_gaussians(radius: Tensor) -> Tensor:
    """Contrast sensitivity as Chen and Blum 2009 use it: exp(-(r/f0)²) - a exp(-(r/f1)²)."""
    return torch.exp(-((radius / 15.3870) ** 2)) - 0.7622 * torch.exp(-((radius / 1.3456) ** 2))


def mannos_sakrison(radius: Tensor) -> Tensor:
    """Contrast sensitivity of Mannos and Sakrison 1974, as Chen and Varshney 2007 use it."""
    return 2.6 * (0.0192 + 0.144 * radius) * torch.exp(-((0.144 * radius) ** 1.1))


def filtered(
    image: Tensor,
    sensitivity: Callable[[Tensor], Tensor],
    distance: float,
    dtype: torch.dtype = torch.float64,
) -> Tensor:
    """The image after a contrast sensitivity filter, with a periodic border.

    Args:
        image: float64 (B, 1, H, W).
        sensitivity: the filter, a function of the radial frequency.
        distance: what the frequencies, in cycles a picture, are divided by.
        dtype: precision of the filter.
    """
    height, width = image.shape[-2:]
    response = sensitivity(_radius(height, width, distance, dtype, image.device))
    spectrum = torch.fft.rfft2(image) * response
    result: Tensor = torch.fft.irfft2(spectrum, s=(height, width))
    return result
