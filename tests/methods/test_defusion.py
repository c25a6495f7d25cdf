"""DeFusion without weights: its size, its shapes, and what follows from its form alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from hifbench import methods
from hifbench.errors import MethodError, WeightsError
from hifbench.methods.defusion import DeFusionNet, Encoder, SplitAttention


@pytest.fixture(scope="module")
def network() -> DeFusionNet:
    torch.manual_seed(0)
    return DeFusionNet().eval()


@pytest.fixture(scope="module")
def weights(network: DeFusionNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("defusion") / "official.pth"
    torch.save({"state_dict": None, **network.state_dict()}, path)
    return path


def sources(height: int, width: int) -> tuple[Tensor, Tensor]:
    ir, vis = torch.rand(2, 1, 1, height, width, generator=torch.Generator().manual_seed(1))
    return ir, vis


def test_has_the_published_number_of_parameters(network: DeFusionNet) -> None:
    assert sum(parameter.numel() for parameter in network.parameters()) == 7_874_473


def test_the_features_have_the_published_widths_and_halve_rounded_up(network: DeFusionNet) -> None:
    with torch.no_grad():
        found = network.encoder(torch.rand(1, 3, 21, 34))
    assert [tuple(features.shape[1:]) for features in found] == [(32, 21, 34), (64, 11, 17), (128, 6, 9), (256, 3, 5)]
    assert [sum(1 for _ in level) for level in network.encoder.levels] == [6, 6, 4, 4]
    assert len(network.common) == 4


@pytest.mark.parametrize("size", [(17, 17), (18, 25), (24, 33)])
def test_any_size_from_the_margin_on_is_kept(weights: Path, size: tuple[int, int]) -> None:
    fused = methods.create("defusion", weights=weights).fuse(*sources(*size))
    assert fused.shape == (1, 1, *size)
    assert bool(fused.isfinite().all())
    assert float(fused.min()) >= 0


def test_an_image_without_room_for_the_margin_is_refused(weights: Path) -> None:
    with pytest.raises(MethodError, match="defusion needs images of at least 17x17 pixels; this pair is 40x16"):
        methods.create("defusion", weights=weights).fuse(*sources(16, 40))


def test_split_attention_is_its_formula_in_numpy() -> None:
    torch.manual_seed(1)
    layer = SplitAttention(4, stride=1)
    features = torch.rand(1, 4, 5, 6)
    with torch.no_grad():
        found = layer(features)[0].numpy()
        wide = layer.conv(features)[0].numpy()
    splits = np.maximum(wide, 0).reshape(2, 4, 5, 6)
    pooled = splits.sum(axis=0).mean(axis=(1, 2))
    matrices = [
        (each.weight.detach()[..., 0, 0].numpy(), each.bias.detach().numpy()) for each in (layer.fc1, layer.fc2)
    ]
    hidden = np.maximum(matrices[0][0] @ pooled + matrices[0][1], 0)
    scores = np.exp(matrices[1][0] @ hidden + matrices[1][1]).reshape(2, 4)
    shares = scores / scores.sum(axis=0)
    assert found == pytest.approx((shares[..., None, None] * splits).sum(axis=0), abs=1e-6)


def test_equal_images_have_equal_unique_parts_and_an_offset_passes_the_margin(network: DeFusionNet) -> None:
    """With decoders that give their bias alone, the fused image is ReLU of the head's sum of three biases."""
    changed = DeFusionNet().eval()
    changed.load_state_dict(network.state_dict())
    with torch.no_grad():
        for decoder, bias in ((changed.common_decoder, 0.5), (changed.unique_decoder, 0.125)):
            decoder.last.weight.zero_()
            decoder.last.bias.fill_(bias)  # type: ignore[union-attr]
        changed.fused_head.bias.zero_()  # type: ignore[union-attr]
        image = torch.rand(1, 3, 24, 24)
        inside = changed(image, image.flip(-1))[..., 1:-1, 1:-1]
        expected = 0.75 * changed.fused_head.weight.sum(dim=(1, 2, 3)).clamp(min=0)
    assert torch.allclose(inside, expected.view(1, 3, 1, 1).expand_as(inside), atol=1e-6)


def test_the_heads_of_the_parts_do_not_change_the_fused_image(network: DeFusionNet) -> None:
    changed = DeFusionNet().eval()
    changed.load_state_dict(network.state_dict())
    with torch.no_grad():
        for head in (changed.common_head, changed.unique_head):
            head.weight.zero_()
        pair = torch.rand(2, 1, 3, 16, 16)
        assert torch.equal(changed(*pair), network(*pair))


def test_a_file_of_another_structure_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pth"
    torch.save(Encoder().state_dict(), path)
    with pytest.raises(WeightsError, match=r"other\.pth does not fit the network: missing .*bring the images with"):
        methods.create("defusion", weights=path)
