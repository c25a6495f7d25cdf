"""Peak signal-to-noise ratio against both sources, in dB; higher is better.

PSNR_X = 10 log10(255² / MSE_X) against each source X, with the mean squared error on 0..255. Toolboxes differ
in how they combine the two:

- default: mean of the two PSNRs. Agrees with scikit-image, piq, sewar and dungdz67's Python metrics.
- ``PSNR@averaged-mse``: one PSNR from the mean of the two errors, never above the default (Jensen). It is what
  Linfeng-Tang's toolbox and IVIF_ZOO mean to compute; they mix [0, 1] with a peak of 255, 48.13 dB too much.

Infinite where the fused image equals a source (``averaged-mse``: where it equals both).
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


def _decibels(error: Tensor) -> Tensor:
    return 10 * torch.log10(_PEAK**2 / error)


def psnr(fused: Image, ir: Image, vis: Image, *, average: Literal["decibels", "errors"] = "decibels") -> Tensor:
    """Peak signal-to-noise ratio of the fused image against both sources.

    Args:
        fused: (B, 1, H, W).
        ir: infrared source, same shape.
        vis: visible source, same shape.
        average: what is averaged over the two sources: their PSNRs, or their mean squared errors.

    Returns:
        float64 (B,) in dB, not negative; infinite without an error.
    """
    errors = [fused.once_with(source, squared_error) for source in (ir, vis)]
    if average == "errors":
        return _decibels((errors[0] + errors[1]) / 2)
    return (_decibels(errors[0]) + _decibels(errors[1])) / 2


METRIC = Metric(
    name="PSNR",
    title="Peak signal-to-noise ratio",
    direction="higher",
    bounds=(0.0, math.inf),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="MATLAB psnr(), scikit-image peak_signal_noise_ratio; mean over the sources",
    function=psnr,
    conventions={"default": Convention({}, "peak 255; mean of the PSNRs against the two sources")},
    options={"averaged-mse": Convention({"average": "errors"}, "peak 255; PSNR of the mean of the two errors")},
)
