"""How far a value may move between two runs of the same code before the gate is red."""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict, Field

from .rows import DETECTION


class Tolerance(BaseModel):
    """A value may move by ``absolute`` plus ``relative`` times the baseline's value.

    Attributes:
        relative: share of the baseline's value, 0 or more.
        absolute: in the metric's unit, 0 or more.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    relative: float = Field(ge=0, allow_inf_nan=False)
    absolute: float = Field(ge=0, allow_inf_nan=False)

    def allowed(self, before: float) -> float:
        """How far a value may move from the baseline's, in the metric's unit; 0 from one that is not finite."""
        return self.absolute + self.relative * abs(before) if math.isfinite(before) else 0.0


# Another CPU kind, thread count or BLAS adds in another order; that rounds single pixels of a fused picture to the next
# grey level. docs/continuous-integration.md has the figures: on the demo the metrics move by at most a fifth of this.
# A drift of 2e-3 must be seen up to a value of 36, the end of PSNR's range.
DEFAULT = Tolerance(relative=5e-5, absolute=2e-4)
EXACT = Tolerance(relative=0, absolute=0)
RATIO_OF_COUNTS, RATIO_OF_MEMORY, RATIO_OF_TIME = 1.001, 1.25, 1.5

PRECISION = Tolerance(relative=1e-4, absolute=1.5e-3)
"""Of average precision, which moves by a step when two boxes of nearly one score change places."""

SENSITIVE = {"CE": Tolerance(relative=1e-3, absolute=2e-3)}
"""Metrics that one pixel may move further: cross entropy counts a grey level that becomes empty by a large term."""

_IMAGES = ("images", "images without annotation", "images in error")
_OBJECTS = "objects:"  # and a class
_PRECISIONS = ("mAP@", "AP@")


def tolerance_of(metric: str, task: str) -> Tolerance:
    """The tolerance that a new baseline writes down for a metric of a task."""
    if task == DETECTION and (metric in _IMAGES or metric.startswith(_OBJECTS)):
        return EXACT  # counted, not measured
    if task == DETECTION and metric.startswith(_PRECISIONS):
        return PRECISION
    return SENSITIVE.get(metric.partition("@")[0], DEFAULT)


RATIOS = {
    "parameters": RATIO_OF_COUNTS,
    "parameters-used": RATIO_OF_COUNTS,
    "flops": RATIO_OF_COUNTS,
    "macs": RATIO_OF_COUNTS,
    "memory-bytes": RATIO_OF_MEMORY,
    "latency-ms": RATIO_OF_TIME,
    "pairs-per-second": RATIO_OF_TIME,
}
"""Cost -> how many times the baseline's it may be; of ``pairs-per-second``, where more is better, the inverse."""

MORE_IS_BETTER = ("pairs-per-second",)
