"""Correlation coefficient of the fused image with both sources; higher is better.

Pearson's r between each source and the fused image, mean of the two (Deshmukh, Bhosale 2010). All toolboxes agree:
Linfeng-Tang's, CDDFuse, IVIF_ZOO, dungdz67's.

Where an image is constant r is 0 / 0: 0 here, NaN in the toolboxes.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from ._correlation import correlation
from ._image import Image
from ._metric import Convention, Metric


def _pearson(fused: Image, source: Image, undefined: float) -> Tensor:
    return correlation(fused.pixels, source.pixels, undefined)


def cc(
    fused: Image,
    ir: Image,
    vis: Image,
    *,
    undefined: float = 0.0,
    source: Literal["both", "infrared", "visible"] = "both",
) -> Tensor:
    """Correlation coefficient, mean over the two sources or with one of them.

    Args:
        fused: (B, 1, H, W).
        ir: infrared source, same shape.
        vis: visible source, same shape.
        undefined: the correlation with a constant image.
        source: with which; a fused image that copies one source shows in the two single values.

    Returns:
        float64 (B,), in -1..1.
    """
    sources = {"both": (ir, vis), "infrared": (ir,), "visible": (vis,)}[source]
    return torch.stack([fused.once_with(one, _pearson, undefined) for one in sources]).mean(dim=0)


METRIC = Metric(
    name="CC",
    title="Correlation coefficient",
    direction="higher",
    bounds=(-1.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Deshmukh, Bhosale 2010, Int. J. Image Process. 4(5):484; Linfeng-Tang/Evaluation-for-Image-Fusion",
    function=cc,
    conventions={
        "default": Convention({}, "mean of the two sources; 0 where an image is constant"),
        "tang": Convention({"undefined": math.nan}, "as the default; NaN where an image is constant"),
        "cddfuse": Convention({"undefined": math.nan}, "as the default; NaN where an image is constant"),
        "ivif-zoo": Convention({"undefined": math.nan}, "as the default; NaN where an image is constant"),
    },
    options={
        "infrared": Convention({"source": "infrared"}, "with the infrared image alone; 0 where an image is constant"),
        "visible": Convention({"source": "visible"}, "with the visible image alone; 0 where an image is constant"),
    },
)
