"""What the network is to answer: maps made from boxes.

After Z. Liu, T. Zheng, G. Xu, Z. Yang, H. Liu, D. Cai: Training-Time-Friendly Network for Real-Time Object Detection,
AAAI 2020: the heat around a centre is a Gaussian with the box's proportions, and a box is learnt at all places near its
centre, weighted by that heat. Ours: every object weighs the same, whatever its size.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .network import STRIDE

_SPREAD = 0.54 / 6  # standard deviation of the Gaussian over the box's side
_WARM = 0.1  # heat from which on a place learns the box


def targets(boxes: Tensor, classes: int, height: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    """Maps for one picture.

    Args:
        boxes: (N, 5): number of the class, x0, y0, x1, y1 in pixels, centres inside the picture; -1 for what is
            neither to be found nor to be left alone.
        classes: how many there are.
        height: of the picture, in pixels, a multiple of the stride.
        width: likewise.

    Returns:
        Heat (classes, h, w) in [0, 1], 1 at the centres and NaN where nothing is to be learnt; corners in pixels
        (4, h, w); their weights (1, h, w), which sum to 1 for each object that no smaller one covers.
    """
    rows, columns = height // STRIDE, width // STRIDE
    heat, sides, weights = (torch.zeros(planes, rows, columns) for planes in (classes, 4, 1))
    y, x = torch.arange(rows)[:, None], torch.arange(columns)[None]
    unclear = torch.zeros(rows, columns, dtype=torch.bool)
    areas = (boxes[:, 3] - boxes[:, 1]) * (boxes[:, 4] - boxes[:, 2])
    for number, *box in boxes[areas.argsort(descending=True)].tolist():  # small ones last: they stay on top
        x0, y0, x1, y1 = (side / STRIDE for side in box)
        if number < 0:
            unclear |= (x + 1 > x0) & (x < x1) & (y + 1 > y0) & (y < y1)
            continue
        column, row = min(int((x0 + x1) / 2), columns - 1), min(int((y0 + y1) / 2), rows - 1)
        across, down = (x - column) / (_SPREAD * (x1 - x0)), (y - row) / (_SPREAD * (y1 - y0))
        bell = torch.exp(-(across.square() + down.square()) / 2)
        heat[int(number)] = torch.maximum(heat[int(number)], bell)
        near = bell >= _WARM
        weights[0, near] = bell[near] / bell[near].sum()
        sides[:, near] = torch.tensor(box)[:, None]
    heat[:, unclear & (heat < 1).all(dim=0)] = torch.nan
    return heat, sides, weights
