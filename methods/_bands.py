"""Fusing a large image in bands of rows, for networks whose features of a whole image are gigabytes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def in_bands(network: Callable[[Tensor, Tensor], Tensor], ir: Tensor, vis: Tensor, halo: int, pixels: int) -> Tensor:
    """What the network makes of a batch of pairs, on a CPU band after band; on a GPU at once.

    Args:
        network: from two (B, 1, H, W) to one; a row of the result must depend on ``halo`` rows either side at most.
        ir: (B, 1, H, W).
        vis: same shape.
        halo: rows that are added to a band on either side, so that it is the one of the whole image.
        pixels: of a band without its halo, over the whole batch.

    Returns:
        (B, 1, H, W).
    """
    batch, _, height, width = ir.shape
    if ir.device.type != "cpu":
        return network(ir, vis)
    few = max(1, pixels // (halo * width))  # of more, a band that is worth its halo would be too large
    if batch > few:
        groups = (slice(first, first + few) for first in range(0, batch, few))
        return torch.cat([in_bands(network, ir[group], vis[group], halo, pixels) for group in groups])
    rows = max(halo, pixels // (batch * width))
    bands = []
    for top in range(0, height, rows):
        first, last = max(top - halo, 0), min(top + rows + halo, height)
        band = network(ir[..., first:last, :], vis[..., first:last, :])
        bands.append(band[..., top - first : top - first + rows, :])
    return torch.cat(bands, dim=-2)
