"""Boxes around what is seen of persons and cars."""

from __future__ import annotations

import numpy as np

from .._pair import Box
from .camera import SUB
from .frame import Frame

MIN_SHARE = 0.4  # of the outline that must be in view
MIN_HEIGHT = 6  # pixels


def find_boxes(frame: Frame, labels: dict[int, str]) -> tuple[Box, ...]:
    """Boxes of the objects that are tall enough and not mostly hidden, nearest object numbers first.

    Args:
        frame: the drawn picture.
        labels: object number -> class.

    Returns:
        Boxes whose edges are whole pixels.
    """
    boxes = []
    for thing, label in labels.items():
        if thing not in frame.cover:
            continue
        outline = np.count_nonzero(frame.cover[thing])
        rows, columns = np.nonzero(frame.thing == thing)
        if not outline or rows.size < MIN_SHARE * outline:
            continue
        x0, x1 = int(columns.min()) // SUB, int(columns.max()) // SUB + 1
        y0, y1 = int(rows.min()) // SUB, int(rows.max()) // SUB + 1
        if y1 - y0 >= MIN_HEIGHT and x1 - x0 >= 2:
            boxes.append(Box(label, float(x0), float(y0), float(x1), float(y1)))
    return tuple(boxes)
