"""What a data set is: a card, a way to find its pairs under a folder, and named splits."""

from __future__ import annotations

import difflib
import hashlib
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import overload

from ..errors import UsageError
from ._acquisition import Download, Manual
from ._layout import contents
from ._pair import Pair
from ._source import BrokenPair, FilePair, PairSource

__all__ = [
    "BrokenPair",
    "Dataset",
    "DatasetCard",
    "FilePair",
    "PairSequence",
    "PairSource",
    "manifest_digest",
]


class MissingDataError(UsageError):
    """A data set is not on this machine."""


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
        pairs: pairs in the full official data set; None when it is not fixed or not known.
        splits: name of each split -> who made it and who uses it.
        default_split: the split used when none is named.
        excluded: id of each known-bad pair that every split leaves out -> why.
        quirks: what a user must know, a sentence each.
        overlaps: other data set -> which of this one's pairs it holds too, in words; see :meth:`Dataset.twins`.
        classes: names of the annotated objects; empty where the data set has no annotations.
        counts: split without a list of ids -> its pairs in the full data set, where they are not all.
        options: what only this data set takes -> what it means.
        acquisition: how it is got; None for one that needs no folder.
        version: raised when the same files would give other pairs or pixels.
        depth: whether every pair has its depth, in metres along the optical axis.
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
    overlaps: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    acquisition: Download | Manual | None = None
    version: int = 1
    depth: bool = False

    @property
    def has_place(self) -> bool:
        """Whether it is known where the data set is; not where the user's own images are."""
        return bool(self.folder) or self.pairs is not None


class PairSequence(Sequence[Pair]):
    """Pairs of one split, read from disk when asked for.

    Attributes:
        dataset: name of the data set.
        split: name of the split.
        sources: where each pair comes from, in the split's order.
        expected: ids that the split names in the full data set; more than ``sources`` in a partial copy.
        excluded: id -> reason of every known-bad pair that was found and left out.
        card: the data set's card.
        unlisted: ids found in the folder that no split of the data set names; they are not used.
    """

    def __init__(
        self,
        card: DatasetCard,
        split: str,
        sources: Sequence[PairSource],
        expected: int,
        excluded: Mapping[str, str],
        unlisted: Sequence[str] = (),
    ) -> None:
        self.card = card
        self.dataset = card.name
        self.split = split
        self.sources = tuple(sources)
        self.expected = expected
        self.excluded = dict(excluded)
        self.unlisted = tuple(unlisted)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the pairs, in order."""
        return tuple(source.id for source in self.sources)

    @property
    def coverage(self) -> str:
        """How much of the split is there, such as ``40 of 145``."""
        return f"{len(self)} of {self.expected}"

    @property
    def annotations(self) -> str | None:
        """One hash over the annotations, which come in editions; None where no pair has one."""
        digests = [source.label.digest for source in self.sources if isinstance(source, FilePair) and source.label]
        return hashlib.sha256(" ".join(digests).encode()).hexdigest() if digests else None

    @property
    def annotated(self) -> bool:
        """Whether any pair may have boxes; of pairs that are no two image files that is not known before reading."""
        return any(
            source.label is not None if isinstance(source, FilePair) else not isinstance(source, BrokenPair)
            for source in self.sources
        )

    def first(self, count: int | None) -> PairSequence:
        """The first ``count`` pairs; all of them for None."""
        return self[:count]

    def __len__(self) -> int:
        return len(self.sources)

    def pick(self, indices: Iterable[int]) -> PairSequence:
        """The pairs at some places, in that order."""
        return self._with([self.sources[index] for index in indices])

    def _with(self, sources: Sequence[PairSource]) -> PairSequence:
        return PairSequence(self.card, self.split, sources, self.expected, self.excluded, self.unlisted)

    @overload
    def __getitem__(self, index: int) -> Pair: ...
    @overload
    def __getitem__(self, index: slice) -> PairSequence: ...
    def __getitem__(self, index: int | slice) -> Pair | PairSequence:
        if isinstance(index, slice):
            return self._with(self.sources[index])
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
        """Ids of a split in order; None when the split is every pair found that it :meth:`holds`."""
        return _listed(f"{self.card.name}_{split}.txt")

    def twins(self, other: str) -> dict[str, str]:
        """Id of each pair that another data set holds too -> its id there; empty where none is known.

        Args:
            other: name of the other data set.
        """
        return dict(line.split() for line in _listed(f"{self.card.name}_in_{other}.txt") or ())

    def holds(self, split: str, id: str) -> bool:
        """Whether a pair that was found belongs to a split that has no list of ids."""
        return True

    def folder(self, root: Path | None) -> Path | None:
        """The data set's own folder below the data root.

        Raises:
            MissingDataError: no data root was given, or the folder is not there.
        """
        if not self.card.folder:
            return root
        if root is None:
            raise MissingDataError(
                f"data set '{self.card.name}' needs a data root: give --data ROOT, or set HIFBENCH_DATA to "
                f"the folder that holds '{self.card.folder}'"
            )
        folder = Path(root) / self.card.folder
        if not folder.is_dir():
            inside = Path(root).name == self.card.folder
            get = f"'hifbench data get {self.card.name}' gets it or says how"
            mend = f"give {Path(root).parent}" if inside else get
            raise MissingDataError(
                f"data set '{self.card.name}': no folder {folder}; the data root must hold "
                f"'{self.card.folder}', and {contents(Path(root))} ({mend})"
            )
        return folder

    def load(self, root: Path | None, split: str | None = None, **options: str) -> PairSequence:
        """Pairs of one split.

        Args:
            root: the data root, which holds one folder per data set.
            split: name of a split; the card's default when None.
            options: what only this data set takes, see the card.

        Raises:
            UsageError: the folder is missing, the split or an option is unknown, or no pair is there.
        """
        split = split or self.card.default_split
        if split not in self.card.splits:
            raise UsageError(f"data set '{self.card.name}' has no split '{split}'; {_hint(split, self.card.splits)}")
        for option in options:
            if option not in self.card.options:
                raise UsageError(
                    f"data set '{self.card.name}' has no option '{option}'; {_hint(option, self.card.options)}"
                )
        sources = self.find(self.folder(root), **options)
        found = {source.id: source for source in sources}
        if len(found) < len(sources):
            twice = next(id for id, count in Counter(source.id for source in sources).items() if count > 1)
            raise UsageError(f"data set '{self.card.name}': two pairs are called '{twice}'; ids must be unique")
        excluded = {id: why for id, why in self.card.excluded.items() if id in found}
        usable = {id: source for id, source in found.items() if id not in excluded}
        wanted = self.split_ids(split)
        if wanted is None:
            chosen = [source for id, source in usable.items() if self.holds(split, id)]
            full = self.card.counts.get(split, (self.card.pairs or 0) - len(self.card.excluded))
            expected = max(len(chosen), full)
        else:
            chosen = [usable[id] for id in wanted if id in usable]
            expected = len(wanted)
        if not chosen:
            raise UsageError(
                f"data set '{self.card.name}', split '{split}': none of its {expected} pairs is in {root}; "
                f"check the folder with 'hifbench data verify {self.card.name}'"
            )
        return PairSequence(self.card, split, chosen, expected, excluded, self._unlisted(usable))

    def _unlisted(self, ids: Iterable[str]) -> list[str]:
        listed: set[str] = set()
        for split in self.card.splits:
            names = self.split_ids(split)
            if names is None:
                return []
            listed.update(names)
        return [id for id in ids if id not in listed]


def _listed(name: str) -> list[str] | None:
    """Lines of a file that is shipped with the splits, without comments; None where there is no such file."""
    listing = files(__package__) / "splits" / name
    if not listing.is_file():
        return None
    lines = listing.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _hint(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"it has: {', '.join(known) or 'none'}"


def manifest_digest(sources: Sequence[PairSource]) -> str:
    """One hash over the ids and contents of ``sources``."""
    content = json.dumps([[source.id, source.digest] for source in sources])
    return hashlib.sha256(content.encode()).hexdigest()
