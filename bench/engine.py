"""Engines: where cells are worked off."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Protocol

import torch

from ..methods._iterative import Watch, unwatched
from .cell import Cell
from .worker import Receipt, Setup


class Engine(Protocol):
    """Calls ``setup`` once in each worker and works off cells, yielding a receipt as each cell ends, in any order."""

    def map(self, setup: Setup, cells: Sequence[Cell]) -> Generator[Receipt]:
        """Work off the cells; to close the generator stops all work.

        Raises:
            OSError: results cannot be written.
            UsageError: no worker can be set up.
        """
        ...


class Inline:
    """Works in this process, in the order given.

    Args:
        on_pair: called after each pair.
        on_iteration: told of each iteration of a method that optimises anew for each pair.
    """

    def __init__(self, on_pair: Callable[[], None] = lambda: None, on_iteration: Watch = unwatched) -> None:
        self._on_pair, self._on_iteration = on_pair, on_iteration

    def map(self, setup: Setup, cells: Sequence[Cell]) -> Generator[Receipt]:
        """See :class:`Engine`."""
        work = setup(self._on_pair, self._on_iteration)
        for cell in cells:
            yield work(cell)


def threads_each(workers: int) -> int:
    """Threads of each of so many workers, which share those that one process would use."""
    return max(1, torch.get_num_threads() // workers)
