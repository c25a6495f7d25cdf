"""Who looks for objects on the fused pictures: one detector for all rows, or one for each, trained on its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from ..datasets import DATASETS
from ..datasets._acquisition import Manual
from ..datasets._dataset import PairSequence
from ..detection.class_names import ClassMap, map_classes
from ..detection.detectors._detector import DetectorCard
from ..detection.detectors._lookup import locate, open_detector
from ..errors import UsageError
from .experiment import DatasetChoice


@dataclass(frozen=True)
class Judge:
    """What looks at the pictures of one row of a table.

    Attributes:
        path: the detector's file.
        convention: protocol and detector, as every score of it names them.
        facts: what determines the boxes, with the classes that are evaluated.
        fault: why there is no such detector; empty where there is one.
    """

    path: str
    convention: str
    facts: Mapping[str, Any]
    fault: str = ""

    @property
    def sha256(self) -> str:
        """Of the file; empty where there is none."""
        return str(self.facts.get("sha256", ""))


class Judges(Protocol):
    """A detector for each row."""

    def of(self, dataset: DatasetChoice, row: str) -> Judge:
        """The one that looks at what a row fuses of a data set.

        Raises:
            UsageError: the data set has no annotations, or none of its classes is known to the detector.
        """
        ...

    def cards(self) -> dict[str, Any]:
        """For ``run.json``: each detector's card by what tells it apart."""
        ...


class Frozen:
    """Protocol ``frozen``: one detector for all methods; its card names those whose pictures it has learnt from.

    Args:
        detector: path of its file, or ``default``.
        device: ``cpu``, ``cuda`` or ``cuda:i``, which exists.

    Raises:
        TransientError: there is not memory enough now, or the GPU fails.
        UsageError: there is no such file, or what runs it is not installed.
        WeightsError: the file is no detector.
    """

    def __init__(self, detector: str, device: str = "cpu") -> None:
        self._path = locate(detector)
        self.card = open_detector(self._path, device).card
        self.convention = f"frozen-{self.card.name}"
        self.maps: dict[str, ClassMap] = {}

    def of(self, dataset: DatasetChoice, row: str) -> Judge:
        """See :class:`Judges`."""
        classes = annotated_classes(dataset)
        try:
            mapped = self.maps.setdefault(dataset.shown, map_classes(self.card.classes, classes))
        except UsageError as error:
            raise UsageError(f"data set '{dataset.shown}', detector {self.card.file}: {error}") from error
        return Judge(str(self._path.absolute()), self.convention, facts("frozen", self.card, mapped))

    def cards(self) -> dict[str, Any]:
        """See :class:`Judges`."""
        return {self.convention: asdict(self.card)}


def facts(protocol: str, card: DetectorCard, mapped: ClassMap) -> dict[str, Any]:
    """What determines the boxes of a detector."""
    return {
        "protocol": protocol,
        "name": card.name,
        "reader": card.reader.split()[0],
        "sha256": card.sha256,
        "settings": dict(card.settings),
        "version": card.version,
        "mapping": mapped.names,
        "classes": list(mapped.classes),
        "unmapped": list(mapped.unmapped),
    }


def annotated_classes(dataset: DatasetChoice) -> tuple[str, ...]:
    """Names of the objects that a data set is annotated with.

    Raises:
        UsageError: it has no annotations.
    """
    classes = DATASETS.get(dataset.name).card.classes
    if not classes:
        others = [name for name in DATASETS.names() if DATASETS.get(name).card.classes]
        raise UsageError(
            f"data set '{dataset.shown}' has no annotations, so there is no detection on it; those that have are "
            f"{', '.join(others)}"
        )
    return classes


def check_annotated(dataset: DatasetChoice, pairs: PairSequence) -> None:
    """Refuse pairs without any annotation, before anything is computed of them.

    Raises:
        UsageError: there is no annotation; the message says which files are needed, and where.
    """
    annotated_classes(dataset)
    if pairs.annotated:
        return
    card = pairs.card
    layout = card.acquisition.layout if isinstance(card.acquisition, Manual) else ()
    files = f"{card.folder} must hold {'; '.join(layout)}" if layout else "add the annotations to its folder"
    raise UsageError(
        f"data set '{dataset.shown}', split '{pairs.split}': none of its {len(pairs)} pairs here has an annotation, so "
        f"there is no detection on it; {files}, below the data root; or "
        f"leave it out with --datasets"
    )
