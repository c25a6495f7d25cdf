"""The infrared image unchanged: what a fusion method must beat.

Not a fusion method but a floor: many metrics reward the copy of one source, and only this row shows it.
"""

from __future__ import annotations

from torch import Tensor

from ._method import FusionMethod, MethodCard


class Infrared(FusionMethod):
    """Returns the infrared image."""

    card = MethodCard(name="infrared", title="Infrared image, unchanged", paper="none")

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        return ir.clone()


METHOD = Infrared
