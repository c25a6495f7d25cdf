from __future__ import annotations

import math

import pytest
import torch

from hifbench.detection.tiny.targets import targets


def test_heat_is_a_gaussian_of_the_box_s_proportions() -> None:
    # Centre (30, 22): place (7, 5). Sides of 40 and 24 pixels: deviations of .09 * 10 and .09 * 6 places.
    heat, corners, weights = targets(torch.tensor([[1.0, 10, 10, 50, 34]]), 2, 64, 80)
    assert heat.shape == (2, 16, 20)
    assert heat[0].abs().max() == 0
    assert heat[1, 5, 7] == 1
    assert heat[1, 5, 8].item() == pytest.approx(math.exp(-1 / (2 * 0.9**2)))
    assert heat[1, 6, 7].item() == pytest.approx(math.exp(-1 / (2 * 0.54**2)))
    assert weights.sum().item() == pytest.approx(1)
    assert weights[0, 5, 7] == weights.max()
    assert corners[:, 5, 8].tolist() == [10, 10, 50, 34]


def test_the_smaller_of_two_boxes_is_learnt_where_both_are() -> None:
    large, small = [0.0, 0, 0, 64, 64], [0.0, 30, 30, 38, 38]
    for rows in ([large, small], [small, large]):
        heat, corners, _ = targets(torch.tensor(rows), 1, 64, 64)
        assert corners[:, 8, 8].tolist() == small[1:]
        assert corners[:, 8, 7].tolist() == large[1:]
        assert heat[0, 8, 8] == 1


def test_nothing_is_learnt_of_what_is_hardly_in_view() -> None:
    heat, _, weights = targets(torch.tensor([[-1.0, 0, 0, 12, 8], [0.0, 4, 0, 8, 8]]), 1, 32, 32)
    assert heat[0].isnan().nonzero().tolist() == [
        [row, column] for row in (0, 1) for column in range(3) if (row, column) != (1, 1)
    ]
    assert heat[0, 1, 1] == 1
    assert weights.sum().item() == pytest.approx(1)


def test_a_picture_without_objects_is_all_background() -> None:
    heat, _, weights = targets(torch.empty(0, 5), 3, 32, 48)
    assert heat.shape == (3, 8, 12)
    assert heat.abs().max() == weights.max() == 0
