"""Sessions of ONNX Runtime, on the GPU where it was built for one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ._detector import lacking, refusal

EXACT = {"use_tf32": "0", "cudnn_conv_algo_search": "DEFAULT"}
"""For the GPU: all bits of the mantissa, as torch is told to have too, and no algorithm that is chosen by its time,
which would give other digits on another day.
"""


def open_session(path: Path, device: str) -> tuple[Any, str, str]:
    """Open an ONNX file.

    Args:
        path: the file.
        device: ``cpu``, or ``cuda:i``, which is used where ONNX Runtime was built for it.

    Returns:
        The session; ONNX Runtime's name with its version; the device that it works on.

    Raises:
        TransientError: there is not memory enough now, or the GPU fails.
        UsageError: ONNX Runtime is not installed.
        WeightsError: the file is no network.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise lacking("ONNX Runtime", path) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()  # those of this worker, not all of the machine's
    options.log_severity_level = 4
    kind, _, index = device.partition(":")
    gpu = kind == "cuda" and "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    chosen: list[Any] = [("CUDAExecutionProvider", {"device_id": int(index or 0), **EXACT})] if gpu else []
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=[*chosen, "CPUExecutionProvider"])
    except Exception as error:  # a family of its own types without a common base
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise refusal(
            path, error, f"detector {path} is no ONNX network ({first}); give --detector another file"
        ) from error
    used = session.get_providers()[0] == "CUDAExecutionProvider"
    return session, f"onnxruntime {onnxruntime.__version__}", device if used else "cpu"


def is_from_ultralytics(path: Path) -> bool:
    """Whether an ONNX file says that ultralytics exported it.

    Raises:
        UsageError: ONNX Runtime is not installed.
        WeightsError: the file is no network.
    """
    session, _, _ = open_session(path, "cpu")
    return bool(session.get_modelmeta().custom_metadata_map.get("author") == "Ultralytics")
