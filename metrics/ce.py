"""Cross entropy between both sources and the fused image, in bits; lower is better.

What it computes is the Kullback-Leibler divergence Σ p_X log2(p_X / p_F) of the grey levels' histograms from each
source X to the fused image F, over the levels that occur in both; mean of the two sources (Bulanon, Burks,
Alchanatis 2009, in VIFB). The levels left out make it finite, and let it fall below 0, to -0.531 at least.

- default, vifb: the above; VIFB takes the mean over the colour channels.
- ivif-zoo: unrelated to histograms: binary cross entropy between the pixels' sigmoids, which for levels 0..255 are
  1 from 17 upwards; only the darkest pixels count.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric
from .en import histogram

_NEAREST_TO_CERTAIN = 1e-7


def divergence(fused: Image, source: Image) -> Tensor:
    """Σ p log2(p / q) over the grey levels that occur in both, p of the source, q of the fused image; (B,)."""
    p, q = (_shares(image) for image in (source, fused))
    both = (p > 0) & (q > 0)
    terms = torch.where(both, torch.special.xlogy(p, p / q), 0.0)
    return terms.sum(dim=1) / math.log(2)


def _shares(image: Image) -> Tensor:
    counts = image.once(histogram).to(torch.float64)
    return counts / counts.sum(dim=1, keepdim=True)


@lru_cache(maxsize=1)
def _sigmoids() -> tuple[Tensor, Tensor, Tensor]:
    """Sigmoid of each grey level, kept 1e-7 from 0 and 1, and the logarithms of it and its complement, (256,) each.

    The original's float32 decides the values near 1, so it is kept this far.
    """
    levels = torch.arange(256, dtype=torch.float32)
    sigmoid = torch.sigmoid(levels).clamp_(_NEAREST_TO_CERTAIN, 1 - _NEAREST_TO_CERTAIN).to(torch.float64)
    return sigmoid, sigmoid.log(), torch.log1p(-sigmoid)


def binary(fused: Image, source: Image) -> Tensor:
    """Binary cross entropy of the fused pixels' sigmoids with the source's as target, mean over the pixels, (B,)."""
    device = fused.pixels.device
    sigmoid, log, log_complement = (table.to(device) for table in _sigmoids())
    x, f = source.pixels.to(torch.int64), fused.pixels.to(torch.int64)
    target = sigmoid[x]
    return -(target * log[f] + (1 - target) * log_complement[f]).mean(dim=(-3, -2, -1))


def cross_entropy(
    fused: Image, ir: Image, vis: Image, *, of: Literal["histograms", "sigmoids"] = "histograms"
) -> Tensor:
    """Cross entropy, mean over the two sources.

    Args:
        fused: (B, 1, H, W).
        ir: infrared source, same shape.
        vis: visible source, same shape.
        of: ``histograms``, in bits; or ``sigmoids`` of the pixels, in nats.

    Returns:
        float64 (B,).
    """
    kernel = binary if of == "sigmoids" else divergence
    values = [fused.once_with(source, kernel) for source in (ir, vis)]
    return (values[0] + values[1]) / 2


METRIC = Metric(
    name="CE",
    title="Cross entropy",
    direction="lower",
    bounds=(-math.log2(math.e) / math.e, math.inf),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Bulanon, Burks, Alchanatis 2009, Biosyst. Eng. 103(1):12-22; VIFB metricsCross_entropy.m",
    function=cross_entropy,
    conventions={
        "default": Convention({}, "divergence of histograms over the levels in both, bits; mean of the two sources"),
        "vifb": Convention({}, "as the default; mean over the colour channels"),
        "ivif-zoo": Convention({"of": "sigmoids"}, "binary cross entropy of sigmoids of the pixels"),
    },
)
