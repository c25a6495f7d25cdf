"""Average precision after COCO: 101 recall levels, overlaps of .5 to .95 in steps of .05, mean over classes.

The rules are those of ``COCOeval.accumulate`` of cocodataset/cocoapi, PythonAPI/pycocotools/cocoeval.py, for boxes of
any area and 100 detections of a class in an image; see :mod:`.matching` for who is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .matching import THRESHOLDS, Matches, Matching, match
from .objects import Flags, Floats, Objects

RECALLS: Floats = np.linspace(0, 1, 101)
"""Recall levels over which the precision is averaged."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Precision against recall of one class, one point for each detection that is right or wrong.

    Detections of equal scores come one after the other, as COCO counts them; no threshold reaches the points among them
    but the last, see :attr:`reached`.

    Attributes:
        scores: float64 (N,), falling.
        precision: float64 (N,), as it is, not made to fall.
        recall: float64 (N,).
    """

    scores: Floats
    precision: Floats
    recall: Floats

    @property
    def reached(self) -> Flags:
        """Bool (N,): whether keeping all detections of at least some score leads to the point."""
        return np.append(self.scores[:-1] != self.scores[1:], np.ones(min(len(self.scores), 1), bool))

    def at(self, score: float) -> tuple[float, float]:
        """Precision and recall of the detections of at least ``score``; the precision of none is NaN."""
        kept = int(np.count_nonzero(self.scores >= score))
        return (float(self.precision[kept - 1]), float(self.recall[kept - 1])) if kept else (np.nan, 0.0)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well objects were found.

    Attributes:
        matching: what it was computed from.
        precision: class -> average precision at each of the 10 thresholds, float64 (10,) in [0, 1]; NaN for a class
            without an object to be found.
    """

    matching: Matching
    precision: Mapping[str, Floats]

    def per_class(self, overlap: float | None = None) -> dict[str, float]:
        """Average precision of each class in [0, 1], NaN for one without objects.

        Args:
            overlap: one of the thresholds, such as 0.5; None for the mean over all of them.

        Raises:
            ValueError: no such threshold.
        """
        level = slice(None) if overlap is None else level_of(overlap)
        return {name: float(np.mean(values[level])) for name, values in self.precision.items()}

    def mean(self, overlap: float | None = None) -> float:
        """Mean over the classes that have objects; NaN where none has. ``overlap`` as in :meth:`per_class`."""
        values = [value for value in self.per_class(overlap).values() if not np.isnan(value)]
        return float(np.mean(values)) if values else float("nan")

    def curve(self, name: str, overlap: float = 0.5) -> Curve:
        """Precision against recall of a class; recall is NaN for one without objects.

        Raises:
            ValueError: no such threshold.
            KeyError: no such class.
        """
        matches, level = self.matching.classes[name], level_of(overlap)
        counted = ~matches.ignored[level]
        right = np.cumsum(matches.right[level][counted], dtype=np.float64)
        objects = matches.objects.sum()
        recall = right / objects if objects else np.full(len(right), np.nan)
        return Curve(matches.scores[counted], right / np.arange(1, len(right) + 1), recall)


def evaluate(truth: Mapping[str, Objects], found: Mapping[str, Objects], classes: Sequence[str]) -> Evaluation:
    """Average precision of detections.

    Args:
        truth: image -> the objects on it.
        found: image -> detections with scores, for the same images.
        classes: names to evaluate; objects and detections of others do not count.

    Raises:
        UsageError: the images differ, a class is named twice, or detections have no scores.
    """
    matching = match(truth, found, classes)
    return Evaluation(matching, {name: _average(matches) for name, matches in matching.classes.items()})


def level_of(overlap: float) -> int:
    """Which of the thresholds it is.

    Raises:
        ValueError: none.
    """
    near = np.flatnonzero(np.isclose(THRESHOLDS, overlap))
    if not len(near):
        raise ValueError(f"overlap {overlap:g} is none of {', '.join(f'{value:.2f}' for value in THRESHOLDS)}")
    return int(near[0])


def _average(matches: Matches) -> Floats:
    """Average precision at each threshold, float64 (10,)."""
    objects = matches.objects.sum()
    if not objects:
        return np.full(len(THRESHOLDS), np.nan)
    values = np.zeros(len(THRESHOLDS))
    for level, (right, ignored) in enumerate(zip(matches.right, matches.ignored, strict=True)):
        hits = np.cumsum(right[~ignored], dtype=np.float64)
        precision = hits / np.arange(1, len(hits) + 1)
        best_from_here = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)  # none at an unreached recall
        values[level] = best_from_here[np.searchsorted(hits / objects, RECALLS)].mean()
    return values
