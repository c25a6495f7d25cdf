"""Visual information fidelity of the fused image to both sources, in the pixel domain; higher is better.

Against each source, Σ log10(1 + g² σx² / (σv² + 2)) / Σ log10(1 + σx² / 2) over the windows of four scales (gain
g and noise σv² as in ``_visual_information.py``), the share of the source's information that the fused image
keeps (Sheikh, Bovik 2006; release ``vifp_mscale.m``, σn² = 2).

- default, ``tang``, ``cddfuse`` (where it is called VIFF), ``sewar``, ``paper``: sum of the two sources. Agrees with
  dungdz67's Python metrics and torchmetrics, too.
- ``VIF@mean``: mean of the two sources.
- ``VIF@uint8``: a bug of MATLAB code that is given uint8: products of pixels saturate at 255 on the first scale,
  which raises values by 1.2 to 1.7 times. So did Linfeng-Tang's toolbox once, and xianming-gu's still does.
- ``ivif-zoo``: a bug: windows that lie off their centre and are stretched; and zeros beyond the border. In float32, as
  there: in flat areas the rounding counts, in the third digit. See ``_visual_information_zoo.py``.

A source without any information (a constant image) loses none: its value is 1, but NaN under ``tang`` and ``sewar``,
which divide 0 by 0. (For ``ivif-zoo`` that is a black source, and was not checked.) No convention comes near the values
that the DeRUN paper prints; ``paper`` is the default.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric
from ._sources import Combination, combined
from ._visual_information import PUBLISHED, SATURATED, SMALLEST, Pyramid, information, scales, transfers
from ._visual_information_zoo import fidelity_in_float32
from ._windows import mean_of

_NOISE = 2.0


def _information_of_source(source: Image, pyramid: Pyramid) -> Tensor:
    return _total([information(at.variance, _NOISE) for _, at in source.once(scales, pyramid)])


def _total(maps: list[Tensor]) -> Tensor:
    """Sum over the pixels of all scales, float64 (B,)."""
    return torch.stack([mean_of(each) * each[0].numel() for each in maps]).sum(dim=0)


def fidelity(fused: Image, source: Image, pyramid: Pyramid) -> Tensor:
    """Visual information fidelity of the fused image to one source, float64 (B,), not negative; NaN without any."""
    kept = []
    channels = fused.once_with(source, transfers, pyramid)
    for (_, at), (gain, noise) in zip(source.once(scales, pyramid), channels, strict=True):
        kept.append(information((gain * gain).mul_(at.variance), noise + _NOISE))
    return _total(kept) / _information_of_source(source, pyramid)


def vif(
    fused: Image,
    ir: Image,
    vis: Image,
    *,
    pyramid: Pyramid = PUBLISHED,
    combine: Combination = "sum",
    of_nothing: float = 1.0,
    of: Literal["published", "ivif-zoo"] = "published",
) -> Tensor:
    """Pixel-domain visual information fidelity.

    Args:
        fused: (B, 1, H, W), at least 41 pixels along each side; any for ``ivif-zoo``.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        pyramid: how the scales are taken.
        combine: mean or sum of the two sources.
        of_nothing: the value of a source without any information.
        of: whose; IVIF_ZOO has its own pyramid, and computes in single precision.

    Returns:
        float64 (B,), not negative. A source counts 1 when it is kept whole, more when contrast is raised.
    """
    if of == "ivif-zoo":
        values = [fused.once_with(source, fidelity_in_float32) for source in (ir, vis)]
    else:
        values = [fused.once_with(source, fidelity, pyramid) for source in (ir, vis)]
    values = [torch.where(value.isnan(), of_nothing, value) for value in values]
    return combined(values[0], values[1], combine)


METRIC = Metric(
    name="VIF",
    title="Visual information fidelity (pixel domain)",
    direction="higher",
    bounds=(0.0, math.inf),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Sheikh, Bovik 2006, IEEE TIP 15(2):430-444; vifp_mscale.m in Linfeng-Tang's toolbox",
    function=vif,
    conventions={
        "default": Convention({}, "vifp_mscale against each source, noise variance 2; their sum"),
        "tang": Convention({"of_nothing": math.nan}, "as the default; NaN with a constant source"),
        "cddfuse": Convention({}, "as the default; named VIFF there"),
        "ivif-zoo": Convention(
            {"of": "ivif-zoo"}, "bug: windows off centre; zeros beyond the border; in float32", smallest=1
        ),
        "sewar": Convention({"of_nothing": math.nan}, "as the default; NaN with a constant source"),
        "paper": Convention({}, "as the default (inferred; comes nowhere near the paper's values)"),
    },
    options={
        "mean": Convention({"combine": "mean"}, "as the default, but the mean of the two sources"),
        "uint8": Convention(
            {"pyramid": SATURATED}, "bug: products saturate at 255, as when MATLAB's code is given uint8", grey="matlab"
        ),
    },
    smallest=SMALLEST,
)
