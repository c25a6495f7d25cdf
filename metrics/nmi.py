"""Normalised mutual information of the fused image with both sources; higher is better.

2 (I(A, F) / (H(A) + H(F)) + I(B, F) / (H(B) + H(F))), from the histograms of the 256 grey levels (Hossny,
Nahavandi, Creighton 2008, who corrected Qu's measure so that neither source weighs more by its entropy).

- default, zliu, mefb: the above. The toolboxes stretch each image to 0..255 first, which moves grey levels apart
  and keeps the value. Agrees with zhengliu's ``metricMI(.., 1)`` and MEFB.
- ivif-zoo: 2 (I(A, F) + I(B, F)) / (H(A) + H(B)), another quantity of the same name.

Where both images of a term are constant it is 0 / 0: 0 here, NaN in the toolboxes.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from ._histograms import level_entropy, mutual_information
from ._image import Image
from ._metric import Convention, Metric


def nmi(
    fused: Image,
    ir: Image,
    vis: Image,
    *,
    divide_by: Literal["each-with-fused", "sources"] = "each-with-fused",
    undefined: float = 0.0,
) -> Tensor:
    """Normalised mutual information.

    Args:
        fused: (B, 1, H, W).
        ir: infrared source, same shape.
        vis: visible source, same shape.
        divide_by: entropy of each source plus that of the fused image, or of both sources.
        undefined: value of 0 / 0.

    Returns:
        float64 (B,), in 0..2; divided by the sources' entropy at most 2 as well.
    """
    shared = [fused.once_with(source, mutual_information) for source in (ir, vis)]
    entropies = [level_entropy(source) for source in (ir, vis)]
    if divide_by == "sources":
        return _ratio(2 * (shared[0] + shared[1]), entropies[0] + entropies[1], undefined)
    own = level_entropy(fused)
    terms = [_ratio(2 * value, entropy + own, undefined) for value, entropy in zip(shared, entropies, strict=True)]
    return terms[0] + terms[1]


def _ratio(value: Tensor, total: Tensor, undefined: float) -> Tensor:
    return torch.where(total > 0, value / total, undefined)


METRIC = Metric(
    name="NMI",
    title="Normalised mutual information",
    direction="higher",
    bounds=(0.0, 2.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Hossny, Nahavandi, Creighton 2008, Electron. Lett. 44(18):1066-1067; zhengliu metricMI.m",
    function=nmi,
    conventions={
        "default": Convention({}, "each term over the mean of its two entropies; sum of the two sources"),
        "zliu": Convention({"undefined": math.nan}, "as the default; NaN where a pair is constant"),
        "mefb": Convention({"undefined": math.nan}, "as the default; mean over the colour channels"),
        "ivif-zoo": Convention(
            {"divide_by": "sources", "undefined": math.nan},
            "twice the sum of both terms over the sources' entropies",
        ),
    },
)
