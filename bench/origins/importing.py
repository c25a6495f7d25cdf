"""Taking in fused pictures that were made elsewhere: which pair each is of, what is odd about it, and a copy of it."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ...color import quantise, split
from ...datasets._dataset import PairSequence
from ...datasets._images import is_lossy, read_image, write_image
from ...datasets._source import file_digest
from ...errors import PairError, UsageError
from ...methods import METHODS
from ..sources import as_batch
from . import store
from .alignment import align
from .imported import sources_digest
from .matching import match
from .store import Absent, Results, Stored

NOT_STATED = "not stated"
_COPY = 1.0  # mean difference from a source, in grey levels, up to which a picture is that source


class Stated(NamedTuple):
    """What the user says of results: where they are, who made them, under which licence."""

    source: str
    made_by: str
    licence: str


@dataclass
class Importing:
    """Takes in the pictures of one method for one data set, pair by pair.

    Args:
        method: name, see :func:`check_method`.
        pairs: of the data set's split.
        files: name -> fused picture, see :func:`hifbench.datasets._pairing.list_side`; id of the pair -> it afterwards.
        stated: by the user.
        resize: pictures of another size than their pair's.

    Attributes:
        rule: how names of files were read as ids of pairs, in words; empty where they are.
        extra: names of files that are of no pair of the split.
        refused: id of the pair -> why the picture that is there was not taken.
        missing: ids of pairs without a picture.
        lossy: how many pictures were compressed with loss.
        colour: how many were in colour.
        resized: how many were resized.
    """

    method: str
    pairs: PairSequence
    files: Mapping[str, Path]
    stated: Stated
    resize: bool
    rule: str = ""
    extra: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    lossy: int = 0
    colour: int = 0
    resized: int = 0

    def __post_init__(self) -> None:
        found, self.rule = match(self.files, self.pairs.ids)
        self.extra = [path.name for path in self.files.values() if path not in set(found.values())]
        if not found:
            raise UsageError(
                f"none of the {len(self.files)} pictures of {self.stated.source} is called like a pair of "
                f"{self.pairs.dataset} (first: {self.extra[0]}; pairs: {', '.join(self.pairs.ids[:3])}, ...); give a "
                f"pattern whose wildcard stands for the pair, such as 'results/*_fused.png', or another --split or "
                f"--dataset"
            )
        self.files = found

    def run(self, on_pair: Callable[[], None]) -> Results:
        """Look at every pair and keep the pictures; results imported for the split before are replaced as a whole.

        Args:
            on_pair: called after each pair.

        Raises:
            UsageError: no picture can be used, or nothing can be written.
        """
        card = store.card_of(self.method, self.pairs.dataset, self.pairs.split)
        hidden = card.with_name(f".{self.pairs.split}.{uuid.uuid4().hex}.tmp")
        pictures: dict[str, Stored] = {}
        absent: dict[str, Absent] = {}
        try:
            hidden.mkdir(parents=True)
            for index, id in enumerate(self.pairs.ids):
                taken = self._take(index, id, hidden)
                if isinstance(taken, Stored):
                    pictures[id] = taken
                elif taken is not None:
                    absent[id] = taken
                on_pair()
            if not pictures:
                id, why = next(iter(self.refused.items()))
                raise UsageError(f"no picture of {self.stated.source} can be used; the first, of pair {id}: {why}")
            results = self._results(pictures, absent)
            store.put(results, hidden)
        except OSError as error:
            raise UsageError(f"cannot write to {card.parent} ({error.strerror or error}); free space there") from error
        finally:
            shutil.rmtree(hidden, ignore_errors=True)
        return results

    def _results(self, pictures: dict[str, Stored], absent: dict[str, Absent]) -> Results:
        originals = "".join(f"{id} {picture.original}\n" for id, picture in pictures.items())
        return Results(
            method=self.method,
            dataset=self.pairs.dataset,
            split=self.pairs.split,
            within=store.new_folder(self.pairs.split),
            **self.stated._asdict(),
            imported=datetime.now(UTC).isoformat(timespec="seconds"),
            files=len(pictures),
            sha256=hashlib.sha256(originals.encode()).hexdigest(),
            lossy=self.lossy,
            colour=self.colour,
            resized=self.resized,
            pictures=pictures,
            absent=absent,
        )

    def _take(self, index: int, id: str, folder: Path) -> Stored | Absent | None:
        """One pair's picture, copied; why there is none; None for a pair that cannot be used itself."""
        path = self.files.get(id)
        try:
            pair = self.pairs[index]
        except PairError as error:
            if path:
                self.refused[id] = str(error)
            return None
        ir, vis = (split(as_batch(image))[0] for image in (pair.ir, pair.vis))
        sources = sources_digest(ir[0], vis[0])
        if path is None:
            self.missing.append(id)
            return Absent(sources=sources, why="there was none among the results")
        try:
            levels, remarks = self._read(path, ir, vis)
        except PairError as error:
            self.refused[id] = str(error)
            return Absent(sources=sources, why=str(error))
        stored = folder / f"{sources}.png"
        if not stored.exists():
            write_image(stored, levels[0])
        elif not torch.equal(read_image(stored)[None, None], levels / 255):
            remarks.append("another than that of a pair with the same two images, which is taken")
        self.lossy += is_lossy(path)
        return Stored(
            sources=sources,
            file=path.name,
            original=file_digest(path),
            stored=file_digest(stored),
            remarks=(*remarks, *_oddities(levels, ir, vis)),
        )

    def _read(self, path: Path, ir: Tensor, vis: Tensor) -> tuple[Tensor, list[str]]:
        """Luminance of a picture in whole levels, (1, 1, H, W), and what had to be done to it."""
        picture = as_batch(read_image(path))
        luminance = split(picture)[0]
        remarks = []
        if luminance.shape != ir.shape:
            if not self.resize:
                raise PairError(
                    f"{path} is {_size(luminance)}, its pair {_size(ir)}; make it at that size, or have it resized "
                    f"with --resize, which every table will say"
                )
            luminance = F.interpolate(luminance, ir.shape[-2:], mode="bicubic", align_corners=False, antialias=True)
            remarks.append(f"resized (from {_size(picture)})")
            self.resized += 1
        self.colour += picture.shape[1] == 3
        return quantise(luminance), remarks


def check_method(name: str) -> str:
    """The name that results are imported under, in lower case.

    Raises:
        UsageError: it is no name, or that of a method which hifbench runs itself.
    """
    chosen = store.check_name(name)
    if chosen in METHODS.entries and not METHODS.get(chosen).card.needs_results:
        raise UsageError(
            f"--method {chosen}: hifbench runs {chosen} itself; import the results under another name, such as "
            f"{chosen}-theirs, and both can stand in one table"
        )
    return chosen


def _oddities(levels: Tensor, ir: Tensor, vis: Tensor) -> list[str]:
    """What is odd about a picture, given with its sources as (1, 1, H, W)."""
    if float(levels.amax() - levels.amin()) <= 1:
        return ["blank"]
    found = [
        f"no more than the {name} image"
        for name, source in (("infrared", ir), ("visible", vis))
        if float((levels - quantise(source)).abs().mean()) <= _COPY
    ]
    if found:
        return found  # one camera's edges need not be those of both
    aligned = align(levels[0, 0], ir[0, 0], vis[0, 0])
    if aligned.is_shifted:
        found.append(
            f"shifted against the sources (by {_way(aligned.right, 'left', 'right')} and "
            f"{_way(aligned.down, 'up', 'down')})"
        )
    elif not aligned.is_related:
        found.append(f"hardly of their sources, by the edges (correlation {aligned.correlation:.2f})")
    return found


def _way(shift: int, back: str, forth: str) -> str:
    return f"{abs(shift)} {back if shift < 0 else forth}"


def _size(image: Tensor) -> str:
    return f"{image.shape[-1]}x{image.shape[-2]}"
