"""The annotation of one pair: found, not read yet; and how its boxes are made to fit the image."""

from __future__ import annotations

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable
from functools import cached_property
from pathlib import Path
from typing import ClassVar, NamedTuple

from ...errors import PairError, UsageError
from .._pair import Box

ROUNDING = 0.01
"""Pixels that a box may lie outside and not be counted as clipped: what six digits of a YOLO file can do."""

LARGEST = 4 * 2**20
"""Bytes; a longer file is no annotation of one image."""


class Annotation(NamedTuple):
    """What an annotation file says of one image.

    Attributes:
        boxes: annotated objects, all inside the image; empty where there is none to be seen.
        clipped: how many of them reached over the image's border and were cut there.
    """

    boxes: tuple[Box, ...]
    clipped: int


class Label(ABC):
    """The annotation of one pair.

    Args:
        path: the file it is in.

    Attributes:
        own_file: whether the file is of this pair alone.
    """

    own_file: ClassVar[bool] = True

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def read(self, width: int, height: int) -> Annotation:
        """Read it.

        Args:
            width: of the image, in pixels.
            height: likewise.

        Raises:
            PairError: the file is missing or malformed, names a class that the data set does not have, belongs to an
                image of another size, or a box has no area in the image.
        """

    @cached_property
    def digest(self) -> str:
        """sha256 of what determines the boxes; also of a file that is missing."""
        try:
            return hashlib.sha256(self.path.read_bytes()).hexdigest()
        except OSError as error:
            return f"unreadable {self.path.parent.name}/{self.path.name}: {error.__class__.__name__}"


class LabelFolder:
    """A folder with one annotation file per image, of the image's stem.

    Args:
        folder: the folder.
        suffix: of the files, in any case, such as ``.xml``.
        make: makes the label of a path.

    Raises:
        UsageError: two files are of one image.
    """

    def __init__(self, folder: Path, suffix: str, make: Callable[[Path], Label]) -> None:
        self._folder, self._suffix, self._make = folder, suffix, make
        self._paths: dict[str, Path] = {}
        for path in label_files(folder, suffix):
            if (other := self._paths.setdefault(path.stem, path)) is not path:
                raise UsageError(f"{other} and {path} are both the annotation of '{path.stem}'; keep one of them")

    def __contains__(self, stem: str) -> bool:
        return stem in self._paths

    def of(self, stem: str) -> Label:
        """The annotation of an image; of one that has no file, a label that says so when it is read."""
        return self._make(self._paths.get(stem, self._folder / f"{stem}{self._suffix}"))


def label_files(folder: Path, suffix: str) -> list[Path]:
    """Annotation files of a folder by name; the list of classes that annotation tools put there is none."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() == suffix and not path.name.startswith(".") and path.name != "classes.txt"
    )


def read_label(path: Path) -> bytes:
    """Content of an annotation file.

    Raises:
        PairError: there is none, it cannot be read, or it is too long to be one.
    """
    if not path.is_file():
        raise PairError(
            f"no annotation {path}; put it there (an empty one where nothing is to be seen), or take the whole folder "
            f"away to use the images without boxes"
        )
    try:
        if path.stat().st_size > LARGEST:
            raise PairError(f"{path} has over {LARGEST >> 20} MB and is no annotation of one image; get it anew")
        return path.read_bytes()
    except OSError as error:
        raise PairError(f"cannot read {path} ({error.strerror or error}); check its permissions") from error


def check_class(name: str, classes: Collection[str], where: str) -> str:
    """The name, if the data set has it.

    Raises:
        PairError: it has not; the message says which it has.
    """
    if name not in classes:
        raise PairError(f"{where}: unknown class '{name}'; known are {', '.join(classes)} (case counts); mend the name")
    return name


def fit(boxes: Iterable[Box], width: int, height: int, path: Path) -> Annotation:
    """Cut boxes at the image's border, which annotators and rounding overstep.

    Args:
        boxes: as the file has them, in pixels.
        width: of the image.
        height: likewise.
        path: of the file, for messages.

    Raises:
        PairError: a box is not finite, has no area, or none of it is in the image.
    """
    fitted, clipped = [], 0
    for number, box in enumerate(boxes, 1):
        corners = f"({box.x0:g}, {box.y0:g})-({box.x1:g}, {box.y1:g})"
        where = f"{path}, object {number} ('{box.label}')"
        if not all(map(math.isfinite, (box.x0, box.y0, box.x1, box.y1))):
            raise PairError(f"{where}: its box {corners} is not finite; mend it or remove it")
        if not (box.x0 < box.x1 and box.y0 < box.y1):
            raise PairError(f"{where}: its box {corners} has no area; mend it or remove it")
        inside = Box(box.label, max(box.x0, 0.0), max(box.y0, 0.0), min(box.x1, width), min(box.y1, height))
        if not (inside.x0 < inside.x1 and inside.y0 < inside.y1):
            raise PairError(
                f"{where}: its box {corners} lies outside the image of {width}x{height} pixels; check that the file "
                f"belongs to this image"
            )
        cut = max(inside.x0 - box.x0, inside.y0 - box.y0, box.x1 - inside.x1, box.y1 - inside.y1)
        clipped += cut > ROUNDING
        fitted.append(inside)
    return Annotation(tuple(fitted), clipped)
