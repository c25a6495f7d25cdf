"""The DeRUN network: N stages, each one iteration of the ADMM solution of Eq. 3 with learned operators."""

from __future__ import annotations

from torch import Tensor, nn

from .design import Design
from .stage import Stage, State


class DeRUNNet(nn.Module):
    """Degradation-resistant unfolding network.

    Args:
        design: structure and initial values; every stage has weights of its own (D7).
    """

    def __init__(self, design: Design) -> None:
        super().__init__()
        self.design = design
        self.stages = nn.ModuleList(Stage(design, last=n == design.stages) for n in range(1, design.stages + 1))

    def forward(self, ir: Tensor, vis: Tensor) -> Tensor:
        """Fused image X = Y + V, nominally in [0, 1]; all tensors (B, 1, H, W)."""
        m = ir - vis
        state = State.start(m, self.design)
        for stage in self.stages:
            state = stage(state, m)
        return state.y + vis
