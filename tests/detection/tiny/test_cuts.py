from __future__ import annotations

import pytest
import torch

from hifbench.detection.tiny.cuts import cut


@pytest.mark.parametrize("seed", range(20))
def test_a_box_goes_where_its_object_goes(seed: int) -> None:
    picture = torch.zeros(2, 100, 140, dtype=torch.uint8)
    picture[:, 20:70, 30:90] = 255
    numbers = torch.Generator().manual_seed(seed)
    part, boxes = cut(picture, torch.tensor([[1.0, 30, 20, 90, 70]]), 80, numbers)
    assert part.shape == (1, 80, 80)
    assert part.dtype == torch.float32
    assert 0 <= part.min() <= part.max() <= 1
    rows, columns = (part[0] > 0.5).nonzero().T
    seen = torch.stack([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]).float()
    torch.testing.assert_close(boxes[0, 1:], seen, atol=1.5, rtol=0)
    assert boxes[0, 0] in (1, -1)


def test_a_box_with_little_in_view_is_marked_and_one_outside_is_gone() -> None:
    # Boxes that reach over the picture's border: at most a quarter, two thirds and nothing of them is in any part.
    picture, size = torch.zeros(1, 64, 64, dtype=torch.uint8), 64
    boxes = torch.tensor([[0.0, -30, 0, 10, 20], [1.0, -5, 0, 10, 20], [0.0, -9, 0, -1, 5]])
    for seed in range(50):
        _, kept = cut(picture, boxes, size, torch.Generator().manual_seed(seed))
        assert ((kept[:, 1:] >= 0) & (kept[:, 1:] <= size)).all()
        assert len(kept) <= 2
        assert not (kept[:, 0] == 0).any()  # a quarter in view at most
