"""Root mean squared error against both sources, in grey levels; lower is better.

√(mean (X - F)²) on 0..255 against each source X, mean of the two (Jagalingam, Hegde 2015).

- default: the above.
- vifb, mefb: a bug divides by the number of pixels after the root, √(Σ (X - F)²) / (H W): values near 0.1 that
  fall with the image's size. Mean over the colour channels.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric
from .psnr import squared_error

_BUG = "bug: root of the summed squares over H W, depends on the size; mean over the colour channels"


def rmse(
    fused: Image, ir: Image, vis: Image, *, divide: Literal["before-root", "after-root"] = "before-root"
) -> Tensor:
    """Root mean squared error, mean over the two sources.

    Args:
        fused: (B, 1, H, W).
        ir: infrared source, same shape.
        vis: visible source, same shape.
        divide: whether the sum of squares is divided by the number of pixels before or after the root.

    Returns:
        float64 (B,), in 0..255.
    """
    roots = [fused.once_with(source, squared_error).sqrt() for source in (ir, vis)]
    mean = (roots[0] + roots[1]) / 2
    return mean if divide == "before-root" else mean / fused.pixels[0].numel() ** 0.5


METRIC = Metric(
    name="RMSE",
    title="Root mean squared error",
    direction="lower",
    bounds=(0.0, 255.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Jagalingam, Hegde 2015, Aquatic Procedia 4:133-142; VIFB metricsRmse.m",
    function=rmse,
    conventions={
        "default": Convention({}, "on 0..255; mean of the two sources"),
        "vifb": Convention({"divide": "after-root"}, _BUG),
        "mefb": Convention(
            {"divide": "after-root"}, "as vifb (from the source's description; no value to check against)"
        ),
    },
)
