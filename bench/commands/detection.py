"""What ``hifbench run`` says of detection, and the training of its detectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from rich.progress import Progress

from ...detection.detectors._lookup import PREFERRED
from ...methods._create import check_device
from ..experiment import Experiment
from ..judges import Frozen, Judges
from ..plan import Plan
from ..retraining import Lesson, Retrained
from .progress import duration, progress
from .shared import interruptible, say

DRAWN = "synthetic"
"""The data set that is drawn: what has learnt from it alone is of no use on photographs."""


def judges(experiment: Experiment, run_dir: Path, data_root: Path | None, device: str) -> Judges | None:
    """What looks for objects in a run; None where that is not among its tasks.

    Raises:
        UsageError: no such detector, no runtime for it, or no pictures to train one on.
        WeightsError: a file that is no detector.
    """
    if "detection" not in experiment.tasks:
        return None
    if experiment.protocol == "frozen":
        frozen = Frozen(experiment.detector, device)
        if check_device(device).type != "cpu" and frozen.card.runs_on == "cpu":
            say(f"the detector {frozen.card.name} works on the CPU: {frozen.card.reader} cannot use {device}")
        real = [choice.shown for choice in experiment.datasets if choice.name != DRAWN]
        if frozen.card.dataset == DRAWN and real:
            say(
                f"the detector {frozen.card.file} has learnt from drawn pictures alone and is of no use on real ones, "
                f"such as {real[0]}; put {PREFERRED} into $HIFBENCH_WEIGHTS/detectors, or give --detector"
            )
        return frozen
    made = Retrained(experiment, run_dir, data_root, device)
    made.prepare(experiment.datasets, experiment.chosen_methods())
    return made


def announce(plan: Plan) -> None:
    """Say which detector judges, and which of its classes is which of the data sets'."""
    said: dict[str, None] = {}
    for cell in plan.cells:
        if cell.detector:
            judge = plan.fingerprints[cell.fingerprint]["detector"]
            if not judge.get("mapping"):
                continue
            pairs = ", ".join(f"{found} -> {wanted}" for found, wanted in judge["mapping"].items())
            lacking = f"; not evaluated, unknown to it: {', '.join(judge['unmapped'])}" if judge["unmapped"] else ""
            said[f"{cell.dataset.shown}: detector {cell.convention}: {pairs}{lacking}"] = None
    for line in said:
        say(line)


def train(judge: Retrained, experiment: Experiment) -> None:
    """Train the detectors that are not there yet, and say so.

    Raises:
        UsageError: nothing can be written, or ultralytics is missing.
    """
    lessons = judge.prepare(experiment.datasets, experiment.chosen_methods())
    there = sum(lesson.is_done() for lesson in lessons)
    say(f"detectors to train: {len(lessons)}; {there} are there already and are kept")
    if there < len(lessons):
        recipe = experiment.retraining
        say(
            f"each: {recipe.architecture}, {recipe.epochs} epochs of {judge.pictures()} pictures, {recipe.image_size} "
            f"pixels on the longer side; --set retraining.KEY=VALUE changes it, such as retraining.epochs"
        )
        with progress() as bar, interruptible() as check:
            judge.train(_Lessons(bar, check, len(lessons) - there))


class _Lessons:
    """Shows the training of detectors: a bar over pictures, then over epochs, and a line for each that ends.

    Args:
        bar: to show it on.
        check: of :func:`interruptible`.
        left: detectors to train.
    """

    def __init__(self, bar: Progress, check: Callable[[], None], left: int) -> None:
        self._bar, self._check, self._left = bar, check, left
        self._ended: float | None = None
        self._estimated = False
        self._task = bar.add_task("detectors", total=None)
        self._row, self._epochs, self._fused = "", 0, 0
        self._waiting: set[str] = set()

    def begins(self, lesson: Lesson, pictures: int, epochs: int) -> None:
        """See :class:`hifbench.bench.retraining.Display`."""
        self._row, self._epochs, self._fused, self._ended = lesson.row, epochs, 0, None
        self._bar.reset(self._task, total=pictures, description=f"fusing for the detector of {self._row}")

    def fused(self) -> None:
        """See :class:`hifbench.bench.retraining.Display`."""
        self._fused += 1
        self._bar.update(self._task, completed=self._fused)
        self._check()

    def epoch(self, number: int, loss: float) -> None:
        """See :class:`hifbench.bench.retraining.Display`."""
        text = f"detector of {self._row}: epoch {number}, loss {loss:.4g}"
        self._bar.update(self._task, completed=number, total=self._epochs, description=text)
        self._estimate(number)
        self._check()

    def _estimate(self, number: int) -> None:
        """Say how long it takes: once, after the second epoch, as the first one begins with preparations."""
        now = monotonic()
        if self._ended is not None and not self._estimated:
            self._estimated = True
            each = now - self._ended
            rest = each * (self._epochs - number + self._epochs * (self._left - 1))
            say(f"{each:.3g} s an epoch: about {duration(rest)} more for {self._left} detectors, without the fusing")
        self._ended = now

    def waits(self, lesson: Lesson) -> None:
        """See :class:`hifbench.bench.retraining.Display`."""
        if lesson.row not in self._waiting:
            say(f"waiting: another call is training the detector of {lesson.row}")
            self._waiting.add(lesson.row)
        self._check()

    def ends(self, lesson: Lesson, card: Mapping[str, Any], fault: str) -> None:
        """See :class:`hifbench.bench.retraining.Display`."""
        self._left -= 1
        if fault:
            say(f"failed: the detector of {lesson.row}: {fault}")
            return
        losses, asked = card["losses"], card["determines"]["recipe"]["batch"]
        batch = f"; batches of {card['batch']} instead of {asked}: memory" if card["batch"] < asked else ""
        out = f"; {len(card['left_out'])} pairs left out" if card["left_out"] else ""
        say(f"trained: the detector of {lesson.row}: loss {losses[0]:.4g} -> {losses[-1]:.4g}{batch}{out}")
