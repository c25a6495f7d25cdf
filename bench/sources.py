"""The source images of a pair, as the methods get them and as they are scored, kept while a chunk is worked on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor

from ..color import split
from ..datasets._dataset import PairSequence
from ..datasets._depth import Depth
from ..datasets._pair import Pair
from ..datasets.degradations import DEGRADATIONS
from ..metrics._picture import Picture, scored
from .cell import Condition

MEMORY_LIMIT = 400 * 2**20  # bytes of features kept over the methods of a chunk: `demo` has to stay below 1.5 GB


@dataclass(frozen=True)
class Clean:
    """A pair as it was read.

    Attributes:
        pair: the pair.
        ir: luminance of the infrared image for the method, float32 (1, 1, H, W) in [0, 1].
        ir_scored: the infrared picture to score against.
        vis_scored: the visible picture to score against.
    """

    pair: Pair
    ir: Tensor
    ir_scored: Picture
    vis_scored: Picture


@dataclass(frozen=True)
class Sources:
    """One pair under one condition.

    Attributes:
        ir: luminance of the infrared image for the method, float32 (1, 1, H, W) in [0, 1].
        vis: luminance of the visible image, degraded or not, likewise.
        chroma: Cb and Cr of that visible image, (1, 2, H, W); None for a grey one.
        scored: the task's name -> infrared and visible picture to score against.
        pair: the pair, as it was read.
    """

    ir: Tensor
    vis: Tensor
    chroma: Tensor | None
    scored: dict[str, tuple[Picture, Picture]]
    pair: Pair


def read(pair: Pair, device: torch.device) -> Clean:
    """Set up what a pair's conditions share."""
    ir, vis = as_batch(pair.ir).to(device), as_batch(pair.vis).to(device)
    return Clean(pair, split(ir)[0], scored(ir), scored(vis))


def prepare(clean: Clean, condition: Condition, depth: Tensor | None = None) -> Sources:
    """Degrade the visible image and set up what is scored.

    Under a degradation the fused image is scored twice: against the sources that the method was given (task
    ``fusion``) and against the clean ones (``fusion-clean``).

    Args:
        clean: the pair.
        condition: how its visible image is degraded.
        depth: (H, W) in metres; None where the degradation needs none.

    Raises:
        ValueError: the degradation cannot be applied to this pair.
    """
    against_clean = (clean.ir_scored, clean.vis_scored)
    if condition.degradation == "none":
        vis, chroma = split(clean.vis_scored.levels / 255)
        return Sources(clean.ir, vis, chroma, {"fusion": against_clean}, clean.pair)
    pair = clean.pair
    degradation = DEGRADATIONS.get(condition.degradation)
    degraded = degradation(pair.vis, condition.severity, _pair_seed(condition.seed, pair.id), depth)
    given = scored(as_batch(degraded).to(clean.ir.device))
    vis, chroma = split(given.levels / 255)
    scored_against = {"fusion": (clean.ir_scored, given), "fusion-clean": against_clean}
    return Sources(clean.ir, vis, chroma, scored_against, pair)


def tasks_under(condition: Condition) -> tuple[str, ...]:
    """Tasks that :func:`prepare` sets up under a condition."""
    return ("fusion",) if condition.degradation == "none" else ("fusion", "fusion-clean")


def needs_depth(condition: Condition) -> bool:
    """Whether depth is part of what determines the degraded image."""
    return condition.degradation != "none" and DEGRADATIONS.get(condition.degradation).needs_depth


class SourceCache:
    """Keeps the sources of the current chunk, so that their part of the metrics is computed once.

    The clean pictures and their depth are kept over all conditions and methods of the chunk, the degraded ones over the
    methods of their condition. What exceeds the memory limit is not kept and is computed again.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._chunk: object = None
        self._condition: Condition | None = None
        self._clean: dict[str, Clean] = {}
        self._sources: dict[str, Sources] = {}
        self._depths: dict[str, Tensor] = {}

    def enter(self, chunk: object, condition: Condition) -> None:
        """Work on ``chunk`` under ``condition`` from now on; what other ones need is forgotten."""
        if chunk != self._chunk:
            self._clean.clear()
            self._depths.clear()
        if (chunk, condition) != (self._chunk, self._condition):
            self._sources.clear()
        self._chunk, self._condition = chunk, condition

    def get(self, pairs: PairSequence, index: int, condition: Condition, depth: Depth) -> Sources:
        """The sources of one pair under the condition that was entered.

        Args:
            pairs: of the data set.
            index: of the pair.
            condition: that was entered.
            depth: where the data set's depth comes from; asked where the degradation needs it.

        Raises:
            PairError: the pair, or its depth, cannot be used.
            ValueError: the degradation cannot be applied to this pair.
        """
        id = pairs.ids[index]
        if id not in self._sources:
            if id not in self._clean:
                self._clean[id] = read(pairs[index], self._device)
            clean = self._clean[id]
            metres = self._depth(clean.pair, depth) if needs_depth(condition) else None
            self._sources[id] = prepare(clean, condition, metres)
        return self._sources[id]

    def _depth(self, pair: Pair, depth: Depth) -> Tensor:
        if pair.id not in self._depths:
            self._depths[pair.id] = depth.of(pair)
        return self._depths[pair.id]

    def trim(self, id: str) -> None:
        """Forget the pair that was just used if the memory limit is passed."""
        if self._remembered_bytes() > MEMORY_LIMIT:
            self._clean.pop(id, None)
            self._depths.pop(id, None)
            self._sources.pop(id, None)

    def _remembered_bytes(self) -> int:
        pictures: dict[int, Picture] = {}
        tensors = {id(tensor): tensor for tensor in self._depths.values()}
        for clean in self._clean.values():
            given = (clean.pair.ir, clean.pair.vis, clean.pair.depth, clean.ir)
            tensors |= {id(tensor): tensor for tensor in given if tensor is not None}
            pictures |= {id(picture): picture for picture in (clean.ir_scored, clean.vis_scored)}
        for sources in self._sources.values():
            tensors |= {id(tensor): tensor for tensor in (sources.vis, sources.chroma) if tensor is not None}
            pictures |= {id(picture): picture for pair in sources.scored.values() for picture in pair}
        held = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
        return held + sum(picture.remembered_bytes() for picture in pictures.values())


def as_batch(image: Tensor) -> Tensor:
    """An image as read, (H, W) or (H, W, 3), as a batch of one, channels first."""
    return image[None, None] if image.ndim == 2 else image.permute(2, 0, 1)[None]


def _pair_seed(seed: int, id: str) -> int:
    """Every pair draws its own rain, and the same one for every method and on every machine."""
    return int.from_bytes(hashlib.sha256(f"{seed} {id}".encode()).digest()[:4], "big")
