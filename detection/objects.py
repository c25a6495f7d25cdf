"""Boxes with labels: what is on an image, and what a detector found there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Objects:
    """The objects of one image.

    Attributes:
        labels: N class names.
        corners: float64 (N, 4), x0 y0 x1 y1 in pixels; a pixel is one unit wide, so x1 - x0 is the width.
        scores: float64 (N,), the detector's confidence; None for ground truth.
        crowd: bool (N,), true where a box stands for a group that was not told apart; None for none.

    Raises:
        ValueError: the lengths differ.
    """

    labels: tuple[str, ...]
    corners: Floats
    scores: Floats | None = None
    crowd: Flags | None = None

    def __post_init__(self) -> None:
        number = len(self.labels)
        if self.corners.shape != (number, 4):
            raise ValueError(f"{number} labels need corners of shape {(number, 4)}, not {self.corners.shape}")
        for name, values in (("scores", self.scores), ("crowd", self.crowd)):
            if values is not None and values.shape != (number,):
                raise ValueError(f"{number} labels need {name} of shape {(number,)}, not {values.shape}")

    def __len__(self) -> int:
        return len(self.labels)

    def only(self, chosen: npt.NDArray[Any]) -> Objects:
        """Those that are chosen, by flags (N,) or by indices."""
        indices = np.arange(len(self))[chosen]
        return Objects(
            tuple(self.labels[index] for index in indices),
            self.corners[indices],
            None if self.scores is None else self.scores[indices],
            None if self.crowd is None else self.crowd[indices],
        )

    def renamed(self, names: Mapping[str, str]) -> Objects:
        """With other names for the labels; those whose label has none are left out."""
        kept = self.only(np.array([label in names for label in self.labels], dtype=bool))
        return replace(kept, labels=tuple(names[label] for label in kept.labels))

    @property
    def sound(self) -> Flags:
        """Bool (N,): finite corners and score, and an area above zero."""
        width, height = self.corners[:, 2] - self.corners[:, 0], self.corners[:, 3] - self.corners[:, 1]
        finite = np.isfinite(self.corners).all(axis=1)
        if self.scores is not None:
            finite &= np.isfinite(self.scores)
        return np.asarray(finite & (width > 0) & (height > 0))
