"""Feature mutual information of 3x3 windows of a feature with many levels; binary ones have ``_binary_windows``.

Each window's pixels, scaled to 0..1 and divided by their sum, are read as a distribution over the places 1..9,
counted down the columns. The joint distribution of two windows blends independence with the Fréchet bound on the
side of the correlation's sign, so that its correlation is the one between the windows' pixels. Score: mutual
information divided by the mean of the two entropies (Haghighat, Razian 2014, "fast FMI"; ``fmi.m``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from ._image import Image

Identity = Literal["repaired", "shipped"]
"""How two equal windows are recognised: by their values, or as ``fmi.m`` ships it, which is a bug."""

_SIDE = 3
_CELLS = 9
_AT_ONCE = {"cpu": 1 << 13}
"""Windows scored at once: the 81 cells of each make 5 MB, which stay in a processor's cache."""
_AT_ONCE_ELSEWHERE = 1 << 18
"""The same on other devices: 170 MB, enough to keep them busy."""


class _Windows(NamedTuple):
    """Windows as distributions over their nine places; the first dimension counts the places.

    Attributes:
        values: feature under the window, (9, n).
        scaled: the same from 0 to 1; 1 where the window is constant.
        raised: the same above the window's smallest value: whole numbers stay exact.
        spread: nine times the sum of squares of ``raised`` less the square of its sum, (n,); 0 if constant.
        share: probability of each place, (9, n).
        upper: cumulative distribution, (9, n).
        lower: cumulative distribution up to the place before.
        off: the place less its mean, (9, n).
        deviation: standard deviation of the place, (n,).
        entropy: in bits, (n,).
    """

    values: Tensor
    scaled: Tensor
    raised: Tensor
    spread: Tensor
    share: Tensor
    upper: Tensor
    lower: Tensor
    off: Tensor
    deviation: Tensor
    entropy: Tensor


def _windows(feature: Tensor, first: int, last: int) -> _Windows:
    """The windows that begin in rows ``first`` to ``last`` - 1 of the feature, (B, 1, H, W)."""
    width = feature.shape[-1] - _SIDE + 1
    values = torch.stack(
        [
            feature[..., first + row : last + row, column : column + width].reshape(-1)
            for column in range(_SIDE)
            for row in range(_SIDE)
        ]
    )
    low, high = values.amin(dim=0), values.amax(dim=0)
    raised = values - low
    constant = high == low
    scaled = (raised / (high - low)).masked_fill_(constant, 1)
    share = scaled / scaled.sum(dim=0)
    upper = share.cumsum(dim=0)
    place = torch.arange(1, _CELLS + 1, dtype=share.dtype, device=share.device)[:, None]
    off = place - (place * share).sum(dim=0)
    return _Windows(
        values,
        scaled,
        raised,
        (_CELLS * raised.square().sum(dim=0) - raised.sum(dim=0).square()).masked_fill_(constant, 0),
        share,
        upper,
        torch.cat([torch.zeros_like(upper[:1]), upper[:-1]]),
        off,
        (share * off.square()).sum(dim=0).sqrt_(),
        torch.special.entr(share).sum(dim=0) / math.log(2),
    )


def _overlap(x: _Windows, f: _Windows, same: Tensor) -> Tensor:
    """Cells of the Fréchet bound, (9, 9, n): the upper one where ``same``, else the lower one.

    They are the overlaps of the places' intervals between the cumulative distributions, the second one's run
    backwards for the lower bound.
    """
    begin = torch.where(same, f.lower, 1 - f.upper)
    end = torch.where(same, f.upper, 1 - f.lower)
    cells = torch.minimum(x.upper[:, None], end)
    return cells.sub_(torch.maximum(x.lower[:, None], begin)).clamp_min_(0)


def _scores(x: _Windows, f: _Windows, equal: Tensor, constants: float) -> Tensor:
    """Scores of n pairs of windows, (n,).

    Args:
        x: windows of one feature.
        f: windows of the other.
        equal: pairs that score 1 without further ado.
        constants: score of two constant windows that differ.
    """
    cross = _CELLS * (x.raised * f.raised).sum(dim=0) - x.raised.sum(dim=0) * f.raised.sum(dim=0)
    spread = (x.spread * f.spread).sqrt_()
    # A constant window correlates with nothing; for lack of texture it is also where 0 / 0 would arise.
    correlation = torch.where(spread > 0, cross / spread, 0.0)
    bound = _overlap(x, f, correlation >= 0)
    reach = ((bound * f.off).sum(dim=1) * x.off).sum(dim=0)
    deviations = x.deviation * f.deviation
    usable = (correlation != 0) & (deviations > 0) & (reach != 0)
    blend = torch.where(usable, correlation * deviations / reach, 0.0)
    joint = bound.mul_(blend).add_((x.share * (1 - blend))[:, None] * f.share)
    # A cell may be negative; the original takes the real part of the complex logarithm.
    joint_entropy = torch.special.xlogy(joint, joint.abs()).sum(dim=(0, 1)).div_(-math.log(2))
    total = x.entropy + f.entropy
    score = torch.where(total > 0, 2 * (total - joint_entropy) / total, 0.0)
    both_constant = (x.spread == 0) & (f.spread == 0)
    return score.masked_fill_(both_constant, constants).masked_fill_(equal, 1)


def mutual_information(fused: Tensor, ir: Tensor, vis: Tensor, identity: Identity, constants: float) -> Tensor:
    """Mean score of all 3x3 windows, and of the two sources.

    Args:
        fused: float64 feature (B, 1, H, W), at least 3 values along each side.
        ir: same feature of the infrared source.
        vis: same feature of the visible source.
        identity: ``shipped``: equal windows of the fused and the visible image are not recognised where the
            infrared one differs, for the fused one has been scaled to 0..1 meanwhile. It matters for windows with
            a single value above the others, whose entropy is 0: they score 0.
        constants: score of two constant windows of different values.

    Returns:
        float64 (B,).
    """
    batch, _, height, width = fused.shape
    rows = height - _SIDE + 1
    at_once = _AT_ONCE.get(fused.device.type, _AT_ONCE_ELSEWHERE)
    step = max(1, at_once // (batch * (width - _SIDE + 1)))
    total = fused.new_zeros(batch)
    for first in range(0, rows, step):
        last = min(first + step, rows)
        f, a, b = (_windows(feature, first, last) for feature in (fused, ir, vis))
        equal_a = (a.values == f.values).all(dim=0)
        # What the second test compares with: scaling has been done in place where the first one failed.
        left = f.values if identity == "repaired" else torch.where(equal_a, f.values, f.scaled)
        equal_b = (b.values == left).all(dim=0)
        scores = _scores(a, f, equal_a, constants) + _scores(b, f, equal_b, constants)
        total += scores.reshape(batch, -1).sum(dim=1)
    return total / (2 * rows * (width - _SIDE + 1))


def feature_information(
    feature: Callable[[Tensor], Tensor], fused: Image, ir: Image, vis: Image, identity: Identity, constants: float
) -> Tensor:
    """:func:`mutual_information` of a feature of the pixels, which is remembered by the images."""
    return mutual_information(fused.once(feature), ir.once(feature), vis.once(feature), identity, constants)
