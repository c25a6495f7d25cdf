"""Sum of the correlations of differences; higher is better.

r(F - B, A) + r(F - A, B), with Pearson's r, infrared A, visible B, fused F: what the fused image holds beyond one
source should be the other (Aslantas, Bendes 2015). All toolboxes agree: Linfeng-Tang's, CDDFuse, IVIF_ZOO,
dungdz67's.

Where a difference or a source is constant, r is 0 / 0: 0 here, NaN in the toolboxes.
"""

from __future__ import annotations

import math

from torch import Tensor

from ._correlation import correlation
from ._image import Image
from ._metric import Convention, Metric


def scd(fused: Image, ir: Image, vis: Image, *, undefined: float = 0.0) -> Tensor:
    """Sum of the correlations of differences.

    Args:
        fused: (B, 1, H, W).
        ir: infrared source, same shape.
        vis: visible source, same shape.
        undefined: the correlation with a constant image.

    Returns:
        float64 (B,), in -2..2.
    """
    a, b = ir.pixels, vis.pixels
    return correlation(fused.pixels - b, a, undefined) + correlation(fused.pixels - a, b, undefined)


METRIC = Metric(
    name="SCD",
    title="Sum of the correlations of differences",
    direction="higher",
    bounds=(-2.0, 2.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Aslantas, Bendes 2015, AEU Int. J. Electron. Commun. 69(12):1890-1896",
    function=scd,
    conventions={
        "default": Convention({}, "sum of the two; 0 where a difference or a source is constant"),
        "tang": Convention({"undefined": math.nan}, "as the default; NaN in place of that 0"),
        "cddfuse": Convention({"undefined": math.nan}, "as the default; NaN in place of that 0"),
        "ivif-zoo": Convention({"undefined": math.nan}, "as the default; NaN in place of that 0"),
    },
)
