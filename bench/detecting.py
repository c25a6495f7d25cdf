"""The worker's part in detection: a fused picture in, rows of boxes out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets import DATASETS
from ..datasets._pair import Box
from ..detection.class_names import map_classes
from ..detection.detectors._detector import Detector, Image
from ..detection.detectors._lookup import open_detector
from ..errors import HifbenchError, TransientError
from ..metrics._picture import Picture
from . import boxes
from .cell import Cell


class Detecting:
    """Keeps the detector of the cells in hand.

    Args:
        device: ``cpu``, ``cuda`` or ``cuda:i``.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._detector: tuple[tuple[str, str], Detector | HifbenchError] | None = None

    def look(self, cell: Cell, id: str, objects: Sequence[Box], picture: Picture) -> list[dict[str, Any]]:
        """Rows of one picture.

        Args:
            cell: in hand, with a detector.
            id: of the pair.
            objects: its annotation.
            picture: fused.

        Raises:
            TransientError: the detector's file is another one than when the run was planned, or memory is short.
            WeightsError: the detector's file is none, or is no longer there.
            UsageError: what runs it is not installed, or its classes are none of the data set's.
        """
        detector = self._load(cell.detector, cell.detector_sha256)
        mapped = map_classes(detector.card.classes, DATASETS.get(cell.dataset.name).card.classes)
        return list(boxes.rows_of(id, objects, detector.detect(as_image(picture)).renamed(mapped.names)))

    def _load(self, path: str, sha256: str) -> Detector:
        if self._detector is None or self._detector[0] != (path, sha256):
            made: Detector | HifbenchError
            self._detector = None  # two of them at once may not fit
            try:
                made = open_detector(Path(path), self._device)
                if made.card.sha256 != sha256:  # its boxes would be kept under the name of the planned one
                    raise TransientError(
                        f"detector {path} was exchanged since the run was planned (sha256 {made.card.sha256[:12]}..., "
                        f"not {sha256[:12]}...); run again"
                    )
            except HifbenchError as error:
                made = error
            self._detector = ((path, sha256), made)
        detector = self._detector[1]
        if isinstance(detector, HifbenchError):
            raise detector
        return detector


def as_image(picture: Picture) -> Image:
    """A picture as detectors take it: uint8 (H, W, 3), grey as three equal channels."""
    levels = picture.levels[0].to("cpu").numpy().astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(levels, (3, *levels.shape[1:])).transpose(1, 2, 0))
