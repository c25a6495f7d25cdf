"""Errors that say that there was not memory enough; libraries say it in many ways."""

from __future__ import annotations

import torch

_SAYINGS = ("out of memory", "allocate memory", "failed to allocate", "_alloc_failed", "bad allocation", "bad_alloc")
"""Lower case. cuBLAS, cuDNN and cuFFT end in ``ALLOC_FAILED``, the driver says ``CUDA error: out of memory``, torch on
a CPU ``can't allocate memory``, ONNX Runtime ``Failed to allocate memory``, C++ ``bad_alloc``.
"""


def ran_out(error: BaseException) -> bool:
    """Whether an error says that there was not memory enough."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    said = str(error).lower()
    return any(saying in said for saying in _SAYINGS)
