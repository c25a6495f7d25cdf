"""Engines: where cells are worked off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from ..methods._iterative import Watch, unwatched
from .cell import Cell
from .worker import Receipt, Setup


class Engine(Protocol):
    """Calls ``setup`` once in each worker and works off cells, yielding a receipt as each cell ends, in any order."""

    def map(self, setup: Setup, cells: Sequence[Cell]) -> Iterator[Receipt]:
        """Work off the cells."""
        ...


class Inline:
    """Works in this process, in the order given.

    Args:
        on_pair: called after each pair.
        on_iteration: told of each iteration of a method that optimises anew for each pair.
    """

    def __init__(self, on_pair: Callable[[], None] = lambda: None, on_iteration: Watch = unwatched) -> None:
        self._on_pair, self._on_iteration = on_pair, on_iteration

    def map(self, setup: Setup, cells: Sequence[Cell]) -> Iterator[Receipt]:
        """See :class:`Engine`."""
        work = setup(self._on_pair, self._on_iteration)
        for cell in cells:
            yield work(cell)
