"""What a method brings to the trainer: its network, its loss, its schedule and the data that it learns from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn


class Recipe(BaseModel, ABC):
    """How a method is trained; a subclass sets the defaults of its paper or code and writes the abstract methods.

    Every field is an option of ``hifbench train --set``; what is not to be chosen is a class variable.

    Attributes:
        crops: ``random`` position; ``resized``, a random part brought to the size (torchvision's
            RandomResizedCrop: 8 to 100 % of the area, sides 3:4 to 4:3); or ``centre``.
        flips: whether crops are mirrored left-right and top-bottom at random.
        mixed: whether infrared and visible images are one set of single images; pairs otherwise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    crops: ClassVar[Literal["random", "resized", "centre"]] = "random"
    flips: ClassVar[bool] = True
    mixed: ClassVar[bool] = False

    dataset: str = Field(description="data set to learn from")
    split: str = Field(description="its split")
    epochs: int = Field(ge=1, description="passes over the data")
    batch: int = Field(ge=1, description="pairs in a step, or images where the two kinds are mixed")
    crop: int = Field(ge=16, le=1024, description="side of the crops, in pixels")
    rate: float = Field(gt=0, lt=1, description="learning rate of Adam at the start")
    clip: float = Field(default=0.0, ge=0, description="largest norm of the gradient; 0 for any")
    seed: int = Field(default=0, ge=0, description="of the initial weights, the order, the crops and the flips")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto", description="of the network while it is trained; auto is bfloat16 on a GPU"
    )

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

    def groups(self, network: nn.Module) -> list[dict[str, Any]]:
        """Adam's parameter groups with their learning rates at the start."""
        return [{"params": list(network.parameters()), "lr": self.rate}]

    def factor(self, epoch: int) -> float:
        """What the learning rates are multiplied with in an epoch, counted from 0."""
        return 1.0

    def described(self) -> dict[str, Any]:
        """What goes into the weights file beside the tensors, so that the network can be built again."""
        return self.model_dump(mode="json")

    def smoke(self) -> Self:
        """The same in seconds, to see that everything works: two epochs of small crops."""
        return self.model_copy(update={"epochs": 2, "batch": 2, "crop": min(self.crop, 32)})
