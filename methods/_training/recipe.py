"""What a method brings to the trainer: its network, its loss, its schedule and the data that it learns from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator
from torch import Generator, Tensor, nn

from .crops import crop

Annotation = tuple[str, float, float, float, float]
"""An annotated object: class, x0, y0, x1, y1 in pixels."""

Schedule = Literal["full", "short", "smoke"]
"""How much of a recipe is done: all of it, what a CPU does in minutes, or what shows that it works."""


class Recipe(BaseModel, ABC):
    """How a method is trained; a subclass sets the defaults of its paper or code and writes the abstract methods.

    Every field is an option of ``hifbench train --set``; what is not to be chosen is a class variable.

    Attributes:
        version: raised when the same settings would train other weights.
        crops: ``random`` position; ``resized``, a random part brought to the size (torchvision's
            RandomResizedCrop: 8 to 100 % of the area, sides 3:4 to 4:3); or ``centre``.
        flips: whether crops are mirrored left-right and top-bottom at random.
        mixed: whether infrared and visible images are one set of single images; pairs otherwise.
        learns: what is learned from, as the weights' card says it.
        dataset: to learn from.
        split: of that data set.
        epochs: passes over the data; ``factor`` must not depend on it, so that a run can be continued.
        batch: pairs in a step, or images where the two kinds are mixed.
        crop: side of the crops, 16 to 1024 pixels.
        rate: learning rate of Adam at the start, between 0 and 1.
        clip: largest norm of the gradient; 0 for any.
        seed: of the initial weights, the order, the crops and the flips.
        precision: of the network while it is trained; ``auto`` is bfloat16 on a GPU and float32 on a CPU.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    version: ClassVar[int] = 1
    crops: ClassVar[Literal["random", "resized", "centre"]] = "random"
    flips: ClassVar[bool] = True
    mixed: ClassVar[bool] = False
    learns: ClassVar[str] = "pairs"

    dataset: str
    split: str
    epochs: int
    batch: int
    crop: int
    rate: float
    clip: float = 0.0
    seed: int = 0
    precision: Literal["auto", "float32", "bfloat16"] = "auto"

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        # Not in the fields: a subclass that gives a default would drop them.
        for name, low, high in (
            ("epochs", 1, 1_000_000),
            ("batch", 1, 1_000_000),
            ("crop", 16, 1024),
            ("seed", 0, 2**63 - 1),
        ):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be {low} to {high}, not {getattr(self, name)}")
        if not 0 < self.rate < 1:
            raise ValueError(f"rate must be between 0 and 1, not {self.rate:g}")
        if self.clip < 0:
            raise ValueError(f"clip must not be negative, not {self.clip:g}")
        return self

    @abstractmethod
    def network(self) -> nn.Module:
        """A network to train, initialised from torch's global random numbers."""

    @abstractmethod
    def predict(self, network: nn.Module, *images: Tensor) -> tuple[Tensor, ...]:
        """What the loss needs of the network; this part may run in bfloat16.

        Args:
            network: as :meth:`network` made it, in training mode.
            images: infrared and visible, float32 (B, 1, crop, crop) in [0, 1]; one tensor where they are mixed.
        """

    @abstractmethod
    def loss(self, predicted: tuple[Tensor, ...], *images: Tensor) -> dict[str, Tensor]:
        """Weighted terms of the loss by name, scalars; their sum is minimised. In float32."""

    def sample(self, ir: Tensor, vis: Tensor, objects: Sequence[Annotation] | None) -> tuple[Tensor, Tensor]:
        """What is kept of a pair in memory, to be cut in every epoch.

        Args:
            ir: luminance, uint8 (H, W).
            vis: likewise.
            objects: what is annotated on them; None where nobody annotated the pair.

        Raises:
            PairError: the pair lacks what the recipe needs.
        """
        return ir, vis

    def cut(self, sample: Sequence[Tensor], numbers: Generator) -> list[Tensor]:
        """What one sample puts into a batch.

        Args:
            sample: as :meth:`sample` kept it; one of the two where they are mixed.
            numbers: source of random numbers.

        Returns:
            What is stacked to the ``images`` of :meth:`predict` and :meth:`loss`; crops (1, crop, crop) by default.
        """
        return [part[None] for part in crop(sample, self.crop, self.crops, self.flips, numbers)]

    def groups(self, network: nn.Module) -> list[dict[str, Any]]:
        """Adam's parameter groups with their learning rates at the start."""
        return [{"params": list(network.parameters()), "lr": self.rate}]

    def factor(self, epoch: int) -> float:
        """What the learning rates are multiplied with in an epoch, counted from 0."""
        return 1.0

    def under(self, schedule: Schedule) -> Self:
        """The same under a schedule: whole; ``short``, in minutes on a CPU; ``smoke``, in seconds, to see it work."""
        if schedule == "short":
            return self.model_copy(update={"epochs": min(self.epochs, 8), "crop": min(self.crop, 64)})
        if schedule == "smoke":
            return self.model_copy(update={"epochs": 2, "batch": 2, "crop": min(self.crop, 32)})
        return self
