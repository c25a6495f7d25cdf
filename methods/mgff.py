"""Multi-scale guided filtering: each source is smoothed along the other's edges, larger detail weighs more.

Bavirisetti, Xiao, Zhao, Dhuli and Liu, "Multi-scale guided image and video fusion: a fast and efficient approach",
Circuits, Systems, and Signal Processing 38(12), 2019. The paper was not at hand; recalled of it and of its code:

- decomposition: B_i^k is the guided filter of B_i^{k-1}, B_i^0 = I_i, and D_i^k = B_i^{k-1} - B_i^k;
- saliency |D_i^k|, weights w_i^k = |D_i^k| / (|D_1^k| + |D_2^k|), D^k = w_1^k D_1^k + w_2^k D_2^k;
- B = (B_1^K + B_2^K) / 2 and F = B + sum over k of D^k;
- K = 4, r = 9, epsilon = 10^3 for grey levels 0..255.

Inferred: that the guide of a source is the other one at the same level ("structure transferring" fits the opposite
roles as well), and that r and epsilon are the same at all levels. Chosen: where neither source has detail the weights
are 1/2.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..guided import guided_filter
from ._method import FusionMethod, MethodCard

_LEVELS = 255.0  # grey levels of the paper's epsilon
_TINY = torch.finfo(torch.float64).tiny


class MultiScaleGuidedFilterFusion(FusionMethod):
    """Multi-scale guided-filter fusion; computed in float64.

    Args:
        levels: K, detail layers.
        radius: r of the guided filter.
        eps: epsilon of the guided filter, for grey levels 0..255.
    """

    card = MethodCard(
        name="mgff",
        title="Multi-scale guided-filter fusion",
        paper="Bavirisetti et al., Circuits, Systems, and Signal Processing 38(12), 2019",
        year=2019,
    )

    def __init__(self, *, levels: int = 4, radius: int = 9, eps: float = 1e3) -> None:
        super().__init__()
        if not 1 <= levels <= 20:
            raise ValueError(f"levels must be 1 to 20, not {levels}")
        if radius < 1:
            raise ValueError(f"radius must be at least 1, not {radius}")
        if not 1e-4 <= eps < float("inf"):
            raise ValueError(f"eps must be at least 0.0001, not {eps:g}")
        self.levels = levels
        self.radius = radius
        self.eps = eps

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        ir, vis = ir.double(), vis.double()
        eps = self.eps / _LEVELS**2
        details = torch.zeros_like(ir)
        for _ in range(self.levels):
            base_ir = guided_filter(vis, ir, self.radius, eps)
            base_vis = guided_filter(ir, vis, self.radius, eps)
            details += by_magnitude(ir - base_ir, vis - base_vis)
            ir, vis = base_ir, base_vis
        return ((ir + vis) / 2 + details).float()


def by_magnitude(first: Tensor, second: Tensor) -> Tensor:
    """Sum of two layers, each weighted by its share of their absolute values."""
    size_first, size_second = first.abs() + _TINY, second.abs() + _TINY
    return (size_first * first + size_second * second) / (size_first + size_second)


METHOD = MultiScaleGuidedFilterFusion
