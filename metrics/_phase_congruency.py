"""Phase congruency of an image, and the moments of its orientations (Kovesi 1999).

Where the Fourier components of an image agree in phase there is a feature (an edge, a line, a corner), however
low its contrast. This is the variant of Kovesi's ``phasecong2`` that ships with the fusion toolboxes as
``myphasecong3.m``: 4 scales, 6 orientations, log-Gabor filters, periodic border.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

_SCALES = 4
_ORIENTATIONS = 6
_SHORTEST_WAVE = 3.0
_WAVE_STEP = 2.1
_LOG_BANDWIDTH = math.log(0.55)
_ANGLE_DEVIATION = math.pi / _ORIENTATIONS / 1.2
_NOISE_DEVIATIONS = 2.0
_SPREAD_CUTOFF = 0.5
_SPREAD_GAIN = 10.0
_LOW_PASS_CUTOFF = 0.45
_LOW_PASS_ORDER = 15
_EPSILON = 1e-4


class PhaseCongruency(NamedTuple):
    """Feature maps of an image, float64 (B, 1, H, W) each.

    Attributes:
        congruency: phase congruency over all orientations, 0..1.
        maximum: maximum moment over the orientations: how much of an edge.
        minimum: minimum moment: how much of a corner.
    """

    congruency: Tensor
    maximum: Tensor
    minimum: Tensor


class _Filters(NamedTuple):
    """Log-Gabor filters for one size of image, in the frequency domain with DC first.

    Attributes:
        radial: one per scale, (scales, H, W).
        angular: one per orientation, (orientations, H, W); a filter is the product of the two.
        energy: Σ filter² of the first scale, per orientation.
        noise_energy: what ``EstNoiseEnergy2`` is for noise of power 1, per orientation.
    """

    radial: Tensor
    angular: Tensor
    energy: tuple[float, ...]
    noise_energy: tuple[float, ...]


def _grid(length: int) -> Tensor:
    """Frequencies along one side, ascending; on odd lengths divided by length - 1, as the original does."""
    if length % 2:
        return torch.arange(-(length - 1) // 2, (length + 1) // 2, dtype=torch.float64) / max(length - 1, 1)
    return torch.arange(-length // 2, length // 2, dtype=torch.float64) / length


def _low_pass(height: int, width: int) -> Tensor:
    """Butterworth low-pass on a grid of its own, (H, W) with DC first on even sizes only.

    The original moves its quadrants with fftshift where ifftshift is due, so on odd sizes it lies one frequency
    off. That is kept: published values contain it.
    """
    rows, columns = (
        (torch.arange(length, dtype=torch.float64) - length // 2) / length for length in (height, width)
    )
    radius = (columns**2 + rows[:, None] ** 2).sqrt()
    return torch.fft.fftshift(1 / (1 + (radius / _LOW_PASS_CUTOFF) ** (2 * _LOW_PASS_ORDER)))


@lru_cache(maxsize=4)
def _filters(height: int, width: int, device: torch.device) -> _Filters:
    across, down = _grid(width).expand(height, width), _grid(height)[:, None].expand(height, width)
    radius = torch.fft.ifftshift((across**2 + down**2).sqrt())
    angle = torch.fft.ifftshift(torch.atan2(-down, across))
    radius[0, 0] = 1
    low_pass = _low_pass(height, width)
    radial = []
    for scale in range(_SCALES):
        wave = _SHORTEST_WAVE * _WAVE_STEP**scale
        band = torch.exp(-((radius * wave).log() ** 2) / (2 * _LOG_BANDWIDTH**2)) * low_pass
        band[0, 0] = 0
        radial.append(band)
    angular, energy, noise_energy = [], [], []
    for orientation in range(_ORIENTATIONS):
        direction = orientation * math.pi / _ORIENTATIONS
        turn = angle - direction
        distance = torch.atan2(turn.sin(), turn.cos()).abs()
        spread = torch.exp(-(distance**2) / (2 * _ANGLE_DEVIATION**2))
        angular.append(spread)
        energy.append(float((radial[0] * spread).square().sum()))
        # Σ over pixels of Σ_s h_s² + 2 Σ_{s<t} h_s h_t is Σ (Σ_s h_s)²: one transform instead of four.
        impulse = torch.fft.ifft2(torch.stack(radial).sum(dim=0) * spread).real
        noise_energy.append(2 * float(impulse.square().sum()) * height * width)
    return _Filters(
        torch.stack(radial).to(device), torch.stack(angular).to(device), tuple(energy), tuple(noise_energy)
    )


def _median(values: Tensor) -> Tensor:
    """Median of all values, the mean of the two middle ones when their number is even; 0-dimensional."""
    values = values.flatten()
    count = values.numel()
    lower = values.kthvalue((count + 1) // 2).values
    if count % 2:
        return lower
    above = torch.where(values > lower, values, torch.inf).min()
    upper = torch.where((values <= lower).sum() > count // 2, lower, above)
    return (lower + upper) / 2


def _orientation(bands: Tensor, spread: Tensor, energy: float, noise_energy: float) -> tuple[Tensor, Tensor]:
    """One orientation: energy beyond noise, weighted by the spread of frequencies; and the sum of amplitudes.

    Args:
        bands: spectrum of the image times the radial filters, complex (scales, H, W).
        spread: angular filter, (H, W).
        energy: Σ filter² of the first scale.
        noise_energy: see :class:`_Filters`.

    Returns:
        Two maps, float64 (H, W).
    """
    responses = [torch.fft.ifft2(band * spread) for band in bands]
    amplitudes = [response.abs() for response in responses]
    amplitude, largest = amplitudes[0].clone(), amplitudes[0]
    total = responses[0].clone()
    for response, strength in zip(responses[1:], amplitudes[1:], strict=True):
        total += response
        amplitude += strength
        largest = torch.maximum(largest, strength)

    # With the mean phase vector m = total / (|total| + ε): Σ Re(r m̄) - |Im(r m̄)| over the scales' responses r.
    length = total.abs()
    disagreement = torch.zeros_like(length)
    phase = total.conj()
    for response in responses:
        disagreement += (response * phase).imag.abs()
    found = length.square().sub_(disagreement).div_(length.add_(_EPSILON))

    # Noise: its power from the median of the finest scale, if that is Rayleigh distributed.
    power = _median(amplitudes[0]).square() / math.log(2) / energy
    tau = (power * noise_energy / 2).sqrt()
    threshold = tau * (math.sqrt(math.pi / 2) + _NOISE_DEVIATIONS * math.sqrt(2 - math.pi / 2)) / 1.7
    found.sub_(threshold).clamp_min_(0)

    width = amplitude / largest.add_(_EPSILON) / _SCALES
    weight = torch.sigmoid((width - _SPREAD_CUTOFF).mul_(_SPREAD_GAIN))
    return found.mul_(weight), amplitude


def _of_one(pixels: Tensor, filters: _Filters) -> Tensor:
    """The three maps of one image, (H, W) -> (3, H, W)."""
    # Less a constant: the filters have no DC, and a constant image then gives zeros instead of rounding noise.
    bands = torch.fft.fft2(pixels - pixels[0, 0]) * filters.radial
    zero = torch.zeros_like(pixels)
    energies, amplitudes, squares_x, squares_y, products = (zero.clone() for _ in range(5))
    for orientation in range(_ORIENTATIONS):
        energy, amplitude = _orientation(
            bands,
            filters.angular[orientation],
            filters.energy[orientation],
            filters.noise_energy[orientation],
        )
        energies += energy
        amplitudes += amplitude
        # The original divides 0 by 0 where nothing responds, and the whole metric is NaN; no response is taken
        # as no congruency.
        congruency = energy.div_(amplitude).nan_to_num_(nan=0.0)
        direction = orientation * math.pi / _ORIENTATIONS
        congruency.square_()
        squares_x.add_(congruency, alpha=math.cos(direction) ** 2)
        squares_y.add_(congruency, alpha=math.sin(direction) ** 2)
        products.add_(congruency, alpha=math.cos(direction) * math.sin(direction))
    x, y, xy = squares_x / 3, squares_y / 3, products / 6
    root = torch.sqrt(xy**2 + (x - y) ** 2) + _EPSILON
    return torch.stack([energies / (amplitudes + _EPSILON), (x + y + root) / 2, (x + y - root) / 2])


def phase_congruency(pixels: Tensor) -> PhaseCongruency:
    """Phase congruency and its moments.

    One image after the other: an image's 24 filter responses fit in a processor's cache, a batch's do not.

    Args:
        pixels: float64 (B, 1, H, W), whole numbers 0..255.
    """
    filters = _filters(pixels.shape[-2], pixels.shape[-1], pixels.device)
    maps = torch.stack([_of_one(image, filters) for image in pixels.squeeze(1)])
    return PhaseCongruency(*(each.unsqueeze(1).contiguous() for each in maps.unbind(1)))
