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


def boxes(*rows: tuple[float, ...]) -> Floats:
    return np.array(rows, np.float64).reshape(-1, 4)


SQUARE, FAR = (0, 0, 10, 10), (50, 50, 60, 60)
NOTHING = Objects((), boxes(), np.empty(0))


def test_a_curve_that_can_be_drawn_by_hand() -> None:
    # Right, wrong, right, of four objects: precision 1, 1/2, 2/3 at recall 1/4, 1/4, 1/2.
    truth = {"a": Objects(("car",) * 2, boxes(SQUARE, FAR)), "b": Objects(("car",) * 2, boxes(SQUARE, FAR))}
    found = {
        "a": Objects(("car",) * 2, boxes(SQUARE, (20, 0, 30, 10)), np.array([0.9, 0.8])),
        "b": Objects(("car",), boxes(FAR), np.array([0.7])),
    }
    evaluation = evaluate(truth, found, ["car"])
    curve = evaluation.curve("car")
    assert curve.scores.tolist() == [0.9, 0.8, 0.7]
    np.testing.assert_allclose(curve.precision, [1, 1 / 2, 2 / 3])
    np.testing.assert_allclose(curve.recall, [1 / 4, 1 / 4, 1 / 2])
    # Levels 0 to .25 have precision 1, those to .5 have 2/3, the others none.
    assert evaluation.mean(0.5) == pytest.approx((26 + 25 * 2 / 3) / 101)
    assert evaluation.mean(0.95) == evaluation.mean()
    assert curve.at(0.8) == pytest.approx((1 / 2, 1 / 4))
    assert curve.at(0.1) == pytest.approx((2 / 3, 1 / 2))
    assert np.isnan(curve.at(0.95)[0])
    assert curve.at(0.95)[1] == 0


def test_points_among_equal_scores_are_not_reached() -> None:
    truth = {"a": Objects(("car",), boxes(SQUARE))}
    found = {"a": Objects(("car",) * 4, boxes(FAR, SQUARE, FAR, FAR), np.array([0.9, 0.5, 0.5, 0.2]))}
    curve = evaluate(truth, found, ["car"]).curve("car")
    assert curve.reached.tolist() == [True, False, True, True]
    assert curve.at(0.5) == (curve.precision[2], curve.recall[2])
    assert evaluate(truth, {"a": NOTHING}, ["car"]).curve("car").reached.tolist() == []


def test_an_overlap_on_the_threshold_counts() -> None:
    truth = {"a": Objects(("car",), boxes((0, 0, 4, 4)))}
    found = {"a": Objects(("car",), boxes((0, 0, 3, 4)), np.array([1.0]))}  # 12 / 16
    evaluation = evaluate(truth, found, ["car"])
    assert evaluation.precision["car"].tolist() == [1.0] * 6 + [0.0] * 4
    assert evaluation.mean(0.75) == 1
    assert evaluation.mean() == pytest.approx(0.6)


def test_a_class_without_objects_has_no_average_precision_and_is_not_in_the_mean() -> None:
    truth = {"a": Objects(("car",), boxes(SQUARE))}
    found = {"a": Objects(("car", "bus", "tram"), boxes(SQUARE, FAR, FAR), np.array([0.5, 0.9, 0.9]))}
    evaluation = evaluate(truth, found, ["car", "bus", "lamp"])
    assert evaluation.per_class(0.5)["car"] == evaluation.mean() == 1
    assert np.isnan([evaluation.per_class()["bus"], evaluation.per_class()["lamp"]]).all()
    assert np.isnan(evaluation.curve("bus").recall).all()
    assert np.isnan(evaluate(truth, found, ["bus"]).mean())


def test_nothing_found_is_zero() -> None:
    evaluation = evaluate({"a": Objects(("car",), boxes(SQUARE))}, {"a": NOTHING}, ["car"])
    assert evaluation.mean() == 0
    assert np.isnan(evaluation.curve("car").at(0)[0])


def test_what_lies_in_a_crowd_is_neither_right_nor_wrong() -> None:
    truth = {"a": Objects(("car",) * 2, boxes((0, 0, 40, 40), FAR), crowd=np.array([True, False]))}
    found = {"a": Objects(("car",) * 3, boxes(SQUARE, (20, 20, 30, 30), FAR), np.array([0.9, 0.8, 0.7]))}
    evaluation = evaluate(truth, found, ["car"])
    assert evaluation.mean() == 1
    assert len(evaluation.curve("car").scores) == 1


def test_only_the_best_hundred_of_an_image_and_class_count() -> None:
    truth = {"a": Objects(("car", "bus"), boxes(SQUARE, SQUARE))}
    wrong = Objects(("car",) * MOST, np.tile(boxes(FAR), (MOST, 1)), np.full(MOST, 0.9))
    labels, corners = ("car", "bus", *wrong.labels), np.concatenate([boxes(SQUARE, SQUARE), wrong.corners])
    assert wrong.scores is not None
    found = {"a": Objects(labels, corners, np.append([0.5, 0.5], wrong.scores))}
    assert evaluate(truth, found, ["car", "bus"]).per_class() == {"car": 0.0, "bus": 1.0}


def test_boxes_without_area_are_rejected_and_counted() -> None:
    flat = (5, 5, 5, 9)
    truth = {"a": Objects(("car",) * 2, boxes(SQUARE, flat))}
    found = {"a": Objects(("car",) * 4, boxes(flat, (9, 9, 1, 1), (0, 0, np.nan, 1), SQUARE), np.full(4, 0.5))}
    evaluation = evaluate(truth, found, ["car"])
    assert evaluation.mean() == 1
    assert evaluation.matching.rejected_truth == 1
    assert evaluation.matching.rejected_found == 3


def test_what_cannot_be_evaluated_is_refused() -> None:
    truth, found = {"a": Objects(("car",), boxes(SQUARE))}, {"a": NOTHING}
    with pytest.raises(UsageError, match="1 images have no detections, first b"):
        evaluate({**truth, "b": truth["a"]}, found, ["car"])
    with pytest.raises(UsageError, match="2 images have no ground truth, first b"):
        evaluate(truth, {**found, "b": NOTHING, "c": NOTHING}, ["car"])
    with pytest.raises(UsageError, match="named twice: car, car"):
        evaluate(truth, found, ["car", "car"])
    with pytest.raises(UsageError, match="detections on a have no scores"):
        evaluate(truth, truth, ["car"])
    with pytest.raises(ValueError, match=r"0\.6[0-9]* is none of 0\.50, 0\.55"):
        evaluate(truth, found, ["car"]).mean(0.62)


def test_the_thresholds_are_coco_s() -> None:
    assert THRESHOLDS.tolist() == COCOeval(iouType="bbox").params.iouThrs.tolist()
