"""DeRUN: degradation-resistant unfolding network, built from the paper's text; our default configuration.

He, Li, Xu, Zhang, Hu, Guo and Li, "Degradation-Resistant Unfolding Network for Heterogeneous Image Fusion", ICCV
2023, pp. 12611-12621. The authors published neither code nor weights. What the text leaves open was decided here, and
each file says which equation a line is and what was inferred. The design in use is written in the weights file, so a
file of any size or ablation loads.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import ValidationError
from torch import Tensor

from ...errors import WeightsError
from .._method import MethodCard
from .._training.recipe import Recipe
from .._weights import WeightedMethod, WeightFiles, fill, load_tensors
from .design import Design
from .network import DeRUNNet
from .training import DEFAULT

PAPER = "He et al., ICCV 2023, pp. 12611-12621"


class DeRUN(WeightedMethod):
    """DeRUN as its weights file describes it."""

    card = MethodCard(
        name="derun",
        title="DeRUN: degradation-resistant unfolding network (our configuration)",
        paper=PAPER,
        year=2023,
        trained_on="no official weights were published",
        needs_weights=True,
        weights_licence="none published",
    )
    recipe: ClassVar[Recipe | None] = DEFAULT

    def __init__(self, weights: WeightFiles) -> None:
        super().__init__(weights)
        path = weights.paths[0]
        recipe = weights.note.get("recipe")
        if not isinstance(recipe, dict):
            # Borders and the like leave no trace in the shapes: the wrong network would fill without a word.
            raise WeightsError(f"{path} does not say what network it holds; give a file that 'hifbench train' wrote")
        try:
            design = Design.model_validate({key: recipe[key] for key in Design.model_fields if key in recipe})
        except ValidationError as error:
            raise WeightsError(f"{path} describes a network that this version cannot build; train it anew") from error
        self.network = DeRUNNet(design)
        fill(self.network, load_tensors(path), path)

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        fused: Tensor = self.network(ir, vis)
        return fused


METHOD = DeRUN
