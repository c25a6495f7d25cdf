"""Methods that optimise anew for each pair: a solver of an energy, a network fitted to one pair."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

from ._method import FusionMethod

Watch = Callable[[int, int, float], None]
"""Told after each iteration: its number from 1, the most there will be, and the loss or energy after it.

When there will be no more, though there might have been, the second number is the first.
"""


def unwatched(iteration: int, iterations: int, value: float) -> None:
    """A watch that does nothing."""


class IterativeMethod(FusionMethod):
    """A method that works pair by pair, iteration by iteration; a subclass writes ``_solve``.

    Attributes:
        iterations: the most there will be of them; a profile of a slow method sets it low for a while.
        watch: called after each iteration, for a progress display.
        traces: of the last ``fuse``, for each pair its loss or energy, float64 on the CPU: at the start, then after
            each iteration that was made, which is one value more than there were iterations.
    """

    iterations: int

    def __init__(self) -> None:
        super().__init__()
        self.watch: Watch = unwatched
        self.traces: list[Tensor] = []

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        solved = [self._solve(ir[i : i + 1], vis[i : i + 1]) for i in range(len(ir))]
        self.traces = [trace for _, trace in solved]
        return torch.cat([fused for fused, _ in solved])

    @abstractmethod
    def _solve(self, ir: Tensor, vis: Tensor) -> tuple[Tensor, Tensor]:
        """Fuse one pair, (1, 1, H, W) each, gradients off; the fused image and its trace."""
