"""Files of ultralytics: read safely, offline, and without a trace in this process."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from llvip import annotated
from offline import cut_off
from onnx_file import constant_network
from PIL import Image

from hifbench.detection.detectors._lookup import open_detector
from hifbench.detection.matching import overlaps
from hifbench.errors import TransientError, UsageError, WeightsError

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
    shared: Path, settings: None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ai_edge_litert")
    tried = cut_off(monkeypatch)
    detector = open_detector(shared / "weights" / "detectors" / "yolov8n_int8.tflite")
    assert "INFO" not in capfd.readouterr().err
    assert detector.card.licence.startswith("AGPL-3.0")
    assert detector.card.runs_on == "cpu"
    assert detector.card.classes[:3] == ("person", "bicycle", "car")
    image = np.asarray(Image.open(shared / "data" / "LLVIP" / "visible" / "test" / "190001.jpg").convert("RGB"))
    found = detector.detect(image)
    assert found.scores is not None
    persons = found.only((found.scores > 0.3) & np.array([label == "person" for label in found.labels]))
    there = annotated(shared)
    near = overlaps(persons.corners, there, np.zeros(len(there), bool))
    assert sorted(near.argmax(axis=1)) == [0, 1]
    assert near.max(axis=1).min() > 0.5
    assert not tried


def export(path: Path, task: str) -> None:
    """An export that finds a car of (8, 4)-(24, 28) on every picture, in its own 32 x 32 pixels."""
    answer = np.zeros((1, 6, 21), np.float32)
    answer[0, :, 5] = [16, 16, 16, 24, 0.1, 0.9]
    notes = {"author": "Ultralytics", "task": task, "names": "{0: 'person', 1: 'car'}", "stride": "32", "batch": "1"}
    constant_network(path, (1, 3, 32, 32), answer, {**notes, "imgsz": "[32, 32]", "license": "AGPL-3.0"})


@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
def test_an_onnx_file_of_ultralytics(tmp_path: Path, settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxruntime")
    tried = cut_off(monkeypatch)
    export(tmp_path / "car.onnx", "detect")
    detector = open_detector(tmp_path / "car.onnx")
    assert detector.card.reader.startswith("ultralytics")
    assert detector.card.classes == ("person", "car")
    assert detector.card.licence == "AGPL-3.0"
    found = detector.detect(np.full((64, 64, 3), 100, np.uint8))  # twice the size
    assert found.labels == ("car",)
    assert found.scores == pytest.approx([0.9])
    np.testing.assert_allclose(found.corners, [[16, 8, 48, 56]], atol=0.01)
    assert not tried


@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
def test_a_file_for_another_task_is_refused(untrained: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    export(tmp_path / "turned.onnx", "obb")
    with pytest.raises(WeightsError, match=r"turned\.onnx was trained for the task 'obb' of ultralytics, not 'detect'"):
        open_detector(tmp_path / "turned.onnx")
    from ultralytics import YOLO

    YOLO("yolov8n-seg.yaml", task="segment").save(str(tmp_path / "cut.pt"))
    with pytest.raises(WeightsError, match=r"cut\.pt was trained for the task 'segment'"):
        open_detector(tmp_path / "cut.pt")


WATCHED = """
import os, socket, subprocess, sys
tried = []
def refuse(*arguments, **_):
    tried.append(repr(arguments))
    raise OSError("no network in this test")
socket.getaddrinfo = socket.gethostbyname = socket.create_connection = refuse
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = refuse
started = subprocess.Popen.__init__
def start(self, command, *rest, **named):
    if "pip" in str(command) or "curl" in str(command) or "git" in str(command):
        tried.append(str(command))
    started(self, command, *rest, **named)
subprocess.Popen.__init__ = start
from hifbench.detection.detectors._offline import import_ultralytics
ultralytics = import_ultralytics()
from ultralytics import utils
print(tried, utils.SAFE_LOAD, utils.ONLINE, utils.AUTOINSTALL)
print(sorted(name for name, value in ultralytics.settings.items() if value is True))
import io
from PIL import Image, UnidentifiedImageError
try:
    Image.open(io.BytesIO(b"no image"))
except UnidentifiedImageError:
    print("Pillow as before")
"""


def in_a_fresh_process(code: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    there = {key: value for key, value in os.environ.items() if not key.startswith(("YOLO_", "ULTRALYTICS_"))}
    environment = there | {"XDG_CACHE_HOME": str(folder), **variables}
    return subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, env=environment, cwd=folder, check=False
    )


@needs_ultralytics
def test_importing_it_calls_nobody_and_all_switches_are_off(tmp_path: Path) -> None:
    done = in_a_fresh_process(WATCHED, tmp_path)
    assert done.stdout.splitlines() == ["[] True False False", "[]", "Pillow as before"], done.stderr


@needs_ultralytics
def test_the_users_own_settings_stay_as_they_are(tmp_path: Path) -> None:
    done = in_a_fresh_process(WATCHED, tmp_path, YOLO_CONFIG_DIR=str(tmp_path))
    assert done.stdout.splitlines() == ["[] True False False", "[]", "Pillow as before"], done.stderr
    kept = json.loads((tmp_path / "Ultralytics" / "settings.json").read_text())
    assert kept["sync"] is kept["mlflow"] is True


IMPORTED_BEFORE = """
import ultralytics
from pathlib import Path
from hifbench.detection.detectors._lookup import open_detector
from hifbench.errors import UsageError
try:
    open_detector(Path("harmful.pt"))
except UsageError as error:
    print(error)
"""


@needs_ultralytics
def test_one_that_other_code_imported_unsafely_is_not_used(tmp_path: Path) -> None:
    torch.save({"model": Harmful()}, tmp_path / "harmful.pt")
    # Cut off all the same: this test must call nobody either.
    done = in_a_fresh_process(IMPORTED_BEFORE, tmp_path, YOLO_OFFLINE="true")
    assert "is not safe to use here (SAFE_LOAD, AUTOINSTALL)" in done.stdout, done.stderr
    assert "ULTRALYTICS_SAFE_LOAD=1" in done.stdout
    assert not (tmp_path / "harmed").exists()


@needs_ultralytics
@pytest.mark.filterwarnings("ignore")
def test_memory_that_others_take_is_not_the_files_fault(untrained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ultralytics

    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(ultralytics.YOLO, "predict", full)
    with pytest.raises(TransientError, match="could not be opened this time"):
        open_detector(untrained)


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
    with pytest.raises(
        UsageError, match=r"ultralytics, which is not installed; .*pip install -c constraints.txt '\.\[detect\]'"
    ):
        open_detector(path)
