"""Visual information fidelity of the fused image to both sources, in the pixel domain; higher is better.

Against each source, Σ log10(1 + g² σx² / (σv² + 2)) / Σ log10(1 + σx² / 2) over the windows of four scales (gain
g and noise σv² as in ``_visual_information.py``), the share of the source's information that the fused image
keeps (Sheikh, Bovik 2006; release ``vifp_mscale.m``, σn² = 2).

- default: sum of the two sources. Agrees with Linfeng-Tang's toolbox, dungdz67's Python metrics, sewar,
  torchmetrics, and with CDDFuse, where it is called VIFF.
- ``VIF@mean``: mean of the two sources.

A source without any information (a constant image) loses none: its value is 1.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric
from ._sources import Combination, combined
from ._visual_information import SMALLEST, information, scales, transfers
from ._windows import mean_of

_NOISE = 2.0


def _information_of_source(source: Image) -> Tensor:
    return _total([information(at.variance, _NOISE) for _, at in source.once(scales)])


def _total(maps: list[Tensor]) -> Tensor:
    """Sum over the pixels of all scales, float64 (B,)."""
    return torch.stack([mean_of(each) * each[0].numel() for each in maps]).sum(dim=0)


def fidelity(fused: Image, source: Image) -> Tensor:
    """Visual information fidelity of the fused image to one source, float64 (B,), not negative."""
    kept = []
    for (_, at), (gain, noise) in zip(source.once(scales), fused.once_with(source, transfers), strict=True):
        kept.append(information((gain * gain).mul_(at.variance), noise + _NOISE))
    whole = _information_of_source(source)
    return torch.where(whole > 0, _total(kept) / whole, 1.0)


def vif(fused: Image, ir: Image, vis: Image, *, combine: Combination = "sum") -> Tensor:
    """Pixel-domain visual information fidelity.

    Args:
        fused: (B, 1, H, W), at least 41 pixels along each side.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        combine: mean or sum of the two sources.

    Returns:
        float64 (B,), not negative. A source counts 1 when it is kept whole, more when contrast is raised.
    """
    values = [fused.once_with(source, fidelity) for source in (ir, vis)]
    return combined(values[0], values[1], combine)


METRIC = Metric(
    name="VIF",
    title="Visual information fidelity (pixel domain)",
    direction="higher",
    bounds=(0.0, math.inf),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Sheikh, Bovik 2006, IEEE TIP 15(2):430-444; vifp_mscale.m in Linfeng-Tang's toolbox",
    function=vif,
    conventions={"default": Convention({}, "vifp_mscale against each source, noise variance 2; their sum")},
    options={"mean": Convention({"combine": "mean"}, "as the default, but the mean of the two sources")},
    smallest=SMALLEST,
)
