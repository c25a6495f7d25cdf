from __future__ import annotations

import contextlib
import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from hifbench.detection.average_precision import Evaluation, evaluate
from hifbench.detection.matching import MOST, THRESHOLDS
from hifbench.detection.objects import Floats, Objects
from hifbench.errors import UsageError

Scene = dict[str, Objects]

CLASSES = ("person", "car", "bus", "lamp")


def oracle(truth: Scene, found: Scene, classes: tuple[str, ...]) -> Floats:
    """pycocotools' average precision at each threshold, (10, classes), NaN where a class has no objects."""
    categories = {name: number for number, name in enumerate(classes, 1)}
    annotations, results = [], []
    for number, name in enumerate(truth, 1):
        for objects, rows in ((truth[name], annotations), (found[name], results)):
            for index, (label, (x0, y0, x1, y1)) in enumerate(zip(objects.labels, objects.corners, strict=True)):
                row = {"image_id": number, "bbox": [x0, y0, x1 - x0, y1 - y0], "area": (x1 - x0) * (y1 - y0)}
                row |= {"id": len(rows) + 1, "category_id": categories[label]}
                row["iscrowd"] = int(objects.crowd is not None and objects.crowd[index])
                if objects.scores is not None:
                    row["score"] = objects.scores[index]
                rows.append(row)
    with contextlib.redirect_stdout(io.StringIO()):
        there = COCO()
        there.dataset = {
            "images": [{"id": number} for number in range(1, len(truth) + 1)],
            "categories": [{"id": number, "name": name} for name, number in categories.items()],
            "annotations": annotations,
        }
        there.createIndex()
        seen = COCO()
        seen.dataset = {**there.dataset, "annotations": results}
        seen.createIndex()
        evaluator = COCOeval(there, seen, "bbox")
        evaluator.evaluate()
        evaluator.accumulate()
    precision = evaluator.eval["precision"][:, :, :, 0, -1]  # all areas, 100 detections
    return np.where(precision[:, 0] < 0, np.nan, precision.mean(axis=1))


def values(evaluation: Evaluation) -> Floats:
    return np.stack(list(evaluation.precision.values()), axis=1)


# Few positions and quarter pixels: equal boxes, equal overlaps and overlaps on the threshold are common, and exact.
corner = st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 8), st.integers(1, 8)).map(
    lambda box: (box[0], box[1] / 4, box[0] + box[2], (box[1] + box[3]) / 4)
)
ground_truth = st.lists(st.tuples(st.sampled_from(CLASSES), corner, st.booleans()), max_size=6).map(
    lambda rows: Objects(
        tuple(row[0] for row in rows),
        np.array([row[1] for row in rows], np.float64).reshape(-1, 4),
        crowd=np.array([row[2] for row in rows], bool),
    )
)
detections = st.lists(st.tuples(st.sampled_from(CLASSES), corner, st.integers(0, 6)), max_size=12).map(
    lambda rows: Objects(
        tuple(row[0] for row in rows),
        np.array([row[1] for row in rows], np.float64).reshape(-1, 4),
        np.array([row[2] / 6 for row in rows], np.float64),
    )
)


@st.composite
def scenes(draw: Callable[..., object]) -> tuple[Scene, Scene]:
    number = draw(st.integers(1, 5))
    truth, found = {}, {}
    for index in range(number):
        truth[f"image{index}"], objects = (draw(ground_truth),) * 2
        seen = draw(detections)
        if draw(st.booleans()):  # detections that hit: the objects themselves, some of them moved
            moved = objects.corners + draw(st.sampled_from([0.0, 0.25, 1.0]))
            scores = np.array(draw(st.lists(st.integers(0, 6), min_size=len(objects), max_size=len(objects)))) / 6
            seen = Objects(
                seen.labels + objects.labels,
                np.concatenate([seen.corners, moved]),
                np.concatenate([seen.scores, scores.astype(np.float64)]),
            )
        found[f"image{index}"] = seen
    return truth, found


@settings(max_examples=200, deadline=None, derandomize=True)
@given(scenes())
def test_equals_pycocotools(scene: tuple[Scene, Scene]) -> None:
    truth, found = scene
    expected = oracle(truth, found, CLASSES)
    evaluation = evaluate(truth, found, CLASSES)
    np.testing.assert_allclose(values(evaluation), expected, atol=1e-6, rtol=0)
    mean = np.nan if np.isnan(expected).all() else np.nanmean(expected)
    np.testing.assert_allclose(evaluation.mean(), mean, atol=1e-6, rtol=0)
