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
    """Training of DeRUN; the defaults are our ``default`` configuration.

    Attributes:
        edges: the loss's second term: ``lgde``, the paper's; ``histogram``, the local histograms of directions instead
            of their entropies; ``penalty``, L_gp; ``joint``, L_jg; or ``none``.
        gamma: weight of that term.
        infrared: the infrared gradient is aimed at where this times it is stronger than the visible one, 0 to 1; for
            ``lgde``, ``histogram`` and ``penalty``. 0 aims at the visible image alone, as printed.
        bins: I, quantised gradient directions; as what follows for ``lgde`` and ``histogram``.
        blocks: B, odd sides of the blocks of each scale.
        kappa: sharpness of the soft assignment to directions.
        softness: gradient below which the assignment fades.
    """

    dataset: str = "tno"
    split: str = "train"
    epochs: int = 150
    batch: int = 4
    crop: int = 96
    rate: float = 3e-4
    clip: float = 1.0
    edges: Literal["lgde", "histogram", "penalty", "joint", "none"] = "lgde"
    gamma: float = Field(default=1.5, ge=0)
    infrared: float = Field(default=1.0, ge=0, le=1)
    bins: int = Field(default=8, ge=2, le=64)
    blocks: tuple[Annotated[int, AfterValidator(_odd)], ...] = Field(default=(3, 5), min_length=1, strict=False)
    kappa: float = Field(default=10.0, gt=0)
    softness: float = Field(default=0.02, gt=0)

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
        """0.9 from the 51st epoch, 0.81 from the 61st, ...: our reading of "every ten epochs after the first 50"."""
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
    infrared=0.0,
    softness=1e-6,  # next to none: D10's threshold acts instead
)
