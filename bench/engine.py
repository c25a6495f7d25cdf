"""Engines: where cells are worked off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from .cell import Cell
from .worker import Receipt

Work = Callable[[Cell], Receipt]


class Engine(Protocol):
    """Runs ``setup`` once in each worker and then cells, yielding a receipt as each cell ends, in any order."""

    def map(self, setup: Callable[[], Work], cells: Sequence[Cell]) -> Iterator[Receipt]:
        """Work off the cells."""
        ...


class Inline:
    """Works in this process, in the order given."""

    def map(self, setup: Callable[[], Work], cells: Sequence[Cell]) -> Iterator[Receipt]:
        """See :class:`Engine`."""
        work = setup()
        for cell in cells:
            yield work(cell)
