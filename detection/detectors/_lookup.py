"""Which detector is used: the file that was named, else YOLOX-Nano where the weights are, else the shipped one."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

from ...errors import UsageError, WeightsError
from ._detector import Detector, sha256_of
from ._onnx import is_from_ultralytics

DEFAULT = "default"
PREFERRED = "yolox_nano.onnx"
SHIPPED = "tiny.safetensors"
SUFFIXES = (".onnx", ".pt", ".tflite", ".safetensors")


def locate(detector: str = DEFAULT) -> Path:
    """The file of a detector.

    Args:
        detector: path of a file, or ``default``: ``yolox_nano.onnx`` below ``$HIFBENCH_WEIGHTS/detectors``, else the
            one that ships with the package.

    Raises:
        UsageError: there is no such file.
    """
    if detector != DEFAULT:
        path = Path(detector)
        if not path.is_file():
            raise UsageError(f"no detector file {path}; give --detector a .onnx, .pt, .tflite or .safetensors file")
        return path
    there = known()
    return next((path for path in there if path.name == PREFERRED), there[-1])


def known() -> list[Path]:
    """Files of detectors in ``$HIFBENCH_WEIGHTS/detectors``, by name; the shipped one is the last."""
    root = os.environ.get("HIFBENCH_WEIGHTS")
    folder = Path(root) / "detectors" if root else None
    own = sorted(folder.iterdir()) if folder and folder.is_dir() else []
    shipped = Path(str(files("hifbench.detection") / "weights" / SHIPPED))
    return [*(path for path in own if path.suffix.lower() in SUFFIXES and path.is_file()), shipped]


def open_detector(path: Path, device: str = "cpu") -> Detector:
    """Open a detector by the kind of its file.

    Args:
        path: ``.onnx`` of YOLOX or ultralytics, ``.pt`` or ``.tflite`` of ultralytics, ``.safetensors`` of hifbench.
        device: ``cpu`` or ``cuda:i``, which exists.

    Raises:
        UsageError: what runs such a file is not installed.
        WeightsError: the file is no detector.
    """
    sha256_of(path)  # an unreadable file is said to be that, whatever it is
    match path.suffix.lower():
        case ".safetensors":
            from .tiny import Tiny

            return Tiny(path, device)
        case ".onnx" if not is_from_ultralytics(path):
            from .yolox import Yolox

            return Yolox(path, device)
        case ".onnx" | ".pt" | ".tflite":
            from .ultralytics import Ultralytics

            return Ultralytics(path, device)
    raise WeightsError(f"{path} is no detector; give --detector a .onnx, .pt, .tflite or .safetensors file")
