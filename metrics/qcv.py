"""Q_CV: what the eye sees of the difference to the sources, where they are salient; lower is better.

Images are stretched to 0..255. The difference between a source and the fused image is filtered by the contrast
sensitivity of Mannos and Sakrison, and its mean square in each 16x16 block is weighted with the source's saliency
there, the sum of the fifth powers of its Sobel magnitudes; the value is the weighted mean over blocks and sources
(Chen, Varshney 2007, Information Fusion 8(2), equations 9 to 18).

``metricChen.m`` of zhengliu6699's toolbox, which VIFB ships as ``metricsQcv.m`` and runs on each colour channel:
frequencies are 2/8 of the cycles a picture, Sobel sees zeros beyond the border, and blocks that the border cuts
are filled up with zeros. NaN there for an image of one level other than black, and for two black sources; by
default the first is black, and two sources without any saliency weigh the same everywhere.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import pad

from ._contrast_sensitivity import filtered, mannos_sakrison, stretched
from ._image import Image
from ._metric import Convention, Metric

Form = Literal["finite", "toolbox"]

_BLOCK = 16
_CONSTANT: dict[Form, float] = {"finite": 0.0, "toolbox": math.nan}


def _block_sums(values: Tensor) -> Tensor:
    """Sum over every block, (B, 1, H, W) -> (B, blocks); blocks at the border are filled up with zeros."""
    height, width = values.shape[-2:]
    whole = pad(values, (0, -width % _BLOCK, 0, -height % _BLOCK))
    batch, _, height, width = whole.shape
    blocks = whole.view(batch, height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    return torch.sum(blocks, dim=(2, 4)).flatten(1)


def saliency(pixels: Tensor, form: Form) -> Tensor:
    """Saliency of every block of a source, float64 (B, blocks).

    Args:
        pixels: float64 (B, 1, H, W), whole numbers 0..255.
        form: see :func:`q_cv`.
    """
    framed = pad(stretched(pixels, _CONSTANT[form]), (1, 1, 1, 1))
    above, level, below = framed[..., :-2, :], framed[..., 1:-1, :], framed[..., 2:, :]
    smoothed, sloped = above + 2 * level + below, below - above
    across = smoothed[..., 2:] - smoothed[..., :-2]
    down = sloped[..., :-2] + 2 * sloped[..., 1:-1] + sloped[..., 2:]
    return _block_sums((across.square_() + down.square_()) ** 2.5)


def visible_difference(fused: Image, source: Image, form: Form) -> Tensor:
    """Mean square of the filtered difference in every block, float64 (B, blocks)."""
    difference = source.once(stretched, _CONSTANT[form]) - fused.once(stretched, _CONSTANT[form])
    return _block_sums(filtered(difference, mannos_sakrison, 4).square_()) / _BLOCK**2


def q_cv(fused: Image, ir: Image, vis: Image, *, form: Form = "finite") -> Tensor:
    """Q_CV.

    Args:
        fused: (B, 1, H, W).
        ir: infrared source, same shape.
        vis: visible source, same shape.
        form: ``toolbox`` is zhengliu's, ``finite`` the same without its NaN.

    Returns:
        float64 (B,), not negative; NaN for a constant image unless ``finite``.
    """
    weights = [source.once(saliency, form) for source in (ir, vis)]
    if form == "finite":
        nothing = (weights[0] + weights[1]).sum(dim=1, keepdim=True) == 0
        weights = [weight.masked_fill(nothing, 1) for weight in weights]
    differences = [fused.once_with(source, visible_difference, form) for source in (ir, vis)]
    weighted = torch.stack([w * d for w, d in zip(weights, differences, strict=True)])
    return weighted.sum(dim=(0, 2)) / torch.stack(weights).sum(dim=(0, 2))


METRIC = Metric(
    name="QCV",
    label="Q_CV",
    title="Chen-Varshney metric (perceived difference)",
    direction="lower",
    bounds=(0.0, math.inf),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Chen, Varshney 2007, Inf. Fusion 8(2):193-207; metricChen.m in imageFusionMetrics",
    function=q_cv,
    conventions={
        "default": Convention({}, "Mannos-Sakrison sensitivity, 16x16 blocks, saliency to the fifth power; finite"),
        "zliu": Convention({"form": "toolbox"}, "as the default, NaN for a constant image"),
        "vifb": Convention({"form": "toolbox"}, "as zliu, mean over the colour channels"),
    },
)
