"""Where one pair comes from: found, not read yet."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from ..errors import PairError
from ._images import image_size, read_pair
from ._labels.label import Label
from ._pair import Pair


class PairSource(ABC):
    """One pair that has been found but not read yet."""

    def __init__(self, id: str) -> None:
        self.id = id

    @abstractmethod
    def read(self) -> Pair:
        """Read the pair.

        Raises:
            PairError: a file is missing or unreadable, sizes differ, or the two images are one file twice.
        """

    def fault(self) -> str:
        """Why the pair cannot be used, as far as that shows without decoding it; empty where nothing shows."""
        return ""

    @property
    @abstractmethod
    def digest(self) -> str:
        """Hash of everything that determines the pair, boxes included; also of a file that is missing or corrupt."""


class FilePair(PairSource):
    """A pair of two image files.

    Args:
        id: unique in its data set.
        ir: infrared file.
        vis: visible file.
        vis_band: 0, 1 or 2 where only the red, green or blue channel of the visible file is meant.
        label: its annotation; None where it has none.
    """

    def __init__(self, id: str, ir: Path, vis: Path, vis_band: int | None = None, label: Label | None = None) -> None:
        super().__init__(id)
        self.ir = ir
        self.vis = vis
        self.vis_band = vis_band
        self.label = label

    def read(self) -> Pair:
        """See :meth:`PairSource.read`."""
        if self._is_one_file_twice():
            raise PairError(f"pair '{self.id}': {self._same()}")
        ir, vis = read_pair(self.id, self.ir, self.vis, self.vis_band)
        if self.label is None:
            return Pair(self.id, ir, vis)
        height, width = ir.shape
        try:
            boxes, clipped = self.label.read(width, height)
        except PairError as error:
            raise PairError(f"pair '{self.id}': {error}") from error
        return Pair(self.id, ir, vis, boxes=boxes, clipped=clipped)

    def fault(self) -> str:
        """See :meth:`PairSource.fault`; from the heads of the two files."""
        try:
            ir, vis = image_size(self.ir), image_size(self.vis)
        except PairError as error:
            return str(error)
        if self._is_one_file_twice():
            return self._same()
        if ir != vis:
            return f"sizes differ, {ir[0]}x{ir[1]} in {self.ir} and {vis[0]}x{vis[1]} in {self.vis}"
        return ""

    def _same(self) -> str:
        return f"{self.ir} and {self.vis} are the same image; give two different images"

    def _is_one_file_twice(self) -> bool:
        if self.ir == self.vis:
            return True
        try:
            return self.ir.stat().st_size == self.vis.stat().st_size and len(set(self._file_digests)) == 1
        except OSError:
            return False  # reading says what is wrong

    @cached_property
    def _file_digests(self) -> tuple[str, str]:
        return file_digest(self.ir), file_digest(self.vis)

    @property
    def digest(self) -> str:
        """sha256 over the two files' sha256, the band, and the annotation's sha256."""
        band = [] if self.vis_band is None else [f"band {self.vis_band}"]
        label = [f"label {self.label.digest}"] if self.label else []
        return hashlib.sha256(" ".join([*self._file_digests, *band, *label]).encode()).hexdigest()


class BrokenPair(PairSource):
    """A pair known to be unusable before it is read; reading it is an error, so that it is seen, not skipped.

    Args:
        id: unique in its data set.
        paths: the files that are there.
        problem: what is wrong with them and how to mend it.
    """

    def __init__(self, id: str, paths: Sequence[Path], problem: str) -> None:
        super().__init__(id)
        self.paths = tuple(paths)
        self.problem = problem

    def read(self) -> Pair:
        """See :meth:`PairSource.read`; always raises."""
        raise PairError(f"pair '{self.id}': {self.problem}")

    def fault(self) -> str:
        """See :meth:`PairSource.fault`."""
        return self.problem

    @property
    def digest(self) -> str:
        """sha256 over the sha256 of the files that are there."""
        return hashlib.sha256(" ".join(["broken", *map(file_digest, self.paths)]).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """sha256 of a file's content; for one that cannot be read, its name and why."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        # No folder in it: a copy of the data elsewhere is to have the same digest.
        return f"unreadable {path.parent.name}/{path.name}: {error.__class__.__name__}"
