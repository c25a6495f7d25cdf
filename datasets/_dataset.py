"""What a data set is: a card, a way to find its pairs under a folder, and named splits."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import overload

from ..errors import PairError, UsageError
from ._images import read_pair
from ._pair import Pair


@dataclass(frozen=True)
class DatasetCard:
    """Facts on a data set, for its users and for the report.

    Attributes:
        name: as users type it.
        title: full name.
        citation: what to cite.
        home: where it is published, in words or as an address.
        licence: licence and terms, or "none stated".
        folder: name of its folder under the data root; "" for a data set that needs none.
        pairs: pairs in the full official data set; None when it is not fixed.
        splits: name of each split -> who made it and who uses it.
        default_split: the split used when none is named.
        excluded: id of each known-bad pair that every split leaves out -> why.
        quirks: what a user must know, a sentence each.
        version: raised when the same files would give other pairs or pixels.
    """

    name: str
    title: str
    citation: str
    home: str
    licence: str
    folder: str
    pairs: int | None
    splits: Mapping[str, str]
    default_split: str
    excluded: Mapping[str, str] = field(default_factory=dict)
    quirks: tuple[str, ...] = ()
    version: int = 1


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

    @property
    @abstractmethod
    def digest(self) -> str:
        """Hash of everything that determines the pair's pixels; also of a file that is missing or corrupt."""


class FilePair(PairSource):
    """A pair of two image files."""

    def __init__(self, id: str, ir: Path, vis: Path) -> None:
        super().__init__(id)
        self.ir = ir
        self.vis = vis

    def read(self) -> Pair:
        """See :meth:`PairSource.read`."""
        if self.ir == self.vis or (self.ir.exists() and len(set(self._file_digests)) == 1):
            raise PairError(
                f"pair '{self.id}': {self.ir} and {self.vis} are the same image; give two different images"
            )
        ir, vis = read_pair(self.id, self.ir, self.vis)
        return Pair(self.id, ir, vis)

    @cached_property
    def _file_digests(self) -> tuple[str, str]:
        return _file_digest(self.ir), _file_digest(self.vis)

    @property
    def digest(self) -> str:
        """sha256 over the two files' sha256."""
        return hashlib.sha256(" ".join(self._file_digests).encode()).hexdigest()


def _file_digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        return f"unreadable {path}: {error.__class__.__name__}"


class PairSequence(Sequence[Pair]):
    """Pairs of one split, read from disk when asked for.

    Attributes:
        dataset: name of the data set.
        split: name of the split.
        sources: where each pair comes from, in the split's order.
        expected: ids that the split names in the full data set; more than ``sources`` in a partial copy.
        excluded: id -> reason of every known-bad pair that was found and left out.
        card: the data set's card.
    """

    def __init__(
        self,
        card: DatasetCard,
        split: str,
        sources: Sequence[PairSource],
        expected: int,
        excluded: Mapping[str, str],
    ) -> None:
        self.card = card
        self.dataset = card.name
        self.split = split
        self.sources = tuple(sources)
        self.expected = expected
        self.excluded = dict(excluded)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the pairs, in order."""
        return tuple(source.id for source in self.sources)

    @property
    def coverage(self) -> str:
        """How much of the split is there, such as ``40 of 145``."""
        return f"{len(self)} of {self.expected}"

    def first(self, count: int | None) -> PairSequence:
        """The first ``count`` pairs; all of them for None."""
        return PairSequence(self.card, self.split, self.sources[:count], self.expected, self.excluded)

    def __len__(self) -> int:
        return len(self.sources)

    @overload
    def __getitem__(self, index: int) -> Pair: ...
    @overload
    def __getitem__(self, index: slice) -> PairSequence: ...
    def __getitem__(self, index: int | slice) -> Pair | PairSequence:
        if isinstance(index, slice):
            return PairSequence(self.card, self.split, self.sources[index], self.expected, self.excluded)
        return self.sources[index].read()


class Dataset(ABC):
    """A data set; a built-in is one file of this package that defines ``DATASET``, an instance."""

    card: DatasetCard

    @abstractmethod
    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        """All pairs found, known-bad ones included, in a fixed order.

        Args:
            root: the data set's own folder; None for a data set that needs none.
            options: what only this data set takes.

        Raises:
            UsageError: the folder does not look like this data set; the message says what it must look like.
        """

    def split_ids(self, split: str) -> list[str] | None:
        """Ids of a split in order; None when the split is "every pair found"."""
        listing = files(__package__) / "splits" / f"{self.card.name}_{split}.txt"
        if not listing.is_file():
            return None
        lines = listing.read_text(encoding="utf-8").splitlines()
        return [line.strip() for line in lines if line.strip() and not line.startswith("#")]

    def folder(self, root: Path | None) -> Path | None:
        """The data set's own folder below the data root.

        Raises:
            UsageError: no data root was given, or the folder is not there.
        """
        if not self.card.folder:
            return root
        if root is None:
            raise UsageError(
                f"data set '{self.card.name}' needs a data root: give --data ROOT or set HIFBENCH_DATA to the "
                f"folder that holds '{self.card.folder}'"
            )
        folder = Path(root) / self.card.folder
        if not folder.is_dir():
            raise UsageError(
                f"data set '{self.card.name}': no folder {folder}; the data root must hold '{self.card.folder}' "
                f"(see 'hifbench data status')"
            )
        return folder

    def load(self, root: Path | None, split: str | None = None, **options: str) -> PairSequence:
        """Pairs of one split.

        Args:
            root: the data root, which holds one folder per data set.
            split: name of a split; the card's default when None.
            options: what only this data set takes.

        Raises:
            UsageError: the folder is missing, the split is unknown, or none of its pairs is there.
        """
        split = split or self.card.default_split
        if split not in self.card.splits:
            raise UsageError(
                f"data set '{self.card.name}' has no split '{split}'; it has: {', '.join(self.card.splits)}"
            )
        found = {source.id: source for source in self.find(self.folder(root), **options)}
        excluded = {id: why for id, why in self.card.excluded.items() if id in found}
        wanted = self.split_ids(split)
        if wanted is None:
            sources = [source for id, source in found.items() if id not in excluded]
            expected = max(len(sources), (self.card.pairs or 0) - len(self.card.excluded))
        else:
            sources = [found[id] for id in wanted if id in found]
            expected = len(wanted)
        if not sources:
            raise UsageError(
                f"data set '{self.card.name}', split '{split}': none of its {expected} pairs is under {root}; "
                f"check the folder with 'hifbench data verify {self.card.name}'"
            )
        return PairSequence(self.card, split, sources, expected, excluded)


def manifest_digest(sources: Sequence[PairSource]) -> str:
    """One hash over the ids and contents of ``sources``."""
    content = json.dumps([[source.id, source.digest] for source in sources])
    return hashlib.sha256(content.encode()).hexdigest()
