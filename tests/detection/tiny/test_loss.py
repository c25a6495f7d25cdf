from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from hifbench.detection.tiny.loss import box_loss, centre_loss


def place(*values: float) -> Tensor:
    """A map of one place."""
    return torch.tensor(values).reshape(1, -1, 1, 1)


@pytest.mark.parametrize(
    ("box", "overlap"),
    [
        ((0, 0, 10, 10), 1.0),
        ((0, 0, 10, 5), 0.5),
        ((5, 0, 15, 10), 1 / 3),
        ((10, 0, 20, 10), 0.0),  # side by side: the hull is their union
        ((20, 0, 30, 10), -1 / 3),  # hull 300, of which 100 are empty
        ((10, 10, 20, 20), -1 / 2),  # hull 400, of which 200 are empty
    ],
)
def test_generalised_overlap_by_hand(box: tuple[float, ...], overlap: float) -> None:
    loss = box_loss(place(*box), place(0, 0, 10, 10), place(1))
    assert loss.item() == pytest.approx(1 - overlap, abs=1e-6)


def test_boxes_weigh_as_they_are_told() -> None:
    ours = torch.cat([place(0, 0, 10, 10), place(0, 0, 10, 5), place(9, 9, 9, 9)], dim=3)
    weights = torch.tensor([0.25, 0.75, 0.0]).reshape(1, 1, 1, 3)
    wanted = place(0, 0, 10, 10).expand(1, 4, 1, 3)
    assert box_loss(ours, wanted, weights).item() == pytest.approx(0.75 * 0.5)
    assert box_loss(ours, wanted, 0 * weights).item() == 0


def test_focal_loss_by_hand() -> None:
    chance = torch.tensor([0.8, 0.3, 0.4, 0.9])
    heat = torch.tensor([1.0, 0.0, 0.5, math.nan])
    expected = -(0.2**2 * math.log(0.8)) - 0.3**2 * math.log(0.7) - 0.5**4 * 0.4**2 * math.log(0.6)
    logits = chance.logit().reshape(1, 1, 2, 2)
    assert centre_loss(logits, heat.reshape(1, 1, 2, 2)).item() == pytest.approx(expected, rel=1e-5)


def test_what_is_not_to_be_learnt_has_no_gradient() -> None:
    logits = torch.zeros(1, 1, 1, 3, requires_grad=True)
    centre_loss(logits, torch.tensor([1.0, 0.0, math.nan]).reshape(1, 1, 1, 3)).backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert logits.grad.flatten()[2] == 0
    assert logits.grad.flatten()[0] < 0 < logits.grad.flatten()[1]
