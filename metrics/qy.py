"""Q_Y: structural similarity to the sources, which counts jointly where they agree; higher is better.

In every 7x7 window (Gaussian, σ = 1.5): where the sources' similarity to one another is at least 0.75, the mean of
the fused image's similarity to the two of them, weighted with their variances; elsewhere the larger of the two;
mean over the windows (Yang, Zhang, Wang, Liu 2008, Information Fusion 9(2), equation 9).

- default: the formula without constants, in exact arithmetic. Two flat windows are as similar as their means,
  2 μx μy / (μx² + μy²), two black ones are equal, and where both sources are flat they weigh the same.
- ``zliu``: ``metricYang.m`` of zhengliu6699's toolbox, with its bug: constants of 2e-16 do not keep flat windows from
  dividing rounding noise by rounding noise, and the value may be 10^4 or infinite; it is NaN where both sources have
  a variance of exactly 0, as in black areas. Rounding included, see ``_octave_filter.py``.
- ``mefb``: the same on each colour channel, visible image first; windows that are NaN are left out.
- ``QY@yuliu``: yuliu316316's toolbox: equal weights where both variances are exactly 0. The blow-up stays.
- ``ivif-zoo``: constants 0.01² and 0.03², zeros beyond the border, and a bug: the window is a Gaussian across and
  seven ones down, whose weights add up to 7.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric
from ._similarity_maps import OCTAVE_SEVEN, SEVEN, Form, local, share, similarity
from ._windows import mean_of

_ALIKE = 0.75
_ZOO = Form("stretched-7", 0.01**2, 0.03**2)
_ZOO_GUARD = 1e-10


def q_y(
    fused: Image,
    ir: Image,
    vis: Image,
    *,
    form: Form = SEVEN,
    flat_weight: float = 0.5,
    guard: float = 0.0,
    first: Literal["ir", "vis"] = "ir",
    skip_nan: bool = False,
) -> Tensor:
    """Q_Y.

    Args:
        fused: (B, 1, H, W), at least 7 pixels along each side.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        form: window and constants.
        flat_weight: weight of the first source where neither has any variance; NaN leaves it undefined.
        guard: added to the sum of the variances.
        first: the source that is the first of the two; it matters where rounding does.
        skip_nan: leave out windows that are NaN.

    Returns:
        float64 (B,), in -1..1 by default.
    """
    one, two = (ir, vis) if first == "ir" else (vis, ir)
    alike = one.once_with(two, similarity, form).value >= _ALIKE
    similar = [fused.once_with(source, similarity, form).value for source in (one, two)]
    variances = [source.once(local, form).variance for source in (one, two)]
    weight = share(variances[0], variances[1] + guard, flat_weight)
    both = weight * similar[0] + (1 - weight) * similar[1]
    # Products with 0 and 1, not a choice: a NaN weight is one also where it is not asked for.
    values = both * alike + torch.maximum(*similar) * ~alike
    return torch.nanmean(values, dim=(-3, -2, -1)) if skip_nan else mean_of(values)


_TOOLBOX = {"form": OCTAVE_SEVEN, "flat_weight": math.nan}

METRIC = Metric(
    name="QY",
    label="Q_Y",
    title="Yang's metric (similarity, joint or larger)",
    direction="higher",
    bounds=(-1.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Yang, Zhang, Wang, Liu 2008, Inf. Fusion 9(2):156-160; metricYang.m in imageFusionMetrics",
    function=q_y,
    conventions={
        "default": Convention({}, "7x7 Gaussian, no constants, finite: two flat sources weigh the same"),
        "zliu": Convention(_TOOLBOX, "constants 2e-16 (a bug): huge or NaN where windows are flat"),
        "mefb": Convention(
            {**_TOOLBOX, "first": "vis", "skip_nan": True},
            "as zliu, NaN windows left out; mean over the colour channels",
        ),
        "ivif-zoo": Convention(
            {"form": _ZOO, "guard": _ZOO_GUARD},
            "a window that adds up to 7 (a bug), zeros beyond the border",
        ),
    },
    options={
        "yuliu": Convention(
            {"form": OCTAVE_SEVEN},
            "as zliu, but two sources without variance weigh the same (yuliu316316)",
            grey="matlab",
        ),
    },
    smallest=7,
)
