"""Bands of rows: the same as the whole, and never more pixels than asked for."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, pad

from hifbench.methods._bands import in_bands

HALO = 2


class Blur:
    """A mean of 5x5 pixels of both; keeps how many pixels it was given at a time."""

    def __init__(self) -> None:
        self.pixels: list[int] = []

    def __call__(self, ir: Tensor, vis: Tensor) -> Tensor:
        self.pixels.append(ir.numel())
        return avg_pool2d(pad(ir + vis, (HALO,) * 4), 2 * HALO + 1, stride=1)


@pytest.mark.parametrize("pixels", [1, 60, 400, 10_000])
@pytest.mark.parametrize("batch", [1, 2, 9])
def test_bands_of_any_size_give_what_the_whole_does(batch: int, pixels: int) -> None:
    ir, vis = torch.rand(2, batch, 1, 23, 10, generator=torch.Generator().manual_seed(batch))
    blur = Blur()
    assert torch.allclose(in_bands(blur, ir, vis, HALO, pixels), Blur()(ir, vis), atol=1e-6)
    least = 3 * HALO * 10  # a band as high as its halo, of one pair
    assert max(blur.pixels) <= max(least, 3 * pixels)
