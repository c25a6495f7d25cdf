"""Tracking sequences of two cameras as pairs: one folder a sequence, one pair a frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError
from ._labels.ground_truth import GroundTruth
from ._labels.label import Label
from ._layout import first_folder, wrong_folder
from ._pairing import find_pairs, natural_key
from ._source import BrokenPair, PairSource


@dataclass(frozen=True)
class SequenceLayout:
    """How a data set arranges a sequence.

    Attributes:
        vis: names that the folder of visible frames has.
        ir: names that the folder of infrared frames has.
        truth: name of the ground truth, beside the folders.
        first: number of the frame that its first line is of.
        every: frames from one of its lines to the next.
    """

    vis: tuple[str, ...]
    ir: tuple[str, ...]
    truth: str
    first: int
    every: int


def find_sequences(dataset: str, root: Path, layout: SequenceLayout) -> list[PairSource]:
    """Pairs ``<sequence>/<frame>`` of all sequences below a folder, or one level deeper.

    Args:
        dataset: its name, for messages.
        root: the data set's folder.
        layout: of its sequences.

    Raises:
        UsageError: there is no sequence; one that cannot be used is a pair in error.
    """
    sources: list[PairSource] = []
    folders = [folder for folder in (*root.glob("*"), *root.glob("*/*")) if folder.is_dir()]
    for folder in sorted(folders, key=lambda folder: natural_key(folder.relative_to(root).as_posix())):
        name = folder.relative_to(root).as_posix()
        vis, ir = first_folder(folder, layout.vis), first_folder(folder, layout.ir)
        if vis and ir:
            try:
                pairs = find_pairs(ir, vis, _labels(folder / layout.truth, layout))
            except UsageError as error:  # one bad sequence is to hide no other
                sources.append(BrokenPair(name, [], str(error)))
                continue
            for source in pairs:
                source.id = f"{name}/{source.id}"
                sources.append(source)
        elif vis or ir:
            lacking = " or ".join(layout.ir if vis else layout.vis)
            sources.append(BrokenPair(name, [], f"{folder} has no folder {lacking}; add it, or remove the sequence"))
    if not sources:
        sides = " and ".join(f"'{' or '.join(names)}'" for names in (layout.vis, layout.ir))
        raise wrong_folder(dataset, root, f"a folder per sequence, with {sides} and '{layout.truth}'")
    return sources


def _labels(path: Path, layout: SequenceLayout) -> Callable[[str], Label | None]:
    if not path.is_file():
        return lambda stem: None
    truth = GroundTruth(path, layout.first, layout.every)
    return lambda stem: truth.of(int(stem)) if stem.isdecimal() else None
