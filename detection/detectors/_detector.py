"""What a detector is: a picture in, boxes with scores out, and a card that says where it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ...errors import TransientError, UsageError, WeightsError
from ...out_of_memory import ran_out
from ..objects import Objects

INSTALL = "python -m pip install -c constraints.txt '.[detect]' (in a checkout of hifbench)"
"""What brings ONNX Runtime, ultralytics and the runtime for .tflite files."""

_GPU_LIBRARIES = ("CUDA", "CUDNN", "cuDNN", "CUBLAS")
"""What the errors of a GPU, not of a file, speak of."""

Image = npt.NDArray[np.uint8]
"""(H, W, 3), red-green-blue, 0..255."""


@dataclass(frozen=True)
class DetectorCard:
    """Facts on a detector, recorded with every run.

    Attributes:
        name: the file's name without its suffix; it stands in the convention of every score.
        file: the file's name.
        sha256: of the file.
        reader: what runs it, with its version.
        licence: of the weights, as far as the file or its origin states one.
        classes: names that its boxes may have.
        runs_on: ``cpu`` or ``cuda:i``; a runtime without a GPU works on the CPU whatever was asked for.
        settings: thresholds and input size; they determine the boxes.
        trained_on: data, as far as the file says.
        dataset: data set of hifbench that it was trained on; empty for any other data.
        learnt_from: fusion methods whose pictures it was trained on, and which it may therefore favour; none for a
            detector of photographs.
        version: raised when the same file would give other boxes.
    """

    name: str
    file: str
    sha256: str
    reader: str
    licence: str
    classes: tuple[str, ...]
    runs_on: str
    settings: Mapping[str, float]
    trained_on: str = "not known"
    dataset: str = ""
    learnt_from: tuple[str, ...] = ()
    version: int = 2


class Detector(Protocol):
    """Finds objects on pictures."""

    card: DetectorCard

    def detect(self, image: Image) -> Objects:
        """Find objects.

        Args:
            image: uint8 (H, W, 3), red-green-blue.

        Returns:
            Boxes inside the picture, in its pixels, each with an area and a score in [0, 1], best first; labels are of
            the card's classes.
        """
        ...


def sha256_of(path: Path) -> str:
    """sha256 of a detector's file.

    Raises:
        WeightsError: it is not there or cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise WeightsError(
            f"detector {path} cannot be read ({error.strerror}); give --detector another file"
        ) from error


def lacking(package: str, path: Path) -> UsageError:
    """The error of a file whose runtime is not installed."""
    return UsageError(f"detector {path.name} needs {package}, which is not installed; install it with: {INSTALL}")


def refusal(path: Path, error: Exception, why: str) -> TransientError | WeightsError:
    """The error of a file that could not be opened: for good where the file is at fault, else to be tried again.

    Args:
        path: the detector's file.
        error: what its runtime raised.
        why: what is wrong with the file, if it is.
    """
    if ran_out(error) or isinstance(error, OSError) or any(name in str(error) for name in _GPU_LIBRARIES):
        said = " ".join(str(error).split())[:200]
        return TransientError(
            f"detector {path} could not be opened this time ({type(error).__name__}: {said}); free memory, or use "
            f"--device cpu, and run again"
        )
    return WeightsError(why)


def inside(objects: Objects, height: int, width: int) -> Objects:
    """Boxes cut at the picture's border, best first; those without an area in it, or not finite, are left out."""
    found = objects.only(objects.sound)  # before the cut, which would make a whole picture of an infinite box
    corners = found.corners.copy()
    corners[:, 0::2] = corners[:, 0::2].clip(0, width)
    corners[:, 1::2] = corners[:, 1::2].clip(0, height)
    cut = Objects(found.labels, corners, found.scores)
    kept = cut.only(cut.sound)
    assert kept.scores is not None, "a detector gives every box a score"
    return kept.only(np.argsort(-kept.scores, kind="stable"))
