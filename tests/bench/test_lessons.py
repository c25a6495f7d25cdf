"""Which detectors of the protocol 'retrained' are trained, by whom, on what; the training itself is a stand-in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from hifbench.bench import experiment, retraining
from hifbench.bench.commands import detection as commands_detection
from hifbench.bench.commands.progress import progress
from hifbench.bench.retraining import Lesson, Retrained
from hifbench.datasets import DATASETS
from hifbench.detection.training import Trained
from hifbench.errors import PairError
from hifbench.methods import METHODS


class Screen:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.waited = 0

    def begins(self, lesson: Lesson, pictures: int, epochs: int) -> None: ...

    def fused(self) -> None: ...

    def epoch(self, number: int, loss: float) -> None: ...

    def ends(self, lesson: Lesson, card: Mapping[str, Any], fault: str) -> None:
        self.faults.append(fault)

    def waits(self, lesson: Lesson) -> None:
        self.waited += 1


class Trainer:
    """Stands for the training: a file of its own content each time."""

    def __init__(self) -> None:
        self.calls = 0
        self.fault: Exception | None = None

    def __call__(self, folder: Path, classes: object, settings: object, device: str, out: Path, on: object) -> Trained:
        self.calls += 1
        if self.fault:
            raise self.fault
        out.write_text(f"detector {self.calls}")
        return Trained((2.0, 1.0), 4, "8")


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> Trainer:
    trainer = Trainer()
    monkeypatch.setattr(retraining, "train", trainer)
    return trainer


def lessons(run_dir: Path) -> tuple[Retrained, list[Lesson]]:
    content = {"title": "x", "tasks": ["detection"], "methods": ["visible", "infrared"], "protocol": "retrained",
               "retraining": {"pairs": 2}, "datasets": [{"name": "synthetic"}]}  # fmt: skip
    chosen = experiment.validate(content, "test")
    made = Retrained(chosen, run_dir, None, "cpu")
    return made, made.prepare(chosen.datasets, chosen.chosen_methods())


def test_a_failure_of_code_fails_the_row_and_is_tried_again(
    tmp_path: Path, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no reason to learn from fewer pictures for good."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("CUDA out of memory")

    made, (first, second) = lessons(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(retraining, "fuse_to_picture", broken)
        screen = Screen()
        made.train(screen)
    assert screen.faults == ["RuntimeError: CUDA out of memory"] * 2
    assert made.of(first.dataset, "visible").fault == "RuntimeError: CUDA out of memory"
    assert trainer.calls == 0
    again, _ = lessons(tmp_path)
    again.train(Screen())
    assert first.is_done()
    assert second.is_done()
    assert not again.of(first.dataset, "visible").fault
    assert json.loads(first.card.read_text())["pictures"] == 2


def test_a_bad_pair_is_left_out_and_counted(tmp_path: Path, trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare, looks = retraining.prepare, count()

    def choosy(pair: Any, condition: Any) -> Any:
        if next(looks) == 0:
            raise PairError("pair 'x': too dark; add light")
        return prepare(pair, condition)

    monkeypatch.setattr(retraining, "prepare", choosy)
    made, (first, _) = lessons(tmp_path)
    made.train(Screen())
    card = json.loads(first.card.read_text())
    assert card["pictures"] == 1
    assert list(card["left_out"].values()) == ["pair 'x': too dark; add light"]


def test_a_failed_training_fails_its_row_alone(tmp_path: Path, trainer: Trainer) -> None:
    trainer.fault = RuntimeError("NaN persisted")
    made, _ = lessons(tmp_path)
    screen = Screen()
    made.train(screen)
    assert screen.faults == ["RuntimeError: NaN persisted"] * 2


def test_another_call_that_trains_is_waited_for_and_its_detector_is_kept(tmp_path: Path, trainer: Trainer) -> None:
    made, (first, second) = lessons(tmp_path)
    first.file.parent.mkdir(parents=True)
    lock = FileLock(first.file.with_suffix(".lock"))
    lock.acquire()

    class Other(Screen):
        """The other call, which ends while this one waits."""

        def waits(self, lesson: Lesson) -> None:
            super().waits(lesson)
            first.file.write_text("detector of the other call")
            sha256 = retraining.sha256_of(first.file)
            first.card.write_text(json.dumps({"determines": dict(first.determines), "sha256": sha256}))
            lock.release()

    screen = Other()
    made.train(screen)
    assert screen.waited == 1
    assert first.file.read_text() == "detector of the other call"
    assert trainer.calls == 1  # of the second row
    assert second.is_done()
    assert not first.file.with_suffix("").exists()


def test_whatever_changes_the_pictures_or_the_training_is_another_detector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def name() -> str:
        return lessons(tmp_path)[1][0].file.name

    names = [name(), name()]
    assert names[0] == names[1]
    names.pop()
    dataset, method = DATASETS.get("synthetic"), METHODS.get("visible")
    for target, attribute, value in (
        (retraining, "PROTOCOL", -1),
        (retraining, "installed_version", lambda: "9.9"),
        (retraining, "FIXED", {**retraining.FIXED, "box": 1.0}),
        (dataset, "card", replace(dataset.card, version=-1)),
        (method, "card", replace(method.card, version=-1)),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(target, attribute, value)
            names.append(name())
    assert len(set(names)) == len(names)


def test_how_long_it_takes_is_said_once_after_the_second_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr(commands_detection, "monotonic", lambda: now)
    _, (first, _) = lessons(tmp_path)
    with progress() as bar:
        shown = commands_detection._Lessons(bar, lambda: None, left=2)
        shown.begins(first, pictures=2, epochs=100)
        for number in (1, 2, 3):
            now += 12
            shown.epoch(number, 0.5)
    # 98 epochs of this detector and 100 of the other one
    assert capfd.readouterr().err == "12 s an epoch: about 40 min more for 2 detectors, without the fusing\n"


def test_what_is_trained_is_said_before(tmp_path: Path, trainer: Trainer, capfd: pytest.CaptureFixture[str]) -> None:
    made, _ = lessons(tmp_path)
    content = {"title": "x", "tasks": ["detection"], "methods": ["visible", "infrared"], "protocol": "retrained",
               "retraining": {"pairs": 2}, "datasets": [{"name": "synthetic"}]}  # fmt: skip
    commands_detection.train(made, experiment.validate(content, "test"))
    err = capfd.readouterr().err
    assert "detectors to train: 2; 0 are there already" in err
    assert "each: yolov8n, 100 epochs of 2 pictures, 640 pixels on the longer side; --set retraining.KEY=VALUE" in err
