"""The protocol ``retrained``: for each row a detector that is trained on what that row fuses of the train split."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any, Protocol

from filelock import FileLock, Timeout

from .. import datasets
from ..datasets import DATASETS
from ..datasets._dataset import MissingDataError, PairSequence, manifest_digest
from ..datasets._images import image_note, write_image
from ..detection.detectors._detector import sha256_of
from ..detection.detectors._offline import installed_version
from ..detection.training import FIXED, train, write_label
from ..errors import HifbenchError, PairError, TrainingError, UsageError
from ..methods._create import check_device
from ..methods._weights import MissingWeightsError
from .cell import CLEAN
from .experiment import DatasetChoice, Experiment, MethodChoice
from .files import read_json, writable_folder, write_json
from .fingerprint import code_version, digest, safe_name
from .judges import Judge, annotated_classes, check_annotated
from .origins.lookup import origin_of
from .origins.store import MissingResultsError
from .plan import PROTOCOL
from .sources import prepare, read
from .worker import describe, fuse_to_picture

DETECTORS = "detectors"
"""Folder of the trained detectors, below the run directory."""

VERSION = 2
"""Raised when the same recipe would train another detector."""

_TICK = 1.0  # seconds after which a waiting call looks up


@dataclass(frozen=True)
class Lesson:
    """One detector to be trained: a row on a data set.

    Attributes:
        dataset: whose train split is fused.
        method: that fuses it.
        classes: to be learnt, by their numbers.
        determines: all that determines the detector.
        file: of the detector; its name holds a hash of that.
    """

    dataset: DatasetChoice
    method: MethodChoice
    classes: tuple[str, ...]
    determines: Mapping[str, Any]
    file: Path

    @property
    def row(self) -> str:
        """How it is called on the way."""
        return f"{self.method.row} on {self.dataset.shown}"

    @property
    def card(self) -> Path:
        """What is written beside the detector when it is done."""
        return self.file.with_suffix(".json")

    def is_done(self) -> bool:
        """Whether the detector is there, whole and as its card says."""
        card = read_json(self.card)
        if card.get("determines") != json.loads(json.dumps(self.determines)):
            return False
        return self.file.is_file() and bool(card.get("sha256") == sha256_of(self.file))


class Display(Protocol):
    """Where a run says what it trains."""

    def begins(self, lesson: Lesson, pictures: int, epochs: int) -> None:
        """A detector's pictures are about to be fused, or those that are not there yet."""

    def fused(self) -> None:
        """One picture was fused."""

    def epoch(self, number: int, loss: float) -> None:
        """An epoch of the detector ended."""

    def ends(self, lesson: Lesson, card: Mapping[str, Any], fault: str) -> None:
        """It is done, or failed."""

    def waits(self, lesson: Lesson) -> None:
        """Another call trains it; said every second until that is over."""


class Retrained:
    """Protocol ``retrained``: a detector for each row.

    Args:
        experiment: as resolved.
        run_dir: the run directory, which keeps the detectors.
        data_root: the folder that holds one folder per data set.
        device: ``cpu``, ``cuda`` or ``cuda:i``.

    Raises:
        UsageError: a data set has no annotations, or no train split that is free of the tested pairs.
    """

    def __init__(self, experiment: Experiment, run_dir: Path, data_root: Path | None, device: str) -> None:
        self._recipe, self._run_dir, self._data_root = experiment.retraining, run_dir, data_root
        self._device, self._kind = device, check_device(device).type
        self.convention = f"retrained-{self._recipe.architecture}"
        self._pairs: dict[str, PairSequence] = {}
        self._faults: dict[Path, str] = {}
        self._lessons: dict[tuple[str, str], Lesson] = {}

    def of(self, dataset: DatasetChoice, row: str) -> Judge:
        """See :class:`hifbench.bench.judges.Judges`."""
        lesson = self._lessons.get((dataset.shown, row))
        if lesson is None:  # the method itself has no weights
            facts: dict[str, Any] = {"protocol": "retrained", "name": self._recipe.architecture, "reader": "none"}
            facts |= {"classes": list(annotated_classes(dataset)), "unmapped": []}
            return Judge("none", self.convention, facts, f"no detector: '{row}' has no weights to fuse with")
        classes = list(lesson.classes)
        facts = {
            "protocol": "retrained",
            "name": self._recipe.architecture,
            "reader": "ultralytics",
            "training": dict(lesson.determines),
            "sha256": sha256_of(lesson.file) if lesson.file.is_file() else "",
            "mapping": {name: name for name in classes},
            "classes": classes,
            "unmapped": [],
        }
        return Judge(str(lesson.file.absolute()), self.convention, facts, self._faults.get(lesson.file, ""))

    def cards(self) -> dict[str, Any]:
        """See :class:`hifbench.bench.judges.Judges`."""
        return {
            f"{self.convention}, {lesson.row}": read_json(lesson.card) | {"file": lesson.file.name}
            for lesson in self._lessons.values()
        }

    def prepare(self, choices: Sequence[DatasetChoice], rows: Sequence[MethodChoice]) -> list[Lesson]:
        """The lessons of a run; those that are done are among them.

        Data sets that are not there, and methods without weights, are left out, as the plan leaves them out.

        Raises:
            UsageError: see the class.
        """
        for choice in choices:
            with suppress(MissingDataError):
                self._pairs[choice.shown] = self._train_pairs(choice)
                for row in rows:
                    with suppress(MissingWeightsError, MissingResultsError):
                        self._lessons[choice.shown, row.row] = self._lesson(choice, row)
        return list(self._lessons.values())

    def _train_pairs(self, choice: DatasetChoice) -> PairSequence:
        annotated_classes(choice)
        tested = datasets.load(choice.name, self._data_root, choice.split, **choice.options)
        if self._recipe.split not in tested.card.splits:
            raise UsageError(
                f"data set '{choice.shown}' has no split '{self._recipe.split}' to train a detector on; it has "
                f"{', '.join(tested.card.splits)}: name one that has none of the tested pairs with --set "
                f"retraining.split=NAME, or take --protocol frozen"
            )
        pairs = datasets.load(choice.name, self._data_root, self._recipe.split, **choice.options)
        for sequence in (tested, pairs):
            check_annotated(choice, sequence)
        pairs = pairs.first(self._recipe.pairs)
        both = sorted({*pairs.ids} & {*tested.ids})
        if both:
            raise UsageError(
                f"data set '{choice.shown}': {len(both)} pairs, such as {both[0]}, are in the split '{pairs.split}' to "
                f"train on and in '{tested.split}' to test on; choose other splits"
            )
        return pairs

    def _lesson(self, choice: DatasetChoice, row: MethodChoice) -> Lesson:
        pairs, origin = self._pairs[choice.shown], origin_of(row)
        dataset = DATASETS.get(choice.name)
        determines = {
            "version": VERSION,
            "protocol": PROTOCOL,
            "ultralytics": installed_version(),
            "recipe": {**self._recipe.model_dump(), **FIXED},
            "dataset": {
                "name": choice.name,
                "options": choice.options,
                **code_version(dataset.card.version, dataset.__module__),
            },
            "data": manifest_digest(pairs.sources),
            "annotations": pairs.annotations,
            "method": origin.determines() | origin.of_pairs(f"{choice.name}/{pairs.split}", pairs.ids),
            "device": self._kind,
        }
        name = f"{safe_name(choice.shown)}-{safe_name(row.row)}-{digest(determines)}.pt"
        return Lesson(choice, row, annotated_classes(choice), determines, self._run_dir / DETECTORS / name)

    def pictures(self) -> str:
        """How many pictures each detector is trained on; where data sets differ, as a range."""
        counts = sorted({len(pairs) for pairs in self._pairs.values()})
        return "-".join(str(count) for count in dict.fromkeys((counts[0], counts[-1])))

    def train(self, display: Display) -> None:
        """Train what is not there yet; what was broken off goes on at its last whole picture or epoch.

        Raises:
            UsageError: nothing can be written, or ultralytics is missing.
        """
        for lesson in self._lessons.values():
            if lesson.is_done():
                continue
            writable_folder(lesson.file.parent)
            with _alone(lesson, display):
                if not lesson.is_done():  # by another call that had the lock
                    self._teach(lesson, writable_folder(lesson.file.with_suffix("")), display)

    def _teach(self, lesson: Lesson, folder: Path, display: Display) -> None:
        pairs = self._pairs[lesson.dataset.shown]
        display.begins(lesson, len(pairs), self._recipe.epochs)
        card: dict[str, Any] = {"determines": dict(lesson.determines)}
        try:
            left_out = self._fuse(lesson, pairs, folder, display)
            trained = train(folder, lesson.classes, self._recipe.model_dump(), self._device, lesson.file, display.epoch)
        except Exception as error:  # one detector must not end the others; the next call tries it again
            if isinstance(error, HifbenchError) and not isinstance(error, TrainingError):
                raise
            self._faults[lesson.file] = describe(error)
            display.ends(lesson, card, describe(error))
            return
        card |= {"sha256": sha256_of(lesson.file), "pictures": len(pairs) - len(left_out), "left_out": left_out}
        card |= asdict(trained)
        write_json(lesson.card, card)
        rmtree(folder, ignore_errors=True)
        display.ends(lesson, card, "")

    def _fuse(self, lesson: Lesson, pairs: PairSequence, folder: Path, display: Display) -> dict[str, str]:
        """Write the train split's fused pictures with their labels; pairs that are left out -> why.

        Raises:
            TrainingError: no pair is left.
        """
        for name in ("images", "labels"):
            writable_folder(folder / name)
        choice, note = lesson.method, digest(lesson.determines)
        method = origin_of(choice).build(self._device, f"{lesson.dataset.name}/{pairs.split}")
        device, left_out = check_device(self._device), {}
        for index, id in enumerate(pairs.ids):
            image, label = (
                folder / kind / f"{index:06d}.{suffix}" for kind, suffix in (("images", "png"), ("labels", "txt"))
            )
            display.fused()
            if label.is_file() and image_note(image) == note:
                continue
            try:
                pair = pairs[index]
                if pair.boxes is None:
                    raise PairError(f"pair '{id}' has no annotation")
                sources = prepare(read(pair, device), CLEAN)
                fused = fuse_to_picture(method, sources, in_colour=choice.name != "infrared")
            except HifbenchError as error:  # of this pair; all else is no reason to learn from fewer for good
                left_out[id] = " ".join(str(error).split())
                continue
            write_image(image, fused.levels[0].cpu(), note)
            height, width = pair.ir.shape
            numbers = {name: number for number, name in enumerate(lesson.classes)}
            boxes = [(numbers[box.label], box.x0, box.y0, box.x1, box.y1) for box in pair.boxes]
            write_label(label, boxes, width, height)
        if len(left_out) == len(pairs):
            why = next(iter(left_out.values()))
            raise TrainingError(f"the detector of {lesson.row} has no picture to learn from, the first: {why}")
        return left_out


@contextmanager
def _alone(lesson: Lesson, display: Display) -> Iterator[None]:
    """Hold the lesson's lock; while another call trains it, say the task of a job array beside this one, wait."""
    lock = FileLock(lesson.file.with_suffix(".lock"))
    while True:
        try:
            lock.acquire(timeout=_TICK)
            break
        except Timeout:
            display.waits(lesson)
    try:
        yield
    finally:
        lock.release()
