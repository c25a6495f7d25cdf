"""YOLOX detectors in ONNX files, run by ONNX Runtime; decoding and suppression are our own.

Z. Ge, S. Liu, F. Wang, Z. Li, J. Sun: YOLOX: Exceeding YOLO Series in 2021, arXiv:2107.08430. The input, the grid and
the thresholds of an evaluation are those of Megvii-BaseDetection/YOLOX: yolox/data/data_augment.py (``preproc``),
yolox/utils/demo_utils.py (``demo_postprocess``) and yolox/exp/yolox_base.py (``test_conf``, ``nmsthre``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ...errors import WeightsError
from ..coco_classes import COCO_CLASSES
from ..objects import Floats, Objects
from ..suppression import suppress
from ._detector import DetectorCard, Image, inside, sha256_of
from ._onnx import open_session

STRIDES = (8, 16, 32)
PADDING = 114
CONFIDENCE, OVERLAP = 0.01, 0.65

LICENCES = {
    "e8af074932d4ed7e232278e3055cefcdea3edf178874a3694ae292649fb464dd": "none stated where this file is from; "
    "the authors' YOLOX is Apache-2.0",
}
"""sha256 of a file that we know -> the licence of its weights."""

TRAINED_ON = {
    "e8af074932d4ed7e232278e3055cefcdea3edf178874a3694ae292649fb464dd": "COCO 2017, its train split, as the authors' "
    "YOLOX-Nano",
}
"""sha256 of a file that we know -> its training data."""


class Yolox:
    """A YOLOX network of the 80 classes of COCO.

    Args:
        path: ONNX file as the authors' ``tools/export_onnx.py`` writes it: input (1, 3, H, W), output (1, N, 85) that
            is not decoded.
        device: ``cpu``, or ``cuda:i``, which is used where ONNX Runtime was built for it.

    Raises:
        TransientError: there is not memory enough now, or the GPU fails.
        UsageError: ONNX Runtime is not installed.
        WeightsError: the file is no such network.
    """

    def __init__(self, path: Path, device: str = "cpu") -> None:
        digest = sha256_of(path)
        self._session, reader, runs_on = open_session(path, device)
        self._input, self._size = _check_shapes(self._session, path)
        self.card = DetectorCard(
            name=path.stem,
            file=path.name,
            sha256=digest,
            reader=reader,
            licence=LICENCES.get(digest, "not known"),
            classes=COCO_CLASSES,
            runs_on=runs_on,
            settings={"confidence": CONFIDENCE, "overlap": OVERLAP, "height": self._size[0], "width": self._size[1]},
            trained_on=TRAINED_ON.get(digest, "not known; its classes are those of COCO"),
        )

    def detect(self, image: Image) -> Objects:
        """See :class:`hifbench.detection.detectors._detector.Detector`."""
        batch, scale = letterbox(image, self._size)
        output = self._session.run(None, {self._input: batch})[0][0]
        corners, scores, classes = decode(output.astype(np.float64), self._size)
        kept = (scores > CONFIDENCE) & np.isfinite(corners).all(axis=1)
        corners, scores, classes = corners[kept], scores[kept], classes[kept]
        best = suppress(corners, scores, classes, OVERLAP)
        found = Objects(tuple(COCO_CLASSES[index] for index in classes[best]), corners[best] / scale, scores[best])
        return inside(found, *image.shape[:2])


def _check_shapes(session: Any, path: Path) -> tuple[str, tuple[int, int]]:
    """Name of the input and its height and width.

    Raises:
        WeightsError: they are not those of YOLOX.
    """
    inputs, outputs = session.get_inputs(), session.get_outputs()
    given, made = inputs[0].shape, outputs[0].shape
    fixed = len(given) == 4 and all(isinstance(side, int) and side % STRIDES[-1] == 0 for side in given[2:])
    if len(inputs) == len(outputs) == 1 and fixed:
        height, width = given[2:]
        cells = sum((height // stride) * (width // stride) for stride in STRIDES)
        if given[:2] == [1, 3] and made == [1, cells, 5 + len(COCO_CLASSES)]:
            return inputs[0].name, (height, width)
    raise WeightsError(
        f"detector {path} takes {given} and gives {made}; a YOLOX of {len(COCO_CLASSES)} classes takes [1, 3, H, W] "
        f"with whole multiples of {STRIDES[-1]} and gives [1, N, {5 + len(COCO_CLASSES)}]; export it so, without "
        f"decoding"
    )


def letterbox(image: Image, size: tuple[int, int]) -> tuple[npt.NDArray[np.float32], float]:
    """The picture scaled to fit, in the upper left corner of a grey one, as the authors' ``preproc``.

    Args:
        image: uint8 (H, W, 3), red-green-blue.
        size: height and width of the network's input.

    Returns:
        float32 (1, 3, height, width), blue-green-red, 0..255; and the scale from the picture to it.
    """
    height, width = image.shape[:2]
    scale = min(size[0] / height, size[1] / width)
    fitted = max(int(height * scale), 1), max(int(width * scale), 1)
    planes = torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1)[None].to(torch.float32)
    # Bilinear between pixel centres without smoothing first: what the authors' cv2.resize does.
    scaled = torch.nn.functional.interpolate(planes, fitted, mode="bilinear", align_corners=False)
    padded = np.full((1, 3, *size), PADDING, dtype=np.float32)
    padded[:, :, : fitted[0], : fitted[1]] = scaled.round().numpy()
    return padded, scale


def decode(output: Floats, size: tuple[int, int]) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Boxes of a network's output.

    Args:
        output: float64 (N, 5 + classes): centre and the logarithm of the size in strides of the cell, the probability
            of an object, and that of each class; cells by rows, finest grid first.
        size: height and width of the network's input.

    Returns:
        Corners (N, 4) in pixels of the input; scores (N,), object times likeliest class; that class (N,).
    """
    cells, strides = [], []
    for stride in STRIDES:
        y, x = np.mgrid[: size[0] // stride, : size[1] // stride]
        cells.append(np.stack([x.ravel(), y.ravel()], axis=1))
        strides.append(np.full((x.size, 1), stride))
    stride_of = np.concatenate(strides)
    centre = (output[:, :2] + np.concatenate(cells)) * stride_of
    with np.errstate(over="ignore"):  # infinite boxes are left out later
        half = np.exp(output[:, 2:4]) * stride_of / 2
    classes = output[:, 5:].argmax(axis=1)
    scores = output[:, 4] * output[:, 5:].max(axis=1)
    return np.concatenate([centre - half, centre + half], axis=1), scores, classes
