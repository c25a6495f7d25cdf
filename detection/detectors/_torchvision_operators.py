"""torchvision's operators in Python, for installations whose binary ones do not load.

torchvision from PyPI is built against CUDA. Beside a torch without it, torchvision's library of operators fails to
load, silently, and ``import torchvision`` then ends with "operator torchvision::nms does not exist", although nothing
that a detector needs of it but this one operator is in that library.
"""

from __future__ import annotations

import importlib
import sys

import torch
from torch import Tensor

from ..suppression import suppress

_library: torch.library.Library | None = None
"""Kept: what it registers goes when it does."""


def ensure_torchvision() -> None:
    """Make ``import torchvision`` work; nothing is changed where it does.

    Raises:
        ImportError: torchvision is not installed.
        RuntimeError: it fails for another reason.
    """
    global _library
    try:
        importlib.import_module("torchvision")
        return
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    _library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    _library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")  # type: ignore[no-untyped-call]
    # Declared by torchvision too, and never called here.
    _library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")  # type: ignore[no-untyped-call]
    _library.impl("nms", _nms, "CPU")  # type: ignore[no-untyped-call]
    importlib.import_module("torchvision")
    boxes = importlib.import_module("torchvision.ops.boxes")
    boxes._assert_has_ops = lambda: None  # type: ignore[attr-defined]


def _nms(dets: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """``torchvision.ops.nms``: indices of the boxes that stay, by falling score."""
    classes = torch.zeros(len(dets), dtype=torch.int64)
    kept = suppress(dets.double().numpy(), scores.double().numpy(), classes.numpy(), iou_threshold)
    return torch.from_numpy(kept)
