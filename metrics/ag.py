"""Average gradient of the fused image; higher is better.

With the horizontal and vertical derivatives gx and gy, Σ √((gx² + gy²) / 2) / ((H - 1)(W - 1)) (Cui et al.
2015). Two derivatives go by the same name, and their values differ by a fifth to a third:

- default, ``tang``, ``vifb``, ``mefb``: central differences, one-sided at the border (MATLAB's ``gradient``): H·W
  terms, divided by (H - 1)(W - 1) all the same. Agrees with dungdz67's Python metrics, too.
- ``cddfuse``, ``ivif-zoo``: the same terms divided by their number, H·W.
- ``AG@forward``, ``paper``: forward differences on the (H - 1) x (W - 1) grid, the formula that most papers print.
  Agrees with ``Definition.m`` of thfylsty's toolbox.
- ``AG@forward-all``: the same divided by H·W, more than there are terms: ``AverageGradient.m`` of that toolbox.

It looks at neither source, and noise raises it.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric


def _twice_gradient(pixels: Tensor, dim: int) -> Tensor:
    """Twice MATLAB's ``gradient`` along one dimension: twice, to stay in whole numbers."""
    length = pixels.shape[dim]
    slope = torch.empty_like(pixels)
    if length > 2:
        torch.sub(
            pixels.narrow(dim, 2, length - 2),
            pixels.narrow(dim, 0, length - 2),
            out=slope.narrow(dim, 1, length - 2),
        )
    for end, low in ((0, 0), (length - 1, length - 2)):
        step = pixels.narrow(dim, low + 1, 1) - pixels.narrow(dim, low, 1)
        slope.narrow(dim, end, 1).copy_(2 * step)
    return slope


def average_gradient(
    fused: Image,
    ir: Image,
    vis: Image,
    *,
    differences: Literal["central", "forward"] = "central",
    over: Literal["inner", "all"] = "inner",
) -> Tensor:
    """Average gradient in grey levels per pixel.

    Args:
        fused: (B, 1, H, W), at least 2 pixels along each side.
        ir: not looked at.
        vis: not looked at.
        differences: ``central`` (MATLAB's ``gradient``) or ``forward``.
        over: what the sum is divided by: (H - 1)(W - 1), or the number of all pixels.

    Returns:
        float64 (B,), not negative; 0 for a constant image.
    """
    pixels = fused.pixels
    height, width = pixels.shape[-2:]
    if differences == "central":
        across, down, scale = _twice_gradient(pixels, -1), _twice_gradient(pixels, -2), 8.0
    else:
        corner = pixels[..., :-1, :-1]
        across, down, scale = pixels[..., :-1, 1:] - corner, pixels[..., 1:, :-1] - corner, 2.0
    squared = across.square_().addcmul_(down, down)
    count = (height - 1) * (width - 1) if over == "inner" else height * width
    return squared.sqrt_().sum(dim=(-3, -2, -1)) / (math.sqrt(scale) * count)


METRIC = Metric(
    name="AG",
    title="Average gradient",
    direction="higher",
    bounds=(0.0, 1020.0),  # 255 on large images; four terms over one on 2x2
    needs=frozenset({"fused"}),
    reference="Cui, Feng, Xu, Li, Chen 2015, Opt. Commun. 341:199-209; Linfeng-Tang/Evaluation-for-Image-Fusion",
    function=average_gradient,
    conventions={
        "default": Convention({}, "central differences (MATLAB gradient) over (H-1)(W-1)"),
        "tang": Convention({}, "as the default"),
        "vifb": Convention({}, "as the default on each colour channel, and their mean"),
        "mefb": Convention({}, "as vifb (from the source's description; no value to check against)"),
        "cddfuse": Convention({"over": "all"}, "central differences over HW"),
        "ivif-zoo": Convention({"over": "all"}, "central differences over HW"),
        "paper": Convention({"differences": "forward"}, "forward differences over (H-1)(W-1) (inferred)"),
    },
    options={
        "forward": Convention({"differences": "forward"}, "forward differences on the (H-1)x(W-1) grid"),
        "forward-all": Convention({"differences": "forward", "over": "all"}, "forward differences, divided by HW"),
    },
    smallest=2,
)
