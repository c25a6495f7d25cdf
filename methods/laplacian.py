"""Laplacian pyramid: larger detail coefficient at each level, mean of the coarsest level.

Burt and Adelson, "The Laplacian pyramid as a compact image code", IEEE Trans. Communications 31(4), 1983
(reduce and expand with the 5-tap kernel, a = 0.4); the choose-max rule on the absolute coefficient is the usual
reading of Toet, "Image fusion by a ratio of low-pass pyramid", Pattern Recognition Letters 9(4), 1989, carried
over to the Laplacian pyramid.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ._method import FusionMethod, MethodCard

_KERNEL = (0.05, 0.25, 0.4, 0.25, 0.05)
_SHORTEST_SIDE = 8  # a level smaller than this holds nothing but the mean


class Laplacian(FusionMethod):
    """Laplacian-pyramid fusion.

    Args:
        levels: detail levels; fewer where the image is too small for them.
    """

    card = MethodCard(
        name="laplacian",
        title="Laplacian pyramid, choose-max detail",
        paper="Burt and Adelson, IEEE Trans. Communications 31(4), 1983",
        year=1983,
    )

    def __init__(self, *, levels: int = 4) -> None:
        super().__init__()
        if not 1 <= levels <= 12:
            raise ValueError(f"levels must be 1 to 12, not {levels}")
        self.levels = levels

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        details: list[Tensor] = []
        for _ in range(self.levels):
            if min(ir.shape[-2:]) < 2 * _SHORTEST_SIDE:
                break
            small_ir, small_vis = reduce(ir), reduce(vis)
            detail_ir = ir - expand(small_ir, ir.shape)
            detail_vis = vis - expand(small_vis, vis.shape)
            details.append(torch.where(detail_ir.abs() > detail_vis.abs(), detail_ir, detail_vis))
            ir, vis = small_ir, small_vis
        fused = (ir + vis) / 2
        for detail in reversed(details):
            fused = detail + expand(fused, detail.shape)
        return fused


def reduce(image: Tensor) -> Tensor:
    """Low-pass and keep every second sample (Burt and Adelson, Eq. 1); reflected border.

    Args:
        image: (B, 1, H, W), sides of at least 3.

    Returns:
        (B, 1, ceil(H/2), ceil(W/2)).
    """
    kernel = image.new_tensor(_KERNEL)
    padded = F.pad(image, (2, 2, 2, 2), mode="reflect")
    rows = F.conv2d(padded, kernel.view(1, 1, 5, 1), stride=(2, 1))
    return F.conv2d(rows, kernel.view(1, 1, 1, 5), stride=(1, 2))


def expand(image: Tensor, shape: torch.Size) -> Tensor:
    """Interpolate to the size of the finer level (Burt and Adelson, Eq. 2).

    Args:
        image: (B, 1, h, w).
        shape: shape of the finer level, whose sides are 2h or 2h-1, 2w or 2w-1.
    """
    height, width = shape[-2:]
    kernel = 2 * image.new_tensor(_KERNEL)
    padded = F.pad(image, (1, 1, 1, 1), mode="replicate")
    rows = F.conv_transpose2d(padded, kernel.view(1, 1, 5, 1), stride=(2, 1))[:, :, 4 : 4 + height]
    return F.conv_transpose2d(rows, kernel.view(1, 1, 1, 5), stride=(1, 2))[:, :, :, 4 : 4 + width]


METHOD = Laplacian
