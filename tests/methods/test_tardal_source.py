"""The loss of our variant of TarDAL against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from hifbench.methods._losses import ssim_map
from hifbench.methods.tardal import Generator
from hifbench.methods.tardal_source import TarDALSourceRecipe, saliency


def images(count: int) -> list[Tensor]:
    levels = torch.randint(0, 256, (count, 2, 1, 14, 13), generator=torch.Generator().manual_seed(2))
    return list(levels / 255)


def salient(image: np.ndarray) -> np.ndarray:
    """Mean distance of each pixel to all, one by one."""
    return np.array([np.abs(image - value).mean() for value in image.flat]).reshape(image.shape)


def test_saliency_is_the_mean_distance_to_all_pixels() -> None:
    (batch,) = images(1)
    found = saliency(batch)
    for image, values in zip(batch[:, 0].numpy(), found[:, 0].numpy(), strict=True):
        assert values == pytest.approx(salient(image), abs=1e-6)
    assert not saliency(torch.full((1, 1, 3, 4), 0.3)).any()


def test_the_loss_is_weighed_by_saliency() -> None:
    ir, vis, fused = images(3)
    terms = TarDALSourceRecipe().loss((fused,), ir, vis)
    strength = [np.stack([salient(image) for image in each[:, 0].numpy()]) for each in (ir, vis)]
    share = strength[0] / (strength[0] + strength[1])

    def weighed(infrared: Tensor, visible: Tensor) -> float:
        return float((share * infrared[:, 0].numpy() + (1 - share) * visible[:, 0].numpy()).mean())

    expected = {
        "ssim": 0.01 * weighed(1 - ssim_map(fused, ir, 11), 1 - ssim_map(fused, vis, 11)),
        "pixel": 0.99 * weighed((fused - ir).abs(), (fused - vis).abs()),
    }
    assert {name: float(term) for name, term in terms.items()} == pytest.approx(expected, rel=1e-4)


def test_two_flat_images_count_alike() -> None:
    ir, vis, fused = (torch.full((1, 1, 12, 12), value) for value in (0.2, 0.8, 0.5))
    terms = TarDALSourceRecipe(similarity=0).loss((fused,), ir, vis)
    assert float(terms["pixel"]) == pytest.approx(0.3)


def test_every_weight_of_the_generator_learns() -> None:
    recipe = TarDALSourceRecipe()
    torch.manual_seed(0)
    network = recipe.network()
    assert isinstance(network, Generator)
    ir, vis = images(2)
    sum(recipe.loss(recipe.predict(network, ir, vis), ir, vis).values()).backward()  # type: ignore[union-attr]
    assert all(parameter.grad is not None and bool(parameter.grad.any()) for parameter in network.fuse.parameters())
    assert all(parameter.grad is not None for parameter in network.parameters())
