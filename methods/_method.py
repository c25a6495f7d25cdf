"""What a fusion method is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from ..errors import MethodError, UsageError


@dataclass(frozen=True)
class OfficialWeights:
    """One form in which the authors' weights are handed out.

    Attributes:
        files: name of each file -> sha256 of the published one, in the order in which the method takes them.
        source: where they come from, in words.
    """

    files: Mapping[str, str]
    source: str


@dataclass(frozen=True)
class MethodCard:
    """Facts on a fusion method, for its users and for the report.

    Attributes:
        name: as users type it.
        title: what it is, in words.
        paper: what to cite; "none" for a baseline that needs no citation.
        year: of the paper; None without one.
        trained_on: data that its weights were trained on; "nothing" for a method that is not trained. That of the
            official weights, until the method is created with others.
        training_data: the same as ``data set/split`` of this package, where it is one: what the weights have seen.
        needs_weights: whether it works only with trained weights.
        official: the authors' weights, in every form in which they can be given; empty where they published none.
        weights_licence: licence of those weights; "none stated" where the authors state none.
        weights_sha256: file name -> sha256 of the weights in use; filled in when the method is created.
        smallest: shortest side, in pixels, that it can fuse.
        per_pair: whether it optimises anew for each pair, so that a cell of work is one pair.
        needs_results: whether it has no code here, and results made elsewhere stand for it (``hifbench import``).
        slow: whether a pair of 640x480 takes ten seconds or more on a CPU; it then runs only where it is named.
        version: raised when the same images would be fused otherwise.
    """

    name: str
    title: str
    paper: str
    year: int | None = None
    trained_on: str = "nothing"
    training_data: str = ""
    needs_weights: bool = False
    official: tuple[OfficialWeights, ...] = ()
    weights_licence: str = ""
    weights_sha256: Mapping[str, str] = field(default_factory=dict)
    smallest: int = 1
    per_pair: bool = False
    needs_results: bool = False
    slow: bool = False
    version: int = 1


class FusionMethod(ABC):
    """A fusion method; a built-in is one file of this package that defines ``METHOD``, a subclass.

    A subclass sets ``card`` and writes ``_fuse``; its options are keyword-only arguments of ``__init__``. One
    that needs weights derives from :class:`hifbench.methods._weights.WeightedMethod`.
    """

    card: ClassVar[MethodCard]

    def __init__(self) -> None:
        self.device = torch.device("cpu")

    def to(self, device: torch.device) -> None:
        """Work on ``device`` from now on."""
        self.device = device

    @torch.no_grad()
    def fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        """Fuse a batch of pairs.

        Args:
            ir: luminance of the infrared images, float32 (B, 1, H, W) in [0, 1].
            vis: luminance of the visible images, same shape.

        Returns:
            float32 (B, 1, H, W) on the method's device, nominally in [0, 1]; neither clipped nor quantised.

        Raises:
            UsageError: shapes that are not as said.
            MethodError: images too small for the method.
        """
        if ir.ndim != 4 or ir.shape[1] != 1 or ir.shape != vis.shape:
            raise UsageError(
                f"{self.card.name} fuses two tensors of one shape (B, 1, H, W); they are {tuple(ir.shape)} and "
                f"{tuple(vis.shape)}"
            )
        height, width = ir.shape[-2:]
        if min(height, width) < self.card.smallest:
            raise MethodError(
                f"{self.card.name} needs images of at least {self.card.smallest}x{self.card.smallest} pixels; "
                f"this pair is {width}x{height}"
            )
        return self._fuse(ir.to(self.device, torch.float32), vis.to(self.device, torch.float32))

    @abstractmethod
    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        """Fuse checked inputs on the method's device, gradients off."""
