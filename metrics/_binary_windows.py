"""Feature mutual information of two 3x3 windows of a binary image, for all pairs of windows.

Such a window is one of 512, so an image's score is a count of pairs: each pair is scored once in the life of the
process, window by window only a table is looked up.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

_CODES = 512
_CELLS = 9
_AT_ONCE = 1 << 14
"""Pairs scored at once: 81 cells each, in float64."""

_table = torch.full((_CODES * _CODES,), torch.nan, dtype=torch.float64)
"""Scores of the pairs met so far at code_x * 512 + code_f, else NaN; for the whole process, 2 MiB.

Threads may fill it side by side: an entry is only ever written with the one value that belongs there.
"""


def window_codes(binary: Tensor) -> Tensor:
    """Code of every 3x3 window: bit k is the window's k-th pixel, counted down the columns.

    Args:
        binary: bool (B, 1, H, W), at least 3 pixels along each side.

    Returns:
        int16 (B, 1, H - 2, W - 2), 0..511.
    """
    bits = binary.to(torch.int16)
    columns = bits[..., :-2, :] + 2 * bits[..., 1:-1, :] + 4 * bits[..., 2:, :]
    return columns[..., :-2] + 8 * columns[..., 1:-1] + 64 * columns[..., 2:]


def pair_scores(x: Tensor, f: Tensor) -> Tensor:
    """Score of the two windows at every position.

    Args:
        x: codes of one image's windows, int16.
        f: codes of the other's, same shape.

    Returns:
        float64, same shape. Of all pairs 56 are scored above 1, at most 1.0986: the blend then has negative cells.
        A thinned edge map has not been seen to hold one.
    """
    pairs = x.to(torch.int64).mul_(_CODES).add_(f)
    scores = _table.to(pairs.device)[pairs]
    missing = scores.isnan()
    if bool(missing.any()):
        new = torch.unique(pairs[missing]).cpu()
        for part in new.split(_AT_ONCE):
            _table[part] = _score(part // _CODES, part % _CODES)
        scores = _table.to(pairs.device)[pairs]
    return scores


class _Distributions(NamedTuple):
    """Each window's pixels read as a distribution over the places 1..9; first dimension: the 512 codes.

    Attributes:
        share: probability of each place, (512, 9).
        cumulative: its running sum.
        deviation: standard deviation of the place, (512,).
        entropy: in bits, (512,).
        ones: number of pixels set, 9 for the black window too, which stands for a constant one.
    """

    share: Tensor
    cumulative: Tensor
    deviation: Tensor
    entropy: Tensor
    ones: Tensor


@lru_cache(maxsize=1)
def _distributions() -> _Distributions:
    bits = (torch.arange(_CODES)[:, None] >> torch.arange(_CELLS)) & 1
    bits[0] = 1  # a constant window, black or white, is the uniform distribution
    counts = bits.to(torch.float64)
    ones = counts.sum(dim=1)
    share = counts / ones[:, None]
    place = torch.arange(1, _CELLS + 1, dtype=torch.float64)
    # n Σk² - (Σk)² is a whole number: a single pixel has a deviation of exactly 0.
    deviation = (ones * (counts @ place**2) - (counts @ place) ** 2).sqrt() / ones
    return _Distributions(share, counts.cumsum(dim=1) / ones[:, None], deviation, ones.log2(), ones)


def _cells(joint: Tensor) -> Tensor:
    """Cell probabilities of a joint cumulative distribution, (n, 9, 9) both."""
    zero_row = torch.zeros_like(joint[:, :1])
    rows = joint.diff(dim=1, prepend=zero_row)
    return rows.diff(dim=2, prepend=torch.zeros_like(rows[:, :, :1]))


def _score(x: Tensor, f: Tensor) -> Tensor:
    """Scores of pairs of codes (n,): normalised mutual information of the two windows' distributions.

    The joint distribution blends independence with the Fréchet bound on the side of the correlation's sign, so
    that its correlation is the one between the windows' pixels.
    """
    every = _distributions()
    p, q = every.share[x], every.share[f]
    independent = p[:, :, None] * q[:, None, :]
    steps = every.cumulative[x][:, :, None], every.cumulative[f][:, None, :]
    product = steps[0] * steps[1]
    # Pearson's r between the windows' pixels, in whole numbers until the last step.
    n, m = every.ones[x], every.ones[f]
    both = ((p > 0) & (q > 0)).sum(dim=1)
    cross = _CELLS * both - n * m
    spread = (n * (_CELLS - n) * m * (_CELLS - m)).sqrt()
    correlation = torch.where(spread > 0, cross / spread, 0.0)
    bound = torch.where(
        (correlation >= 0)[:, None, None],
        torch.minimum(*steps),
        (steps[0] + steps[1] - 1).clamp_min(0),
    )
    reach = (bound - product).sum(dim=(1, 2))
    deviations = every.deviation[x] * every.deviation[f]
    usable = (correlation != 0) & (deviations > 0) & (reach != 0)
    blend = torch.where(usable, correlation * deviations / reach, 0.0)[:, None, None]
    joint = blend * _cells(bound) + (1 - blend) * independent
    # A cell may be negative; the original takes the real part of the complex logarithm.
    joint_entropy = -torch.special.xlogy(joint, joint.abs()).sum(dim=(1, 2)) / math.log(2)
    total = every.entropy[x] + every.entropy[f]
    score = torch.where(total > 0, 2 * (total - joint_entropy) / total, 0.0).clamp_min_(0)  # -1e-16 by rounding
    constant_x, constant_f = n == _CELLS, m == _CELLS
    return score.masked_fill_((x == f) | (constant_x & constant_f), 1.0)
