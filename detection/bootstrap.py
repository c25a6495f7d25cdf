"""How much average precision depends on which images were drawn: percentile intervals of a bootstrap over images.

B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, 1993, 13.3. Images, not boxes, are drawn anew with
replacement: boxes of one image are not independent. An image that is drawn twice counts as two; which detection
found which object does not change, so matching is done once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .average_precision import RECALLS, Evaluation, level_of
from .matching import THRESHOLDS, Matches
from .objects import Floats

_AT_ONCE = 1 << 22  # numbers in an array: 32 MB


@dataclass(frozen=True, eq=False)
class Resamples:
    """Average precision on resampled sets of images.

    Attributes:
        precision: class -> float64 (resamples, 10), at each threshold; NaN where no object of the class was drawn.
    """

    precision: Mapping[str, Floats]

    def mean(self, overlap: float | None = None) -> Floats:
        """Mean over the classes that were drawn, float64 (resamples,); NaN where none was.

        Args:
            overlap: one of the thresholds, such as 0.5; None for the mean over all of them.

        Raises:
            ValueError: no such threshold.
        """
        level = slice(None) if overlap is None else slice(level_of(overlap), level_of(overlap) + 1)
        values = np.stack([each[:, level].mean(axis=1) for each in self.precision.values()])
        drawn = ~np.isnan(values)
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(drawn, values, 0).sum(axis=0) / drawn.sum(axis=0))


def resample(evaluation: Evaluation, resamples: int = 1000, seed: int = 0) -> Resamples:
    """Compute average precision on sets of as many images, drawn with replacement.

    Two evaluations of the same images, in the same order and with the same seed, are resampled alike, so that their
    difference can be taken draw by draw.

    Args:
        evaluation: of a data set.
        resamples: how many sets to draw.
        seed: of the draws.

    Raises:
        ValueError: there are no images, or no sets are to be drawn.
    """
    images = len(evaluation.matching.images)
    if not images or resamples < 1:
        raise ValueError(f"{resamples} resamples of {images} images: there is nothing to draw")
    times = np.random.default_rng(seed).multinomial(images, np.full(images, 1 / images), size=resamples)
    return Resamples({name: _average(matches, times) for name, matches in evaluation.matching.classes.items()})


def interval(values: Floats, level: float = 0.95) -> tuple[float, float]:
    """Percentile interval of resampled values; NaN are left out, and of nothing else the ends are NaN.

    Args:
        values: (resamples,).
        level: share of the values inside, in (0, 1).

    Raises:
        ValueError: the level is not a share.
    """
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval is between 0 and 1, not {level:g}")
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _average(matches: Matches, times: npt.NDArray[np.int64]) -> Floats:
    """Average precision (resamples, 10) where each image counts ``times``, (resamples, images)."""
    rows = max(1, _AT_ONCE // max(1, len(matches.scores)))
    parts = [_average_part(matches, times[start : start + rows]) for start in range(0, len(times), rows)]
    return np.concatenate(parts)


def _average_part(matches: Matches, times: npt.NDArray[np.int64]) -> Floats:
    objects = (times @ matches.objects).astype(np.float64)
    values = np.full((len(times), len(THRESHOLDS)), np.nan)
    some = objects > 0
    if not some.any():
        return values
    weights = times[some][:, matches.image]
    # Only where a detection is right can precision rise, and recall does: the curve is needed there alone.
    ever = np.flatnonzero(matches.right.any(axis=0))
    all_seen, hitting = np.cumsum(weights, axis=1)[:, ever], weights[:, ever]
    for level, (right, ignored) in enumerate(zip(matches.right[:, ever], matches.ignored, strict=True)):
        passed = np.cumsum(weights[:, ignored], axis=1)  # in a crowd, and so not counted
        before = np.searchsorted(np.flatnonzero(ignored), ever[right])
        seen = all_seen[:, right].astype(np.float64)
        seen -= np.concatenate([np.zeros((len(passed), 1)), passed], axis=1)[:, before]
        hits = np.cumsum(hitting[:, right], axis=1).astype(np.float64)
        precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
        best_from_here = np.zeros((len(hits), hits.shape[1] + 1))  # none at an unreached recall
        best_from_here[:, :-1] = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        recall = hits / objects[some, None]
        reached = (
            np.stack([np.searchsorted(row, RECALLS) for row in recall]) if len(recall) else np.empty((0, 101), int)
        )
        values[some, level] = np.take_along_axis(best_from_here, reached, axis=1).mean(axis=1)
    return values
