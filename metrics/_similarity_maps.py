"""Maps of local similarity for the metrics that weight them: Q_S, Q_W, Q_E (Piella), Q_C (Cvejic) and Q_Y (Yang).

Each of them compares the sources with the fused image (Q_Y also with one another) window by window,

    ((2 μx μy + C1)(2 σxy + C2)) / ((μx² + μy² + C1)(σx² + σy² + C2)),

and weights the maps with the sources' moments in the same windows. Toolboxes differ in the window, in C1 and C2,
and in whether anything keeps a flat window's 0/0 from becoming the value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from ._image import Image
from ._octave_filter import octave_smooth
from ._windows import Window, gaussian, smooth

_FLAT = 1e-9
"""Variances below are rounding noise: in whole grey levels a window that is not flat has 1e-3 at least."""


@dataclass(frozen=True)
class Form:
    """A window with its constants.

    Attributes:
        window: ``box-8``; ``gaussian-7``; ``octave-7`` and ``octave-11``, Gaussians summed up as Octave does; or
            ``stretched-7``, a Gaussian across and seven ones down, over an image continued by zeros. σ is 1.5.
        c1: constant of the means.
        c2: constant of the variances.
        edges: it is the images' edge magnitudes that are compared, see :func:`edges`.
        clean: a flat window is told from rounding noise: its variance is exactly 0, and a quotient of 0 and 0 is 1.
    """

    window: Literal["box-8", "gaussian-7", "octave-7", "octave-11", "stretched-7"]
    c1: float = 0.0
    c2: float = 0.0
    edges: bool = False
    clean: bool = False


SEVEN = Form("gaussian-7", clean=True)
"""What Q_C and Q_Y mean in exact arithmetic: as ``OCTAVE_SEVEN``, with its constants gone to 0."""

OCTAVE_SEVEN = Form("octave-7", 2e-16, 2e-16)
"""Q_C and Q_Y in the MATLAB toolboxes; the constants are too small to tell flat from noise, a bug."""

BOX = Form("box-8", (1e-6 * 255) ** 2, (1e-6 * 255) ** 2, clean=True)
"""Wang and Bovik's quality index as Piella's paper has it, and yuliu316316's toolbox."""

OCTAVE_ELEVEN = Form("octave-11", (0.01 * 255) ** 2, (0.03 * 255) ** 2)
"""Structural similarity in place of the quality index: zhengliu6699's toolbox."""

_BOX_8 = Window((1 / 8,) * 8)  # binary fractions: moments of whole grey levels are exact
_GAUSSIAN_7 = gaussian(7, 1.5)


def _local_mean(x: Tensor, form: Form) -> Tensor:
    match form.window:
        case "box-8":
            return smooth(x, _BOX_8)
        case "gaussian-7":
            return smooth(x, _GAUSSIAN_7)
        case "octave-7":
            return octave_smooth(x, 7, 1.5)
        case "octave-11":
            return octave_smooth(x, 11, 1.5)
        case "stretched-7":
            x = pad(x, (3, 3, 3, 3))
            height, width = x.shape[-2] - 6, x.shape[-1] - 6
            down = torch.stack([x[..., row : row + height, :] for row in range(7)]).sum(dim=0)
            across = [down[..., k : k + width] * tap for k, tap in enumerate(_GAUSSIAN_7.taps)]
            return torch.stack(across).sum(dim=0)


def edges(pixels: Tensor) -> Tensor:
    """Magnitude of the Prewitt operator (three ones, not divided), zeros beyond the border; (B, 1, H, W)."""
    framed = pad(pixels, (1, 1, 1, 1))
    above, level, below = framed[..., :-2, :], framed[..., 1:-1, :], framed[..., 2:, :]
    summed, sloped = above + level + below, below - above
    across = summed[..., 2:] - summed[..., :-2]
    down = sloped[..., :-2] + sloped[..., 1:-1] + sloped[..., 2:]
    return across.square_().add_(down.square_()).sqrt_()


def _subject(image: Image, form: Form) -> Tensor:
    return image.once(edges) if form.edges else image.pixels


class Local(NamedTuple):
    """Local mean and variance of an image, float64 (B, 1, h, w) each."""

    mean: Tensor
    variance: Tensor


def local(pixels: Tensor, form: Form) -> Local:
    """Moments of an image in every window.

    Args:
        pixels: float64 (B, 1, H, W), at least as large as the window.
        form: the window, and whether it is the image's edges that count.
    """
    subject = edges(pixels) if form.edges else pixels
    mean = _local_mean(subject, form)
    variance = _local_mean(subject * subject, form) - mean * mean
    return Local(mean, variance.masked_fill_(variance < _FLAT, 0) if form.clean else variance)


class Similarity(NamedTuple):
    """Local similarity and local covariance of two images, float64 (B, 1, h, w) each."""

    value: Tensor
    covariance: Tensor


def similarity(first: Image, second: Image, form: Form) -> Similarity:
    """Similarity of two images in every window."""
    x, y = first.once(local, form), second.once(local, form)
    product = x.mean * y.mean
    covariance = _local_mean(_subject(first, form) * _subject(second, form), form) - product
    means = 2 * product + form.c1, x.mean * x.mean + y.mean * y.mean + form.c1
    if form.clean:
        covariance.masked_fill_((x.variance == 0) | (y.variance == 0), 0)
    # In the toolboxes' order of operations: in flat windows the rounding decides.
    spreads = 2 * covariance + form.c2, x.variance + y.variance + form.c2
    if form.clean:
        return Similarity(_quotient(*means) * _quotient(*spreads), covariance)
    return Similarity(means[0] * spreads[0] / (means[1] * spreads[1]), covariance)


def _quotient(numerator: Tensor, denominator: Tensor) -> Tensor:
    """Quotient of two maps; 1 where both are 0."""
    nothing = denominator == 0
    return (numerator.masked_fill(nothing, 1)) / denominator.masked_fill(nothing, 1)


def share(one: Tensor, two: Tensor, undefined: float = math.nan) -> Tensor:
    """First of two maps as a share of both, one / (one + two).

    Args:
        one: a map.
        two: another.
        undefined: what it is where the sum is 0; NaN leaves what the division gives there, which may be infinite.
    """
    total = one + two
    quotient = one / total
    return quotient if math.isnan(undefined) else quotient.masked_fill_(total == 0, undefined)
