"""Multi-scale guided-filter fusion against the same in scipy, and against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy_guided import guided, mean

from hifbench import methods
from hifbench.errors import UsageError
from hifbench.methods.mgff import by_magnitude


def pair(height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    ir, vis = torch.rand(2, 1, 1, height, width, generator=torch.Generator().manual_seed(height))
    ramp = torch.linspace(0, 1, width)
    return (ramp > 0.5) * 0.5 + 0.2 * ir, ramp * 0.3 + 0.4 * vis


@pytest.mark.parametrize("levels", [1, 4])
def test_equals_the_same_on_grey_levels_in_scipy(levels: int) -> None:
    ir, vis = pair(61, 80)
    first, second = (255 * image[0, 0].double().numpy() for image in (ir, vis))
    details = []
    for _ in range(levels):
        base_first, base_second = guided(second, first, 9, 1e3), guided(first, second, 9, 1e3)
        layers = np.stack([first - base_first, second - base_second])
        details.append((np.abs(layers) / np.abs(layers).sum(0) * layers).sum(0))
        first, second = base_first, base_second
    wanted = ((first + second) / 2 + sum(details)) / 255
    assert np.abs(methods.create("mgff", levels=levels).fuse(ir, vis)[0, 0].numpy() - wanted).max() < 1e-6


def test_beside_a_flat_source_all_detail_of_the_other_is_kept() -> None:
    textured, flat = pair(50, 64)[0], torch.full((1, 1, 50, 64), 0.6)
    smooth = textured[0, 0].double().numpy()
    for _ in range(2 * 4):  # along a flat guide the filter is two box means
        smooth = mean(smooth, 9)
    wanted = textured[0, 0].numpy() + (0.6 - smooth) / 2
    mgff = methods.create("mgff")
    assert np.abs(mgff.fuse(textured, flat)[0, 0].numpy() - wanted).max() < 1e-5
    assert np.abs(mgff.fuse(flat, textured)[0, 0].numpy() - wanted).max() < 1e-5


def test_the_sources_may_change_places() -> None:
    ir, vis = pair(33, 47)
    mgff = methods.create("mgff")
    assert torch.allclose(mgff.fuse(ir, vis), mgff.fuse(vis, ir), atol=1e-6)


@pytest.mark.parametrize("size", [(30, 20), (1, 1), (1, 40)])
def test_flat_sources_give_their_mean(size: tuple[int, int]) -> None:
    ir, vis = torch.full((1, 1, *size), 0.3), torch.full((1, 1, *size), 0.7)
    assert torch.allclose(methods.create("mgff").fuse(ir, vis), torch.full_like(ir, 0.5), atol=1e-6)


def test_layers_weigh_by_their_size() -> None:
    first, second = (
        torch.tensor([3.0, 0.0, 0.0, -2.0], dtype=torch.float64),
        torch.tensor([1.0, 0.0, 5.0, 2.0]).double(),
    )
    assert by_magnitude(first, second).tolist() == pytest.approx([2.5, 0.0, 5.0, 0.0])


@pytest.mark.parametrize("option", [{"levels": 0}, {"radius": 0}, {"eps": 0.0}])
def test_an_option_out_of_range_is_named(option: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=f"mgff: {next(iter(option))} must be"):
        methods.create("mgff", **option)
