"""Feature mutual information between the fused image and both sources, on gradients; higher is better.

As FMI-PIXEL, on the signed horizontal derivative, the first output of MATLAB's ``gradient``: central differences,
one-sided at the border (Haghighat, Razian 2014, "fast FMI", feature ``gradient``). Values near 0.4.

- default: two constant windows score 1; equal windows are recognised by their values. Agrees with dungdz67's Python
  metrics, and with ``fmi.m`` of mhaghighat/fmi in Octave but for the next.
- ``FMI-GRADIENT@shipped``: as ``fmi.m`` ships: by a bug, equal windows of the fused and the visible image are not
  recognised where the infrared one differs; it matters for windows with one value above eight equal ones.
- ``FMI-GRADIENT@flat-zero``: two constant windows of different values score 0.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ._fmi_windows import Identity, feature_information
from ._image import Image
from ._metric import UNBOUNDED, Convention, Metric


def slope(pixels: Tensor) -> Tensor:
    """Signed horizontal derivative: central differences, one-sided at the border; exact for whole numbers."""
    (across,) = torch.gradient(pixels, dim=-1)
    return across


def fmi_gradient(
    fused: Image, ir: Image, vis: Image, *, identity: Identity = "repaired", constants: float = 1.0
) -> Tensor:
    """Feature mutual information on gradients, mean over the two sources.

    Args:
        fused: (B, 1, H, W), at least 3 pixels along each side.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        identity: how equal windows are recognised; see :mod:`hifbench.metrics._fmi_windows`.
        constants: score of two constant windows of different values.

    Returns:
        float64 (B,).
    """
    return feature_information(slope, fused, ir, vis, identity, constants)


METRIC = Metric(
    name="FMI-GRADIENT",
    title="Feature mutual information (gradients)",
    direction="higher",
    bounds=UNBOUNDED,
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Haghighat, Razian 2014, AICT; mhaghighat/fmi fmi.m, feature 'gradient'",
    function=fmi_gradient,
    conventions={
        "default": Convention({}, "horizontal gradient, 3x3 windows, two constant windows score 1; mean of the two"),
    },
    options={
        "shipped": Convention({"identity": "shipped"}, "bug: equal windows go unrecognised, as fmi.m ships"),
        "flat-zero": Convention({"constants": 0.0}, "two constant windows of different values score 0"),
    },
    smallest=3,
)
