"""Which detection found which object: COCO's greedy matching, for one image and one class at a time.

The rules are those of ``COCOeval.evaluateImg`` of cocodataset/cocoapi, PythonAPI/pycocotools/cocoeval.py, for boxes
of any area: detections choose in the order of their scores (equal ones in the order given), at most 100 of an image
and class; each takes the free object that it overlaps most and at least by the threshold, the later of two equal
ones; if there is none, a crowd that it lies in by as much, which any number may share, and is then neither right
nor wrong. Overlap with a crowd is the share of the detection that lies in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import UsageError
from .objects import Flags, Floats, Objects

THRESHOLDS: Floats = np.linspace(0.5, 0.95, 10)
"""Of the intersection over union."""

MOST = 100
"""Detections of one class in one image that count, those with the highest scores."""


@dataclass(frozen=True, eq=False)
class Matches:
    """What became of the detections of one class on all images, by falling score.

    Attributes:
        scores: float64 (N,); equal ones are in the order of the images, then of their detections.
        image: int (N,), which image a detection is on.
        right: bool (10, N), at each threshold whether it found an object.
        ignored: bool (10, N), whether it is neither right nor wrong, for it lies in a crowd.
        objects: int (number of images,), objects to be found on each, crowds not counted.
    """

    scores: Floats
    image: npt.NDArray[np.intp]
    right: Flags
    ignored: Flags
    objects: npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Matching:
    """The same for all classes.

    Attributes:
        classes: class -> its matches.
        images: names of the images, in the order that ``Matches.image`` counts.
        rejected_truth: boxes of the ground truth without area or not finite, which do not count.
        rejected_found: the same of the detections.
    """

    classes: Mapping[str, Matches]
    images: tuple[str, ...]
    rejected_truth: int
    rejected_found: int


def match(truth: Mapping[str, Objects], found: Mapping[str, Objects], classes: Sequence[str]) -> Matching:
    """Match what was found on each image with what is there.

    Args:
        truth: image -> the objects on it; an image without any counts, for what is found on it is wrong.
        found: image -> detections with scores; the same images.
        classes: names to evaluate; objects and detections of others do not count.

    Raises:
        UsageError: the images differ, a class is named twice, or detections have no scores.
    """
    _check(truth, found, classes)
    sound_truth = {name: objects.only(objects.sound) for name, objects in truth.items()}
    sound_found = {name: found[name].only(found[name].sound) for name in truth}
    return Matching(
        {name: _match_class(name, list(sound_truth.values()), list(sound_found.values())) for name in classes},
        tuple(truth),
        sum(map(len, truth.values())) - sum(map(len, sound_truth.values())),
        sum(map(len, found.values())) - sum(map(len, sound_found.values())),
    )


def _check(truth: Mapping[str, Objects], found: Mapping[str, Objects], classes: Sequence[str]) -> None:
    for here, there, what in ((truth, found, "detections"), (found, truth, "ground truth")):
        missing = [name for name in here if name not in there]
        if missing:
            raise UsageError(
                f"{len(missing)} images have no {what}, first {missing[0]}; give each image its objects, none being "
                f"an empty list, or leave it out of both"
            )
    if len(set(classes)) != len(classes):
        raise UsageError(f"a class is named twice: {', '.join(classes)}; name each once")
    unscored = [name for name, objects in found.items() if objects.scores is None]
    if unscored:
        raise UsageError(f"the detections on {unscored[0]} have no scores; average precision needs them")


def _match_class(label: str, truth: Sequence[Objects], found: Sequence[Objects]) -> Matches:
    """Matches of one class on all images."""
    scores, image, right, ignored = [np.empty(0)], [np.empty(0, np.intp)], [_none(0)], [_none(0)]
    objects = np.zeros(len(truth), np.intp)
    for index, (there, seen) in enumerate(zip(truth, found, strict=True)):
        there, seen = (both.only(np.array([name == label for name in both.labels], bool)) for both in (there, seen))
        assert seen.scores is not None  # checked for all images before
        order = np.argsort(-seen.scores, kind="stable")[:MOST]
        crowd = np.zeros(len(there), bool) if there.crowd is None else there.crowd
        objects[index] = np.count_nonzero(~crowd)
        of_image = _match_image(overlaps(seen.corners[order], there.corners, crowd), crowd)
        scores.append(seen.scores[order])
        image.append(np.full(len(order), index, np.intp))
        right.append(of_image[0])
        ignored.append(of_image[1])
    all_scores = np.concatenate(scores)
    order = np.argsort(-all_scores, kind="stable")
    return Matches(
        all_scores[order],
        np.concatenate(image)[order],
        np.concatenate(right, axis=1)[:, order],
        np.concatenate(ignored, axis=1)[:, order],
        objects,
    )


def overlaps(found: Floats, truth: Floats, crowd: Flags) -> Floats:
    """Intersection over union of each detection with each object; over the detection's own area for a crowd.

    Args:
        found: (N, 4) corners with areas above zero.
        truth: (M, 4), the same.
        crowd: bool (M,).

    Returns:
        float64 (N, M) in [0, 1].
    """
    low = np.maximum(found[:, None, :2], truth[None, :, :2])
    high = np.minimum(found[:, None, 2:], truth[None, :, 2:])
    shared = (high - low).clip(min=0).prod(axis=2)
    area = (found[:, 2:] - found[:, :2]).prod(axis=1)[:, None]
    union = area + (truth[:, 2:] - truth[:, :2]).prod(axis=1)[None] - shared
    return np.asarray(shared / np.where(crowd[None], area, union))


def _match_image(overlap: Floats, crowd: Flags) -> tuple[Flags, Flags]:
    """Right and ignored, bool (10, N) each, of detections (N, M) in the order of their choice."""
    right, ignored = _none(len(overlap)), _none(len(overlap))
    least = np.minimum(THRESHOLDS, 1 - 1e-10)[:, None]
    singles, crowds = np.flatnonzero(~crowd), overlap[:, crowd].max(axis=1, initial=0)
    free = np.ones((len(THRESHOLDS), len(singles)), bool)
    levels = np.arange(len(THRESHOLDS))
    # Nearly all detections overlap nothing by the least threshold, take no object, and are in no crowd.
    for index in np.flatnonzero(overlap.max(axis=1, initial=0) >= least[0, 0]):
        row = overlap[index, singles]
        open_to = np.where(free & (row >= least), row, -1.0)
        if len(singles):
            best = len(singles) - 1 - np.argmax(open_to[:, ::-1], axis=1)  # the last of the largest
            right[:, index] = open_to[levels, best] >= 0
            free[levels[right[:, index]], best[right[:, index]]] = False
        ignored[:, index] = ~right[:, index] & (crowds[index] >= least[:, 0])
    return right, ignored


def _none(number: int) -> Flags:
    return np.zeros((len(THRESHOLDS), number), bool)
