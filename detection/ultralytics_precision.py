"""Average precision as ultralytics computes it, of the same boxes: the second number that its users know.

It matches and interpolates in its own way, so it differs from COCO's in the third decimal; it is run, not rewritten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from .detectors._offline import import_ultralytics
from .matching import THRESHOLDS
from .objects import Floats, Objects


def by_ultralytics(truth: Mapping[str, Objects], found: Mapping[str, Objects], classes: Sequence[str]) -> Floats:
    """Mean over the classes that have objects.

    Args:
        truth: image -> the objects on it.
        found: image -> detections with scores, best first, for the same images.
        classes: names to evaluate; objects and detections of others do not count.

    Returns:
        float64 (10,), at overlaps of .5 to .95; NaN where no image has an object of the classes.

    Raises:
        ImportError: ultralytics is not installed.
        UsageError: it is not cut off from the network.
    """
    import_ultralytics()
    from ultralytics.engine.validator import BaseValidator
    from ultralytics.utils.metrics import ap_per_class, box_iou

    names = {name: name for name in classes}
    settings: Any = SimpleNamespace(iouv=torch.from_numpy(THRESHOLDS.astype(np.float32)))
    right, scores, of_found, of_truth = [np.zeros((0, len(THRESHOLDS)), bool)], [], [], []
    for image, objects in truth.items():
        there, seen = objects.renamed(names), found[image].renamed(names)
        wanted, guessed = (
            torch.tensor([classes.index(label) for label in each.labels], dtype=torch.int64) for each in (there, seen)
        )
        overlaps = box_iou(torch.from_numpy(there.corners), torch.from_numpy(seen.corners))
        right.append(BaseValidator.match_predictions(settings, guessed, wanted, overlaps).numpy())
        scores.append(seen.scores if seen.scores is not None else np.zeros(0))
        of_found.append(guessed.numpy())
        of_truth.append(wanted.numpy())
    targets = np.concatenate(of_truth)
    if not len(targets):
        return np.full(len(THRESHOLDS), np.nan)
    result = ap_per_class(np.concatenate(right), np.concatenate(scores), np.concatenate(of_found), targets)
    mean: Floats = np.asarray(result[5], np.float64).mean(axis=0)
    return mean
