"""Annotations of one image as text in the form of YOLO: class number, centre and size in parts of the image."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from ...errors import PairError, UsageError
from .._pair import Box
from .label import Annotation, Label, fit, read_label

CLASSES_FILE = "classes.txt"
"""Beside the annotations, a name a line in the order of the numbers: what labelImg writes there."""


class YoloFile(Label):
    """One text file, a line an object: ``number x-centre y-centre width height``.

    Args:
        path: the file.
        classes: names in the order of the numbers.
    """

    def __init__(self, path: Path, classes: Sequence[str]) -> None:
        super().__init__(path)
        self._classes = classes

    def read(self, width: int, height: int) -> Annotation:
        """See :meth:`Label.read`."""
        try:
            lines = read_label(self.path).decode().splitlines()
        except UnicodeDecodeError as error:
            raise PairError(f"{self.path} is no text ({error.reason}); get it anew") from error
        boxes = [self._box(line, number, width, height) for number, line in enumerate(lines, 1) if line.strip()]
        return fit(boxes, width, height, self.path)

    @cached_property
    def digest(self) -> str:
        """sha256 over the file's and the names that its numbers stand for."""
        return hashlib.sha256("\n".join([super().digest, *self._classes]).encode()).hexdigest()

    def _box(self, line: str, number: int, width: int, height: int) -> Box:
        where = f"{self.path}, line {number}"
        try:
            first, *rest = line.split()
            label = int(first)
            x, y, w, h = (float(text) * side for text, side in zip(rest, (width, height, width, height), strict=True))
        except ValueError as error:
            raise PairError(f"{where}: '{line[:60]}' is not a class number and four numbers; mend it") from error
        if not 0 <= label < len(self._classes):
            known = ", ".join(f"{index} {name}" for index, name in enumerate(self._classes))
            raise PairError(f"{where}: unknown class {label}; known are {known}; mend the number")
        return Box(self._classes[label], x - w / 2, y - h / 2, x + w / 2, y + h / 2)


def read_classes(folder: Path, known: Sequence[str]) -> tuple[str, ...] | None:
    """The order of classes that a folder of annotations itself states in ``classes.txt``.

    Args:
        folder: of the annotations.
        known: names that the data set has.

    Returns:
        Names in the order of the numbers; None where there is no such file.

    Raises:
        UsageError: the file does not name exactly the data set's classes.
    """
    path = folder / CLASSES_FILE
    if not path.is_file():
        return None
    names = tuple(line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    if sorted(names) != sorted(known):
        raise UsageError(
            f"{path} names {', '.join(names) or 'nothing'}; it must name {', '.join(known)}, each on a line of its "
            f"own, in the order of the numbers"
        )
    return names
