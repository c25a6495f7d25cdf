"""Non-maximum suppression against OpenCV's, and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hifbench.detection.suppression import suppress


def boxes(seed: int, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    corner = random.uniform(0, 60, (number, 2))
    corners = np.concatenate([corner, corner + random.uniform(2, 30, (number, 2))], axis=1)
    return corners, random.permutation(np.linspace(0.05, 0.95, number)), random.integers(0, 3, number)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("overlap", [0.3, 0.65])
def test_equals_opencv(seed: int, overlap: float) -> None:
    cv2 = pytest.importorskip("cv2")
    corners, scores, classes = boxes(seed, 60)
    widths = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    expected = cv2.dnn.NMSBoxesBatched(widths.tolist(), scores.tolist(), classes.tolist(), 0.0, overlap)
    assert suppress(corners, scores, classes, overlap).tolist() == list(expected)


def test_by_hand() -> None:
    corners = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [0, 0, 10, 10], [20, 20, 30, 30]], float)
    scores, classes = np.array([0.5, 0.9, 0.4, 0.6]), np.array([0, 0, 1, 0])
    assert suppress(corners, scores, classes, 0.5).tolist() == [1, 3, 2]  # another class is not suppressed
    assert suppress(corners, scores, classes, 0.9).tolist() == [1, 3, 0, 2]  # an overlap of just .9 is none above it


def test_nothing_in_nothing_out() -> None:
    assert suppress(np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64), 0.5).tolist() == []
