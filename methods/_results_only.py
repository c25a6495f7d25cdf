"""Methods whose code is not at hand: a card, which pictures made elsewhere are put under."""

from __future__ import annotations

from torch import Tensor

from ..errors import MethodError
from ._method import FusionMethod


class ResultsOnly(FusionMethod):
    """A method without code here: its card says ``needs_results``, and a run looks up what was imported."""

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        name = self.card.name
        raise MethodError(
            f"{name} has no code to run; import its fused pictures ('hifbench import RESULTS --method {name} "
            f"--dataset NAME'), which 'hifbench run' then scores"
        )
