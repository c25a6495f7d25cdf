"""Which worker gets which cell: each keeps to the sources that it holds, and one that runs dry helps another."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from itertools import groupby

from .cell import Cell


def by_sources(cells: Iterable[Cell]) -> list[list[Cell]]:
    """Cells in runs that share their sources: one chunk under one condition. In the order given."""
    return [list(run) for _, run in groupby(cells, key=lambda cell: (cell.source_chunk, cell.condition))]


class Schedule:
    """Hands out cells, each once.

    A worker goes through a run of cells that share their sources, then through the other conditions of that chunk,
    then turns to a chunk that nobody works on. When all runs are taken it takes over the back half of the longest one:
    the sources are then prepared twice, which is better than not working at all, and slow cells of one pair spread
    over all workers.

    Args:
        cells: in the plan's order.
    """

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._waiting = [deque(run) for run in by_sources(cells)]
        self._put_back: deque[Cell] = deque()
        self._held: dict[Hashable, deque[Cell]] = {}
        self._chunks: dict[Hashable, Hashable] = {}

    def next(self, worker: Hashable) -> Cell | None:
        """A cell for a worker; None when all are handed out."""
        run = self._held.get(worker) or self._unclaimed_run(worker) or self._half_of_the_longest()
        if run is None:
            return None
        self._held[worker] = run
        cell = run.popleft()
        self._chunks[worker] = cell.source_chunk
        return cell

    def put_back(self, cell: Cell) -> None:
        """Hand a cell out once more, when nothing else is unclaimed: what killed a worker is not to hold others up."""
        self._put_back.append(cell)

    def release(self, worker: Hashable) -> None:
        """What a worker that is gone would have got goes to others, before what nobody has begun."""
        self._chunks.pop(worker, None)
        run = self._held.pop(worker, None)
        if run:
            self._waiting.insert(0, run)

    def _unclaimed_run(self, worker: Hashable) -> deque[Cell] | None:
        if not self._waiting:
            return deque([self._put_back.popleft()]) if self._put_back else None
        own = self._chunks.get(worker)
        others = {chunk for holder, chunk in self._chunks.items() if holder != worker}

        def cost(run: deque[Cell]) -> int:
            """Whether the sources are at hand (0), have to be read (1), or have to be read by two workers (2)."""
            chunk = run[0].source_chunk
            return 0 if chunk == own else 2 if chunk in others else 1

        best = min(range(len(self._waiting)), key=lambda index: cost(self._waiting[index]))
        return self._waiting.pop(best)

    def _half_of_the_longest(self) -> deque[Cell] | None:
        longest = max(self._held.values(), key=len, default=None)
        if not longest:
            return None
        half = [longest.pop() for _ in range((len(longest) + 1) // 2)]
        return deque(reversed(half))
