"""What is measured: one method on one pair of one size."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from ... import datasets
from ...color import split
from ...methods._iterative import IterativeMethod
from ...methods._weights import WeightedMethod
from ..experiment import MethodChoice
from ..origins.lookup import origin_of
from ..sources import as_batch
from .size import Size
from .timing import Run

DATASET, SPLIT = "synthetic", "test"
"""Whose first pair is fused, resized: a method that stops when it is done needs a picture, not noise."""

DTYPE = "float32"
"""Of the images that methods take."""


@dataclass(frozen=True)
class Request:
    """What to measure, and where.

    Attributes:
        method: with its options and weights.
        size: of the pair.
        device: ``cpu``, ``cuda`` or ``cuda:i``.
        threads: of each measurement of time on a CPU; not used on a GPU.
    """

    method: MethodChoice
    size: Size
    device: str
    threads: tuple[int, ...]


def pair_id() -> str:
    """Id of the pair that is fused."""
    return datasets.load(DATASET, split=SPLIT).ids[0]


class Workload:
    """A method, ready, and the pair that it fuses.

    Args:
        request: what to measure.

    Raises:
        UsageError: unknown option or device.
        WeightsError: the method's weights are missing or do not fit.
    """

    def __init__(self, request: Request) -> None:
        self.method = origin_of(request.method).build(request.device)
        pair = datasets.load(DATASET, split=SPLIT)[0]
        size = request.size.height, request.size.width
        self._ir, self._vis = (
            _resized(split(as_batch(image))[0], size).to(self.method.device) for image in (pair.ir, pair.vis)
        )
        self.networks = [self.method.network] if isinstance(self.method, WeightedMethod) else []

    def fuse(self) -> Tensor:
        """Fuse the pair."""
        return self.method.fuse(self._ir, self._vis)

    def batch(self, count: int) -> Run:
        """A call that fuses the pair so many times in one batch."""
        ir, vis = (image.repeat(count, 1, 1, 1) for image in (self._ir, self._vis))
        return lambda: self.method.fuse(ir, vis)

    @property
    def iterations(self) -> int | None:
        """Iterations of a slow method that optimises anew for each pair; None for any other method."""
        method = self.method
        return method.iterations if isinstance(method, IterativeMethod) and method.card.slow else None

    def cut(self, iterations: int) -> Run:
        """A call that fuses the pair with so many iterations instead of the method's own number."""
        method = self.method
        assert isinstance(method, IterativeMethod)

        def run() -> None:
            own = method.iterations
            method.iterations = iterations
            try:
                self.fuse()
            finally:
                method.iterations = own

        return run


def _resized(image: Tensor, size: tuple[int, int]) -> Tensor:
    """(1, 1, H, W) in [0, 1] to (1, 1, *size), bilinear, averaging where it shrinks."""
    return F.interpolate(image, size, mode="bilinear", align_corners=False, antialias=True).clamp(0, 1)
