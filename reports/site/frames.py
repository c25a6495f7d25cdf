"""The pairs of one data set under one condition, with each method's picture, scores and failure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..results import Results
from ..tables import Group, Table
from . import kept
from .album import Photo

DIGITS = 7  # significant, of values on the site; the parts have all of them


@dataclass(frozen=True)
class Frames:
    """One data set under one condition.

    Attributes:
        group: data set and condition.
        methods: rows, in the plan's order.
        pairs: ids, in the plan's order.
        tables: of the group, one for each task and convention.
        values: for each of them (metrics, methods, pairs), NaN where there is none.
        errors: (method, pair) -> why it has no scores.
    """

    group: Group
    methods: list[str]
    pairs: list[str]
    tables: list[Table]
    values: list[npt.NDArray[np.float64]]
    errors: dict[tuple[str, str], str]
    _cells: dict[tuple[str, str], dict[str, Any]]

    def wanted(self, run_dir: Path) -> Iterator[Path]:
        """Where the pictures of these pairs would lie."""
        for (_, pair), cell in self._cells.items():
            yield kept.fused(run_dir, cell, pair)
            yield kept.infrared(run_dir, cell, pair)
            yield kept.visible(run_dir, cell, pair)

    def fused(self, run_dir: Path, photos: dict[Path, Photo], method: str, pair: str) -> Photo | None:
        """What a method made of a pair; None where it is not kept, or is not what was scored."""
        cell = self._cells.get((method, pair))
        photo = photos.get(kept.fused(run_dir, cell, pair)) if cell else None
        return photo if photo and cell and photo.fingerprint == cell.get("fingerprint") else None

    def sources(self, run_dir: Path, photos: dict[Path, Photo], pair: str) -> tuple[Photo | None, Photo | None]:
        """A pair's infrared and visible image, where they are kept."""
        cell = next(self._cells[method, pair] for method in self.methods if (method, pair) in self._cells)
        return photos.get(kept.infrared(run_dir, cell, pair)), photos.get(kept.visible(run_dir, cell, pair))


def frames(results: Results, tables: Sequence[Table]) -> list[Frames]:
    """One for each data set and condition, in the order of the tables."""
    of_group: dict[Group, list[Table]] = {}
    for table in tables:
        of_group.setdefault(table.group, []).append(table)
    cells: dict[Group, list[dict[str, Any]]] = {}
    for cell in results.plan["cells"]:
        cells.setdefault(Group.of(cell), []).append(cell)
    return [_frames(results, group, mine, cells[group]) for group, mine in of_group.items()]


def _frames(results: Results, group: Group, tables: list[Table], cells: list[dict[str, Any]]) -> Frames:
    methods = list(dict.fromkeys(str(cell["method"]) for cell in cells))
    pairs = list(dict.fromkeys(pair for cell in cells for pair in cell["pairs"]))
    rows = results.of_parts([cell["part"] for cell in cells])
    failed = rows[rows["error"].notna()].drop_duplicates(["method", "pair"])
    keys = zip(failed["method"], failed["pair"], strict=True)
    return Frames(
        group,
        methods,
        pairs,
        tables,
        [_values(rows, table, methods, pairs) for table in tables],
        dict(zip(keys, failed["error"], strict=True)),
        {(cell["method"], pair): cell for cell in cells for pair in cell["pairs"]},
    )


def _values(rows: pd.DataFrame, table: Table, methods: list[str], pairs: list[str]) -> npt.NDArray[np.float64]:
    mine = rows[(rows["task"] == table.task) & (rows["convention"] == table.convention)]
    axes = (list(table.labels), methods, pairs)
    places = [
        pd.Index(axis).get_indexer(pd.Index(mine[column]))
        for axis, column in zip(axes, ("metric", "method", "pair"), strict=True)
    ]
    known = np.min(places, axis=0) >= 0 if len(mine) else np.zeros(0, bool)
    values = np.full([len(axis) for axis in axes], np.nan)
    values[tuple(place[known] for place in places)] = mine["value"].to_numpy(np.float64)[known]
    return values


def shortened(value: float) -> float | str | None:
    """A value for JSON: None for NaN, a text where it is infinite."""
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return float(f"{value:.{DIGITS}g}")
