"""Wavelet fusion against the Haar transform written out."""

from __future__ import annotations

import torch

from hifbench import methods


def test_one_haar_level_by_hand() -> None:
    generator = torch.Generator().manual_seed(3)
    ir, vis = (torch.rand(1, 1, 8, 12, generator=generator) for _ in range(2))

    def bands(image: torch.Tensor) -> torch.Tensor:
        a, b, c, d = (image[..., y::2, x::2] for y in (0, 1) for x in (0, 1))
        return torch.stack([a + b + c + d, a + b - c - d, a - b + c - d, a - b - c + d]) / 2

    of_ir, of_vis = bands(ir), bands(vis)
    chosen = torch.where(of_ir.abs() > of_vis.abs(), of_ir, of_vis)
    chosen[0] = (of_ir[0] + of_vis[0]) / 2
    mean, vertical, horizontal, diagonal = chosen
    wanted = torch.empty_like(ir)
    wanted[..., 0::2, 0::2] = (mean + vertical + horizontal + diagonal) / 2
    wanted[..., 0::2, 1::2] = (mean + vertical - horizontal - diagonal) / 2
    wanted[..., 1::2, 0::2] = (mean - vertical + horizontal - diagonal) / 2
    wanted[..., 1::2, 1::2] = (mean - vertical - horizontal + diagonal) / 2
    fused = methods.create("wavelet", wavelet="haar", levels=1).fuse(ir, vis)
    assert torch.allclose(fused, wanted, atol=1e-6)
