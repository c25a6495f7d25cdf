"""Ground truth of a tracking sequence: one text file for all frames, one target."""

from __future__ import annotations

import hashlib
import math
import re
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from ...errors import PairError
from .._pair import Box
from .label import Annotation, Label, fit, read_label

TARGET = "target"
"""Class of the one object that is followed."""


class GroundTruth:
    """The file of one sequence, read once for all its frames.

    A line is ``x y width height`` or the eight numbers of a rotated box, parted by commas or space; of a rotated box
    the upright one around it is taken. NaN or no area says that the target is not to be seen.

    Args:
        path: the file.
        first: number of the frame that the first line is of.
        every: frames from one line to the next.
    """

    def __init__(self, path: Path, first: int, every: int) -> None:
        self.path, self.first, self.every = path, first, every

    @cached_property
    def lines(self) -> list[str]:
        """Lines of the file without empty ones at its end.

        Raises:
            PairError: the file cannot be read.
        """
        return read_label(self.path).decode(errors="replace").rstrip().splitlines()

    def of(self, frame: int) -> Label | None:
        """Annotation of a frame; None where the file has no line for it."""
        index, rest = divmod(frame - self.first, self.every)
        return _Line(self, index) if rest == 0 and 0 <= index < len(self.lines) else None


class _Line(Label):
    """One line of a ground truth."""

    own_file: ClassVar[bool] = False

    def __init__(self, truth: GroundTruth, index: int) -> None:
        super().__init__(truth.path)
        self._truth, self._index = truth, index

    def read(self, width: int, height: int) -> Annotation:
        """See :meth:`Label.read`."""
        line = self._truth.lines[self._index]
        try:
            numbers = [float(text) for text in re.split(r"[,\s]+", line.strip())]
        except ValueError:
            numbers = []
        if len(numbers) not in (4, 8):
            raise PairError(
                f"{self.path}, line {self._index + 1}: '{line[:60]}' is neither 'x y width height' nor the eight "
                f"numbers of a rotated box; mend it"
            )
        if not all(map(math.isfinite, numbers)):
            return Annotation((), 0)
        if len(numbers) == 4:
            x0, y0, x1, y1 = numbers[0], numbers[1], numbers[0] + numbers[2], numbers[1] + numbers[3]
        else:
            x0, y0, x1, y1 = min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])
        if x0 >= x1 or y0 >= y1:
            return Annotation((), 0)
        return fit([Box(TARGET, x0, y0, x1, y1)], width, height, self.path)

    @cached_property
    def digest(self) -> str:
        """sha256 of the line: the other frames' lines do not concern this pair."""
        return hashlib.sha256(self._truth.lines[self._index].encode()).hexdigest()
