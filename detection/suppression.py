"""Non-maximum suppression: of boxes that overlap, the one with the highest score stays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .objects import Floats


def suppress(corners: Floats, scores: Floats, classes: npt.NDArray[np.int64], overlap: float) -> npt.NDArray[np.int64]:
    """Greedy suppression within each class.

    Args:
        corners: float64 (N, 4), x0 y0 x1 y1.
        scores: float64 (N,).
        classes: int64 (N,); boxes of two classes do not suppress each other.
        overlap: intersection over union above which the lower of two scores goes; in [0, 1].

    Returns:
        Indices of the boxes that stay, by falling score; of equal scores the earlier one comes first.
    """
    kept: list[int] = []
    areas = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    for number in np.unique(classes):
        waiting = np.flatnonzero(classes == number)
        waiting = waiting[np.argsort(-scores[waiting], kind="stable")]
        while len(waiting):
            best, others = waiting[0], waiting[1:]
            kept.append(int(best))
            size = np.minimum(corners[best, 2:], corners[others, 2:]) - np.maximum(
                corners[best, :2], corners[others, :2]
            )
            common = size.clip(min=0).prod(axis=1)
            union = areas[best] + areas[others] - common
            waiting = others[common <= overlap * union]
    order = np.array(sorted(kept), dtype=np.int64)
    return order[np.argsort(-scores[order], kind="stable")]
