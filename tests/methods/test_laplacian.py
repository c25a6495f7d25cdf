"""The Laplacian pyramid against scipy's filters and against fusions whose result is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from hifbench import methods
from hifbench.methods.laplacian import expand, reduce

KERNEL = np.array([0.05, 0.25, 0.4, 0.25, 0.05])


def image(height: int, width: int) -> torch.Tensor:
    return torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.mark.parametrize("size", [(32, 40), (33, 41)])
def test_reduce_is_a_filter_and_every_second_sample(size: tuple[int, int]) -> None:
    picture = image(*size)
    blurred = ndimage.convolve1d(picture[0, 0].numpy(), KERNEL, axis=0, mode="mirror")
    blurred = ndimage.convolve1d(blurred, KERNEL, axis=1, mode="mirror")
    assert np.allclose(reduce(picture)[0, 0].numpy(), blurred[::2, ::2], atol=1e-12)


@pytest.mark.parametrize("size", [(32, 40), (33, 41)])
def test_expand_is_zeros_between_samples_and_a_filter(size: tuple[int, int]) -> None:
    small = image((size[0] + 1) // 2, (size[1] + 1) // 2)
    spread = np.zeros(size)
    spread[::2, ::2] = small[0, 0].numpy()
    for axis in (0, 1):
        spread = ndimage.convolve1d(spread, 2 * KERNEL, axis=axis, mode="constant")
    expanded = expand(small, torch.Size((1, 1, *size)))[0, 0].numpy()
    assert np.allclose(expanded[4:-4, 4:-4], spread[4:-4, 4:-4], atol=1e-12)  # the borders follow another rule
    flat = expand(torch.full((1, 1, 9, 9), 0.25), torch.Size((1, 1, 18, 17)))
    assert torch.allclose(flat, torch.full_like(flat, 0.25))


def test_one_level_by_hand() -> None:
    ir, vis = image(24, 24).float(), image(24, 24).float().flip(-1) / 2
    low_ir, low_vis = reduce(ir), reduce(vis)
    detail_ir, detail_vis = ir - expand(low_ir, ir.shape), vis - expand(low_vis, vis.shape)
    details = np.stack([detail_ir.numpy(), detail_vis.numpy()])
    wanted = np.take_along_axis(details, np.abs(details).argmax(0)[None], 0)[0]
    wanted = wanted + expand((low_ir + low_vis) / 2, ir.shape).numpy()
    assert np.allclose(methods.create("laplacian", levels=1).fuse(ir, vis).numpy(), wanted, atol=1e-6)


def test_the_detail_of_the_only_textured_source_is_kept_whole() -> None:
    textured, flat = image(64, 64).float(), torch.full((1, 1, 64, 64), 0.5)
    fused = methods.create("laplacian", levels=3).fuse(textured, flat)
    low, base = textured, flat
    for _ in range(3):
        low, base = reduce(low), reduce(base)
    difference = (base - low) / 2  # fused and textured differ by the coarsest level alone
    for shape in (torch.Size((1, 1, 16, 16)), torch.Size((1, 1, 32, 32)), textured.shape):
        difference = expand(difference, shape)
    assert torch.allclose(fused - textured, difference, atol=1e-6)
