"""A real picture with two persons: what its annotation says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from hifbench import datasets

PAIR = "test/190001"


def annotated(shared: Path) -> npt.NDArray[np.float64]:
    """Corners (2, 4) of the persons on the pair, in pixels."""
    pairs = datasets.load("llvip", shared / "data", "test")
    boxes = pairs[pairs.ids.index(PAIR)].boxes
    assert boxes is not None
    assert [box.label for box in boxes] == ["person", "person"]
    return np.array([[box.x0, box.y0, box.x1, box.y1] for box in boxes])
