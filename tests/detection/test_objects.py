from __future__ import annotations

import numpy as np
import pytest

from hifbench.detection.objects import Objects

CORNERS = np.array(
    [[0, 0, 2, 3], [5, 5, 5, 9], [4, 4, 2, 6], [0, 0, np.nan, 1], [0, 0, np.inf, 1], [1, 1, 9, 9]], float
)


def test_boxes_without_area_or_not_finite_are_not_sound() -> None:
    labels = ("a",) * 6
    assert Objects(labels, CORNERS).sound.tolist() == [True, False, False, False, False, True]
    scores = np.array([0.5, 0.5, 0.5, 0.5, 0.5, np.nan])
    assert Objects(labels, CORNERS, scores).sound.tolist() == [True, False, False, False, False, False]


def test_chosen_and_renamed_objects_keep_what_belongs_to_them() -> None:
    objects = Objects(("People", "Lamp", "Car"), CORNERS[:3], np.array([0.1, 0.2, 0.3]), np.array([True, False, False]))
    renamed = objects.renamed({"People": "person", "Car": "car"})
    assert renamed.labels == ("person", "car")
    assert renamed.corners.tolist() == CORNERS[[0, 2]].tolist()
    assert renamed.scores is not None
    assert renamed.scores.tolist() == [0.1, 0.3]
    assert renamed.crowd is not None
    assert renamed.crowd.tolist() == [True, False]
    assert objects.only(np.array([2, 0])).labels == ("Car", "People")
    assert len(objects.only(np.zeros(3, bool))) == 0


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match=r"2 labels need corners of shape \(2, 4\), not \(3, 4\)"):
        Objects(("a", "b"), CORNERS[:3])
    with pytest.raises(ValueError, match=r"3 labels need scores of shape \(3,\)"):
        Objects(("a", "b", "c"), CORNERS[:3], np.zeros(2))
