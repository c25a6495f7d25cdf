"""The source images of a pair, as the methods get them and as they are scored, kept while a chunk is worked on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor

from ..color import quantise, split
from ..datasets._dataset import PairSequence
from ..datasets._pair import Pair
from ..datasets.degradations import DEGRADATIONS
from ..metrics._picture import Picture, scored
from .cell import Condition

MEMORY_LIMIT = 400 * 2**20  # bytes of features kept over the methods of a chunk: `demo` has to stay below 1.5 GB
LARGEST_CHUNK = 32


@dataclass(frozen=True)
class Sources:
    """One pair under one condition.

    Attributes:
        ir: luminance of the infrared image for the method, float32 (1, 1, H, W) in [0, 1].
        vis: luminance of the visible image, degraded or not, likewise.
        chroma: Cb and Cr of that visible image, (1, 2, H, W); None for a grey one.
        scored: the task's name -> infrared and visible picture to score against.
    """

    ir: Tensor
    vis: Tensor
    chroma: Tensor | None
    scored: dict[str, tuple[Picture, Picture]]

    def remembered_bytes(self) -> int:
        """Memory held, in bytes."""
        pictures = {id(picture): picture for pair in self.scored.values() for picture in pair}
        return sum(picture.remembered_bytes() for picture in pictures.values())


def prepare(pair: Pair, condition: Condition, device: torch.device) -> Sources:
    """Degrade the visible image and set up what is scored.

    Under a degradation the fused image is scored twice: against the sources that the method was given (task
    ``fusion``) and against the clean ones (``fusion-clean``).

    Raises:
        ValueError: the degradation cannot be applied to this pair.
    """
    ir, clean = as_batch(pair.ir).to(device), as_batch(pair.vis).to(device)
    ir_scored, clean_scored = scored(ir), scored(clean)
    ir_luminance, _ = split(ir)
    if condition.degradation == "none":
        vis, chroma = split(clean)
        return Sources(ir_luminance, vis, chroma, {"fusion": (ir_scored, clean_scored)})
    degradation = DEGRADATIONS.get(condition.degradation)
    degraded = degradation(pair.vis, condition.severity, _pair_seed(condition.seed, pair.id), pair.depth)
    given = (quantise(as_batch(degraded)) / 255).to(device, torch.float32)
    vis, chroma = split(given)
    tasks = {"fusion": (ir_scored, scored(given)), "fusion-clean": (ir_scored, clean_scored)}
    return Sources(ir_luminance, vis, chroma, tasks)


def tasks_under(condition: Condition) -> tuple[str, ...]:
    """Tasks that :func:`prepare` sets up under a condition."""
    return ("fusion",) if condition.degradation == "none" else ("fusion", "fusion-clean")


class SourceCache:
    """Keeps the sources of the current chunk, so that their part of the metrics is computed once for all methods.

    What exceeds the memory limit is not kept and is computed again.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._scope: object = None
        self._kept: dict[str, Sources] = {}

    def get(self, pairs: PairSequence, index: int, condition: Condition) -> Sources:
        """The sources of one pair under a condition.

        Raises:
            PairError: the pair cannot be used.
        """
        scope, id = (pairs.dataset, pairs.split, condition), pairs.ids[index]
        if scope != self._scope:
            self._kept.clear()
            self._scope = scope
        if id not in self._kept:
            if len(self._kept) >= LARGEST_CHUNK:
                self._kept.clear()
            self._kept[id] = prepare(pairs[index], condition, self._device)
        return self._kept[id]

    def trim(self, id: str) -> None:
        """Forget the pair that was just used if the memory limit is passed."""
        if sum(sources.remembered_bytes() for sources in self._kept.values()) > MEMORY_LIMIT:
            self._kept.pop(id, None)


def as_batch(image: Tensor) -> Tensor:
    """An image as read, (H, W) or (H, W, 3), as a batch of one, channels first."""
    return image[None, None] if image.ndim == 2 else image.permute(2, 0, 1)[None]


def _pair_seed(seed: int, id: str) -> int:
    """Every pair draws its own rain, and the same one for every method and on every machine."""
    return int.from_bytes(hashlib.sha256(f"{seed} {id}".encode()).digest()[:4], "big")
