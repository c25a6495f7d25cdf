"""Training of ultralytics' detectors: broken off anywhere, short of memory, and without a trace in this process."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from hifbench.bench.retraining_recipe import Retraining
from hifbench.detection.training import Trained, train, write_label
from hifbench.errors import TrainingError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(find_spec("ultralytics") is None, reason="ultralytics, which trains the detectors, is missing"),
]


class School:
    """A folder of pictures, and the epochs that were trained on it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder, folder.with_suffix(".pt")
        self.epochs: list[int] = []
        self.stop_in: int | None = None
        numbers = np.random.default_rng(0)
        for kind in ("images", "labels"):
            (folder / kind).mkdir(parents=True)
        for index in range(8):
            image = numbers.integers(0, 60, (32, 32, 3), dtype=np.uint8)
            image[8:24, 4:20] = 220
            Image.fromarray(image).save(folder / "images" / f"{index}.png")
            write_label(folder / "labels" / f"{index}.txt", [(0, 4.0, 8.0, 20.0, 24.0)], 32, 32)

    def teach(self, device: str = "cpu", **settings: object) -> Trained:
        recipe = Retraining.model_validate({"epochs": 2, "image_size": 32, "batch": 8, **settings})
        return train(self.folder, ["block"], recipe.model_dump(), device, self.out, self._note)

    def _note(self, number: int, loss: float) -> None:
        self.epochs.append(number)
        if number == self.stop_in:
            raise KeyboardInterrupt


@pytest.fixture
def school(tmp_path: Path) -> School:
    return School(tmp_path / "here" / "school")


def trainer() -> Any:
    from hifbench.detection.detectors._offline import import_ultralytics

    import_ultralytics()
    from ultralytics.models.yolo.detect import DetectionTrainer

    return DetectionTrainer


def fails_on(monkeypatch: pytest.MonkeyPatch, error: Callable[[int], Exception | None]) -> list[int]:
    """Have a step fail where ``error`` gives one for its batch; the batches that were tried."""
    tried: list[int] = []
    prepare = trainer().preprocess_batch

    def preprocess_batch(self: Any, batch: dict[str, Any]) -> Any:
        tried.append(len(batch["img"]))
        fault = error(tried[-1])
        if fault:
            raise fault
        return prepare(self, batch)

    monkeypatch.setattr(trainer(), "preprocess_batch", preprocess_batch)
    return tried


def epoch_of(path: Path) -> int:
    from hifbench.detection.detectors._offline import import_ultralytics

    return int(import_ultralytics().YOLO(str(path)).ckpt["epoch"])


@pytest.mark.parametrize("said", ["CUDA out of memory", "CUDA error: CUBLAS_STATUS_ALLOC_FAILED"])
def test_a_batch_that_is_too_large_is_halved_and_the_real_one_is_told(
    school: School, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    kind = torch.OutOfMemoryError if "out of" in said else RuntimeError
    tried = fails_on(monkeypatch, lambda batch: kind(said) if batch > 2 else None)
    assert school.teach(epochs=1).batch == 2
    assert tried == [8, 4, 2, 2, 2, 2]  # each size from the start, none with what a larger one had learnt
    assert school.teach(epochs=1).batch == 2  # read from what is there
    assert school.epochs == [1]


def test_what_goes_on_after_a_halving_tells_the_real_batch_too(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = fails_on(monkeypatch, lambda batch: torch.OutOfMemoryError("CUDA out of memory") if batch > 4 else None)
    school.stop_in = 2
    with pytest.raises(KeyboardInterrupt):
        school.teach()
    school.stop_in = None
    assert school.teach().batch == 4
    assert tried == [8, *[4] * 6]
    assert school.epochs == [1, 2, 2]


def test_one_picture_that_is_too_large_says_what_to_do(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    fails_on(monkeypatch, lambda batch: torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(TrainingError, match=r"too many for the memory of cpu; try --set retraining\.image_size=32"):
        school.teach(batch=2, image_size=64)


def test_another_failure_is_one_line(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    fails_on(monkeypatch, lambda batch: RuntimeError("Training failed: NaN persisted for 4 epochs"))
    with pytest.raises(TrainingError, match=r"RuntimeError: .*NaN persisted .* try a smaller --set retraining\.rate"):
        school.teach()


def test_it_goes_on_where_it_was_moved_to(school: School, tmp_path: Path) -> None:
    school.stop_in = 2
    with pytest.raises(KeyboardInterrupt):
        school.teach(epochs=3)
    (tmp_path / "here").rename(tmp_path / "there")
    moved = tmp_path / "there" / "school"
    school.folder, school.out, school.stop_in = moved, moved.with_suffix(".pt"), None
    trained = school.teach(epochs=3)
    assert school.epochs == [1, 2, 2, 3]
    assert len(trained.losses) == 3
    assert not (tmp_path / "here").exists()
    assert epoch_of(school.out) == -1


def test_killed_between_the_record_and_the_checkpoint_of_the_last_epoch(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = trainer().save_model

    def killed(self: Any) -> Any:
        if self.epoch == 1:
            raise KeyboardInterrupt
        return save(self)

    with monkeypatch.context() as patch:
        patch.setattr(trainer(), "save_model", killed)
        with pytest.raises(KeyboardInterrupt):
            school.teach()
    record = school.folder / "run" / "results.csv"
    assert len(record.read_text().splitlines()) == 1 + 2
    trained = school.teach()
    assert school.epochs == [1, 2, 2]
    assert len(trained.losses) == 2


def test_killed_before_the_last_checkpoint_was_made_a_detector(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(self: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(trainer(), "final_eval", killed)
        with pytest.raises(KeyboardInterrupt):
            school.teach()
    assert epoch_of(school.folder / "run" / "weights" / "last.pt") == 1
    school.teach()
    assert school.epochs == [1, 2]
    assert epoch_of(school.out) == -1


def test_killed_while_a_checkpoint_was_written(school: School) -> None:
    school.stop_in = 2
    with pytest.raises(KeyboardInterrupt):
        school.teach()
    last = school.folder / "run" / "weights" / "last.pt"
    last.write_bytes(last.read_bytes()[:5000])
    school.stop_in = None
    assert len(school.teach().losses) == 2
    assert school.epochs == [1, 2, 1, 2]


def test_nothing_of_it_stays_in_this_process(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    class Blurs(ModuleType):
        """Stands for the package albumentations, which must not be asked for anything."""

        def __getattr__(self, name: str) -> Any:
            if not name.startswith("__"):
                asked.append(name)
            raise AttributeError(name)

    asked: list[str] = []
    blurs = Blurs("albumentations")
    blurs.__version__ = "2.0.8"  # type: ignore[attr-defined]
    trainer()
    monkeypatch.setitem(sys.modules, "albumentations", blurs)
    torch.manual_seed(3)
    random.seed(3)
    np.random.seed(3)  # noqa: NPY002

    def state() -> list[object]:
        drawn = np.random.get_state()[1].tolist()  # type: ignore[index, union-attr]  # noqa: NPY002
        flags = torch.are_deterministic_algorithms_enabled(), torch.utils.deterministic.fill_uninitialized_memory
        return [random.getstate(), drawn, torch.get_rng_state().tolist(), flags, torch.get_num_threads()]

    before, environment = state(), dict(os.environ)
    school.teach(epochs=1)
    assert state() == before
    assert dict(os.environ) == environment
    assert sys.modules["albumentations"] is blurs
    assert not asked


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_a_gpu(school: School) -> None:
    school.stop_in = 2
    with pytest.raises(KeyboardInterrupt):
        school.teach("cuda")
    school.stop_in = None
    assert len(school.teach("cuda").losses) == 2
    assert epoch_of(school.out) == -1
