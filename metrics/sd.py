"""Standard deviation of the fused image, in grey levels; higher is better.

√(Σ (F - mean)² / (H W)), of the population (MATLAB's ``std(..., 1)``). It looks at neither source, and
noise raises it.

- default, tang, vifb, cddfuse, ivif-zoo: the above; VIFB takes the mean over the colour channels. Agrees with all
  of them and with dungdz67's Python metrics.
- ``SD@uint8``: a bug of older copies of Linfeng-Tang's toolbox (Xianming Gu's among them) and of papers that used
  them: in uint8 the differences below the mean are cut to 0 and the squares to 255. Values near 10, not 50.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric
from ._windows import mean_of


def standard_deviation(
    fused: Image, ir: Image, vis: Image, *, arithmetic: Literal["exact", "uint8"] = "exact"
) -> Tensor:
    """Standard deviation of the fused image.

    Args:
        fused: (B, 1, H, W).
        ir: not looked at.
        vis: not looked at.
        arithmetic: ``uint8`` rounds and cuts differences and squares to 0..255, as MATLAB does.

    Returns:
        float64 (B,), in 0..127.5; 0 for a constant image.
    """
    off = fused.pixels - fused.pixels.mean(dim=(-3, -2, -1), keepdim=True)
    if arithmetic == "uint8":
        off = torch.floor(off.clamp_min_(0).add_(0.5))
    squared = off.square_()
    return mean_of(squared.clamp_max_(255) if arithmetic == "uint8" else squared).sqrt_()


METRIC = Metric(
    name="SD",
    title="Standard deviation",
    direction="higher",
    bounds=(0.0, 127.5),
    needs=frozenset({"fused"}),
    reference="MATLAB std(..., 1); Linfeng-Tang/Evaluation-for-Image-Fusion",
    function=standard_deviation,
    conventions={
        "default": Convention({}, "of the population"),
        "tang": Convention({}, "as the default"),
        "vifb": Convention({}, "as the default; mean over the colour channels"),
        "cddfuse": Convention({}, "as the default"),
        "ivif-zoo": Convention({}, "as the default"),
    },
    options={
        "uint8": Convention(
            {"arithmetic": "uint8"}, "bug: differences and squares saturate in uint8 (older toolboxes)", grey="matlab"
        ),
    },
)
