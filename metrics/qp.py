"""Q_P: how well phase congruency and its moments carry over from the sources; higher is better.

Three kinds of map (phase congruency, its maximum and its minimum moment) of the fused image are correlated
locally with those of either source and with those of whichever source has the larger phase congruency; the best
of the three correlations counts. Their means over the pixels where a source has a phase congruency above 0.1 are
multiplied (Zhao, Laganière, Liu 2007, equations 13 to 18).

- default, ``zliu``, ``mefb``: the product of the three factors, as in ``metricZhao.m`` of zhengliu6699's toolbox, which
  MEFB and yuliu316316's toolbox ship as well, its flawed low-pass filter on odd sizes included.
- ``QP@factors-mean``, ``paper``: the mean of the three factors.
- ``QP@congruency``, ``QP@maximum``, ``QP@minimum``: one factor alone.

An image scored against itself stays below 1, because the sources' maps are masked and the fused image's are not.
NaN where neither source has a phase congruency above 0.1 anywhere, as two constant images. A flat fused image is
not punished: where all is flat, the correlation is 1 by definition. The toolboxes divide 0 by 0 there, and ``zliu``
and ``mefb`` are NaN for a constant fused image: inferred from their formulas (no ε beside the response), not run.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric
from ._phase_congruency import PhaseCongruency, phase_congruency
from ._windows import Moments, covariance, gaussian, moments

_THRESHOLD = 0.1
_C = 1e-4
_WINDOW = gaussian(11, 1.5, "zero")


class Factors(NamedTuple):
    """The three factors of Q_P, float64 (B,) each."""

    congruency: Tensor
    maximum: Tensor
    minimum: Tensor


class Feature(NamedTuple):
    """One kind of map and its local moments, float64 (B, 1, H, W) each."""

    values: Tensor
    at: Moments


def source_maps(pixels: Tensor) -> PhaseCongruency:
    """The three maps of a source, zero where the phase congruency does not exceed 0.1.

    The maps are remembered and their moments are not: those of three images take 200 MB at 1280x1024, and little time.

    Args:
        pixels: float64 (B, 1, H, W), whole numbers 0..255.
    """
    maps = phase_congruency(pixels)
    weak = maps.congruency <= _THRESHOLD
    return PhaseCongruency(*(each.masked_fill_(weak, 0) for each in maps))


def _feature(values: Tensor) -> Feature:
    return Feature(values, moments(values, _WINDOW))


def _correlation(source: Feature, fused: Feature) -> Tensor:
    """Local correlation of two maps; 0 where the source's map is masked."""
    shared = covariance(source.values, fused.values, source.at.mean, fused.at.mean, _WINDOW)
    spread = (source.at.variance * fused.at.variance).abs_().sqrt_()
    return shared.add_(_C).div_(spread.add_(_C))


def factors(fused: Image, ir: Image, vis: Image) -> Factors:
    """The three factors of Q_P.

    Args:
        fused: (B, 1, H, W), at least 11 pixels along each side.
        ir: infrared source, same shape.
        vis: visible source, same shape.

    Returns:
        float64 (B,) each, in -1..1; NaN without any phase congruency above 0.1.
    """
    infrared, visible = ir.once(source_maps), vis.once(source_maps)
    in_infrared, in_visible = infrared.congruency > 0, visible.congruency > 0
    # Below the threshold both maps are 0: chosen from masked maps, the larger one needs no mask of its own.
    ahead = infrared.congruency > visible.congruency
    anywhere = in_infrared | in_visible
    count = anywhere.sum(dim=(-3, -2, -1))
    found = []
    for one, two, of_fused in zip(infrared, visible, phase_congruency(fused.pixels), strict=True):
        result = _feature(of_fused)
        best = _correlation(_feature(torch.where(ahead, one, two)), result).masked_fill_(~anywhere, 0)
        for source, inside in ((one, in_infrared), (two, in_visible)):
            best = torch.maximum(best, _correlation(_feature(source), result).masked_fill_(~inside, 0))
        found.append(best.sum(dim=(-3, -2, -1)) / count)
    return Factors(*found)


def constant(pixels: Tensor) -> Tensor:
    """Whether an image is of one grey level, (B, 1, H, W) -> bool (B,)."""
    lowest, highest = pixels.flatten(1).aminmax(dim=1)
    return lowest == highest


def q_p(
    fused: Image,
    ir: Image,
    vis: Image,
    *,
    combine: Literal["product", "mean", "congruency", "maximum", "minimum"] = "product",
    flat: Literal["scored", "nan"] = "scored",
) -> Tensor:
    """Q_P, from the three factors of :func:`factors`.

    Args:
        fused: (B, 1, H, W), at least 11 pixels along each side.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        combine: product or mean of the three factors, or the one that counts alone.
        flat: what a constant fused image gives: the value that the maps give, or NaN.

    Returns:
        float64 (B,), in -1..1; NaN without any phase congruency above 0.1.
    """
    found = fused.once_with(ir, factors, vis)
    match combine:
        case "product":
            value = found.congruency * found.maximum * found.minimum
        case "mean":
            value = (found.congruency + found.maximum + found.minimum) / 3
        case _:
            value = getattr(found, combine)
    return value.masked_fill(fused.once(constant), math.nan) if flat == "nan" else value


METRIC = Metric(
    name="QP",
    label="Q_P",
    title="Phase congruency metric",
    direction="higher",
    bounds=(-1.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Zhao, Laganiere, Liu 2007, IJICIC 3(6A):1433-1447; metricZhao.m in imageFusionMetrics",
    function=q_p,
    conventions={
        "default": Convention({}, "product of the three factors, threshold 0.1, C = 1e-4"),
        "mefb": Convention({"flat": "nan"}, "as the default; NaN when the fused image is constant (inferred)"),
        "zliu": Convention({"flat": "nan"}, "as the default; NaN when the fused image is constant (inferred)"),
        "paper": Convention({"combine": "mean"}, "mean of the three factors (inferred)"),
    },
    options={
        "factors-mean": Convention({"combine": "mean"}, "mean of the three factors instead of their product"),
        "congruency": Convention({"combine": "congruency"}, "the factor of the phase congruency alone"),
        "maximum": Convention({"combine": "maximum"}, "the factor of the maximum moment alone"),
        "minimum": Convention({"combine": "minimum"}, "the factor of the minimum moment alone"),
    },
    smallest=11,
)
