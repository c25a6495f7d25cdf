"""Guided-filter fusion against the same in scipy, and against fusions whose result is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from scipy_guided import guided

from hifbench import methods
from hifbench.errors import UsageError
from hifbench.methods.gff import average, saliency


def pair(height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Smooth pictures with texture in different places."""
    ir, vis = torch.rand(2, 1, 1, height, width, generator=torch.Generator().manual_seed(height))
    ramp = torch.linspace(0, 1, width)
    return ramp * ir * 0.5 + 0.3, (1 - ramp) * vis * 0.4 + 0.1


def plain_saliency(image: np.ndarray) -> np.ndarray:
    kernel = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    y, x = np.mgrid[-5:6, -5:6]
    gaussian = np.exp(-(x**2 + y**2) / 50)
    edges = np.abs(ndimage.convolve(image, kernel, mode="nearest"))
    return ndimage.convolve(edges, gaussian / gaussian.sum(), mode="nearest")


def plain(ir: np.ndarray, vis: np.ndarray) -> np.ndarray:
    salient = np.stack([plain_saliency(ir), plain_saliency(vis)])
    chosen = (salient >= salient.max(0) - 1e-6).astype(float)
    fused = np.zeros_like(ir)
    bases = [ndimage.uniform_filter(image, 31, mode="nearest") for image in (ir, vis)]
    details = [image - base for image, base in zip((ir, vis), bases, strict=True)]
    for layers, radius, eps in ((bases, 45, 0.3), (details, 7, 1e-6)):
        weights = np.stack([guided(image, mask, radius, eps) for image, mask in zip((ir, vis), chosen, strict=True)])
        weights = np.clip(weights, 0, 1) + 1e-12
        fused += (weights / weights.sum(0) * np.stack(layers)).sum(0)
    return fused


@pytest.mark.parametrize("size", [(120, 141), (37, 20)])
def test_equals_a_fusion_made_of_scipy_filters(size: tuple[int, int]) -> None:
    ir, vis = pair(*size)
    fused = methods.create("gff").fuse(ir, vis)[0, 0].numpy()
    wanted = plain(ir[0, 0].double().numpy(), vis[0, 0].double().numpy())
    assert np.abs(fused - wanted).max() < 1e-6
    assert np.abs(wanted - (ir + vis)[0, 0].numpy() / 2).max() > 0.05  # neither source counts alike everywhere


def test_base_and_saliency_are_scipy_filters() -> None:
    image = pair(50, 44)[0].double()
    flat = image[0, 0].numpy()
    assert np.allclose(average(image)[0, 0].numpy(), ndimage.uniform_filter(flat, 31, mode="nearest"), atol=1e-13)
    assert np.allclose(saliency(image)[0, 0].numpy(), plain_saliency(flat), atol=1e-13)


def test_the_only_textured_source_is_returned() -> None:
    textured = pair(60, 70)[0]
    flat = torch.full_like(textured, 0.8)
    gff = methods.create("gff")
    assert torch.allclose(gff.fuse(textured, flat), textured, atol=1e-6)
    assert torch.allclose(gff.fuse(flat, textured), textured, atol=1e-6)


@pytest.mark.parametrize("size", [(40, 30), (1, 1), (2, 1), (1, 50)])
def test_flat_sources_tie_whatever_their_grey(size: tuple[int, int]) -> None:
    ir, vis = torch.full((1, 1, *size), 0.3), torch.full((1, 1, *size), 0.7)
    assert torch.allclose(methods.create("gff").fuse(ir, vis), torch.full_like(ir, 0.5), atol=1e-6)


@pytest.mark.parametrize("levels", [1, 60, 100])
def test_sources_equal_up_to_a_constant_tie(levels: int) -> None:
    """Mathematically their saliencies are equal; as float32 the sources round differently."""
    grey = torch.randint(0, 150, (1, 1, 60, 70), generator=torch.Generator().manual_seed(0))
    ir, vis = grey / 255, (grey + levels) / 255
    assert torch.allclose(methods.create("gff").fuse(ir, vis), (ir + vis) / 2, atol=1e-5)


def test_the_fused_image_stays_between_the_layers() -> None:
    ir, vis = pair(80, 90)
    base_ir, base_vis = average(ir.double()), average(vis.double())
    fused = methods.create("gff").fuse(ir, vis)
    low = torch.minimum(base_ir, base_vis) + torch.minimum(ir - base_ir, vis - base_vis)
    high = torch.maximum(base_ir, base_vis) + torch.maximum(ir - base_ir, vis - base_vis)
    assert bool(((fused >= low - 1e-6) & (fused <= high + 1e-6)).all())


@pytest.mark.parametrize(
    "option", [{"base_radius": 0}, {"detail_radius": -1}, {"base_eps": 0.0}, {"detail_eps": 1e-20}]
)
def test_an_option_out_of_range_is_named(option: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=f"gff: {next(iter(option))} must be at least"):
        methods.create("gff", **option)
