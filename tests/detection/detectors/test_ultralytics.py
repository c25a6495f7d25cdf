"""Files of ultralytics: read safely, offline, and without a trace in this process."""

from __future__ import annotations

import os
import pickle
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from offline import cut_off
from PIL import Image

from hifbench.detection.detectors._lookup import open_detector
from hifbench.errors import UsageError, WeightsError

needs_ultralytics = pytest.mark.skipif(
    find_spec("ultralytics") is None,
    reason="the extra 'detect' is not installed: ultralytics cannot be tried",
)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A cache of this test's own, unless ultralytics was imported before: it reads this once."""
    if "ultralytics" not in sys.modules:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture
def untrained(tmp_path: Path, settings: None) -> Path:
    """A network of two classes with random weights, saved by ultralytics under the name that it would look up."""
    from hifbench.detection.detectors._offline import import_ultralytics

    ultralytics = import_ultralytics()
    folder = tmp_path / "yolov5n.pt files"
    folder.mkdir()
    model = ultralytics.YOLO("yolov8n.yaml", task="detect")
    model.model.names = {0: "person", 1: "car"}
    model.save(str(folder / "saved.pt"))
    return (folder / "saved.pt").rename(folder / "yolov5n.pt")


@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
def test_a_checkpoint_is_read_offline_whatever_it_is_called(untrained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = cut_off(monkeypatch)
    threads, environment = torch.get_num_threads(), dict(os.environ)
    detector = open_detector(untrained)
    found = detector.detect(np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8))
    assert not tried
    assert torch.get_num_threads() == threads
    changed = {key for key in os.environ if os.environ[key] != environment.get(key)}
    assert not changed & {"OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES"}
    assert detector.card.name == "yolov5n"
    assert set(detector.card.classes) >= {"person", "car"}
    assert found.sound.all()
    assert found.scores is not None
    assert (np.diff(found.scores) <= 0).all()


@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
def test_persons_on_a_real_picture_by_the_tflite_file(
    shared: Path, settings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ai_edge_litert")
    tried = cut_off(monkeypatch)
    detector = open_detector(shared / "weights" / "detectors" / "yolov8n_int8.tflite")
    assert detector.card.licence.startswith("AGPL-3.0")
    assert detector.card.runs_on == "cpu"
    assert detector.card.classes[:3] == ("person", "bicycle", "car")
    image = np.asarray(Image.open(shared / "data" / "LLVIP" / "visible" / "test" / "190001.jpg").convert("RGB"))
    found = detector.detect(image)
    assert found.scores is not None
    persons = [label for label in found.only(found.scores > 0.3).labels if label == "person"]
    assert len(persons) == 2
    assert not tried


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch harmed",)


@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
def test_a_file_that_runs_code_is_refused_and_does_not_run_it(
    tmp_path: Path, settings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "harmful.pt"
    torch.save({"model": Harmful()}, path)
    with pytest.raises(WeightsError, match=r"harmful\.pt cannot be loaded safely"):
        open_detector(path)
    path.write_bytes(pickle.dumps(Harmful()))
    with pytest.raises(WeightsError, match="cannot be loaded safely"):
        open_detector(path)
    assert not (tmp_path / "harmed").exists()


@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
def test_a_file_of_the_older_code_is_refused_with_what_to_use_instead(shared: Path, settings: None) -> None:
    with pytest.raises(WeightsError, match=r"older code ultralytics/yolov5 .* YOLOv5u, YOLOv8 or YOLO11"):
        open_detector(shared / "weights" / "detectors" / "yolov5_nano_coco.pt")


@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("suffix", [".pt", ".tflite"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, settings: None, suffix: str) -> None:
    path = tmp_path / f"text{suffix}"
    path.write_text("hello")
    with pytest.raises(WeightsError, match=f"text{suffix} cannot be loaded safely"):
        open_detector(path)


def test_without_ultralytics_the_command_that_brings_it_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "ultralytics", None)
    path = tmp_path / "some.pt"
    path.write_bytes(b"x")
    with pytest.raises(UsageError, match=r"ultralytics, which is not installed; .*pip install 'hifbench\[detect\]'"):
        open_detector(path)
