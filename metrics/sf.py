"""Spatial frequency of the fused image; higher is better.

√(RF² + CF²), with the mean squared difference between horizontal neighbours RF² and vertical neighbours CF²
(Eskicioglu, Fisher 1995). It looks at neither source, and noise raises it.

- default, tang, cddfuse, ivif-zoo: mean over the H (W - 1) and (H - 1) W differences that there are. Agrees with
  these toolboxes and dungdz67's Python metrics.
- vifb: sums divided by H W; the colour channels stand side by side in one image, and the steps across the two
  seams between them count.
- zliu: sums divided by H W, read in its source; no value to check against.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric

_PIXELS = (-3, -2, -1)


def spatial_frequency(
    fused: Image, ir: Image, vis: Image, *, divide_by: Literal["differences", "pixels"] = "differences"
) -> Tensor:
    """Spatial frequency of the fused image in grey levels.

    Args:
        fused: (B, 1, H, W), at least 2 pixels along each side.
        ir: not looked at.
        vis: not looked at.
        divide_by: what the sums of squares are divided by.

    Returns:
        float64 (B,), in 0..361; 0 for a constant image.
    """
    squares = [fused.pixels.diff(dim=dim).square_() for dim in (-1, -2)]
    counts = [fused.pixels[0].numel() if divide_by == "pixels" else square[0].numel() for square in squares]
    return (squares[0].sum(dim=_PIXELS) / counts[0] + squares[1].sum(dim=_PIXELS) / counts[1]).sqrt_()


METRIC = Metric(
    name="SF",
    title="Spatial frequency",
    direction="higher",
    bounds=(0.0, 255 * 2**0.5),
    needs=frozenset({"fused"}),
    reference="Eskicioglu, Fisher 1995, IEEE Trans. Commun. 43(12):2959-2965; Linfeng-Tang/Evaluation-for-Image-Fusion",
    function=spatial_frequency,
    conventions={
        "default": Convention({}, "mean over the differences that there are"),
        "tang": Convention({}, "as the default"),
        "vifb": Convention(
            {"divide_by": "pixels"}, "sums over H W; channels side by side, seams counted", channels="side-by-side"
        ),
        "cddfuse": Convention({}, "as the default"),
        "ivif-zoo": Convention({}, "as the default"),
        "zliu": Convention(
            {"divide_by": "pixels"}, "sums over H W (from the source's description; no value to check against)"
        ),
    },
    smallest=2,
)
