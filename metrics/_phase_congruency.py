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
        angular: one per orientation, (orientations, H, W); a filter is the product of a radial and an angular one.
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
    rows, columns = ((torch.arange(length, dtype=torch.float64) - length // 2) / length for length in (height, width))
    radius = (columns.square() + rows[:, None].square()).sqrt()
    moved: Tensor = torch.fft.fftshift(1 / (1 + (radius / _LOW_PASS_CUTOFF) ** (2 * _LOW_PASS_ORDER)))
    return moved


@lru_cache(maxsize=2)  # a bank takes 25 MB at 640x480, and less time to build than one image takes to filter
def _filters(height: int, width: int, device: torch.device) -> _Filters:
    across, down = _grid(width).expand(height, width), _grid(height)[:, None].expand(height, width)
    radius = torch.fft.ifftshift((across**2 + down**2).sqrt())
    angle = torch.fft.ifftshift(torch.atan2(-down, across))
    radius[0, 0] = 1
    low_pass = _low_pass(height, width)
    radial = torch.empty(_SCALES, height, width, dtype=torch.float64)
    for scale in range(_SCALES):
        wave = _SHORTEST_WAVE * _WAVE_STEP**scale
        band = torch.exp(-((radius * wave).log() ** 2) / (2 * _LOG_BANDWIDTH**2)) * low_pass
        band[0, 0] = 0
        radial[scale] = band
    angular = torch.empty(_ORIENTATIONS, height, width, dtype=torch.float64)
    energy, noise_energy = [], []
    for orientation in range(_ORIENTATIONS):
        direction = orientation * math.pi / _ORIENTATIONS
        turn = angle - direction
        distance = torch.atan2(turn.sin(), turn.cos()).abs()
        spread = torch.exp(-(distance**2) / (2 * _ANGLE_DEVIATION**2))
        angular[orientation] = spread
        energy.append(float((radial[0] * spread).square().sum()))
        # Σ over pixels of Σ_s h_s² + 2 Σ_{s<t} h_s h_t is Σ (Σ_s h_s)²: one transform instead of four.
        impulse = torch.fft.ifft2(radial.sum(dim=0) * spread).real
        noise_energy.append(2 * float(impulse.square().sum()) * height * width)
    return _Filters(radial.to(device), angular.to(device), tuple(energy), tuple(noise_energy))


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


def _amplitude(even: Tensor, odd: Tensor) -> Tensor:
    return (even * even).addcmul_(odd, odd).sqrt_()


def _respond(spectrum: Tensor, radial: Tensor, spread: Tensor) -> tuple[Tensor, Tensor]:
    """Response of an image to one filter: its even and odd part, float64 (H, W).

    Apart and not as one complex map: torch's complex arithmetic takes several times as long, its modulus most.
    """
    response = torch.fft.ifft2(spectrum * (radial * spread))
    return response.real.contiguous(), response.imag.contiguous()


def _orientation(
    spectrum: Tensor, radial: Tensor, spread: Tensor, energy: float, noise_energy: float
) -> tuple[Tensor, Tensor]:
    """One orientation: energy beyond noise, weighted by the spread of frequencies; and the sum of amplitudes.

    Args:
        spectrum: of the image, complex (H, W).
        radial: radial filters, (scales, H, W).
        spread: angular filter, (H, W).
        energy: Σ filter² of the first scale.
        noise_energy: see :class:`_Filters`.

    Returns:
        Two maps, float64 (H, W).
    """
    responses = [_respond(spectrum, band, spread) for band in radial]
    even, odd = (maps[0] + maps[1] for maps in zip(*responses[:2], strict=True))
    for response in responses[2:]:
        even += response[0]
        odd += response[1]
    finest = _amplitude(*responses[0])
    # Noise: its power from the median of the finest scale, if that is Rayleigh distributed.
    power = _median(finest.square()) / math.log(2) / energy
    amplitude, largest = finest.clone(), finest
    for response in responses[1:]:
        of_scale = _amplitude(*response)
        amplitude += of_scale
        torch.maximum(largest, of_scale, out=largest)

    # With the mean phase vector (even, odd) / (length + ε): Σ over the scales of the response's part along it less
    # the absolute part across it. The parts along it add up to length² / (length + ε).
    length = _amplitude(even, odd)
    found = length * length
    for of_even, of_odd in responses:
        found -= (of_even * odd).addcmul_(of_odd, even, value=-1).abs_()
    found.div_(length.add_(_EPSILON))

    tau = (power * noise_energy / 2).sqrt()
    threshold = tau * (math.sqrt(math.pi / 2) + _NOISE_DEVIATIONS * math.sqrt(2 - math.pi / 2)) / 1.7
    found.sub_(threshold).clamp_min_(0)

    width = (amplitude / largest.add_(_EPSILON)).div_(_SCALES)
    weight = width.sub_(_SPREAD_CUTOFF).mul_(_SPREAD_GAIN).sigmoid_()
    return found.mul_(weight), amplitude


def _of_one(pixels: Tensor, filters: _Filters) -> Tensor:
    """The three maps of one image, (H, W) -> (3, H, W)."""
    # Less a constant: the filters have no DC, and a constant image then gives zeros instead of rounding noise.
    spectrum = torch.fft.fft2(pixels - pixels.amin())
    energies, amplitudes, x, y, xy = (torch.zeros_like(pixels) for _ in range(5))
    for orientation in range(_ORIENTATIONS):
        energy, amplitude = _orientation(
            spectrum,
            filters.radial,
            filters.angular[orientation],
            filters.energy[orientation],
            filters.noise_energy[orientation],
        )
        energies += energy
        amplitudes += amplitude
        # The original divides 0 by 0 where nothing responds, and its whole value is NaN; here no response is no
        # congruency.
        squared = energy.div_(amplitude).nan_to_num_(nan=0.0).square_()
        direction = orientation * math.pi / _ORIENTATIONS
        x.add_(squared, alpha=2 / _ORIENTATIONS * math.cos(direction) ** 2)
        y.add_(squared, alpha=2 / _ORIENTATIONS * math.sin(direction) ** 2)
        # A quarter of the weight that Kovesi gives the mixed moment: as in the toolboxes' file.
        xy.add_(squared, alpha=1 / _ORIENTATIONS * math.cos(direction) * math.sin(direction))
    total = x + y
    root = x.sub_(y).square_().addcmul_(xy, xy).sqrt_().add_(_EPSILON)
    return torch.stack([energies / amplitudes.add_(_EPSILON), (total + root) / 2, (total - root) / 2])


def phase_congruency(pixels: Tensor) -> PhaseCongruency:
    """Phase congruency and its moments.

    One image after the other: an image's 24 filter responses fit in a processor's cache, a batch's do not.

    Args:
        pixels: float64 (B, 1, H, W), whole numbers 0..255.
    """
    filters = _filters(pixels.shape[-2], pixels.shape[-1], pixels.device)
    maps = torch.stack([_of_one(image, filters) for image in pixels.squeeze(1)])
    return PhaseCongruency(*(each.unsqueeze(1).contiguous() for each in maps.unbind(1)))
