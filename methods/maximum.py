"""Larger of the two sources, pixel by pixel."""

from __future__ import annotations

import torch
from torch import Tensor

from ._method import FusionMethod, MethodCard


class Maximum(FusionMethod):
    """F = max(A, B)."""

    card = MethodCard(name="maximum", title="Pixel-wise maximum", paper="none")

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        return torch.maximum(ir, vis)


METHOD = Maximum
