"""How the small detector of our own is trained: on both images of a pair and on their average, each as often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Self

import torch
from pydantic import Field, model_validator
from torch import Generator, Tensor, nn

from ..detection.tiny.cuts import cut
from ..detection.tiny.loss import BOX_WEIGHT, box_loss, centre_loss
from ..detection.tiny.network import MULTIPLE, TinyNet, corners
from ..detection.tiny.targets import targets
from ..errors import PairError
from ..methods._training.recipe import Annotation, Recipe

_MILESTONES = 42, 54


class DetectorRecipe(Recipe):
    """Training of :class:`hifbench.detection.tiny.network.TinyNet`; schedule and augmentation are our own.

    An epoch shows every scene once, as visible, infrared or average picture, in luminance. So the detector has seen
    pictures of the method ``average``, and may favour it: its card says so, and the tables mark it. It has seen none of
    any other method.

    Attributes:
        classes: to be found; objects of others are left alone.
    """

    learns: ClassVar[str] = "pairs (visible, infrared and average pictures, luminance)"

    dataset: str = "synthetic"
    split: str = "train"
    epochs: int = 60
    batch: int = 8
    crop: int = 192
    rate: float = 2e-3
    clip: float = 10.0
    classes: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=("person", "car"), min_length=1, strict=False
    )

    @model_validator(mode="after")
    def _whole_places(self) -> Self:
        if self.crop % MULTIPLE:
            raise ValueError(f"crop must be a multiple of {MULTIPLE} for the detector, not {self.crop}")
        return self

    def network(self) -> nn.Module:
        """The detector's network."""
        return TinyNet(len(self.classes))

    def sample(self, ir: Tensor, vis: Tensor, objects: Sequence[Annotation] | None) -> tuple[Tensor, Tensor]:
        """The three pictures of a scene, uint8 (3, H, W), and its boxes, (N, 5)."""
        if objects is None:
            raise PairError("nobody annotated it, and a detector learns from boxes; use pairs that have them")
        average = ((ir.to(torch.int16) + vis + 1) // 2).to(torch.uint8)
        numbers = {name: number for number, name in enumerate(self.classes)}
        rows = [[numbers[label], *box] for label, *box in objects if label in numbers]
        return torch.stack([vis, ir, average]), torch.tensor(rows, dtype=torch.float32).reshape(-1, 5)

    def cut(self, sample: Sequence[Tensor], numbers: Generator) -> list[Tensor]:
        """A part of one of the pictures, and its maps: see :func:`hifbench.detection.tiny.targets.targets`."""
        picture, boxes = cut(sample[0], sample[1], self.crop, numbers)
        return [picture, *targets(boxes, len(self.classes), self.crop, self.crop)]

    def predict(self, network: nn.Module, *images: Tensor) -> tuple[Tensor, ...]:
        """Centres and boxes."""
        predicted: tuple[Tensor, ...] = network(images[0])
        return predicted

    def loss(self, predicted: tuple[Tensor, ...], *images: Tensor) -> dict[str, Tensor]:
        """Focal loss of the centres and generalised overlap of the boxes."""
        (logits, boxes), (_, heat, wanted, weights) = predicted, images
        found = box_loss(corners(boxes), wanted, weights)
        return {"centres": centre_loss(logits, heat), "boxes": BOX_WEIGHT * found}

    def factor(self, epoch: int) -> float:
        """A tenth after 42 epochs, a hundredth after 54."""
        return float(0.1 ** sum(epoch >= milestone for milestone in _MILESTONES))
