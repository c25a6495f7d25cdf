"""What AUIF and DIDFuse share: fusion modes, against numpy and scipy, and weights of our own that are of use."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest
import torch
from scipy import ndimage

from hifbench import datasets, methods
from hifbench.methods._decomposition import MODES, fusion


def layers(channels: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    numbers = torch.Generator().manual_seed(1)
    ir, vis = torch.randn(2, 1, channels, 9, 12, generator=numbers, dtype=torch.float64)
    return ir, vis


def test_sum_and_average() -> None:
    ir, vis = layers()
    assert torch.equal(fusion("sum")(ir, vis), ir + vis)
    assert torch.equal(fusion("average")(ir, vis) * 2, ir + vis)


@pytest.mark.parametrize("channels", [1, 4])
def test_l1_norm_weighs_by_the_activity_around_each_pixel(channels: int) -> None:
    ir, vis = layers(channels)
    activity = [
        ndimage.convolve(np.abs(layer[0].numpy()).sum(0), np.full((3, 3), 1 / 9), mode="constant")
        for layer in (ir, vis)
    ]
    share = activity[0] / (activity[0] + activity[1])
    expected = share * ir[0].numpy() + (1 - share) * vis[0].numpy()
    assert fusion("l1-norm")(ir, vis)[0].numpy() == pytest.approx(expected, abs=1e-12)


def test_l1_norm_takes_the_only_active_layer_and_is_zero_where_none_is() -> None:
    ir, nothing = layers()[0], torch.zeros(1, 4, 9, 12, dtype=torch.float64)
    assert torch.allclose(fusion("l1-norm")(ir, nothing), ir)
    assert torch.allclose(fusion("l1-norm")(nothing, ir), ir)
    assert torch.equal(fusion("l1-norm")(nothing, nothing), nothing)


@pytest.mark.parametrize("mode", MODES)
def test_swapping_the_sources_changes_nothing(mode: str) -> None:
    ir, vis = layers()
    assert torch.allclose(fusion(mode)(ir, vis), fusion(mode)(vis, ir), atol=1e-12)


def test_an_unknown_mode_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"mode must be one of sum, average, l1-norm, not 'max'"):
        fusion("max")


@pytest.mark.parametrize("name", ["auif", "didfuse"])
def test_the_shipped_weights_keep_what_both_sources_show(name: str) -> None:
    shipped = files("hifbench.methods") / "weights" / f"{name}.safetensors"
    assert shipped.is_file()
    pair = datasets.load("synthetic")[0]
    ir, vis = pair.ir[None, None], pair.vis.mean(-1)[None, None]
    fused = methods.create(name, weights=str(shipped)).fuse(ir, vis)
    assert float(fused.std()) > 0.1
    for source, least in ((ir + vis, 0.9), (ir, 0.4), (vis, 0.4)):
        assert float(torch.corrcoef(torch.stack([fused.flatten(), source.flatten()]))[0, 1]) > least
