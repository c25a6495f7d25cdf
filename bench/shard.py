"""Shards of a run, for the tasks of a cluster's job array: ``--shard i/n``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Self

from ..errors import UsageError
from .cell import Cell
from .schedule import by_sources


@dataclass(frozen=True)
class Shard:
    """One of the equal shares into which a run is cut.

    Attributes:
        index: from 1.
        count: of all shards.
    """

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The shard that ``i/n`` names.

        Raises:
            UsageError: it names none.
        """
        match = re.fullmatch(r"(\d+)/(\d+)", text.strip(), re.ASCII)
        if not match or not 1 <= int(match[1]) <= int(match[2]):
            raise UsageError(f"--shard {text} is no shard; write i/n with i from 1 to n, such as 1/4, 2/4, 3/4, 4/4")
        return cls(int(match[1]), int(match[2]))

    def of(self, cells: Sequence[Cell]) -> list[Cell]:
        """The cells of this shard; each cell is in one of the shards, the same one in every call.

        Cells that share their sources stay together where there are at least as many such groups as shards. Where
        there are fewer, each group is dealt out among several shards, so that none is idle.

        Args:
            cells: all of the run, in the plan's order.
        """
        runs = by_sources(cells)
        for ways in count(1):
            pieces = [run[way::ways] for run in runs for way in range(min(ways, len(run)))]
            if len(pieces) >= min(self.count, len(cells)):
                break
        return [cell for piece in pieces[self.index - 1 :: self.count] for cell in piece]
