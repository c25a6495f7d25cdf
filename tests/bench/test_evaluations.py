"""Precision and recall at the best threshold."""

from __future__ import annotations

import numpy as np

from hifbench.bench.evaluations import _precisions
from hifbench.detection.average_precision import evaluate
from hifbench.detection.objects import Objects


def test_the_best_threshold_is_one_that_there_is() -> None:
    """Of four detections of one score any threshold keeps all or none, whichever is listed first."""
    square, far = [0.0, 0, 10, 10], [50.0, 50, 60, 60]
    truth = {"a": Objects(("car",), np.array([square]))}
    found = {"a": Objects(("car",) * 4, np.array([square, far, far, far]), np.full(4, 0.5))}
    values = dict(_precisions(evaluate(truth, found, ["car"])))
    assert (values["P@.5"], values["R@.5"]) == (0.25, 1.0)
    sure = Objects(("car",) * 4, np.array([square, far, far, far]), np.array([0.6, 0.5, 0.5, 0.5]))
    values = dict(_precisions(evaluate(truth, {"a": sure}, ["car"])))
    assert (values["P@.5"], values["R@.5"]) == (1.0, 1.0)
