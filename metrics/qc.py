"""Q_C: similarity to either source, weighted with the covariance that it has with the fused image; higher is better.

In every 7x7 window (Gaussian, σ = 1.5) the similarity of the fused image to the infrared source has the weight
σaf / (σaf + σbf), no less than 0 and no more than 1, and that to the visible source the rest; mean over the windows
(Cvejic, Łoza, Bull, Canagarajah 2005, International Journal of Signal Processing 2(3), equations 10 to 12).

- default: that, without constants, in exact arithmetic; symmetric in the sources. Two flat windows are as similar as
  their means, two black ones are equal, and where the covariances add up to 0 the sources weigh the same.
- ``zliu``: ``metricCvejic.m`` of zhengliu6699's toolbox, with two bugs: it is not the weight that is held between 0
  and 1, but the similarity is set to 0 where the weight is below 0 and to 1 where it is above 1, so that the order of
  the sources matters; and constants of 2e-16 make it huge where windows are flat, and NaN where the covariances add
  up to exactly 0. Rounding included, see ``_octave_filter.py``.
- ``mefb``: the same on each colour channel, visible image first; windows that are NaN are left out.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric
from ._similarity_maps import OCTAVE_SEVEN, SEVEN, Form, share, similarity
from ._windows import mean_of


def q_c(
    fused: Image,
    ir: Image,
    vis: Image,
    *,
    form: Form = SEVEN,
    clip: Literal["weight", "score"] = "weight",
    flat_weight: float = 0.5,
    first: Literal["ir", "vis"] = "ir",
    skip_nan: bool = False,
) -> Tensor:
    """Q_C.

    Args:
        fused: (B, 1, H, W), at least 7 pixels along each side.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        form: window and constants.
        clip: what becomes of a weight outside 0..1: it is moved to the end of that range, or the window's score is.
        flat_weight: weight of the first source where the covariances add up to 0; NaN leaves it undefined.
        first: the source that is the first of the two.
        skip_nan: leave out windows that are NaN.

    Returns:
        float64 (B,), in -1..1 by default.
    """
    maps = [fused.once_with(source, similarity, form) for source in ((ir, vis) if first == "ir" else (vis, ir))]
    weight = share(maps[0].covariance, maps[1].covariance, flat_weight)
    below, above = weight < 0, weight > 1
    if clip == "weight":
        weight = weight.clamp(0, 1)
    values = weight * maps[0].value + (1 - weight) * maps[1].value
    if clip == "score":
        values.masked_fill_(below, 0).masked_fill_(above, 1)
    return torch.nanmean(values, dim=(-3, -2, -1)) if skip_nan else mean_of(values)


_TOOLBOX = {"form": OCTAVE_SEVEN, "clip": "score", "flat_weight": math.nan}

METRIC = Metric(
    name="QC",
    label="Q_C",
    title="Cvejic's metric (similarity weighted with covariance)",
    direction="higher",
    bounds=(-1.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Cvejic, Loza, Bull, Canagarajah 2005, Int. J. Signal Process. 2(3):178-182; metricCvejic.m",
    function=q_c,
    conventions={
        "default": Convention({}, "7x7 Gaussian, weight held in 0..1, no constants; symmetric and finite"),
        "zliu": Convention(_TOOLBOX, "score 0 or 1 where the weight leaves 0..1 (a bug); huge or NaN in flat windows"),
        "mefb": Convention(
            {**_TOOLBOX, "first": "vis", "skip_nan": True},
            "as zliu, visible first, NaN windows left out; mean over the colour channels",
        ),
    },
    smallest=7,
)
