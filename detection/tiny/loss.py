"""What the network's answers cost: focal loss of the centres, generalised overlap of the boxes.

Focal loss with softened negatives: H. Law and J. Deng, CornerNet, ECCV 2018, Eq. 1 (alpha 2, beta 4). Generalised
intersection over union: H. Rezatofighi et al., CVPR 2019. Both as Z. Liu et al. put them together (see
:mod:`.targets`), with their weights, 1 and 5.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

BOX_WEIGHT = 5.0


def centre_loss(logits: Tensor, heat: Tensor) -> Tensor:
    """Focal loss over the number of objects, a scalar.

    Args:
        logits: (B, classes, H, W).
        heat: the same shape; 1 at centres, NaN where nothing is to be learnt.
    """
    probability = logits.sigmoid()
    centre, known = heat == 1, ~heat.isnan()
    found = (1 - probability).square() * F.logsigmoid(logits)
    missed = (1 - heat.nan_to_num()).pow(4) * probability.square() * F.logsigmoid(-logits)
    cost = -torch.where(centre, found, missed)
    return cost[known].sum() / centre.sum().clamp(min=1)


def box_loss(corners: Tensor, wanted: Tensor, weights: Tensor) -> Tensor:
    """1 minus the generalised overlap, weighted, over the number of objects; a scalar.

    Args:
        corners: (B, 4, H, W), x0 y0 x1 y1 in pixels, with areas above zero.
        wanted: the same shape, where a weight is above zero.
        weights: (B, 1, H, W), summing to 1 for each object.
    """
    used = weights[:, 0] > 0
    ours, theirs = (boxes.permute(0, 2, 3, 1)[used] for boxes in (corners, wanted))
    shared = _area(torch.maximum(ours[:, :2], theirs[:, :2]), torch.minimum(ours[:, 2:], theirs[:, 2:]))
    union = _area(ours[:, :2], ours[:, 2:]) + _area(theirs[:, :2], theirs[:, 2:]) - shared
    hull = _area(torch.minimum(ours[:, :2], theirs[:, :2]), torch.maximum(ours[:, 2:], theirs[:, 2:]))
    overlap = shared / union - (hull - union) / hull
    total = weights[:, 0][used]
    return (total * (1 - overlap)).sum() / total.sum().clamp(min=1)


def _area(low: Tensor, high: Tensor) -> Tensor:
    return (high - low).clamp(min=0).prod(dim=1)
