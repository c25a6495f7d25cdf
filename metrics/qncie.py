"""Nonlinear correlation information entropy of the fused image and both sources; higher is better.

The three images' pairwise mutual information of grey levels, in units of 8 bits, fills a 3x3 matrix with ones on
its diagonal; with its eigenvalues λ the value is 1 + Σ λ/3 log256(λ/3) (Wang, Shen, Zhang 2005; Wang, Shen, Jin
2008). The matrix is that of three images, so the sources' likeness counts too; values lie within 0.8 and 1.

- default, zliu: the above. zhengliu's toolbox stretches each image to 0..255 first, which moves grey levels apart
  and keeps the value. Agrees with its ``metricWang.m`` and dungdz67's Python metrics.
- ivif-zoo: Pearson's correlation in place of mutual information; NaN where an image is constant.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from ._correlation import correlation
from ._histograms import mutual_information
from ._image import Image
from ._metric import Convention, Metric

_LOG_LEVELS = math.log(256)


def _pearson(first: Image, second: Image) -> Tensor:
    return correlation(first.pixels, second.pixels, undefined=math.nan)


def qncie(
    fused: Image, ir: Image, vis: Image, *, likeness: Literal["information", "pearson"] = "information"
) -> Tensor:
    """Nonlinear correlation information entropy.

    Args:
        fused: (B, 1, H, W).
        ir: infrared source, same shape.
        vis: visible source, same shape.
        likeness: what is compared pair by pair: mutual information, or Pearson's correlation.

    Returns:
        float64 (B,), in 1 - log256(3)..1.
    """
    pairs = ((fused, ir), (fused, vis), (ir, vis))
    if likeness == "pearson":
        ir_fused, vis_fused, ir_vis = (x.once_with(y, _pearson) for x, y in pairs)
    else:
        ir_fused, vis_fused, ir_vis = (x.once_with(y, mutual_information) / _LOG_LEVELS for x, y in pairs)
    one = torch.ones_like(ir_vis)
    rows = (one, ir_vis, ir_fused), (ir_vis, one, vis_fused), (ir_fused, vis_fused, one)
    matrix = torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)
    known = matrix.isfinite().all(dim=-1).all(dim=-1)
    values = torch.linalg.eigvalsh(torch.where(known[:, None, None], matrix, 1.0))
    nats = torch.special.entr(values.clamp_min(0) / 3).sum(dim=-1)
    return torch.where(known, 1 - nats / _LOG_LEVELS, math.nan)


METRIC = Metric(
    name="QNCIE",
    title="Nonlinear correlation information entropy",
    direction="higher",
    bounds=(1 - math.log(3) / _LOG_LEVELS, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Wang, Shen, Jin 2008, in Image Fusion: Algorithms and Applications, ch. 19; zhengliu metricWang.m",
    function=qncie,
    label="Q_ncie",
    conventions={
        "default": Convention({}, "mutual information in units of 8 bits, 256 grey levels"),
        "zliu": Convention({}, "as the default"),
        "ivif-zoo": Convention({"likeness": "pearson"}, "Pearson's correlation in place of mutual information"),
    },
)
