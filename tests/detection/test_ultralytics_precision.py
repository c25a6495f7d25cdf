"""The second number: ultralytics' own average precision of the same boxes."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from hifbench.detection.average_precision import evaluate
from hifbench.detection.objects import Objects
from hifbench.detection.ultralytics_precision import by_ultralytics

pytestmark = [
    pytest.mark.skipif(find_spec("ultralytics") is None, reason="ultralytics, whose figure it is, is not installed"),
    pytest.mark.filterwarnings("ignore"),
]
CLASSES = ("person", "car")


def scene(shift: float) -> tuple[dict[str, Objects], dict[str, Objects]]:
    random = np.random.default_rng(1)
    truth, found = {}, {}
    for image in range(30):
        number = int(random.integers(1, 6))
        corner = random.uniform(0, 200, (number, 2))
        corners = np.concatenate([corner, corner + random.uniform(20, 60, (number, 2))], axis=1)
        labels = tuple(random.choice(CLASSES, number))
        order = np.argsort(-(scores := random.uniform(0.1, 1, number)))
        truth[str(image)] = Objects(labels, corners)
        moved = corners + random.normal(0, shift, corners.shape)
        found[str(image)] = Objects(labels, moved, scores).only(order)
    return truth, found


def test_boxes_without_a_fault_have_its_highest_value() -> None:
    """Its curve ends at a precision of 0, so that it never says 1: known to its users as 0.995."""
    truth, found = scene(0)
    assert by_ultralytics(truth, found, CLASSES) == pytest.approx([0.995] * 10, abs=1e-9)


def test_it_is_near_that_of_coco() -> None:
    truth, found = scene(4)
    ours = evaluate(truth, found, CLASSES)
    theirs = by_ultralytics(truth, found, CLASSES)
    assert 0.2 < ours.mean() < 0.9
    assert theirs[0] == pytest.approx(ours.mean(0.5), abs=0.02)
    assert theirs.mean() == pytest.approx(ours.mean(), abs=0.02)


def test_nothing_found_and_nothing_there() -> None:
    truth, found = scene(0)
    nothing = {image: Objects((), np.zeros((0, 4)), np.zeros(0)) for image in truth}
    assert by_ultralytics(truth, nothing, CLASSES) == pytest.approx([0] * 10)
    assert np.isnan(by_ultralytics(nothing, found, CLASSES)).all()
