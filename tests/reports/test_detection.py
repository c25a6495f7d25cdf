"""What is said under a table of average precision."""

from __future__ import annotations

from typing import Any

import pandas as pd

from hifbench.reports.detection import detections
from hifbench.reports.results import PART, Results

CONVENTION = "retrained-yolov8n"


def results(cards: dict[str, dict[str, Any]]) -> Results:
    """Two methods on ten images, judged by detectors with these cards."""
    shared = {"dataset": "m3fd", "split": "all", "degradation": "none", "severity": 0.0, "seed": 0}
    names = ("visible", "average")
    rows = [
        {**shared, "method": name, "convention": CONVENTION, "part": name, "classes": ["Car"], "unmapped": [],
         "reader": "ultralytics"}
        for name in names
    ]  # fmt: skip
    values = {"mAP@.5": 0.5, "mAP@.75": 0.4, "mAP@.5:.95": 0.3, "mAP@.5:.95 by ultralytics": 0.29, "images": 10}
    scores = [
        {PART: name, "pair": "all", "metric": metric, "value": value, "error": None}
        for name in names for metric, value in values.items()
    ]  # fmt: skip
    plan = {"experiment": "own", "datasets": {}, "evaluations": rows, "skipped": {}}
    detectors = {f"{CONVENTION}, {name} on m3fd": card for name, card in cards.items()}
    return Results(plan, {"detectors": detectors}, pd.DataFrame(scores))


def test_a_training_that_went_otherwise_than_asked_for_is_said() -> None:
    recipe = {"recipe": {"batch": 16}}
    usual = {"determines": recipe, "batch": 16, "left_out": {}, "pictures": 40}
    other = {"determines": recipe, "batch": 4, "left_out": {"00007": "too dark", "00009": "too dark"}, "pictures": 38}
    (table,) = detections(results({"visible": usual, "average": other}))
    assert "The detector of average was trained without 2 of 40 pairs, the first: 00007: too dark." in table.note
    assert "The detector of average was trained in batches of 4 instead of 16." in table.note
    assert "The detector of visible" not in table.note
    assert table.heads == {"visible": "visible", "average": "average"}
    (table,) = detections(results({"visible": usual, "average": usual}))
    assert "was trained" not in table.note
