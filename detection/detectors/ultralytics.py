"""Detectors that ultralytics runs: YOLOv5u, YOLOv8 and YOLO11 as .pt, .onnx and .tflite.

ultralytics is AGPL-3.0 and an optional extra; nothing of it is part of hifbench. The thresholds are those of its own
validation: every box of a score above 0.001, suppressed at an overlap of 0.7, at most 300 a picture.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...errors import HifbenchError, WeightsError
from ..objects import Objects
from ._detector import DetectorCard, Image, inside, lacking, refusal, sha256_of
from ._offline import import_ultralytics, same_threads

CONFIDENCE, OVERLAP, MOST = 0.001, 0.7, 300
RUNTIMES = {".onnx": "onnxruntime", ".tflite": "ai_edge_litert"}


class Ultralytics:
    """A detector in a file that ultralytics wrote.

    Args:
        path: ``.pt`` checkpoint, loaded without running what is pickled in it; ``.onnx`` or ``.tflite`` export.
        device: ``cpu`` or ``cuda:i``; a ``.tflite`` always works on the CPU.

    Raises:
        TransientError: there is not memory enough now, or the GPU fails.
        UsageError: ultralytics, or the runtime of such a file, is not installed, or cannot be used safely.
        WeightsError: the file is no detector, or none that can be loaded safely.
    """

    def __init__(self, path: Path, device: str = "cpu") -> None:
        digest, suffix = sha256_of(path), path.suffix.lower()
        try:
            ultralytics = import_ultralytics()
            if suffix in RUNTIMES:
                __import__(RUNTIMES[suffix])
        except ImportError as error:
            raise lacking(error.name or "ultralytics", path) from error
        runs_on = "cpu" if suffix == ".tflite" else device
        # A device by name would make ultralytics set CUDA_VISIBLE_DEVICES for the whole process.
        self._arguments = {
            "device": torch.device(runs_on),
            "conf": CONFIDENCE,
            "iou": OVERLAP,
            "max_det": MOST,
            "verbose": False,
            "save": False,
        }
        self._folder = tempfile.TemporaryDirectory(prefix="hifbench-detector-")
        with _readable(path), same_threads():
            # Under a name of its own: 'yolov5n.pt' anywhere in a path is taken for another file, and looked up online.
            copy = Path(self._folder.name) / f"detector{suffix}"
            copy.write_bytes(path.read_bytes())
            self._model: Any = ultralytics.YOLO(str(copy), task="detect")
            task = _exported_task(copy) if suffix in RUNTIMES else self._model.task
            if task != "detect":
                raise WeightsError(
                    f"detector {path} was trained for the task '{task}' of ultralytics, not 'detect'; give --detector "
                    f"a file that was"
                )
            with _without_notices() if suffix == ".tflite" else nullcontext():
                self.detect(np.full((64, 64, 3), 128, dtype=np.uint8))  # an export is read when it is first used
            names = dict(self._model.names)
        size = self._model.predictor.args.imgsz
        height, width = (size, size) if isinstance(size, int) else size
        self.card = DetectorCard(
            name=path.stem,
            file=path.name,
            sha256=digest,
            reader=f"ultralytics {ultralytics.__version__}",
            licence=_licence(self._model),
            classes=tuple(names[number] for number in sorted(names)),
            runs_on=runs_on,
            settings={"confidence": CONFIDENCE, "overlap": OVERLAP, "most": MOST, "height": height, "width": width},
        )

    def detect(self, image: Image) -> Objects:
        """See :class:`hifbench.detection.detectors._detector.Detector`."""
        with same_threads(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (result,) = self._model.predict(np.ascontiguousarray(image[..., ::-1]), **self._arguments)
        boxes = result.boxes
        labels = tuple(result.names[int(number)] for number in boxes.cls.tolist())
        corners, scores = (np.asarray(values.cpu().numpy(), np.float64) for values in (boxes.xyxy, boxes.conf))
        return inside(Objects(labels, corners.reshape(-1, 4), scores), *image.shape[:2])


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what ultralytics raises for a file that it cannot use into one line."""
    try:
        yield
    except HifbenchError:
        raise
    except Exception as error:
        said = " ".join(str(error).split())
        why = (
            "it holds types that today's ultralytics never saves; a file of the older code ultralytics/yolov5 does"
            if "outside the supported" in said or "YOLOv5 model originally" in said
            else f"{type(error).__name__}: {said[:120]}"
        )
        raise refusal(
            path,
            error,
            f"detector {path} cannot be loaded safely ({why}); give --detector a file of YOLOv5u, YOLOv8 or YOLO11 "
            f"that ultralytics wrote",
        ) from error


@contextmanager
def _without_notices() -> Iterator[None]:
    """Keep what the runtime of .tflite files writes when it starts, past Python, off standard error."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _exported_task(path: Path) -> str:
    """What an export says of itself; ultralytics does what it is told instead, and would take any output for boxes."""
    from ultralytics.nn.backends.base import BaseBackend

    return str(BaseBackend.read_metadata(path).get("task", "detect"))


def _licence(model: Any) -> str:
    """What the file itself says: a checkpoint as a key, an export in its metadata."""
    stated = (getattr(model, "ckpt", None) or {}).get("license")
    if not stated:
        backend = getattr(getattr(model, "predictor", None), "model", None)
        metadata = getattr(backend, "metadata", None) or getattr(getattr(backend, "backend", None), "metadata", None)
        stated = (metadata or {}).get("license")
    return str(stated or "not stated; ultralytics' own weights are AGPL-3.0")
