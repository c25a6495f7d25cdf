"""YOLOX in ONNX files: its input, its grid, real pictures, and files that are none."""

from __future__ import annotations

import builtins
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from llvip import annotated
from PIL import Image

from hifbench.detection.detectors._lookup import locate, open_detector
from hifbench.detection.detectors.yolox import PADDING, decode, letterbox
from hifbench.detection.matching import overlaps
from hifbench.errors import UsageError, WeightsError


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("shape", [(1024, 1280), (100, 37), (64, 416), (7, 300)])
def test_the_input_is_that_of_opencv(shape: tuple[int, int]) -> None:
    cv2 = pytest.importorskip("cv2")
    image = picture(*shape)
    scale = min(416 / shape[0], 416 / shape[1])
    fitted = int(shape[0] * scale), int(shape[1] * scale)
    expected = np.full((416, 416, 3), PADDING, np.uint8)
    expected[: fitted[0], : fitted[1]] = cv2.resize(image[..., ::-1], fitted[::-1], interpolation=cv2.INTER_LINEAR)
    batch, found = letterbox(image, (416, 416))
    assert found == scale
    assert batch.dtype == np.float32
    assert np.abs(batch[0].transpose(1, 2, 0) - expected).max() <= 1  # OpenCV rounds its weights to 1/2048


def test_decoding_by_hand() -> None:
    """An input of 32x64 has 4x8 + 2x4 + 1x2 cells; the one of row 1, column 3 of stride 16 is number 32 + 7."""
    output = np.zeros((32 + 8 + 2, 5 + 3))
    output[32 + 7] = [0.5, 0.25, np.log(2), np.log(0.5), 0.8, 0.1, 0.9, 0.2]
    corners, scores, classes = decode(output, (32, 64))
    centre, size = ((3 + 0.5) * 16, (1 + 0.25) * 16), (2 * 16, 0.5 * 16)
    assert corners[39] == pytest.approx(
        [centre[0] - size[0] / 2, centre[1] - size[1] / 2, centre[0] + size[0] / 2, centre[1] + size[1] / 2]
    )
    assert scores[39] == pytest.approx(0.8 * 0.9)
    assert classes[39] == 1


@pytest.fixture
def yolox(shared: Path) -> Path:
    pytest.importorskip("onnxruntime")
    return shared / "weights" / "detectors" / "yolox_nano.onnx"


def test_persons_on_a_real_picture(yolox: Path, shared: Path) -> None:
    """The two persons that others count on this picture, where its annotation has them."""
    path = shared / "data" / "LLVIP" / "visible" / "test" / "190001.jpg"
    image = np.asarray(Image.open(path).convert("RGB"))
    found = open_detector(yolox).detect(image)
    assert found.scores is not None
    assert (np.diff(found.scores) <= 0).all()
    assert found.corners.min() >= 0
    assert (found.corners[:, 2::2] <= 1280).all()
    assert (found.corners[:, 3::2] <= 1024).all()
    sure = found.only(found.scores > 0.5)
    assert sure.labels == ("person", "person")
    there = annotated(shared)
    near = overlaps(sure.corners, there, np.zeros(len(there), bool))
    assert sorted(near.argmax(axis=1)) == [0, 1]
    assert near.max(axis=1).min() > 0.5


def test_boxes_that_are_not_finite_are_no_boxes(yolox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    detector = open_detector(yolox)
    wild = np.zeros((1, 3549, 85), np.float32)
    wild[0, 0] = 1
    wild[0, 0, 2] = 1e5  # the logarithm of a width
    monkeypatch.setattr(detector, "_session", SimpleNamespace(run=lambda *_: [wild]))
    assert not len(detector.detect(picture(50, 90)))


def test_a_picture_of_one_pixel_and_one_without_anything(yolox: Path) -> None:
    detector = open_detector(yolox)
    for image in (picture(1, 1), np.zeros((50, 90, 3), np.uint8)):
        found = detector.detect(image)
        assert found.sound.all()


def test_the_card_says_which_file_it_is(yolox: Path) -> None:
    card = open_detector(yolox).card
    assert card.name == "yolox_nano"
    assert card.sha256 == "e8af074932d4ed7e232278e3055cefcdea3edf178874a3694ae292649fb464dd"
    assert "Apache-2.0" in card.licence
    assert card.trained_on.startswith("COCO 2017")
    assert len(card.classes) == 80


def test_what_is_no_detector_is_said_to_be_none(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"hello")
    with pytest.raises(WeightsError, match=r"broken\.onnx is no ONNX network"):
        open_detector(broken)
    text = tmp_path / "notes.txt"
    text.write_text("x")
    with pytest.raises(WeightsError, match=r"notes\.txt is no detector; .*\.onnx"):
        open_detector(text)
    with pytest.raises(UsageError, match="no detector file"):
        locate(str(tmp_path / "nowhere.onnx"))


def test_without_onnx_runtime_the_command_that_brings_it_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = builtins.__import__

    def importing(name: str, *rest: Any, **named: Any) -> Any:
        if name.startswith("onnxruntime"):
            raise ImportError(f"No module named {name!r}", name=name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", importing)
    path = tmp_path / "some.onnx"
    path.write_bytes(b"x")
    with pytest.raises(UsageError, match=r"pip install -c constraints.txt '\.\[detect\]'"):
        open_detector(path)


def test_the_default_is_yolox_where_the_weights_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HIFBENCH_WEIGHTS", str(tmp_path))
    assert locate().suffix == ".safetensors"
    (tmp_path / "detectors").mkdir()
    (tmp_path / "detectors" / "yolox_nano.onnx").touch()
    assert locate() == tmp_path / "detectors" / "yolox_nano.onnx"
    monkeypatch.delenv("HIFBENCH_WEIGHTS")
    assert locate().suffix == ".safetensors"
