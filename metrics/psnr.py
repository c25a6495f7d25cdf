"""Peak signal-to-noise ratio against both sources, in dB; higher is better.

PSNR_X = 10 log10(255² / MSE_X) against each source X, with the mean squared error on 0..255. Toolboxes differ
in how they combine the two, and most have a bug:

- default, ``sewar``, ``paper``: mean of the two PSNRs. Agrees with scikit-image, piq and dungdz67's Python metrics.
- ``PSNR@averaged-mse``: one PSNR from the mean of the two errors, never above the default (Jensen).
- ``tang``, ``ivif-zoo``: averaged-mse with a bug: errors of images in [0, 1] under a peak of 255, which is 48.13 dB
  too much. Published values of 60 to 66 dB come from this.
- ``vifb``, ``mefb``: averaged-mse with a bug: the root of the summed squares over the number of pixels is taken for
  the mean squared error. The value depends on the size of the image; 53 to 62 dB.
- ``cddfuse``: averaged-mse with a bug: the peak is the brightest level of the fused image.

Infinite where the fused image equals a source; where errors are averaged, where it equals both. Under ``cddfuse`` a
black fused image has minus infinity, and NaN when the sources are black, too.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric
from ._windows import mean_of

_PEAK = 255.0


def squared_error(fused: Image, source: Image) -> Tensor:
    """Mean squared error between two images on 0..255, float64 (B,)."""
    return mean_of((fused.pixels - source.pixels).square_())


def brightest(pixels: Tensor) -> Tensor:
    """Highest grey level of each image, (B, 1, H, W) -> (B,)."""
    return pixels.amax(dim=(-3, -2, -1))


def psnr(
    fused: Image,
    ir: Image,
    vis: Image,
    *,
    average: Literal["decibels", "errors"] = "decibels",
    error: Literal["mean-square", "root-over-count"] = "mean-square",
    white: float = 255.0,
    peak: Literal["255", "brightest"] = "255",
) -> Tensor:
    """Peak signal-to-noise ratio of the fused image against both sources.

    Args:
        fused: (B, 1, H, W).
        ir: infrared source, same shape.
        vis: visible source, same shape.
        average: what is averaged over the two sources: their PSNRs, or their errors.
        error: Σ d² / n, or √(Σ d²) / n.
        white: the level of white when errors are taken; 1 and a peak of 255 do not go together.
        peak: 255, or the brightest level of the fused image.

    Returns:
        float64 (B,) in dB, by default not negative; infinite without an error.
    """
    errors = [fused.once_with(source, squared_error) * (white / 255) ** 2 for source in (ir, vis)]
    if error == "root-over-count":
        count = fused.pixels[0].numel()
        errors = [(each / count).sqrt() for each in errors]
    if average == "errors":
        errors = [(errors[0] + errors[1]) / 2]
    highest = _PEAK if peak == "255" else fused.once(brightest)
    decibels = [10 * torch.log10(highest**2 / each) for each in errors]
    return torch.stack(decibels).mean(dim=0)


_WHITE_IS_1 = {"average": "errors", "white": 1.0}
_ROOT = {"average": "errors", "error": "root-over-count"}

METRIC = Metric(
    name="PSNR",
    title="Peak signal-to-noise ratio",
    direction="higher",
    bounds=(0.0, math.inf),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="MATLAB psnr(), scikit-image peak_signal_noise_ratio; mean over the sources",
    function=psnr,
    conventions={
        "default": Convention({}, "peak 255; mean of the PSNRs against the two sources"),
        "tang": Convention(_WHITE_IS_1, "bug: errors on [0, 1] but peak 255, 48.13 dB too much; errors averaged"),
        "vifb": Convention(_ROOT, "bug: root of summed squares over HW for the error; averaged"),
        "mefb": Convention(_ROOT, "bug: root of summed squares over HW for the error; averaged"),
        "cddfuse": Convention(
            {"average": "errors", "peak": "brightest"},
            "bug: peak is the fused image's brightest level; errors averaged",
        ),
        "ivif-zoo": Convention(_WHITE_IS_1, "bug: errors on [0, 1] but peak 255, 48.13 dB too much; errors averaged"),
        "sewar": Convention({}, "as the default"),
        "paper": Convention({}, "as the default (inferred)"),
    },
    options={"averaged-mse": Convention({"average": "errors"}, "peak 255; PSNR of the mean of the two errors")},
)
