"""Entropy of the fused image, in bits; higher is better.

H = -Σ p_k log2 p_k over the 256 grey levels, p being the share of pixels at a level (Shannon 1948; Roberts et
al. 2008 for fusion). MATLAB's ``entropy`` on uint8. It looks at neither source, and noise raises it.

- default; ``tang``, ``vifb`` and ``cddfuse``, which differ in what they do to colour; ``paper``. Agrees with
  dungdz67's Python metrics, too.
- ``ivif-zoo``: log2(p + 1e-7), which shifts the value by some -4e-5 bits and makes a constant image slightly
  negative.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric


def histogram(pixels: Tensor) -> Tensor:
    """Number of pixels at each grey level.

    Args:
        pixels: float64 (B, 1, H, W), whole numbers 0..255.

    Returns:
        int64 (B, 256).
    """
    # As bytes: bincount reads an eighth of the memory that int64 would need.
    return torch.stack([torch.bincount(image, minlength=256) for image in pixels.to(torch.uint8).flatten(1)])


def entropy(fused: Image, ir: Image, vis: Image, *, epsilon: float = 0.0) -> Tensor:
    """Entropy of the fused image in bits.

    Args:
        fused: (B, 1, H, W).
        ir: not looked at.
        vis: not looked at.
        epsilon: added to each share within the logarithm.

    Returns:
        float64 (B,), in 0..8; 0 for a constant image.
    """
    counts = fused.once(histogram).to(torch.float64)
    shares = counts / counts.sum(dim=1, keepdim=True)
    if epsilon:
        return -(shares * (shares + epsilon).log2()).sum(dim=1)
    nats: Tensor = torch.special.entr(shares).sum(dim=1)
    return nats / math.log(2)


METRIC = Metric(
    name="EN",
    title="Entropy",
    direction="higher",
    bounds=(0.0, 8.0),
    needs=frozenset({"fused"}),
    reference="Shannon 1948; Roberts, van Aardt, Ahmed 2008, J. Appl. Remote Sens. 2:023522; MATLAB entropy()",
    function=entropy,
    conventions={
        "default": Convention({}, "256 grey levels, log2, on the 8-bit fused image"),
        "tang": Convention({}, "as the default"),
        "vifb": Convention({}, "as the default on each colour channel, and their mean"),
        "cddfuse": Convention({}, "as the default"),
        "ivif-zoo": Convention({"epsilon": 1e-7}, "1e-7 added within the logarithm: 4e-5 bits less"),
        "paper": Convention({}, "as the default (inferred)"),
    },
)
