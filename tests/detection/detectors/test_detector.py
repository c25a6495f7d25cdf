"""What all detectors have in common: boxes that stay inside the picture."""

from __future__ import annotations

import numpy as np

from hifbench.detection.detectors._detector import inside
from hifbench.detection.objects import Objects


def test_boxes_are_cut_at_the_border_and_infinite_ones_are_left_out() -> None:
    corners = np.array([[-5, -5, 10, 10], [-np.inf, -np.inf, np.inf, np.inf], [30, 5, 99, 15], [40, 40, 50, 50.0]])
    scores = np.array([0.2, 0.9, 0.5, np.nan])
    kept = inside(Objects(("a", "b", "c", "d"), corners, scores), height=20, width=60)
    assert kept.labels == ("c", "a")
    np.testing.assert_array_equal(kept.corners, [[30, 5, 60, 15], [0, 0, 10, 10]])
