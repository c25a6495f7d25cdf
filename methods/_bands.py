"""Fusing in bands of rows: a network's features of a whole large pair are gigabytes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def in_bands(fuse: Callable[[Tensor, Tensor], Tensor], ir: Tensor, vis: Tensor, *, halo: int, pixels: int) -> Tensor:
    """What ``fuse`` makes of the whole pair, computed in bands of rows where that is on a CPU.

    Small bands stay in a CPU's cache and are about twice as fast, too; a GPU is the slower for them.

    Args:
        fuse: of two (B, 1, h, W) tensors to one of that shape, where a row of the result depends on no row further
            than ``halo`` away.
        ir: (B, 1, H, W).
        vis: same shape.
        halo: in rows.
        pixels: of a band, all pairs together; a band has ``halo`` rows at least.

    Returns:
        (B, 1, H, W).
    """
    batch, _, height, width = ir.shape
    rows = max(halo, pixels // (batch * width)) if ir.device.type == "cpu" else height
    bands = []
    for top in range(0, height, rows):
        # What a cut row lacks reaches no further than the halo, so the bands are those of the whole image.
        first, last = max(top - halo, 0), min(top + rows + halo, height)
        band = fuse(ir[..., first:last, :], vis[..., first:last, :])
        bands.append(band[..., top - first : top - first + rows, :])
    return torch.cat(bands, dim=-2)
