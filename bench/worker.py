"""Working off cells: fuse, score, write the part. One worker lives in each process and keeps its models loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch

from .. import datasets
from ..color import join
from ..datasets._dataset import PairSequence
from ..datasets._depth import Depth, choose
from ..errors import HifbenchError, TransientError
from ..methods._create import check_device
from ..methods._iterative import Watch, unwatched
from ..methods._method import FusionMethod
from ..metrics._compute import Selected, select
from ..metrics._picture import Picture
from . import boxes, kept, parts
from .cell import Cell
from .current_method import CurrentMethod
from .detecting import Detecting
from .sources import SourceCache, Sources, tasks_under


@dataclass(frozen=True)
class Setup:
    """What a worker needs to know once, before its first cell.

    Attributes:
        run_dir: where the parts go.
        data_root: the folder that holds one folder per data set.
        device: ``cpu``, ``cuda`` or ``cuda:i``.
        metrics: names as typed.
        conventions: of the metrics.
        keep_fused: whether the fused pictures and their sources are kept, as PNG.
        call: time of the call, as ``run.json`` has it; kept in every part.
        depth: folder of depth maps; empty for none.
    """

    run_dir: Path
    data_root: Path | None
    device: str
    metrics: tuple[str, ...]
    conventions: tuple[str, ...]
    keep_fused: bool
    call: str
    depth: str = ""

    def __call__(self, on_pair: Callable[[], None] = lambda: None, on_iteration: Watch = unwatched) -> Worker:
        """A worker; what it is given is called after each pair and each iteration, for a progress display."""
        return Worker(self, on_pair, on_iteration)


@dataclass(frozen=True)
class Receipt:
    """What a worker says of a finished cell; its rows are in the part.

    Attributes:
        cell: the cell.
    """

    cell: Cell


@dataclass(frozen=True)
class _Outcome:
    """What became of one pair: its rows, and whether another try may fare better."""

    rows: list[dict[str, Any]]
    again: bool


class Worker:
    """Computes cells.

    Args:
        setup: see :class:`Setup`.
        on_pair: called after each pair, for a progress display.
        on_iteration: told of each iteration of a method that optimises anew for each pair.
    """

    def __init__(
        self, setup: Setup, on_pair: Callable[[], None] = lambda: None, on_iteration: Watch = unwatched
    ) -> None:
        self.setup = setup
        self._on_pair = on_pair
        self._columns = select(setup.metrics, setup.conventions)
        self._sources = SourceCache(check_device(setup.device))
        self._pairs: dict[str, tuple[PairSequence, dict[str, int], Depth]] = {}
        self._method = CurrentMethod(setup.device, on_iteration)
        self._detecting = Detecting(setup.device)

    def __call__(self, cell: Cell) -> Receipt:
        """Fuse the pairs of a cell, score them or look for objects on them, and write its part.

        Raises:
            OSError: the part or a picture cannot be written.
        """
        self._sources.enter((cell.dataset, cell.chunk), cell.condition)
        outcomes = []
        for id in cell.pairs:
            outcomes.append(self._look_at(cell, id) if cell.detector else self._work_on(cell, id))
            self._on_pair()
        rows = [row for outcome in outcomes for row in outcome.rows]
        again = any(outcome.again for outcome in outcomes)
        path = self.setup.run_dir / cell.part
        if not parts.is_final(path):
            parts.write(path, rows, {"call": self.setup.call}, again=again, columns=columns_of(cell))
        return Receipt(cell)

    def _work_on(self, cell: Cell, id: str) -> _Outcome:
        """Rows for each task and column; a pair that fails has them all, with the error."""
        values: dict[tuple[str, tuple[str, str]], float] = {}
        errors: dict[tuple[str, tuple[str, str]], Exception] = {}
        failure: Exception | None = None
        try:
            sources = self._read(cell, id)
            fused = fuse_to_picture(self._method.of(cell), sources)
        except Exception as error:  # one bad pair, or somebody else's method, must not end the run
            failure = error
        else:
            if self.setup.keep_fused:
                kept.keep(self.setup.run_dir, cell, id, fused.levels[0], sources)
            for task, (ir, vis) in sources.scored.items():
                for column in self._columns:
                    try:
                        values[task, column.key] = float(column(fused, ir, vis)[0])
                    except Exception as error:  # likewise
                        errors[task, column.key] = error
            self._sources.trim(id)
        rows = [
            _row(cell, id, task, column, values.get(key), failure or errors.get(key))
            for task in tasks_under(cell.condition)
            for column in self._columns
            for key in [(task, column.key)]
        ]
        caught = [failure, *errors.values()]
        return _Outcome(rows, any(error is not None and may_pass(error) for error in caught))

    def _look_at(self, cell: Cell, id: str) -> _Outcome:
        """Rows of boxes; a pair that fails has one, with the error."""
        try:
            sources = self._read(cell, id)
            objects = sources.pair.boxes
            if objects is None:
                rows = [boxes.unannotated_row(id)]
            else:
                method = self._method.of(cell)
                fused = fuse_to_picture(method, sources, in_colour=cell.method.name != "infrared")
                if self.setup.keep_fused:
                    kept.keep(self.setup.run_dir, cell, id, fused.levels[0], sources)
                rows = self._detecting.look(cell, id, objects, fused)
        except Exception as error:  # one bad pair, or somebody else's method, must not end the run
            return _Outcome([_box_row(cell, boxes.error_row(id, describe(error)))], may_pass(error))
        finally:
            self._sources.trim(id)
        return _Outcome([_box_row(cell, row) for row in rows], again=False)

    def _read(self, cell: Cell, id: str) -> Sources:
        choice = cell.dataset
        key = choice.model_dump_json()
        if key not in self._pairs:
            pairs = datasets.load(choice.name, self.setup.data_root, choice.split, **choice.options)
            depth = choose(pairs.card, choice.shown, self.setup.depth)
            self._pairs[key] = (pairs, {known: index for index, known in enumerate(pairs.ids)}, depth)
        pairs, positions, depth = self._pairs[key]
        return self._sources.get(pairs, positions[id], cell.condition, depth)


def write_failure(setup: Setup, cell: Cell, error: HifbenchError) -> Receipt:
    """Write the part of a cell that no worker lived to finish: the error in every row, to be tried again.

    Raises:
        OSError: the part cannot be written.
    """
    if cell.detector:
        rows = [_box_row(cell, boxes.error_row(id, describe(error))) for id in cell.pairs]
    else:
        columns = select(setup.metrics, setup.conventions)
        tasks = tasks_under(cell.condition)
        rows = [_row(cell, id, task, column, None, error) for id in cell.pairs for task in tasks for column in columns]
    path = setup.run_dir / cell.part
    if not parts.is_final(path):
        parts.write(path, rows, {"call": setup.call}, again=True, columns=columns_of(cell))
    return Receipt(cell)


def columns_of(cell: Cell) -> pa.Schema:
    """Columns of a cell's part."""
    return parts.BOXES if cell.detector else parts.COLUMNS


def _box_row(cell: Cell, row: dict[str, Any]) -> dict[str, Any]:
    return {**cell.columns, "convention": cell.convention, **row}


def _row(
    cell: Cell, id: str, task: str, column: Selected, value: float | None, error: Exception | None
) -> dict[str, Any]:
    return {
        **cell.columns,
        "pair": id,
        "task": task,
        "metric": column.name,
        "convention": column.convention,
        "value": value,
        "error": error and describe(error),
    }


def may_pass(error: Exception) -> bool:
    """Whether another try may not meet it: a failure of code or memory, but not of the input."""
    return not isinstance(error, HifbenchError) or isinstance(error, TransientError)


def describe(error: Exception) -> str:
    """An error as one line for the results, with its notes; errors that we did not raise are named by their type."""
    text = " ".join(" ".join([str(error), *getattr(error, "__notes__", ())]).split())
    return text if isinstance(error, HifbenchError) else f"{type(error).__name__}: {text}".removesuffix(": ")


def fuse_to_picture(method: FusionMethod, sources: Sources, *, in_colour: bool = True) -> Picture:
    """Fuse one pair and put the visible image's colour back: the picture that is scored, and saved.

    Args:
        method: that fuses.
        sources: to be fused.
        in_colour: false for what a detector is to see of the infrared image alone, without the other camera's colours.

    Raises:
        ValueError: the method returned something else than an image of the pair's size.
        MethodError: the pair is too small for the method.
    """
    fused = method.fuse(sources.ir, sources.vis)
    if not isinstance(fused, torch.Tensor) or fused.shape != sources.vis.shape:
        shape = tuple(fused.shape) if isinstance(fused, torch.Tensor) else type(fused).__name__
        raise ValueError(f"the method returned {shape} for a pair of shape {tuple(sources.vis.shape)}")
    if not bool(fused.isfinite().all()):
        raise ValueError("the method returned NaN or infinite pixels")
    return Picture(join(fused.to(sources.vis.device), sources.chroma if in_colour else None))
