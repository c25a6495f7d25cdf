"""Mean of the two sources, pixel by pixel."""

from __future__ import annotations

from torch import Tensor

from ._method import FusionMethod, MethodCard


class Average(FusionMethod):
    """F = (A + B) / 2."""

    card = MethodCard(name="average", title="Pixel-wise mean", paper="none")

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        return (ir + vis) / 2


METHOD = Average
