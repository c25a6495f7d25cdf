"""Average precision of a run: a value of a whole data set, computed when all parts of its boxes are there."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from ..detection.average_precision import RECALLS, Evaluation, evaluate, level_of
from ..detection.bootstrap import interval, resample
from ..detection.ultralytics_precision import by_ultralytics
from ..errors import HifbenchError, UsageError
from . import boxes, parts
from .boxes import Looked
from .cell import Cell

VERSION = 3
"""Raised when the same boxes would give other values."""

OVERLAPS: Mapping[str, float | None] = {"@.5": 0.5, "@.75": 0.75, "@.5:.95": None}
"""Suffix of the metric -> overlap from which a detection is right; None for the mean over ten of them."""

ALL = "all"
"""What stands for the pair in a row on a whole data set."""

HEADLINE = "mAP@.5:.95"
SECOND = f"{HEADLINE} by ultralytics"
CURVES = "curves"
"""Key of the part's note that holds precision at 101 recalls, at overlap .5, for each class."""


@dataclass(frozen=True)
class Planned:
    """One row of a table of average precision: what it is computed from, and where it belongs.

    Attributes:
        cell: any cell of the row; what its cells share is taken from it.
        needs: parts of the boxes.
        part: of the values.
        classes: that are evaluated, names of the data set.
        unmapped: classes of the data set that the detector does not know.
        reader: what runs the detector; what is run by ultralytics is also judged by ultralytics' own code.
    """

    cell: Cell
    needs: tuple[str, ...]
    part: str
    classes: tuple[str, ...]
    unmapped: tuple[str, ...]
    reader: str

    def as_json(self) -> dict[str, Any]:
        """For ``plan.json``."""
        shared = {**self.cell.columns, "convention": self.cell.convention, "part": self.part}
        shared |= {"needs": list(self.needs), "classes": list(self.classes), "unmapped": list(self.unmapped)}
        return {**shared, "reader": self.reader}


def planned(cells: Sequence[Cell], fingerprints: Mapping[str, Mapping[str, Any]]) -> list[Planned]:
    """The rows of average precision that the cells of a plan make up, in the plan's order."""
    rows: dict[object, list[Cell]] = {}
    for cell in cells:
        if cell.detector:
            rows.setdefault(cell.group, []).append(cell)
    return [_planned(of_row, fingerprints) for of_row in rows.values()]


def _planned(cells: list[Cell], fingerprints: Mapping[str, Mapping[str, Any]]) -> Planned:
    needs = tuple(cell.part for cell in cells)
    digest = hashlib.sha256(json.dumps([VERSION, needs]).encode()).hexdigest()[:16]
    folders = PurePosixPath(cells[0].part).parts[1:-2]
    judged = fingerprints[cells[0].fingerprint]["detector"]
    part = str(PurePosixPath(parts.SCORES, *folders, digest, "average_precision.parquet"))
    return Planned(cells[0], needs, part, tuple(judged["classes"]), tuple(judged["unmapped"]), judged["reader"])


def complete(
    run_dir: Path, wanted: Sequence[Planned], call: str, on_row: Callable[[Planned], None] = lambda row: None
) -> list[Planned]:
    """Compute every row whose boxes are all there, and that is not there itself.

    A row whose boxes hold failures that another try may not have is computed again with them; and one that lacks the
    figure of ultralytics, as that was not installed.

    Args:
        run_dir: the run directory.
        wanted: rows.
        call: time of the call, kept in every part.
        on_row: called before each row, for a progress display.

    Returns:
        Those that were computed.

    Raises:
        UsageError: a part of boxes is damaged, or nothing can be written.
    """
    computed = []
    for row in wanted:
        on_row(row)
        paths = [run_dir / part for part in row.needs]
        if parts.is_final(run_dir / row.part) or not all(path.is_file() for path in paths):
            continue
        try:
            looked = boxes.read(paths)
        except (OSError, ValueError, KeyError) as error:
            raise UsageError(
                f"boxes of {row.cell.method.row} below {paths[0].parent} are damaged ({error}); delete them and run "
                f"again"
            ) from error
        values, curves = _values(row, looked)
        lacking = row.reader == "ultralytics" and not isinstance(values, HifbenchError) and SECOND not in values
        again = lacking or not all(parts.is_final(path) for path in paths)
        try:
            note = {"call": call, CURVES: json.dumps(curves)}
            parts.write(run_dir / row.part, list(_rows(row, looked, values)), note, again=again)
        except OSError as error:
            raise UsageError(
                f"cannot write results to {run_dir} ({error.strerror or error}); free space or choose another --out"
            ) from error
        computed.append(row)
    return computed


def _rows(row: Planned, looked: Looked, values: Mapping[str, float] | HifbenchError) -> Iterator[dict[str, Any]]:
    """Rows of the part: the values of the whole, and one for each picture that nobody could look at."""
    shared = {**row.cell.columns, "task": "detection", "convention": row.cell.convention}
    if isinstance(values, HifbenchError):
        yield {**shared, "pair": ALL, "metric": HEADLINE, "value": None, "error": str(values)}
    else:
        for metric, value in values.items():
            yield {**shared, "pair": ALL, "metric": metric, "value": value, "error": None}
    for pair, error in looked.errors.items():
        yield {**shared, "pair": pair, "metric": HEADLINE, "value": None, "error": error}


def _values(row: Planned, looked: Looked) -> tuple[dict[str, float] | HifbenchError, dict[str, list[float]]]:
    """Metric -> value; class -> its curve. An error where there is nothing to be evaluated."""
    where = f"data set '{row.cell.dataset.shown}'"
    if not looked.truth:
        why = "could be looked at" if looked.errors else "has an annotation"
        return UsageError(f"{where}: no picture {why}, so there is no average precision"), {}
    counted = dict.fromkeys(row.classes, 0)
    for objects in looked.truth.values():
        for label in objects.labels:
            if label in counted:
                counted[label] += 1
    if not any(counted.values()):
        return UsageError(
            f"{where}: none of its {len(looked.truth)} pictures shows any {' or '.join(row.classes)}, so there is no "
            f"average precision"
        ), {}
    found = evaluate(looked.truth, looked.found, row.classes)
    values = dict(_precisions(found))
    if len(looked.truth) > 1:  # to draw one image again and again says nothing
        drawn = resample(found)
        for suffix, overlap in OVERLAPS.items():
            values[f"mAP{suffix} low"], values[f"mAP{suffix} high"] = interval(drawn.mean(overlap))
    if row.reader == "ultralytics":
        with suppress(ImportError, UsageError):  # another machine may have found the boxes; the table says so
            second = by_ultralytics(looked.truth, looked.found, row.classes)
            for suffix, overlap in OVERLAPS.items():
                at = slice(None) if overlap is None else level_of(overlap)
                values[f"mAP{suffix} by ultralytics"] = float(np.mean(second[at]))
    values |= {
        "images": float(len(looked.truth)),
        "images without annotation": float(len(looked.unannotated)),
        "images in error": float(len(looked.errors)),
        **{f"objects:{name}": float(count) for name, count in counted.items()},
    }
    return values, {name: _curve(found, name) for name in row.classes}


def _precisions(found: Evaluation) -> Iterator[tuple[str, float]]:
    for suffix, overlap in OVERLAPS.items():
        yield f"mAP{suffix}", found.mean(overlap)
        for name, value in found.per_class(overlap).items():
            yield f"AP{suffix}:{name}", value
    best = {name: _best(found, name) for name in found.precision}
    for index, short in enumerate("PR"):
        of_class = {name: both[index] for name, both in best.items() if not math.isnan(both[1])}
        yield f"{short}@.5", float(np.mean(list(of_class.values())))
        for name, value in of_class.items():
            yield f"{short}@.5:{name}", value


def _best(found: Evaluation, name: str) -> tuple[float, float]:
    """Precision and recall of a class at the threshold of the highest harmonic mean of the two, at overlap .5."""
    curve = found.curve(name)
    if not len(curve.scores):
        return 0.0, 0.0 if not math.isnan(found.precision[name][0]) else math.nan
    precision, recall = curve.precision[curve.reached], curve.recall[curve.reached]
    harmonic = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    at = int(np.argmax(harmonic))
    return float(precision[at]), float(recall[at])


def _curve(found: Evaluation, name: str) -> list[float]:
    """Highest precision at each recall of :data:`RECALLS` or above; empty for a class without objects."""
    curve = found.curve(name)
    if math.isnan(found.precision[name][0]):
        return []
    falling = np.append(np.maximum.accumulate(curve.precision[::-1])[::-1], 0.0)
    return [float(value) for value in falling[np.searchsorted(curve.recall, RECALLS)]]
