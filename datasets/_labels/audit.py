"""Do the annotations of a data set fit its images?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import PairError
from .._images import image_size
from .._source import FilePair, PairSource
from .label import label_files


@dataclass(frozen=True)
class Audit:
    """What a data set's annotations hold.

    Attributes:
        labelled: usable pairs with an annotation that can be used.
        boxes: class -> boxes.
        clipped: boxes that reached over the border of their image.
        orphans: annotation files without a usable pair, where there are pairs at all.
        faults: annotations of usable pairs that cannot be used, and why.
    """

    labelled: int
    boxes: dict[str, int]
    clipped: int
    orphans: tuple[Path, ...]
    faults: tuple[str, ...]


def audit(sources: Sequence[PairSource]) -> Audit:
    """Read every annotation; of the images no more than the size."""
    all_labels = [(source, source.label) for source in sources if isinstance(source, FilePair) and source.label]
    labels = [(source, label) for source, label in all_labels if not source.fault()]
    boxes: Counter[str] = Counter()
    clipped, faults = 0, []
    for source, label in labels:
        try:
            annotation = label.read(*image_size(source.vis))
        except PairError as error:
            faults.append(f"pair '{source.id}': {error}")
            continue
        boxes.update(box.label for box in annotation.boxes)
        clipped += annotation.clipped
    used = {label.path for _, label in labels if label.own_file}
    own = [label.path for _, label in all_labels if label.own_file]
    kinds = {(path.parent, path.suffix.lower()) for path in own if path.parent.is_dir()}
    beside = {path for folder, suffix in kinds for path in label_files(folder, suffix)}
    return Audit(
        len(labels) - len(faults), dict(boxes.most_common()), clipped, tuple(sorted(beside - used)), tuple(faults)
    )
