"""The method that a worker has ready: one at a time, and never another than the run was planned with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import HifbenchError, TrainingError, TransientError
from ..methods._iterative import IterativeMethod, Watch
from ..methods._method import FusionMethod
from .allocator import give_back
from .cell import Cell
from .fingerprint import digest
from .origins.lookup import origin_of
from .origins.origin import Origin


@dataclass(frozen=True)
class _Ready:
    """A method, or why there is none, with where its pictures come from and what determines them."""

    key: str
    origin: Origin
    described: dict[str, Any]
    method: FusionMethod | HifbenchError


class CurrentMethod:
    """Gives the methods of cells, each made when its first cell is reached.

    Args:
        device: that they fuse on.
        on_iteration: told of each iteration of a method that fits itself to a pair.
    """

    def __init__(self, device: str, on_iteration: Watch) -> None:
        self._device, self._on_iteration = device, on_iteration
        self._ready: _Ready | None = None

    def of(self, cell: Cell) -> FusionMethod:
        """The cell's method; the one before is let go.

        Raises:
            HifbenchError: it cannot be made, and so fails each of its pairs.
            TransientError: code, weights or imported pictures were exchanged since the run was planned; its values
                would stand under the fingerprint of the others.
        """
        if cell.fault:
            raise TrainingError(cell.fault)
        place = f"{cell.dataset.name}/{cell.dataset.split}"
        key = f"{place} {cell.method.model_dump_json()}"
        if self._ready is None or self._ready.key != key:
            self._ready = None  # two models at once may not fit
            give_back()
            self._ready = self._make(cell, key, place)
        ready = self._ready
        if isinstance(ready.method, HifbenchError):
            raise ready.method
        if digest(ready.described | ready.origin.of_pairs(place, cell.pairs)) != cell.made_from:
            raise TransientError(
                f"{cell.method.row}: its code, weights or imported pictures were exchanged since the run was planned; "
                f"run it again"
            )
        return ready.method

    def _make(self, cell: Cell, key: str, place: str) -> _Ready:
        origin, described = origin_of(cell.method), {}
        try:
            described = origin.determines()  # before it is made: what is exchanged in between shows in neither
            made: FusionMethod | HifbenchError = origin.build(self._device, place)
            if isinstance(made, IterativeMethod):
                made.watch = self._on_iteration
        except HifbenchError as error:
            made = error
        return _Ready(key, origin, described, made)
