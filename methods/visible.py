"""The visible image unchanged: what a fusion method must beat.

Not a fusion method but a floor: many metrics reward the copy of one source, and only this row shows it.
"""

from __future__ import annotations

from torch import Tensor

from ._method import FusionMethod, MethodCard


class Visible(FusionMethod):
    """Returns the visible luminance."""

    card = MethodCard(name="visible", title="Visible image, unchanged", paper="none")

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        return vis.clone()


METHOD = Visible
