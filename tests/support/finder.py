"""A detector for tests, and a data set that it can look at: coloured rectangles on black, which it finds exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from layouts import voc
from PIL import Image
from scipy import ndimage

from hifbench.detection.detectors._detector import DetectorCard
from hifbench.detection.objects import Objects

CLASSES = ("person", "car", "dog")
COLOURS = {"People": (230, 10, 10), "Car": (10, 230, 10), "Lamp": (10, 10, 230)}
SHAPE = (48, 64)

Boxes = list[tuple[str, float, float, float, float]]


@dataclass
class Finder:
    """Finds red persons, green cars and blue dogs: blobs of one colour, scored by their brightness and size.

    Boxes of an odd width are found one pixel too wide, and the second blob of a picture twice: not all is right.
    """

    classes: tuple[str, ...] = CLASSES
    sha256: str = "0" * 64
    fails_on: Callable[[np.ndarray], bool] = lambda image: False
    reader: str = "tests"
    learnt_from: tuple[str, ...] = ()

    @property
    def card(self) -> DetectorCard:
        return DetectorCard(
            name="finder",
            file="finder.onnx",
            sha256=self.sha256,
            reader=self.reader,
            licence="none",
            classes=self.classes,
            runs_on="cpu",
            settings={"odd": 1.0},
            learnt_from=self.learnt_from,
        )

    def detect(self, image: np.ndarray) -> Objects:
        assert image.dtype == np.uint8
        assert image.shape == (*SHAPE, 3)
        if self.fails_on(image):
            raise RuntimeError("the detector broke")
        labels: list[str] = []
        corners, scores = [], []
        for channel, name in enumerate(self.classes):
            others = [other for other in range(3) if other != channel]
            mask = image[..., channel].astype(int) > 40 + image[..., others].max(axis=-1)
            for rows, columns in ndimage.find_objects(ndimage.label(mask)[0]):
                x0, y0, x1, y1 = columns.start, rows.start, columns.stop, rows.stop
                for again in range(1 + (len(labels) == 1)):
                    labels.append(name)
                    corners.append([x0, y0, x1 + (x1 - x0) % 2, y1])
                    scores.append((x1 - x0) * (y1 - y0) / 4000 + 0.01 * again)
        return Objects(tuple(labels), np.array(corners, float).reshape(-1, 4), np.array(scores, float))


def put_finder(
    monkeypatch: pytest.MonkeyPatch, finder: Finder, modules: tuple[str, ...] = ("judges", "detecting")
) -> None:
    """Have every detector's file opened as a finder: where runs are planned, and where they are worked off."""
    for module in modules:
        monkeypatch.setattr(f"hifbench.bench.{module}.open_detector", lambda path, device="cpu": finder)


def draw_m3fd(root: Path, pictures: dict[str, Boxes | None]) -> None:
    """Write M3FD's folders: rectangles on the visible pictures; a picture with None has no annotation."""
    for number, (name, boxes) in enumerate(pictures.items()):
        place = root / "M3FD" / ("M3FD_Fusion" if boxes is None else "M3FD_Detection")
        visible = np.zeros((*SHAPE, 3), np.uint8)
        for label, x0, y0, x1, y1 in boxes or []:
            visible[int(y0) : int(y1), int(x0) : int(x1)] = COLOURS[label]
        infrared = np.full(SHAPE, 20 + number, np.uint8)
        for side, image in (("Ir", infrared), ("Vis", visible)):
            (place / side).mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(place / side / f"{name}.png")
        if boxes is not None:
            voc(place / "Annotation" / f"{name}.xml", *boxes)
