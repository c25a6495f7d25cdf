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
