"""How DeRUN is trained: the loss of Eq. 14, its replacements in Table 3 (d), and the two configurations.

The replacements follow what the paper calls them; the papers they come from were not at hand. ``histogram`` and
``infrared`` are ours.
"""

from __future__ import annotations

from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import AfterValidator, Field
from torch import Tensor, nn

from .._training.recipe import Recipe
from . import design
from .lgde import Gradient, entropy, histograms, soft_directions
from .network import DeRUNNet

_STEADY_EPOCHS, _DECAY, _DECAY_EVERY = 50, 0.9, 10  # paper, 4 "Implementation details"


def _odd(block: int) -> int:
    if block % 2 == 0 or not 3 <= block <= 31:
        raise ValueError("blocks have an odd side of 3 to 31 pixels")
    return block


class DeRUNRecipe(Recipe, design.Design):
    """Training of DeRUN; the defaults are our ``default`` configuration."""

    dataset: str = Field(default="tno", description="data set to learn from")
    split: str = Field(default="train", description="its split")
    epochs: int = Field(default=150, ge=1, description="passes over the data")
    batch: int = Field(default=4, ge=1, description="pairs in a step")
    crop: int = Field(default=96, ge=16, le=1024, description="side of the crops, in pixels")
    rate: float = Field(default=3e-4, gt=0, lt=1, description="learning rate of Adam at the start")
    clip: float = Field(default=1.0, ge=0, description="largest norm of the gradient; 0 for any")
    edges: Literal["lgde", "histogram", "penalty", "joint", "none"] = Field(
        default="lgde", description="the loss's second term: L_lgde, local histograms, L_gp, L_jg, or none"
    )
    infrared: float = Field(
        default=0.0, ge=0, le=1, description="the infrared gradient is aimed at where this times it is the stronger"
    )
    gamma: float = Field(default=1.0, ge=0, description="weight of the loss's second term")
    bins: int = Field(default=8, ge=2, le=64, description="I, quantised gradient directions")
    blocks: tuple[Annotated[int, AfterValidator(_odd)], ...] = Field(
        default=(3, 5), min_length=1, description="B, sides of the blocks of each scale"
    )
    kappa: float = Field(default=10.0, gt=0, description="sharpness of the soft assignment to directions")
    softness: float = Field(default=0.02, gt=0, description="gradient below which no direction is told")

    def network(self) -> nn.Module:
        """A DeRUN network of this design."""
        return DeRUNNet(self)

    def predict(self, network: nn.Module, *images: Tensor) -> tuple[Tensor, ...]:
        """The fused image."""
        return (network(*images),)

    def loss(self, predicted: tuple[Tensor, ...], *images: Tensor) -> dict[str, Tensor]:
        """L_pixel and gamma times the second term, Eq. 14."""
        (fused,), (ir, vis) = predicted, images
        terms = {"pixel": F.mse_loss(fused, ir)}  # to the infrared image alone, as printed (D14)
        if self.edges != "none":
            terms[self.edges] = self.gamma * self._edges(fused, ir, vis)
        return terms

    def _edges(self, fused: Tensor, ir: Tensor, vis: Tensor) -> Tensor:
        ours, aim = Gradient.of(fused), Gradient.of(vis)
        if self.edges == "joint":
            magnitudes = [each.x.abs() + each.y.abs() for each in (ours, Gradient.of(ir), aim)]
            return F.l1_loss(magnitudes[0], torch.maximum(*magnitudes[1:]))
        if self.infrared:
            aim = aim.unless_weaker(Gradient.of(ir), self.infrared)
        if self.edges == "penalty":
            return (F.mse_loss(ours.x, aim.x) + F.mse_loss(ours.y, aim.y)) / 2
        shares, wanted = (soft_directions(each, self.bins, self.kappa, self.softness) for each in (ours, aim))
        if self.edges == "lgde":
            return F.mse_loss(entropy(shares, self.blocks), entropy(wanted, self.blocks))
        # The sum over the bins, mean over the scales: equal entropies leave open which directions there are.
        scales = [F.mse_loss(histograms(shares, block), histograms(wanted, block)) for block in self.blocks]
        return self.bins * torch.stack(scales).mean()

    def factor(self, epoch: int) -> float:
        """0.9 for every ten epochs after the first 50."""
        if epoch < _STEADY_EPOCHS:
            return 1.0
        return float(_DECAY ** (1 + (epoch - _STEADY_EPOCHS) // _DECAY_EVERY))


DEFAULT = DeRUNRecipe()

PRINTED = DeRUNRecipe(
    **design.PRINTED.model_dump(),
    crop=128,  # D12
    rate=1e-4,
    clip=0.0,
    gamma=10.0,
    softness=1e-6,  # D10
)
