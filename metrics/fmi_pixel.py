"""Feature mutual information between the fused image and both sources, on pixels; higher is better.

The pixels of the three images are compared in every 3x3 window: a window's pixels, scaled to 0..1, are read as a
distribution, a joint distribution is built from the two windows' correlation, and their mutual information is
divided by the mean of their entropies; mean over the two sources, then over the windows (Haghighat, Razian 2014,
"fast FMI", feature ``none``). Values near 0.4; a window's own may leave 0..1, for the joint distribution may have
negative cells.

- default: two constant windows score 1; equal windows are recognised by their values. Agrees with dungdz67's Python
  metrics, and with ``fmi.m`` of mhaghighat/fmi in Octave but for the next.
- ``FMI-PIXEL@shipped``: as ``fmi.m`` ships: by a bug, equal windows of the fused and the visible image are not
  recognised where the infrared one differs; it matters for windows with one pixel above eight equal ones.
- ``FMI-PIXEL@flat-zero``: two constant windows of different levels score 0, as they do in exact arithmetic and in
  ports whose rounding differs; up to a tenth of all windows in flat images.
- tang: the toolbox's column of this name; a bug computes it on edges, which is the metric FMI.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from ._fmi_windows import Identity, feature_information
from ._image import Image
from ._metric import UNBOUNDED, Convention, Metric
from .fmi import fmi


def pixels_themselves(pixels: Tensor) -> Tensor:
    """The pixels as their own feature."""
    return pixels


def fmi_pixel(
    fused: Image,
    ir: Image,
    vis: Image,
    *,
    feature: Literal["pixels", "edges"] = "pixels",
    identity: Identity = "repaired",
    constants: float = 1.0,
) -> Tensor:
    """Feature mutual information on pixels, mean over the two sources.

    Args:
        fused: (B, 1, H, W), at least 3 pixels along each side.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        feature: what is compared: pixels, or edges.
        identity: how equal windows are recognised; see :mod:`hifbench.metrics._fmi_windows`.
        constants: score of two constant windows of different levels.

    Returns:
        float64 (B,).
    """
    if feature == "edges":
        return fmi(fused, ir, vis)
    return feature_information(pixels_themselves, fused, ir, vis, identity, constants)


METRIC = Metric(
    name="FMI-PIXEL",
    title="Feature mutual information (pixels)",
    direction="higher",
    bounds=UNBOUNDED,
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Haghighat, Razian 2014, AICT; mhaghighat/fmi fmi.m, feature 'none'",
    function=fmi_pixel,
    conventions={
        "default": Convention({}, "pixels, 3x3 windows, two constant windows score 1; mean of the two sources"),
        "tang": Convention({"feature": "edges"}, "bug: no feature is passed on, so it is edges (FMI)"),
    },
    options={
        "shipped": Convention({"identity": "shipped"}, "bug: equal windows go unrecognised, as fmi.m ships"),
        "flat-zero": Convention({"constants": 0.0}, "two constant windows of different levels score 0"),
    },
    smallest=3,
)
